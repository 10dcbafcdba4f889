import BatchReports
import Foundation

/// The page `/batches/new`: choosing how, or looking at the price.
struct NewBatchValues {
  enum Stage {
    case empty
    case choosing(selected: Int, limit: Int)
    case quoted(Preview)
  }

  var stage: Stage
  var templates: [ReportTemplate]
  var form: StartForm
  var account: Account
  var now: Date
  var clock: WallClock
  /// How many of the quoted leads the budget can pay, where it cannot pay all.
  var fitting: Int?

  var pageValues: PageValues {
    var values: PageValues = [
      "templates": .list(templates.filter { $0.status == .active }.map(template)), "warnings": .list([]), "isEmpty": false, "isChoosing": false,
      "timeZone": .text(clock.timeZone.identifier),
      "quote": .none,
    ]
    var amount: Money?
    switch stage {
    case .empty:
      values["heading"] = "New batch"
      values["lede"] = "A batch makes one report for each selected lead."
      values["isEmpty"] = true
    case .choosing(let selected, let limit):
      values["heading"] = "New batch"
      values["lede"] = "Choose a template; the next page shows the price."
      values["isChoosing"] = true
      if selected > limit {
        let text =
          "A batch takes at most \(Grouping.thousands(limit)) leads. On the leads page you can take the first \(Grouping.thousands(limit)) by the order shown."
        values["warnings"] = .list([["message": .text(text)]])
      }
    case .quoted(let preview):
      amount = preview.quote.price.total
      values["heading"] = "Preview"
      values["lede"] = "Check the price, then start. Nothing is charged before that."
      values["quote"] = .values(quote(preview))
    }
    var form = form
    if case .quoted(let preview) = stage, form.sampleSize == String(StratifiedSample.standardSize) {
      form.sampleSize = String(min(StratifiedSample.standardSize, Self.mostSampled(preview.quote)))
    }
    return values.merging(form.pageValues(amount: amount))
  }

  private func template(_ template: ReportTemplate) -> PageValues {
    [
      "reference": .text(template.reference.description), "name": .text(template.reference.name), "version": .text(template.reference.version),
      "isLatest": .flag(template.isLatest), "isSelected": .flag(template.reference.description == form.templateVersion),
      "summary": .text(template.summary), "sections": .text(template.sections.map(\.title).joined(separator: ", ")),
      "providers": .text(Self.providers(of: template)),
    ]
  }

  /// "page fetch (free)".
  static func providers(of template: ReportTemplate) -> String {
    template.providers.map { provider in
      let name = provider.name.replacingOccurrences(of: "_", with: " ")
      return provider.isPaid ? "\(name) (paid, \(Display.count(provider.callsPerLead, "call", "calls")) a lead)" : "\(name) (free)"
    }.joined(separator: ", ")
  }

  private func quote(_ preview: Preview) -> PageValues {
    let quote = preview.quote
    let price = quote.price
    let shown = ShownPrice(price)
    let count = quote.leadKeys.count
    let minutesLeft = max(0, Int(quote.expiresAt.timeIntervalSince(now) / 60))
    let isOver = !preview.budget.isWithin(quote.high)
    let mayOverrun = isOver && account.role == .admin
    let block = blocked(preview, isOver: isOver && !mayOverrun)
    return [
      "id": .text(quote.id.text), "total": .text(price.total.dollars), "leadCount": .text(Grouping.thousands(count)),
      "startCount": .text(Display.count(quote.runCount, "report", "reports")), "perLead": .text(price.perLead.dollars), "low": .text(quote.low.dollars),
      "high": .text(quote.high.dollars), "hasMost": .flag(quote.high.shown != price.total.shown),
      "duration": .text("about " + Display.duration(seconds: quote.duration.seconds)), "template": .text(quote.template.description),
      "rangeBasis": .text(CostValues.basis(preview)), "accuracy": .text(CostValues.accuracy(preview.accuracy)),
      "maySample": .flag(account.role >= .operator && quote.sample == nil && quote.runCount > StratifiedSample.sizes.lowerBound && now < quote.expiresAt),
      "isSample": .flag(quote.sample != nil), "restCount": .text(Display.count(quote.sample?.rest.count ?? 0, "lead", "leads")),
      "sampleLeast": .text("\(StratifiedSample.sizes.lowerBound)"),
      "sampleMost": .text("\(Self.mostSampled(quote))"),
      "hasAccuracy": .flag(preview.accuracy != nil), "hasOff": .flag(!preview.offProviders.isEmpty),
      "off": .text(CostValues.names(preview.offProviders)),
      "durationBasis": .text("\(quote.duration.basis) \(quote.maxConcurrent) leads at once."),
      "expiresAt": .values(["iso": .text(quote.expiresAt.rfc3339), "text": .text("\(clock.minutes(quote.expiresAt)) (\(minutesLeft) min)")]),
      "hasCheaper": .flag(preview.cheaperLargerBatch != nil),
      "cheaperTip": .text(
        preview.cheaperLargerBatch.map { "\(Grouping.thousands($0.leadCount)) leads would cost less in all: \($0.total.dollars)." } ?? ""),
      "warnings": .list(warnings(quote)), "isReusing": .flag(quote.reuseDays != nil), "reuse": .text(reuse(quote)),
      "rateCard": .text("version \(quote.rateCardVersion)"), "lines": .list(CostValues.lines(price, shown)),
      "hasDiscount": .flag(price.discount > .zero), "discountPercent": .text("\(price.discountPercent) %"),
      "discount": .text("−" + shown.discount.dollars), "tiers": .list(CostValues.tiers(preview)),
      "budget": .values(BudgetValues(state: preview.budget, pending: quote.high).pageValues),
      "areOptionsOpen": .flag(!form.problems.isEmpty || form.hasOptions), "needsOverrun": .flag(mayOverrun), "mayStart": .flag(block == nil),
      "isExpired": .flag(account.role >= .operator && (preview.hasNewPrices || now >= quote.expiresAt)),
      "hasFitting": .flag((fitting ?? 0) > 0), "fitting": .text(fitting == 1 ? "the best lead" : "the best \(Grouping.thousands(fitting ?? 0)) leads"),
      "blockedReason": .text(block ?? ""), "blockedTone": .text(isOver ? "danger" : "warning"),
    ]
  }

  private func blocked(_ preview: Preview, isOver: Bool) -> String? {
    if account.role < .operator { return AccessRefusal.roleTooLow(needed: .operator).explanation }
    if now >= preview.quote.expiresAt { return StartRefusal.quoteExpired.explanation }
    if preview.hasNewPrices { return "The prices have changed: preview again." }
    return isOver ? BudgetExceeded(needed: preview.quote.high, remaining: preview.budget.remaining ?? .zero, fittingLeadCount: fitting).explanation : nil
  }

  /// A sample leaves at least one lead for the rest.
  private static func mostSampled(_ quote: Quote) -> Int { min(StratifiedSample.sizes.upperBound, quote.runCount - 1) }

  private func warnings(_ quote: Quote) -> [PageValues] {
    guard quote.withoutWebsite > 0 else { return [] }
    let text = "\(Display.count(quote.withoutWebsite, "lead has", "leads have")) no website: they fail at once and cost nothing."
    return [["message": .text(text), "hasLink": true, "url": "/leads?has_website=false", "linkLabel": "Show such leads"]]
  }

  /// What reuse does to this batch; empty when it was not asked for.
  private func reuse(_ quote: Quote) -> String {
    guard let days = quote.reuseDays else { return "" }
    let age = "of the last \(Display.count(days, "day", "days"))"
    if quote.reused.isEmpty { return "No lead has a report \(age) to reuse: every lead gets a new one." }
    let isOne = quote.reused.count == 1
    return
      "\(Display.count(quote.reused.count, "lead has", "leads have")) a report \(age): \(isOne ? "it is" : "they are") reused, which saves about \(quote.saved.dollars). "
      + "\(Display.count(quote.runCount, "new report", "new reports")) will be made."
  }
}

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
    let count = quote.leadKeys.count
    let minutesLeft = max(0, Int(quote.expiresAt.timeIntervalSince(now) / 60))
    let isOver = !preview.budget.isWithin(quote.high)
    let mayOverrun = isOver && account.role == .admin
    let block = blocked(preview, isOver: isOver && !mayOverrun)
    return [
      "id": .text(quote.id.text), "total": .text(price.total.dollars), "leadCount": .text(Grouping.thousands(count)),
      "perLead": .text(price.perLead.dollars), "low": .text(quote.low.dollars), "high": .text(quote.high.dollars),
      "duration": .text("about " + Display.duration(seconds: quote.duration.seconds)), "template": .text(quote.template.description),
      "rangeBasis": "Only delivered reports are charged: the low end expects as many failures as lately, the high end none.",
      "durationBasis": .text("\(quote.duration.basis) \(quote.maxConcurrent) leads at once."),
      "expiresAt": .values(["iso": .text(quote.expiresAt.rfc3339), "text": .text("\(clock.minutes(quote.expiresAt)) (\(minutesLeft) min)")]),
      "hasCheaper": .flag(preview.cheaperLargerBatch != nil),
      "cheaperTip": .text(
        preview.cheaperLargerBatch.map { "\(Grouping.thousands($0.leadCount)) leads would cost less in all: \($0.total.dollars)." } ?? ""),
      "warnings": .list(warnings(quote)), "rateCard": .text("version \(quote.rateCardVersion)"), "lines": .list(lines(price)),
      "hasDiscount": .flag(price.discount > .zero), "discountPercent": .text("\(price.discountPercent) %"),
      "discount": .text("−" + price.discount.dollars), "tiers": .list(tiers(preview)),
      "budget": .values(BudgetValues(state: preview.budget, pending: quote.high).pageValues),
      "areOptionsOpen": .flag(!form.problems.isEmpty), "needsOverrun": .flag(mayOverrun), "mayStart": .flag(block == nil),
      "isExpired": .flag(account.role >= .operator && now >= quote.expiresAt),
      "blockedReason": .text(block ?? ""), "blockedTone": .text(isOver ? "danger" : "warning"),
    ]
  }

  private func blocked(_ preview: Preview, isOver: Bool) -> String? {
    if account.role < .operator { return AccessRefusal.roleTooLow(needed: .operator).explanation }
    if now >= preview.quote.expiresAt { return StartRefusal.quoteExpired.explanation }
    return isOver ? BudgetExceeded(needed: preview.quote.high, remaining: preview.budget.remaining ?? .zero).explanation : nil
  }

  private func warnings(_ quote: Quote) -> [PageValues] {
    guard quote.withoutWebsite > 0 else { return [] }
    let text = "\(Display.count(quote.withoutWebsite, "lead has", "leads have")) no website: they fail at once and cost nothing."
    return [["message": .text(text), "hasLink": true, "url": "/leads?has_website=false", "linkLabel": "Show such leads"]]
  }

  private func lines(_ price: Price) -> [PageValues] {
    let unit = price.leadCount == 0 ? Money.zero : Money(micros: price.base.micros / Int64(price.leadCount))
    let base: PageValues = [
      "label": "Base cost of a report", "count": .text(Grouping.thousands(price.leadCount)), "unit": .text(unit.dollars),
      "total": .text(price.base.dollars),
    ]
    return [base]
      + price.lines.map { line in
        let name = line.provider.replacingOccurrences(of: "_", with: " ")
        return [
          "label": .text(name.prefix(1).uppercased() + name.dropFirst()), "count": .text(Grouping.thousands(line.calls)),
          "unit": .text(line.unitCost.dollars), "total": .text(line.total.dollars),
        ]
      }
  }

  private func tiers(_ preview: Preview) -> [PageValues] {
    let gross =
      preview.quote.price.leadCount == 0 ? Decimal(0) : (preview.quote.price.base + preview.quote.price.providers).usd / Decimal(preview.quote.price.leadCount)
    return preview.tiers.enumerated().map { index, tier in
      let next = index + 1 < preview.tiers.count ? preview.tiers[index + 1].minimumCount : nil
      let start = Grouping.thousands(tier.minimumCount)
      return [
        "range": .text(next.map { "\(start) to \(Grouping.thousands($0 - 1))" } ?? "\(start) and more"), "discount": .text("\(tier.percent) %"),
        "perLead": .text((Money(usd: gross * (100 - tier.percent) / 100) ?? .zero).dollars), "isCurrent": .flag(tier == preview.currentTier),
      ]
    }
  }
}

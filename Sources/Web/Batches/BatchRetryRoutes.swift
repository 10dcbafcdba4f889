import BatchReports
import Foundation
import Hummingbird
import Storage

/// Retrying leads of a batch that has ended: the price first, then the order.
extension BatchRoutes {
  /// GET /batches/{id}/retry: what a retry would do and cost; without a scope all failed leads, or all cancelled ones where none failed.
  func retryPage(_ request: Request, _ context: SignedInContext) async throws -> Response {
    let batch = try await visible(context)
    let fields = try request.query()
    do {
      let scope = try Self.scope(fields, standard: batch.counts.failed == 0 && batch.counts.cancelled > 0 ? "unfinished" : "failed")
      return try await retryPage(try await offer(batch, scope, context), RetryForm(scope), nil, request, context)
    } catch let refusal as any Refusal where Self.isShown(refusal) {
      return try await refusedRetry(batch, RetryForm(nil), refusal, request, context)
    }
  }

  /// POST /batches/{id}/retry: the same form again leads to the batch that it restarted.
  func retry(_ request: Request, _ context: SignedInContext) async throws -> Response {
    let batch = try await visible(context)
    let fields = try context.form()
    var form = RetryForm(nil, reason: fields["reason"] ?? "", overrunReason: fields["overrun_reason"] ?? "", isApproved: fields.isTicked("cost_approved"))
    do {
      let scope = try Self.scope(fields, standard: nil)
      form.scope = scope
      try await services.features.require(.batchProcessing)
      let order = try RetryOrder(
        scope: scope, run: try fields.integer("run", in: 1...Int.max), approvedCost: try fields.money("estimated_cost_usd"), isApproved: form.isApproved,
        reason: form.reason, overrunReason: form.overrunReason)
      let retried = try await services.batches.retry(batch.id, order, by: context.account, now: web.now())
      if retried.state.isTerminal {
        let ended = "This was retried already, and the batch has ended since: \(retried.state.label.lowercased())."
        return .seeOther("/batches/\(retried.id.text)", flash: Flash(ended, tone: .info))
      }
      return done(retried, Self.begun(scope))
    } catch let refusal as any Refusal where Self.isShown(refusal) {
      return try await refusedRetry(batch, form, refusal, request, context)
    }
  }

  private static func begun(_ scope: RetryOrder.Scope) -> String {
    switch scope {
    case .failed, .errorCode: "Its failed leads are being tried again."
    case .unfinished: "Its cancelled leads are being taken up."
    case .leads: "The chosen leads are being tried again."
    }
  }

  /// The others are pages of their own: not theirs, and not there.
  private static func isShown(_ refusal: any Refusal) -> Bool { !(refusal is AccessRefusal) && !(refusal is NoSuchBatch) }

  /// What was typed.
  private struct RetryForm {
    /// Nil for one that cannot be read.
    var scope: RetryOrder.Scope?
    var reason = ""
    var overrunReason = ""
    var isApproved = false

    init(_ scope: RetryOrder.Scope?, reason: String = "", overrunReason: String = "", isApproved: Bool = false) {
      self.scope = scope
      self.reason = reason
      self.overrunReason = overrunReason
      self.isApproved = isApproved
    }
  }

  private static func scope(_ fields: FormFields, standard: String?) throws -> RetryOrder.Scope {
    let name = fields.text("scope") ?? standard
    do { return try RetryOrder.Scope(name, errorCode: fields.text("error_code"), leads: fields.all("lead")) } catch let input as InvalidInput {
      throw input.namingFormFields
    }
  }

  private func offer(_ batch: Batch, _ scope: RetryOrder.Scope, _ context: SignedInContext) async throws -> BatchStore.RetryOffer {
    do { return try await services.batches.retryOffer(batch.id, scope, by: context.account, now: web.now()) } catch let input as InvalidInput {
      throw input.namingFormFields
    }
  }

  /// The reason, above the form with what was typed: over the same choice, or over all where that cannot be had. Another choice or price has not
  /// been approved. Where nothing can be retried the reason stands alone.
  private func refusedRetry(
    _ batch: Batch, _ form: RetryForm, _ refusal: any Refusal, _ request: Request, _ context: SignedInContext
  ) async throws -> Response {
    let refusal = (refusal as? InvalidInput)?.namingFormFields ?? refusal
    var form = form
    for scope in [form.scope, .failed, .unfinished].compactMap({ $0 }) {
      do {
        let offer = try await offer(batch, scope, context)
        if form.scope != scope || refusal is RetryRefusal { form.isApproved = false }
        form.scope = scope
        return try await retryPage(offer, form, refusal, request, context)
      } catch let other as any Refusal where Self.isShown(other) { continue }
    }
    let values = FormState([:], refusal: refusal).pageValues.merging([
      "heading": "Retry", "hasOffer": false, "batchUrl": .text("/batches/\(batch.id.text)"), "batchName": .text(batch.name),
    ])
    return try await web.pages.refuse(
      refusal, with: "batches/retry", title: "Retry \(batch.name)", section: .batches, values, request, context)
  }

  private func retryPage(
    _ offer: BatchStore.RetryOffer, _ form: RetryForm, _ refusal: (any Refusal)?, _ request: Request, _ context: SignedInContext
  ) async throws -> Response {
    let batch = offer.batch
    let isOver = !offer.budget.isWithin(offer.cost)
    let mayOverrun = isOver && context.account.role == .admin
    let causes = try await services.batches.failureCauses(of: batch)
    let forecasts = try await services.batches.retryForecasts(of: batch, causes: causes)
    let scope = form.scope ?? .failed
    let leadIDs: [UUID] = if case .leads(let ids) = scope { ids.sorted { $0.text < $1.text } } else { [] }
    let leftCancelled = batch.counts.cancelled - offer.cancelledCount
    let values = FormState(
      ["reason": form.reason, "overrun_reason": form.overrunReason, "cost_approved": ""], refusal: refusal
    ).adding("cost_approved", ["isChecked": .flag(form.isApproved)]).pageValues.merging([
      "heading": scope == .unfinished ? "Take up cancelled leads?" : "Retry failed leads?", "hasOffer": true, "costPlain": .text(offer.cost.plain),
      "batchUrl": .text("/batches/\(batch.id.text)"), "batchName": .text(batch.name), "run": .text("\(batch.run)"),
      "scope": .text(scope.name), "errorCode": .text(scope.errorCode?.rawValue ?? ""),
      "leads": .list(leadIDs.map { ["id": .text($0.text)] }), "what": .text(Self.what(scope, offer.leadCount)),
      "leadCount": .text(Display.count(offer.leadCount, "lead", "leads")), "cost": .text(offer.cost.dollars),
      "about": .text(offer.expected.aboutDollars(atMost: offer.cost)), "aboutNote": .text(Self.basis(offer)),
      "costNote": .text(
        batch.unitPrices.isEmpty
          ? "\(batch.perReport.dollars) a report; only delivered ones are charged"
          : "\(batch.perReport.dollars) a report if it is delivered, and the calls that are not paid yet; what was paid is reused"),
      "charged": .text(batch.actual.dollars), "completed": .text(Grouping.thousands(batch.counts.completed)),
      "leftFailed": .text(Grouping.thousands(batch.counts.failed - offer.leadCount + offer.cancelledCount)),
      "hasLeftCancelled": .flag(leftCancelled > 0), "leftCancelled": .text(Grouping.thousands(leftCancelled)),
      "choices": .list(choices(batch, causes, forecasts, scope)), "budget": .values(BudgetValues(state: offer.budget, pending: offer.cost).pageValues),
      "needsOverrun": .flag(mayOverrun), "mayRetry": .flag(!isOver || mayOverrun),
      "blockedReason": .text(BudgetExceeded(needed: offer.cost, remaining: offer.budget.remaining ?? .zero).explanation),
    ])
    let title = "Retry \(batch.name)"
    if let refusal {
      return try await web.pages.refuse(refusal, with: "batches/retry", title: title, section: .batches, values, request, context)
    }
    return try await web.pages.show("batches/retry", title: title, section: .batches, values, request, context)
  }

  private static func about(_ money: Money?, isRough: Bool) -> String { money.map { Display.forecast($0, isRough: isRough) } ?? "" }

  /// What the expected price goes by.
  private static func basis(_ offer: BatchStore.RetryOffer) -> String {
    let forecast = offer.forecast
    let retried = forecast.retriedLeads
    // Leads that never ran have the template's rate.
    let before =
      retried.all == 0 || offer.cancelledCount == offer.leadCount
      ? [] : ["\(Display.count(retried.all, "lead", "leads")) retried before, of which \(Grouping.thousands(retried.delivered)) got a report"]
    let batches = forecast.batches == 0 ? [] : ["the last \(Display.count(forecast.batches, "other batch", "other batches")) of this template"]
    let own = offer.batch.unitPrices.isEmpty ? [] : ["the calls of this batch"]
    let all = before + batches + own
    return all.isEmpty ? "nothing like it has run before" : "by " + all.joined(separator: ", and ")
  }

  private static func what(_ scope: RetryOrder.Scope, _ count: Int) -> String {
    switch scope {
    case .failed: "All failed leads"
    case .unfinished: "All leads that were cancelled before they had a report"
    case .errorCode(let code): "Failed leads: \(code.title)"
    case .leads: count == 1 ? "The chosen lead" : "The chosen leads"
    }
  }

  /// The other things that could be retried instead.
  private func choices(
    _ batch: Batch, _ causes: [FailureCause], _ forecasts: [LeadErrorCode: Money], _ scope: RetryOrder.Scope
  ) -> [PageValues] {
    let url = "/batches/\(batch.id.text)/retry"
    let failed = forecasts.values.reduce(Money.zero, +)
    let isRough = causes.contains { BatchStore.isForecastRough($0.count) }
    let all: [(scope: RetryOrder.Scope, label: String, count: Int, about: Money?, url: String)] =
      [
        (.failed, "All failed leads", batch.counts.failed, failed, url + "?scope=failed"),
        (.unfinished, "Cancelled leads", batch.counts.cancelled, nil, url + "?scope=unfinished"),
      ].filter { $0.2 > 0 }
      + causes.map { (.errorCode($0.code), $0.code.title, $0.count, forecasts[$0.code], url + "?scope=error_code&error_code=\($0.code.rawValue)") }
    return all.filter { $0.scope != scope }.map {
      [
        "label": .text($0.label), "count": .text(Grouping.thousands($0.count)), "url": .text($0.url), "hasAbout": .flag($0.about != nil),
        "about": .text(Self.about($0.about, isRough: $0.scope == .failed ? isRough : BatchStore.isForecastRough($0.count))),
      ]
    }
  }
}

extension InvalidInput {
  /// Forms say `lead` where JSON says `lead_ids`.
  fileprivate var namingFormFields: InvalidInput {
    InvalidInput(problems.map { .init(field: $0.field == "lead_ids" ? "lead" : $0.field, code: $0.code, message: $0.message) })
  }
}

import BatchReports
import Foundation
import Hummingbird
import Storage

/// Retrying failed leads of a batch that has ended: the price first, then the order.
extension BatchRoutes {
  /// GET /batches/{id}/retry: what a retry would do and cost; all failed leads without a scope.
  func retryPage(_ request: Request, _ context: SignedInContext) async throws -> Response {
    let batch = try await visible(context)
    let fields = try request.query()
    do {
      let scope = try Self.scope(fields, standard: "failed")
      return try await retryPage(try await offer(batch, scope, context), RetryForm(scope), nil, request, context)
    } catch let input as InvalidInput { return try await allFailed(batch, RetryForm(), input, request, context) }
  }

  /// POST /batches/{id}/retry: the same form again leads to the batch that it restarted.
  func retry(_ request: Request, _ context: SignedInContext) async throws -> Response {
    let batch = try await visible(context)
    let fields = try context.form()
    var form = RetryForm(reason: fields["reason"] ?? "", overrunReason: fields["overrun_reason"] ?? "", isApproved: fields.isTicked("cost_approved"))
    do {
      form.scope = try Self.scope(fields, standard: nil)
      try await services.features.require(.batchProcessing)
      let order = try RetryOrder(
        scope: form.scope, run: try fields.integer("run", in: 1...Int.max), isApproved: form.isApproved, reason: form.reason,
        overrunReason: form.overrunReason)
      let retried = try await services.batches.retry(batch.id, order, by: context.account, now: web.now())
      return done(retried, "Its failed leads are being tried again.")
    } catch let input as InvalidInput where !input.problems.allSatisfy({ RetryForm.shown.contains($0.field) }) {
      form.scope = .failed
      return try await allFailed(batch, form, input, request, context)
    } catch let refusal as any Refusal where [.invalidInput, .costNotApproved, .budgetExceeded].contains(refusal.code) {
      return try await retryPage(try await offer(batch, form.scope, context), form, refusal, request, context)
    }
  }

  /// What was typed.
  private struct RetryForm {
    static let shown = ["reason", "overrun_reason"]
    var scope: RetryOrder.Scope = .failed
    var reason = ""
    var overrunReason = ""
    var isApproved = false

    init(_ scope: RetryOrder.Scope = .failed, reason: String = "", overrunReason: String = "", isApproved: Bool = false) {
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

  /// The choice cannot be had: the reason, above the offer to retry all.
  private func allFailed(
    _ batch: Batch, _ form: RetryForm, _ input: InvalidInput, _ request: Request, _ context: SignedInContext
  ) async throws -> Response {
    try await retryPage(try await offer(batch, .failed, context), form, input.namingFormFields, request, context)
  }

  private func retryPage(
    _ offer: BatchStore.RetryOffer, _ form: RetryForm, _ refusal: (any Refusal)?, _ request: Request, _ context: SignedInContext
  ) async throws -> Response {
    let batch = offer.batch
    let isOver = !offer.budget.isWithin(offer.cost)
    let mayOverrun = isOver && context.account.role == .admin
    let causes = try await services.batches.failureCauses(of: batch)
    let leadIDs: [UUID] = if case .leads(let ids) = form.scope { ids.sorted { $0.text < $1.text } } else { [] }
    let values = FormState(
      ["reason": form.reason, "overrun_reason": form.overrunReason, "cost_approved": ""], refusal: refusal
    ).adding("cost_approved", ["isChecked": .flag(form.isApproved)]).pageValues.merging([
      "batchUrl": .text("/batches/\(batch.id.text)"), "batchName": .text(batch.name), "run": .text("\(batch.run)"),
      "scope": .text(form.scope.name), "errorCode": .text(form.scope.errorCode?.rawValue ?? ""),
      "leads": .list(leadIDs.map { ["id": .text($0.text)] }), "what": .text(Self.what(form.scope, offer.leadCount)),
      "leadCount": .text(Display.count(offer.leadCount, "lead", "leads")), "cost": .text(offer.cost.dollars), "perReport": .text(batch.perReport.dollars),
      "charged": .text(batch.actual.dollars), "completed": .text(Grouping.thousands(batch.counts.completed)),
      "leftFailed": .text(Grouping.thousands(batch.counts.failed - offer.leadCount)),
      "choices": .list(choices(batch, causes, form.scope)), "budget": .values(BudgetValues(state: offer.budget, pending: offer.cost).pageValues),
      "needsOverrun": .flag(mayOverrun), "mayRetry": .flag(!isOver || mayOverrun),
      "blockedReason": .text(BudgetExceeded(needed: offer.cost, remaining: offer.budget.remaining ?? .zero).explanation),
    ])
    let title = "Retry \(batch.name)"
    if let refusal {
      return try await web.pages.refuse(refusal, with: "batches/retry", title: title, section: .batches, values, request, context)
    }
    return try await web.pages.show("batches/retry", title: title, section: .batches, values, request, context)
  }

  private static func what(_ scope: RetryOrder.Scope, _ count: Int) -> String {
    switch scope {
    case .failed: "All failed leads"
    case .errorCode(let code): "Failed leads: \(code.title)"
    case .leads: count == 1 ? "The chosen lead" : "The chosen leads"
    }
  }

  /// The other things that could be retried instead.
  private func choices(_ batch: Batch, _ causes: [FailureCause], _ scope: RetryOrder.Scope) -> [PageValues] {
    let url = "/batches/\(batch.id.text)/retry"
    let all: [(RetryOrder.Scope, String, Int, String)] =
      [(.failed, "All failed leads", batch.counts.failed, url)]
      + causes.map { (.errorCode($0.code), $0.code.title, $0.count, url + "?scope=error_code&error_code=\($0.code.rawValue)") }
    return all.filter { $0.0 != scope }.map { ["label": .text($0.1), "count": .text(Grouping.thousands($0.2)), "url": .text($0.3)] }
  }
}

extension InvalidInput {
  /// Forms say `lead` where JSON says `lead_ids`.
  fileprivate var namingFormFields: InvalidInput {
    InvalidInput(problems.map { .init(field: $0.field == "lead_ids" ? "lead" : $0.field, code: $0.code, message: $0.message) })
  }
}

import BatchReports
import Foundation
import Hummingbird
import Storage

/// Taking up a paused batch: at once, or, when its approved money is spent, after a look at what the rest can need.
extension BatchRoutes {
  /// GET /batches/{id}/resume: what a resume reserves.
  func resumePage(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try await resumePage(try await visible(context), ResumeForm(), nil, request, context)
  }

  /// POST /batches/{id}/resume
  func resume(_ request: Request, _ context: SignedInContext) async throws -> Response {
    let fields = try context.form()
    let batch = try await visible(context)
    let form = ResumeForm(
      reason: fields["reason"] ?? "", overrunReason: fields["overrun_reason"] ?? "", isApproved: fields.isTicked("cost_approved"))
    do {
      let shown = fields.text("approved").flatMap { Decimal(string: $0) }.flatMap { Money(usd: $0) }
      let order = try ResumeOrder(
        reason: form.reason, approvedCost: form.isApproved ? shown : nil, isApproved: form.isApproved, overrunReason: form.overrunReason)
      let resumed = try await services.batches.resume(batch.id, order, by: context.account, now: web.now())
      return done(resumed, resumed.state == .pending ? "Waiting for its time again." : "Running again.")
    } catch let refusal as any Refusal
      where batch.isReserveSpent && [.invalidInput, .costNotApproved, .quoteChanged, .budgetExceeded].contains(refusal.code)
    {
      return try await resumePage(batch, form, refusal, request, context)
    }
  }

  /// What was typed.
  private struct ResumeForm {
    var reason = ""
    var overrunReason = ""
    var isApproved = false
  }

  private func resumePage(
    _ batch: Batch, _ form: ResumeForm, _ refusal: (any Refusal)?, _ request: Request, _ context: SignedInContext
  ) async throws -> Response {
    let offer = try await services.batches.resumeOffer(batch.id, by: context.account, now: web.now())
    let isOver = !offer.budget.isWithin(offer.cost)
    let mayOverrun = isOver && context.account.role == .admin
    let values = FormState(
      ["reason": form.reason, "overrun_reason": form.overrunReason, "cost_approved": ""], refusal: refusal
    ).adding("cost_approved", ["isChecked": .flag(form.isApproved && refusal?.code != .quoteChanged)]).pageValues.merging([
      "batchUrl": .text("/batches/\(batch.id.text)"), "batchName": .text(batch.name),
      "why": .text(batch.stateReason.isEmpty ? "It was paused." : batch.stateReason),
      "open": .text(Display.count(batch.counts.open, "lead", "leads")), "completed": .text(Grouping.thousands(batch.counts.completed)),
      "charged": .text(batch.actual.dollars), "approved": .text(batch.atMost.dollars), "cost": .text(offer.cost.dollars),
      "costPlain": .text(offer.cost.plain), "hasCost": .flag(offer.cost > .zero),
      "budget": .values(BudgetValues(state: offer.budget, pending: offer.cost).pageValues), "needsOverrun": .flag(mayOverrun),
      "mayResume": .flag(!isOver || mayOverrun),
      "blockedReason": .text(
        "The rest needs \(offer.cost.dollars), and \((offer.budget.remaining ?? .zero).dollars) of its day's budget is left. Ask an admin, or cancel the batch."
      ),
    ])
    let title = "Resume \(batch.name)"
    if let refusal {
      return try await web.pages.refuse(refusal, with: "batches/resume", title: title, section: .batches, values, request, context)
    }
    return try await web.pages.show("batches/resume", title: title, section: .batches, values, request, context)
  }
}

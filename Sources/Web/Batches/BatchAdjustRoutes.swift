import BatchReports
import Foundation
import Hummingbird
import Storage

/// The page on which a batch is changed on its way. It stands apart from the live page, so that no typed text is lost to a refresh.
extension BatchRoutes {
  /// GET /batches/{id}/adjust
  func adjustPage(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try await adjustPage(try await adjustable(context), AdjustForm(), nil, request, context)
  }

  /// POST /batches/{id}/concurrency
  func concurrency(_ request: Request, _ context: SignedInContext) async throws -> Response {
    let batch = try await adjustable(context)
    let fields = try context.form()
    do {
      guard let number = try fields.integer("max_concurrent", in: BatchOrder.concurrencyRange) else {
        throw InvalidInput("max_concurrent", "Give a whole number from 1 to 100.", code: "missing")
      }
      let changed = try await services.batches.setConcurrency(
        batch.id, to: number, reason: try reason(context), by: context.account, now: web.now())
      return done(changed, "\(Display.count(number, "lead", "leads")) at once from now on.")
    } catch let input as InvalidInput {
      let form = AdjustForm(concurrency: fields["max_concurrent"], concurrencyReason: fields["reason"] ?? "")
      return try await adjustPage(batch, form, input.renaming("reason", to: "concurrency_reason"), request, context)
    }
  }

  /// POST /batches/{id}/priority
  func priority(_ request: Request, _ context: SignedInContext) async throws -> Response {
    let batch = try await adjustable(context)
    let fields = try context.form()
    do {
      let priority = try BatchPriority(field: fields["priority"] ?? "")
      let changed = try await services.batches.setPriority(batch.id, to: priority, reason: try reason(context), by: context.account, now: web.now())
      return done(changed, "\(priority.label) priority from now on.")
    } catch let input as InvalidInput {
      let form = AdjustForm(priority: fields["priority"], priorityReason: fields["reason"] ?? "")
      return try await adjustPage(batch, form, input.renaming("reason", to: "priority_reason"), request, context)
    }
  }

  /// POST /batches/{id}/start-now
  func startNow(_ request: Request, _ context: SignedInContext) async throws -> Response {
    let waited = try await visible(context).isScheduled(at: web.now())
    let batch = try await services.batches.startNow(try context.id("id"), reason: try reason(context), by: context.account, now: web.now())
    return done(batch, waited ? "It starts now." : "It waits for no planned time: it is \(batch.state.label.lowercased()) already.")
  }

  /// What was typed; nil is what the batch has.
  private struct AdjustForm {
    var concurrency: String?
    var concurrencyReason = ""
    var priority: String?
    var priorityReason = ""
  }

  private func adjustable(_ context: SignedInContext) async throws -> Batch {
    let batch = try await visible(context)
    guard context.account.mayControl(ownedBy: batch.owner) else { throw AccessRefusal.notYours }
    guard [.pending, .processing, .paused].contains(batch.state) else { throw InvalidTransition(action: "changed", state: batch.state) }
    return batch
  }

  private func adjustPage(
    _ batch: Batch, _ form: AdjustForm, _ refusal: InvalidInput?, _ request: Request, _ context: SignedInContext
  ) async throws -> Response {
    let priority = form.priority ?? batch.priority.rawValue
    let state = FormState(
      [
        "max_concurrent": form.concurrency ?? "\(batch.maxConcurrent)", "concurrency_reason": form.concurrencyReason, "priority": priority,
        "priority_reason": form.priorityReason,
      ], refusal: refusal
    ).adding("priority", ["options": Options.values(BatchPriority.allCases.map { ($0.rawValue, $0.label) }, selected: priority)])
    let values = state.pageValues.merging([
      "batchUrl": .text("/batches/\(batch.id.text)"), "batchName": .text(batch.name), "inFlight": .text(Grouping.thousands(batch.counts.processing)),
    ])
    let title = "Adjust \(batch.name)"
    if let refusal {
      return try await web.pages.refuse(refusal, with: "batches/adjust", title: title, section: .batches, values, request, context)
    }
    return try await web.pages.show("batches/adjust", title: title, section: .batches, values, request, context)
  }
}

extension InvalidInput {
  /// The same with a field under another name: where two forms of a page have one of the same name.
  fileprivate func renaming(_ field: String, to other: String) -> InvalidInput {
    InvalidInput(problems.map { .init(field: $0.field == field ? other : $0.field, code: $0.code, message: $0.message) })
  }
}

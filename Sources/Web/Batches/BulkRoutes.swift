import BatchReports
import Foundation
import Hummingbird
import Storage

/// Several batches at once, from the ticks of the list.
extension BatchRoutes {
  /// What was ticked and typed in the list, shown again when it is refused.
  struct BulkForm {
    var ticked: Set<UUID> = []
    var reason = ""
  }

  /// POST /batches/bulk: a cancel asks first, on a page of its own.
  func bulk(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try context.requireRole(.operator)
    let fields = try context.form()
    let ids = fields.all("batch").compactMap { UUID(text: $0) }
    let back = ReturnPath.local(fields["return_to"], or: "/batches")
    do {
      guard let action = BulkControl.Action(rawValue: fields["action"] ?? "") else {
        throw InvalidInput("batch_ids", "Choose a button: pause, resume or cancel the ticked batches.", code: "missing")
      }
      let reason = try reason(context)
      if action == .cancel, !fields.isTicked("confirmed") {
        let chosen = try BulkControl.checked(ids)
        let query = FormFields(chosen.map { ("batch", $0.text) } + [("reason", reason), ("return_to", back)])
        return .seeOther("/batches/bulk?" + query.query())
      }
      defer { services.nudge() }
      let results = try await control(context).apply(action, to: ids, reason: reason)
      return .seeOther(back, flash: BulkControl.summary(action, results))
    } catch let input as InvalidInput {
      let query = back.split(separator: "?", maxSplits: 1).dropFirst().first.map(String.init) ?? ""
      return try await history(try FormFields(urlEncoded: query.utf8), BulkForm(ticked: Set(ids), reason: fields["reason"] ?? ""), input, request, context)
    }
  }

  /// GET /batches/bulk: what a cancel of these batches would do; without any, the list.
  func bulkCancelPage(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try context.requireRole(.operator)
    let query = try request.query()
    if query.all("batch").isEmpty { return .seeOther("/batches") }
    var batches: [Batch] = []
    for id in try BulkControl.checked(query.all("batch").compactMap { UUID(text: $0) }) {
      if let batch = try await services.batches.find(id, visibleTo: context.account) { batches.append(batch) }
    }
    let mine = batches.filter { [.pending, .processing, .paused].contains($0.state) && context.account.mayControl(ownedBy: $0.owner) }
    let receipts = mine.map(BatchStore.receipt)
    let left = batches.count - mine.count
    let values = FormState(["reason": query["reason"] ?? ""]).pageValues.merging([
      "returnTo": .text(ReturnPath.local(query["return_to"], or: "/batches")), "hasBatches": .flag(!mine.isEmpty),
      "count": .text(Display.count(mine.count, "batch", "batches")),
      "batches": .list(
        mine.map { batch in
          [
            "id": .text(batch.id.text), "url": .text("/batches/\(batch.id.text)"), "name": .text(batch.name), "status": Badge(batch.state).pageValue,
            "processed": .text(Grouping.thousands(batch.counts.processed)), "total": .text(Grouping.thousands(batch.counts.total)),
          ]
        }),
      "hasLeft": .flag(left > 0), "left": .text("\(Display.count(left, "ticked batch", "ticked batches")) cannot be cancelled and will be left alone."),
      "charged": .text(receipts.reduce(Money.zero) { $0 + $1.charged }.dollars),
      "inFlight": .text(Grouping.thousands(receipts.reduce(0) { $0 + $1.inFlight })),
      "open": .text(Grouping.thousands(receipts.reduce(0) { $0 + $1.neverBegun })),
      "released": .text(receipts.reduce(Money.zero) { $0 + $1.released }.dollars),
    ])
    return try await web.pages.show("batches/bulk-cancel", title: "Cancel several batches", section: .batches, values, request, context)
  }

  private func control(_ context: SignedInContext) -> BulkControl {
    BulkControl(batches: services.batches, account: context.account, now: web.now(), logger: context.logger)
  }
}

import BatchReports
import Foundation
import GRDB

/// Retrying failed leads of a batch that has ended: a new run of the same batch, with a price and a reservation of its own.
extension BatchStore {
  /// What a retry would do, as the page before it shows.
  public struct RetryOffer: Sendable {
    public var batch: Batch
    public var leadCount: Int
    /// What it reserves: each report at the batch's price, so that the volume discount stays the whole batch's.
    public var cost: Money
    public var budget: BudgetState
  }

  /// The price of a retry. Throws what `retry` would throw, but for the approval and the budget.
  public func retryOffer(_ id: UUID, _ scope: RetryOrder.Scope, by account: Account, now: Date) async throws -> RetryOffer {
    try await database.pool.read { db in
      guard let batch = try BatchRow.find(id, in: db), account.maySee(isPrivate: batch.isPrivate, ownedBy: batch.owner) else {
        throw NoSuchBatch(id: id)
      }
      guard account.mayControl(ownedBy: batch.owner) else { throw AccessRefusal.notYours }
      let count = try Self.countRetried(scope, of: batch, in: db)
      return RetryOffer(batch: batch, leadCount: count, cost: batch.perReport * count, budget: try budget.state(at: now, in: db))
    }
  }

  /// Takes the batch back to `processing` with the failed leads of the order, in one transaction; its other leads stay as they ended.
  ///
  /// The same order again for the same run hands back the batch that it restarted. Throws `NoSuchBatch`, `AccessRefusal`,
  /// `InvalidTransition`, `RetryRefusal`, `InvalidInput` for leads that did not fail, `StartRefusal` and `BudgetExceeded`;
  /// nothing is written then.
  public func retry(_ id: UUID, _ order: RetryOrder, by account: Account, now: Date) async throws -> Batch {
    try await change(id, action: "retried", by: account) { batch, db in
      if let run = order.run, run != batch.run {
        guard try Self.isRepetition(order, of: batch, by: account, in: db) else { throw RetryRefusal.retriedMeanwhile }
        return true
      }
      let count = try Self.countRetried(order.scope, of: batch, in: db)
      let cost = batch.perReport * count
      if let approved = order.approvedCost, approved.plain != cost.plain { throw StartRefusal.quoteChanged(was: approved, now: cost) }
      if !order.isApproved { throw StartRefusal.costNotApproved(cost) }
      try Self.refuseIfInProgress(batch, in: db)
      let overrunReason = account.role == .admin ? order.overrunReason : nil
      let passesLimit = try !budget.state(at: now, in: db).isWithin(cost)
      try budget.reserve(cost, batchKey: batch.key, run: batch.run + 1, mayOverrun: overrunReason != nil, at: now, in: db)
      try Self.reopenLeads(order.scope, count, of: batch, now: now, in: db)
      guard try Self.reopen(batch, leads: count, cost: cost, now: now, in: db) else { return false }
      let reasons = [order.reason, passesLimit ? overrunReason ?? "" : ""].filter { !$0.isEmpty }
      try AuditTrail.record(
        AuditEntry(
          batch, "batch.retry", by: .account(account), reason: reasons.joined(separator: " / "),
          detail: [
            "run": "\(batch.run + 1)", "scope": order.scope.name, "error_code": order.scope.errorCode?.rawValue ?? "", "leads": "\(count)",
            "left_failed": "\(batch.counts.failed - count)", "approved": cost.dollars, "over_budget": passesLimit ? "yes" : "no",
          ], at: now), in: db)
      return true
    }
  }

  /// A form that was sent twice: the run after the one it names was begun by the same account, with the same scope.
  private static func isRepetition(_ order: RetryOrder, of batch: Batch, by account: Account, in db: Database) throws -> Bool {
    guard order.run == batch.run - 1 else { return false }
    let last = try Row.fetchOne(
      db,
      sql: """
        SELECT account_id, detail ->> 'scope', detail ->> 'error_code' FROM audit
        WHERE subject_type = 'batch' AND subject_id = ? AND action = 'batch.retry' ORDER BY id DESC LIMIT 1
        """,
      arguments: [batch.id.text])
    guard let last else { return false }
    return last[0] == account.id.text && last[1] == order.scope.name && last[2] == order.scope.errorCode?.rawValue ?? ""
  }

  /// How many leads the scope means. Throws when the batch is not one to retry, or the scope means a lead that did not fail.
  private static func countRetried(_ scope: RetryOrder.Scope, of batch: Batch, in db: Database) throws -> Int {
    guard batch.state.isTerminal else { throw InvalidTransition(action: "retried", state: batch.state) }
    if batch.counts.failed == 0 { throw RetryRefusal.nothingFailed }
    let (condition, arguments) = condition(scope, of: batch)
    let count = try Int.fetchOne(db, sql: "SELECT count(*) FROM batch_lead WHERE \(condition)", arguments: arguments) ?? 0
    switch scope {
    case .failed: break
    case .errorCode:
      if count == 0 { throw InvalidInput("error_code", "No lead of this batch failed with this code.", code: "none_match") }
    case .leads(let ids):
      let others = ids.count - count
      if others > 0 {
        throw InvalidInput("lead_ids", "\(others) of the \(ids.count) chosen leads did not fail in this batch. Choose failed ones.", code: "none_match")
      }
    }
    return count
  }

  private static func condition(_ scope: RetryOrder.Scope, of batch: Batch) -> (String, StatementArguments) {
    let failed = "batch_key = ? AND state = 'failed'"
    switch scope {
    case .failed: return (failed, [batch.key])
    case .errorCode(let code): return (failed + " AND error_code = ?", [batch.key, code.rawValue])
    case .leads(let ids):
      let list = "[" + ids.map { "\"\($0.text)\"" }.joined(separator: ",") + "]"
      return (
        failed + " AND lead_key IN (SELECT lead.key FROM json_each(?) AS chosen JOIN lead ON lead.id = chosen.value)", [batch.key, list]
      )
    }
  }

  /// An account has one live batch over a set of leads, and this one is about to be live again.
  private static func refuseIfInProgress(_ batch: Batch, in db: Database) throws {
    let other = try String.fetchOne(
      db,
      sql: """
        SELECT other.id FROM batch AS own JOIN batch AS other ON other.owner = own.owner AND other.leads_digest = own.leads_digest
        WHERE own.key = ? AND other.state IN ('pending', 'processing', 'paused', 'cancelling')
        """,
      arguments: [batch.key])
    if let other { throw StartRefusal.batchInProgress(try Decode.uuid(other)) }
  }

  /// Their tries and crashes begin anew; the attempts go on being numbered.
  private static func reopenLeads(_ scope: RetryOrder.Scope, _ count: Int, of batch: Batch, now: Date, in db: Database) throws {
    let (condition, arguments) = condition(scope, of: batch)
    try db.execute(
      sql: """
        UPDATE batch_lead SET state = 'pending', due_at = ?, tried_before = attempts, crashes = 0, error_code = NULL, error_message = NULL,
          finished_at = NULL WHERE \(condition)
        """,
      arguments: [now.milliseconds] + arguments)
    if db.changesCount != count { throw UnreadableRow(description: "batch \(batch.key) has other failed leads than were counted") }
  }

  /// The time between its end and now counts as paused. False when it was no longer in its state or its run.
  private static func reopen(_ batch: Batch, leads: Int, cost: Money, now: Date, in db: Database) throws -> Bool {
    try db.execute(
      sql: """
        UPDATE batch SET state = 'processing', state_reason = '', run = run + 1, pending = pending + ?1, failed = failed - ?1,
          failed_before = failed - ?1, at_most = actual + ?2, recent_ends = '',
          paused_ms = paused_ms + CASE WHEN started_at IS NULL THEN 0 ELSE max(0, ?3 - finished_at) END, finished_at = NULL, seq = seq + 1
        WHERE key = ?4 AND run = ?5 AND state IN ('completed_with_errors', 'failed', 'cancelled')
        """,
      arguments: [leads, cost.micros, now.milliseconds, batch.key, batch.run])
    return db.changesCount == 1
  }
}

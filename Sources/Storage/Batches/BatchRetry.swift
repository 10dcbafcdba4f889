import BatchReports
import Foundation
import GRDB
import Secrets

/// Retrying leads of a batch that has ended, which failed or which a stop or cancel never ran: a new run of the same batch, with a price and
/// a reservation of its own.
extension BatchStore {
  /// What a retry would do, as the page before it shows.
  public struct RetryOffer: Sendable {
    public var batch: Batch
    public var leadCount: Int
    /// How many of them were cancelled; the others failed.
    public var cancelledCount: Int
    /// What it reserves: each report and each call that was not paid before, at the batch's prices, so that its discount stays the whole batch's.
    public var cost: Money
    /// What it will probably cost: not each lead is delivered, and not each call is charged.
    public var expected: Money
    /// What that goes by.
    public var forecast: RetryForecast
    public var budget: BudgetState
  }

  /// The price of a retry. Throws what `retry` would throw, but for the approval and the budget.
  public func retryOffer(_ id: UUID, _ scope: RetryOrder.Scope, by account: Account, now: Date) async throws -> RetryOffer {
    try await database.pool.read { db in
      guard let batch = try BatchRow.find(id, in: db), account.maySee(isPrivate: batch.isPrivate, ownedBy: batch.owner) else {
        throw NoSuchBatch(id: id)
      }
      guard account.mayControl(ownedBy: batch.owner) else { throw AccessRefusal.notYours }
      let forecast = try RetryHistory.forecast(for: batch, in: db)
      let needs = try Self.needs(scope, of: batch, forecast: forecast, in: db)
      return RetryOffer(
        batch: batch, leadCount: needs.leads, cancelledCount: needs.cancelled, cost: needs.cost, expected: needs.expected, forecast: forecast,
        budget: try budget.state(at: now, in: db))
    }
  }

  /// Takes the batch back to `processing` with the leads of the order, in one transaction; its other leads stay as they ended.
  ///
  /// The same order again for the same run hands back the batch that it restarted, which may have ended since. Throws `NoSuchBatch`,
  /// `AccessRefusal`, `InvalidTransition`, `RetryRefusal`, `InvalidInput` for leads that have a report, `StartRefusal` and `BudgetExceeded`;
  /// nothing is written then.
  public func retry(_ id: UUID, _ order: RetryOrder, by account: Account, now: Date) async throws -> Batch {
    try await change(id, action: "retried", by: account) { batch, db in
      if let run = order.run, run != batch.run {
        guard try Self.isRepetition(order, of: batch, by: account, in: db) else { throw RetryRefusal.retriedMeanwhile }
        return true
      }
      let (count, cancelled, cost, _) = try Self.needs(order.scope, of: batch, in: db)
      if let approved = order.approvedCost, approved.plain != cost.plain { throw RetryRefusal.priceChanged(was: approved, now: cost) }
      if !order.isApproved { throw RetryRefusal.costNotApproved(cost) }
      try Self.refuseIfInProgress(batch, in: db)
      let overrunReason = account.role == .admin ? order.overrunReason : nil
      let passesLimit = try budget.reserve(cost, batchKey: batch.key, run: batch.run + 1, mayOverrun: overrunReason != nil, at: now, in: db)
      try Self.reopenLeads(order.scope, count, of: batch, now: now, in: db)
      guard try Self.reopen(batch, leads: count, cancelled: cancelled, cost: cost, now: now, in: db) else { return false }
      let reasons = [order.reason, passesLimit ? overrunReason ?? "" : ""].filter { !$0.isEmpty }
      try AuditTrail.record(
        AuditEntry(
          batch, "batch.retry", by: .account(account), reason: reasons.joined(separator: " / "),
          detail: [
            "run": "\(batch.run + 1)", "scope": order.scope.name, "error_code": order.scope.errorCode?.rawValue ?? "",
            "leads_digest": Self.digest(order.scope), "leads": "\(count)", "cancelled": "\(cancelled)",
            "left_failed": "\(batch.counts.failed - count + cancelled)", "approved": cost.dollars, "over_budget": passesLimit ? "yes" : "no",
          ], at: now), in: db)
      return true
    }
  }

  /// A form that was sent twice: the run after the one it names was begun by the same account, with the same choice.
  private static func isRepetition(_ order: RetryOrder, of batch: Batch, by account: Account, in db: Database) throws -> Bool {
    guard order.run == batch.run - 1 else { return false }
    let last = try Row.fetchOne(
      db,
      sql: """
        SELECT account_id, detail ->> 'scope', detail ->> 'error_code', coalesce(detail ->> 'leads_digest', '') FROM audit
        WHERE subject_type = 'batch' AND subject_id = ? AND action = 'batch.retry' ORDER BY id DESC LIMIT 1
        """,
      arguments: [batch.id.text])
    guard let last else { return false }
    return last[0] == account.id.text && last[1] == order.scope.name && last[2] == order.scope.errorCode?.rawValue ?? "" && last[3] == digest(order.scope)
  }

  /// Of the leads that were chosen one by one; empty for every other scope.
  private static func digest(_ scope: RetryOrder.Scope) -> String {
    guard case .leads(let ids) = scope else { return "" }
    return Digest.sha256Hex(Data(ids.map(\.text).sorted().joined(separator: ",").utf8))
  }

  /// How many leads the scope means, how many of them were cancelled, what they can cost and what they probably will. Throws when the batch is
  /// not one to retry, or the scope means a lead that has a report.
  private static func needs(
    _ scope: RetryOrder.Scope, of batch: Batch, forecast: RetryForecast? = nil, in db: Database
  ) throws -> (leads: Int, cancelled: Int, cost: Money, expected: Money) {
    guard batch.state.isTerminal else { throw InvalidTransition(action: "retried", state: batch.state) }
    switch scope {
    case .failed, .errorCode: if batch.counts.failed == 0 { throw RetryRefusal.nothingFailed }
    case .unfinished: if batch.counts.cancelled == 0 { throw RetryRefusal.nothingUnfinished }
    case .leads: if batch.counts.failed + batch.counts.cancelled == 0 { throw RetryRefusal.nothingFailed }
    }
    let (condition, arguments) = condition(scope)
    let needs = try CallNeeds.sum(of: batch, where: condition, arguments, forecast: forecast, in: db)
    let count = needs.leads
    switch scope {
    case .failed, .unfinished: break
    case .errorCode:
      if count == 0 { throw InvalidInput("error_code", "No lead of this batch failed with this code.", code: "none_match") }
    case .leads(let ids):
      let others = ids.count - count
      if others > 0 {
        let message = "\(others) of the \(ids.count) chosen leads did not fail in this batch and were not cancelled. Choose others."
        throw InvalidInput("lead_ids", message, code: "none_match")
      }
    }
    let cancelled = try Int.fetchOne(
      db, sql: "SELECT count(*) FROM batch_lead WHERE batch_key = ? AND \(condition) AND state = 'cancelled'", arguments: [batch.key] + arguments)
    return (count, cancelled ?? 0, needs.cost, needs.expected)
  }

  private static func condition(_ scope: RetryOrder.Scope) -> (String, StatementArguments) {
    let failed = "state = 'failed'"
    switch scope {
    case .failed: return (failed, [])
    case .unfinished: return ("state = 'cancelled'", [])
    case .errorCode(let code): return (failed + " AND error_code = ?", [code.rawValue])
    case .leads(let ids):
      let list = "[" + ids.map { "\"\($0.text)\"" }.joined(separator: ",") + "]"
      return (
        "state IN ('failed', 'cancelled') AND lead_key IN (SELECT lead.key FROM json_each(?) AS chosen JOIN lead ON lead.id = chosen.value)", [list]
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
    let (condition, arguments) = condition(scope)
    try db.execute(
      sql: """
        UPDATE batch_lead SET state = 'pending', due_at = ?, tried_before = attempts, crashes = 0, error_code = NULL, error_message = NULL,
          finished_at = NULL WHERE batch_key = ? AND \(condition)
        """,
      arguments: [now.milliseconds, batch.key] + arguments)
    if db.changesCount != count { throw UnreadableRow(description: "batch \(batch.key) has other leads than were counted") }
  }

  /// The time between its end and now counts as paused. False when it was no longer in its state or its run.
  private static func reopen(_ batch: Batch, leads: Int, cancelled: Int, cost: Money, now: Date, in db: Database) throws -> Bool {
    try db.execute(
      sql: """
        UPDATE batch SET state = 'processing', state_reason = '', run = run + 1, pending = pending + ?1, failed = failed - (?1 - ?6),
          failed_before = failed - (?1 - ?6), cancelled = cancelled - ?6, at_most = actual + ?2, recent_ends = '',
          paused_ms = paused_ms + CASE WHEN started_at IS NULL THEN 0 ELSE max(0, ?3 - finished_at) END, finished_at = NULL, seq = seq + 1
        WHERE key = ?4 AND run = ?5 AND state IN ('completed_with_errors', 'failed', 'cancelled')
        """,
      arguments: [leads, cost.micros, now.milliseconds, batch.key, batch.run, cancelled])
    return db.changesCount == 1
  }
}

import BatchReports
import Foundation
import GRDB

/// How a batch ends: with its last lead, or because it cannot or may not go on. The budget gets back what was not spent.
enum BatchEnding {
  /// Ends a batch whose last open lead has ended; a batch that has open leads is left alone.
  static func endIfDone(_ batchKey: Int64, now: Date, in db: Database) throws {
    let ended = try Row.fetchOne(
      db.cachedStatement(
        sql: """
          UPDATE batch SET state = CASE state WHEN 'cancelling' THEN 'cancelled' ELSE iif(failed + cancelled > 0, 'completed_with_errors', 'completed') END,
            state_reason = CASE state WHEN 'cancelling' THEN state_reason ELSE '' END, finished_at = ?1, seq = seq + 1, paused_by_engine = 0, reserve_spent = 0,
            paused_ms = paused_ms + CASE WHEN paused_at IS NULL OR started_at IS NULL THEN 0 ELSE max(0, ?1 - paused_at) END, paused_at = NULL
          WHERE key = ?2 AND pending + processing + retrying = 0 AND state IN ('processing', 'paused', 'cancelling') RETURNING state, id
          """),
      arguments: [now.milliseconds, batchKey])
    guard let ended else { return }
    let state: String = ended["state"]
    let released = try BudgetBook.release(batchKey: batchKey, at: now, in: db)
    try AuditTrail.record(
      AuditEntry(
        at: now, actor: .engine, action: "batch.\(state)", subjectType: "batch", subjectID: ended["id"], detail: ["released": released.dollars]),
      in: db)
  }

  /// Ends a batch of which every lead has a reused report: there is nothing to run.
  static func endWithoutWork(_ batch: Batch, now: Date, in db: Database) throws {
    try db.execute(
      sql: "UPDATE batch SET state = 'processing', started_at = ? WHERE key = ? AND state = 'pending' AND pending = 0",
      arguments: [now.milliseconds, batch.key])
    try endIfDone(batch.key, now: now, in: db)
  }

  /// Ends a batch as failed once more leads failed than it tolerates, be it with its very last lead.
  static func failIfTooManyFailed(_ batchKey: Int64, now: Date, in db: Database) throws {
    guard let batch = try BatchRow.find(key: batchKey, in: db), [.processing, .paused].contains(batch.state) else { return }
    let failed = batch.counts.failed - batch.failedBefore
    let overCount = batch.maxFailureCount.map { failed > $0 } ?? false
    let overPercent = batch.maxFailurePercent.map { Double(failed) * 100 > $0 * Double(batch.counts.total) } ?? false
    guard overCount || overPercent else { return }
    try fail(batch, because: "\(failed) leads failed, more than this batch tolerates.", now: now, in: db)
  }

  /// Ends a batch as failed; what is open is cancelled, in flight or not. A batch that is ending already is left alone.
  static func fail(_ batch: Batch, because reason: String, now: Date, in db: Database) throws {
    try cancelOpenLeads(of: batch, now: now, in: db)
    try db.execute(
      sql: """
        UPDATE batch SET state = 'failed', state_reason = ?1, cancelled = cancelled + pending + processing + retrying, pending = 0,
          processing = 0, retrying = 0, finished_at = ?2, seq = seq + 1, paused_by_engine = 0, reserve_spent = 0,
          paused_ms = paused_ms + CASE WHEN paused_at IS NULL OR started_at IS NULL THEN 0 ELSE max(0, ?2 - paused_at) END, paused_at = NULL
        WHERE key = ?3 AND state IN ('pending', 'processing', 'paused')
        """,
      arguments: [reason, now.milliseconds, batch.key])
    let released = try BudgetBook.release(batchKey: batch.key, at: now, in: db)
    try AuditTrail.record(
      AuditEntry(batch, "batch.failed", by: .engine, reason: reason, detail: ["released": released.dollars], at: now), in: db)
  }

  /// Ends a batch whose rows contradict each other: as failed, or as cancelled where it was being cancelled.
  static func endBroken(_ batch: Batch, because reason: String, now: Date, in db: Database) throws {
    if batch.state == .cancelling { return try giveUpLeads(of: batch, because: reason, now: now, in: db) }
    try fail(batch, because: reason, now: now, in: db)
  }

  /// Ends a batch that is being cancelled without waiting for its leads in flight any longer. Calls that they have under way keep their money
  /// until they are settled.
  static func giveUpLeads(of batch: Batch, because reason: String, now: Date, in db: Database) throws {
    try cancelOpenLeads(of: batch, now: now, in: db)
    var change = CountChange()
    change.move(from: .processing, to: .cancelled, count: batch.counts.processing)
    try change.apply(to: batch.key, in: db)
    try AuditTrail.record(AuditEntry(batch, "batch.leads_given_up", by: .engine, reason: reason, at: now), in: db)
    try endIfDone(batch.key, now: now, in: db)
  }

  /// The rows of leads that wait or are in flight; the batch's counters are the caller's.
  private static func cancelOpenLeads(of batch: Batch, now: Date, in db: Database) throws {
    try db.execute(
      sql: """
        INSERT INTO attempt (batch_key, position, number, outcome, started_at, finished_at)
        SELECT batch_key, position, attempts, 'cancelled', started_at, max(started_at, ?1) FROM batch_lead INDEXED BY batch_lead_held
        WHERE batch_key = ?2 AND epoch IS NOT NULL ON CONFLICT (batch_key, position, number) DO NOTHING
        """,
      arguments: [now.milliseconds, batch.key])
    try db.execute(
      sql: """
        UPDATE batch_lead SET state = 'cancelled', epoch = NULL, due_at = NULL, finished_at = ?
        WHERE batch_key = ? AND (due_at IS NOT NULL OR epoch IS NOT NULL)
        """,
      arguments: [now.milliseconds, batch.key])
  }
}

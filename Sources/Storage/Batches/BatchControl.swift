import BatchReports
import Foundation
import GRDB

/// What people do to a running batch. Each is one transaction that compares the state and sets it, with an audit row.
extension BatchStore {
  /// What a cancel did and what it left: shown at once, and again when the last lead in flight has ended.
  public struct CancelReceipt: Sendable, Hashable {
    public var charged: Money
    public var inFlight: Int
    /// What the budget gets back now; the share of leads in flight follows when they end.
    public var released: Money
    public var neverBegun: Int
  }

  /// Stops new leads at once; leads in flight finish. Throws `InvalidTransition`.
  public func pause(_ id: UUID, reason: String, by account: Account, now: Date) async throws -> Batch {
    try await change(id, action: "paused", by: account) { batch, db in
      try db.execute(
        sql: """
          UPDATE batch SET state = 'paused', state_reason = ?, paused_at = ?, seq = seq + 1 WHERE key = ? AND state IN ('pending', 'processing')
          """,
        arguments: [reason, now.milliseconds, batch.key])
      guard db.changesCount == 1 else { return false }
      try AuditTrail.record(AuditEntry(batch, "batch.pause", by: .account(account), reason: reason, at: now), in: db)
      return true
    }
  }

  /// Ends a batch: leads that wait are cancelled here and now, leads in flight as soon as the engine has called them back.
  /// The budget gets back at once what those in flight cannot need any more, and the rest with the last of them.
  ///
  /// Throws `InvalidTransition` for a batch that is already ending or ended.
  public func cancel(_ id: UUID, reason: String, by account: Account, now: Date) async throws -> (batch: Batch, receipt: CancelReceipt) {
    let batch = try await change(id, action: "cancelled", by: account) { batch, db in
      guard [.pending, .processing, .paused].contains(batch.state) else { return false }
      try db.execute(
        sql: "UPDATE batch_lead SET state = 'cancelled', due_at = NULL, finished_at = ? WHERE batch_key = ? AND due_at IS NOT NULL",
        arguments: [now.milliseconds, batch.key])
      let waiting = db.changesCount
      try db.execute(
        sql: """
          UPDATE batch SET state = 'cancelling', state_reason = ?1, paused_by_engine = 0, reserve_spent = 0, pending = 0, retrying = 0,
            cancelled = cancelled + ?2, seq = seq + 1,
            paused_ms = paused_ms + CASE WHEN paused_at IS NULL OR started_at IS NULL THEN 0 ELSE max(0, ?3 - paused_at) END, paused_at = NULL
          WHERE key = ?4 AND state IN ('pending', 'processing', 'paused')
          """,
        arguments: [reason, waiting, now.milliseconds, batch.key])
      guard db.changesCount == 1 else { return false }
      let released = try BudgetBook.release(
        batchKey: batch.key, keeping: batch.perReport * batch.counts.processing, in: db)
      try AuditTrail.record(
        AuditEntry(
          batch, "batch.cancel", by: .account(account), reason: reason,
          detail: ["never_begun": "\(waiting)", "in_flight": "\(batch.counts.processing)", "released": released.dollars], at: now), in: db)
      try BatchEnding.endIfDone(batch.key, now: now, in: db)
      return true
    }
    return (batch, Self.receipt(of: batch))
  }

  /// What cancelling means for a batch as it stands, or meant for one that was cancelled.
  public static func receipt(of batch: Batch) -> CancelReceipt {
    let inFlight = batch.perReport * batch.counts.processing
    return CancelReceipt(
      charged: batch.actual, inFlight: batch.counts.processing, released: max(.zero, batch.atMost - batch.actual - inFlight),
      neverBegun: batch.state.isTerminal || batch.state == .cancelling ? batch.counts.cancelled : batch.counts.pending + batch.counts.retrying)
  }

  func change(
    _ id: UUID, action: String, by account: Account, _ apply: @escaping @Sendable (Batch, Database) throws -> Bool
  ) async throws -> Batch {
    try await database.pool.write { db in
      guard let batch = try BatchRow.find(id, in: db), account.maySee(isPrivate: batch.isPrivate, ownedBy: batch.owner) else {
        throw NoSuchBatch(id: id)
      }
      guard account.mayControl(ownedBy: batch.owner) else { throw AccessRefusal.notYours }
      guard try apply(batch, db) else { throw InvalidTransition(action: action, state: batch.state) }
      guard let changed = try BatchRow.find(key: batch.key, in: db) else { throw NoSuchBatch(id: id) }
      return changed
    }
  }
}

/// No batch with this id, or none that the account may see.
public struct NoSuchBatch: Refusal, Hashable {
  public var id: UUID

  public init(id: UUID) { self.id = id }

  public var code: RefusalCode { .notFound }
  public var explanation: String { "There is no batch \(id.text), or it is private. See the list of batches." }
}

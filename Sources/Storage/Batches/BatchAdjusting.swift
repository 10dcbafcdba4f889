import BatchReports
import Foundation
import GRDB

/// What people change of a batch on its way, without stopping it: one transaction each, with an audit row.
extension BatchStore {
  /// Sets how many of its leads may be in flight, from the next claim on; those above it end first.
  ///
  /// The same number again changes nothing. Throws `InvalidInput` outside 1 to 100 and `InvalidTransition` for a batch that ends or has ended.
  public func setConcurrency(_ id: UUID, to number: Int, reason: String, by account: Account, now: Date) async throws -> Batch {
    guard BatchOrder.concurrencyRange.contains(number) else {
      throw InvalidInput("max_concurrent", "Leads at a time: a whole number from 1 to 100.", code: "out_of_range")
    }
    return try await adjust(
      id, "max_concurrent", "concurrency", to: number, from: { "\($0.maxConcurrent)" }, reason: reason, by: account, now: now)
  }

  /// Sets its share of the slots. The same again changes nothing. Throws `InvalidTransition` for a batch that ends or has ended.
  public func setPriority(_ id: UUID, to priority: BatchPriority, reason: String, by account: Account, now: Date) async throws -> Batch {
    try await adjust(
      id, "priority", "priority", to: priority.rawValue, from: { $0.priority.rawValue }, reason: reason, by: account, now: now)
  }

  /// Lets a batch that waits for its time begin at once; nothing changes for one that waits for none and is queued or runs.
  ///
  /// Throws `PlannedStart.Missing` for a paused one without a planned start, and `InvalidTransition` for any other.
  public func startNow(_ id: UUID, reason: String, by account: Account, now: Date) async throws -> Batch {
    try await change(id, action: "started now", by: account) { batch, db in
      if [.pending, .processing].contains(batch.state) && !batch.isScheduled(at: now) { return true }
      if batch.state == .paused && batch.scheduledAt == nil { throw PlannedStart.Missing() }
      guard let planned = batch.scheduledAt, batch.isScheduled(at: now) else { return false }
      try db.execute(
        sql: "UPDATE batch SET scheduled_at = NULL, seq = seq + 1 WHERE key = ? AND state = 'pending' AND scheduled_at = ?",
        arguments: [batch.key, planned.milliseconds])
      guard db.changesCount == 1 else { return false }
      try db.execute(
        sql: "UPDATE batch_lead SET due_at = ? WHERE batch_key = ? AND due_at IS NOT NULL", arguments: [now.milliseconds, batch.key])
      try AuditTrail.record(
        AuditEntry(batch, "batch.start_now", by: .account(account), reason: reason, detail: ["was_planned_for": planned.rfc3339], at: now), in: db)
      return true
    }
  }

  private func adjust(
    _ id: UUID, _ column: String, _ name: String, to value: any DatabaseValueConvertible & Sendable, from old: @escaping @Sendable (Batch) -> String,
    reason: String, by account: Account, now: Date
  ) async throws -> Batch {
    try await change(id, action: "changed", by: account) { batch, db in
      guard [.pending, .processing, .paused].contains(batch.state) else { return false }
      let (before, after) = (old(batch), "\(value)")
      if before == after { return true }
      try db.execute(
        sql: "UPDATE batch SET \(column) = ?, seq = seq + 1 WHERE key = ? AND state IN ('pending', 'processing', 'paused')",
        arguments: [value, batch.key])
      guard db.changesCount == 1 else { return false }
      try AuditTrail.record(
        AuditEntry(batch, "batch.\(name)", by: .account(account), reason: reason, detail: ["from": before, "to": after], at: now), in: db)
      return true
    }
  }
}

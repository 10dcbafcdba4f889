import BatchReports
import GRDB

/// How a transaction changes one batch's counters: collected lead by lead, written once, in the same transaction.
struct CountChange {
  private var deltas: [BatchLeadState: Int] = [:]
  var charged: Int64 = 0
  var busyMilliseconds: Int64 = 0

  mutating func move(from: BatchLeadState, to: BatchLeadState, count: Int = 1) {
    deltas[from, default: 0] -= count
    deltas[to, default: 0] += count
  }

  /// Adds the changes to the batch's row and raises its `seq`; without changes the row, which may have ended, is left alone.
  func apply(to batchKey: Int64, in db: Database) throws {
    if deltas.allSatisfy({ $0.value == 0 }) { return }
    try db.cachedStatement(
      sql: """
        UPDATE batch SET pending = pending + ?1, processing = processing + ?2, retrying = retrying + ?3, completed = completed + ?4,
          failed = failed + ?5, skipped = skipped + ?6, cancelled = cancelled + ?7, actual = actual + ?8, at_most = max(at_most, actual + ?8), busy_ms = busy_ms + ?9,
          seq = seq + 1 WHERE key = ?10
        """
    ).execute(arguments: [
      deltas[.pending] ?? 0, deltas[.processing] ?? 0, deltas[.retrying] ?? 0, deltas[.completed] ?? 0, deltas[.failed] ?? 0,
      deltas[.skipped] ?? 0, deltas[.cancelled] ?? 0, charged, busyMilliseconds, batchKey,
    ])
  }
}

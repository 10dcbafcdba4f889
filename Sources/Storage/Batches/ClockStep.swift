import BatchReports
import Foundation
import GRDB

/// What a clock that was set back leaves behind: leads that wait for a time which will not come for hours or days.
enum ClockStep {
  /// A clock that is merely being corrected goes back by less.
  static let tolerance = 2.0

  /// Makes waiting leads due at once where the engine's last sign of life lies ahead of the clock. A planned start keeps its time.
  static func mend(lastSeen: Int64?, now: Date, in db: Database) throws {
    guard let lastSeen, lastSeen > now.addingTimeInterval(tolerance).milliseconds else { return }
    try db.execute(
      sql: """
        UPDATE batch_lead SET due_at = ?1 WHERE due_at > ?1 AND batch_key IN (
          SELECT key FROM batch WHERE state IN ('pending', 'processing', 'paused') AND (started_at IS NOT NULL OR scheduled_at IS NULL))
        """,
      arguments: [now.milliseconds])
  }
}

/// Leads that were in flight in so many crashes that the next one sets them aside.
enum PoisonWatch {
  /// Leaves but one of them among those that are to be taken, and none while another one is in flight: what crashes then is the lead
  /// that does it, and not its neighbours.
  static func apart(_ rows: [Row], crashesAt column: Int, of batch: Batch, in db: Database) throws -> [Row] {
    func isSuspect(_ row: Row) -> Bool { row[column] as Int >= WorkQueue.crashLimit - 1 }
    guard rows.contains(where: isSuspect) else { return rows }
    var isTaken =
      try Int.fetchOne(
        db, sql: "SELECT 1 FROM batch_lead INDEXED BY batch_lead_held WHERE batch_key = ? AND epoch IS NOT NULL AND crashes >= ? LIMIT 1",
        arguments: [batch.key, WorkQueue.crashLimit - 1]) != nil
    return rows.filter { row in
      if !isSuspect(row) { return true }
      defer { isTaken = true }
      return !isTaken
    }
  }
}

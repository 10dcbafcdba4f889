import BatchReports
import Foundation
import GRDB

/// Stops a batch before it spends more than was approved for it.
enum ReserveWatch {
  /// How many more leads a batch may take so that every lead in flight can still be charged its report; nil when its price covers all of them
  /// anyway, which needs no look at the rows.
  static func affordableLeads(_ batch: Batch, in db: Database) throws -> Int? {
    if batch.perReport == .zero { return nil }
    if batch.unitPrices.isEmpty, batch.atMost - batch.actual >= batch.perReport * batch.counts.open { return nil }
    let rest = try BudgetBook.rest(batchKey: batch.key, in: db)
    if rest >= batch.perReport * batch.counts.open { return nil }
    let free = rest - batch.perReport * (try reportsInWork(batch.key, in: db))
    let affordable = max(0, Int(free.micros / batch.perReport.micros))
    return try affordable == 0 && batch.counts.processing == 0 && !hasCostly(batch, in: db) ? nil : affordable
  }

  /// Leads in flight that can still be charged a report: one without a website fails before.
  static func reportsInWork(_ batchKey: Int64, in db: Database) throws -> Int {
    try Int.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT count(*) FROM batch_lead INDEXED BY batch_lead_held JOIN lead ON lead.key = batch_lead.lead_key
          WHERE batch_lead.batch_key = ? AND batch_lead.epoch IS NOT NULL AND lead.website <> ''
          """),
      arguments: [batchKey]) ?? 0
  }

  /// Whether a lead that waits can cost anything: one without a website fails before it does, and nothing was reserved for it.
  private static func hasCostly(_ batch: Batch, in db: Database) throws -> Bool {
    try Bool.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT EXISTS (
            SELECT 1 FROM batch_lead JOIN lead ON lead.key = batch_lead.lead_key
            WHERE batch_lead.batch_key = ? AND batch_lead.due_at IS NOT NULL AND lead.website <> '')
          """),
      arguments: [batch.key]) ?? false
  }

  /// Pauses a batch that runs, or that is about to, since what was approved does not cover `what`.
  static func pause(_ batch: Batch, for what: String, now: Date, in db: Database) throws {
    let rest = try BudgetBook.rest(batchKey: batch.key, in: db)
    let reason =
      "The money that was approved is spent: \(rest.dollars) is left beside \(batch.actual.dollars) charged, and it is not enough for \(what) and the reports in work. Resume reserves what the rest needs."
    try db.execute(
      sql: """
        UPDATE batch SET state = 'paused', state_reason = ?, paused_at = ?, paused_by_engine = 1, reserve_spent = 1, seq = seq + 1
        WHERE key = ? AND state IN ('pending', 'processing')
        """,
      arguments: [reason, now.milliseconds, batch.key])
    guard db.changesCount == 1 else { return }
    try AuditTrail.record(
      AuditEntry(batch, "batch.pause", by: .engine, reason: reason, detail: ["cause": "reserve_spent", "left": rest.dollars], at: now), in: db)
  }
}

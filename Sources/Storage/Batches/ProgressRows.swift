import BatchReports
import Foundation
import GRDB

extension BatchStore {
  /// The parts of a progress message that are read from rows, at one moment.
  public struct ProgressRows: Sendable {
    public var batch: Batch
    public var currentLeads: [ProgressSnapshot.CurrentLead]
    public var recentErrors: [ProgressSnapshot.RecentError]
    /// What it will have cost by its end.
    public var projected: Money

    public func snapshot(recentRate: Double?, now: Date) -> ProgressSnapshot {
      ProgressSnapshot(
        batch: batch, currentLeads: currentLeads, recentErrors: recentErrors, recentRate: recentRate, projected: projected, now: now)
    }
  }

  /// Leads in flight that are named in a message, and errors that are listed: at most this many.
  public static let listedInProgress = 10

  /// Reads a batch's progress in one snapshot of the database; nil when there is no such batch.
  public func progress(of id: UUID) async throws -> ProgressRows? {
    try await database.pool.read { db in try BatchRow.find(id, in: db).map { try Self.progress(of: $0, in: db) } }
  }

  /// Progress of the batches whose `seq` has passed the one given for them, and of live ones that are not listed.
  public func progress(since known: [UUID: Int64]) async throws -> [ProgressRows] {
    let list = try Encode.json(known.keys.map(\.text))
    return try await database.pool.read { db in
      let rows = try Row.fetchAll(
        db,
        sql: BatchRow.select + """
           WHERE batch.id IN (SELECT value FROM json_each(?)) OR batch.state IN ('pending', 'processing', 'paused', 'cancelling')
          ORDER BY batch.key
          """,
        arguments: [list])
      return try rows.map(BatchRow.batch).filter { $0.seq > known[$0.id] ?? 0 }.map { try Self.progress(of: $0, in: db) }
    }
  }

  static func progress(of batch: Batch, in db: Database) throws -> ProgressRows {
    let current =
      batch.counts.processing == 0
      ? []
      : try Row.fetchAll(
        db.cachedStatement(
          sql: """
            SELECT lead.id, lead.name FROM batch_lead INDEXED BY batch_lead_held JOIN lead ON lead.key = batch_lead.lead_key
            WHERE batch_lead.batch_key = ? AND batch_lead.epoch IS NOT NULL ORDER BY batch_lead.position LIMIT ?
            """),
        arguments: [batch.key, listedInProgress]
      ).map { ProgressSnapshot.CurrentLead(id: $0[0], name: $0[1]) }
    let errors =
      batch.counts.failed == 0
      ? []
      : try Row.fetchAll(
        db.cachedStatement(
          sql: """
            SELECT lead.id, lead.name, batch_lead.error_code, batch_lead.error_message, batch_lead.attempts, batch_lead.finished_at
            FROM batch_lead JOIN lead ON lead.key = batch_lead.lead_key
            WHERE batch_lead.batch_key = ? AND batch_lead.state = 'failed'
            ORDER BY batch_lead.finished_at DESC, batch_lead.position DESC LIMIT ?
            """),
        arguments: [batch.key, listedInProgress]
      ).map { row in
        ProgressSnapshot.RecentError(
          leadID: row[0], leadName: row[1], code: row[2] ?? "", message: row[3] ?? "", attempts: row[4],
          at: Date(milliseconds: row[5]).rfc3339)
      }
    return ProgressRows(batch: batch, currentLeads: current, recentErrors: errors, projected: try projected(batch, in: db))
  }
}

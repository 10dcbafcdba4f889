import BatchReports
import GRDB

extension BatchStore {
  /// How the last ten finished batches went, for estimates and the dashboard.
  public func recentThroughput() async throws -> RecentThroughput {
    try await database.pool.read { try QuoteDesk.recentThroughput(in: $0) }
  }

  /// The last batches that ended and that the account may see, newest first.
  public func ended(visibleTo account: Account, limit: Int) async throws -> [Batch] {
    try await database.pool.read { db in
      try Row.fetchAll(
        db,
        sql: BatchRow.select + """
           WHERE batch.finished_at IS NOT NULL AND (batch.private = 0 OR batch.owner = ? OR ?) ORDER BY batch.key DESC LIMIT ?
          """,
        arguments: [account.id.text, account.role == .admin, limit]
      ).map(BatchRow.batch)
    }
  }
}

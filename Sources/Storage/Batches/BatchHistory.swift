import BatchReports
import Foundation
import GRDB

/// Which batches a history shows.
public struct BatchFilter: Sendable, Hashable {
  public var states: [BatchState] = []
  /// A whole email, or a part of one; case does not matter.
  public var createdBy: String?
  public var template: TemplateReference?
  public var createdAfter: Date?
  public var createdBefore: Date?
  /// Part of the name, or at least the first eight characters of the id.
  public var text: String?

  public init() {}
}

public struct BatchPage: Sendable {
  public var batches: [Batch]
  public var totalCount: Int
  public var nextCursor: String?

  public init(batches: [Batch], totalCount: Int, nextCursor: String?) {
    self.batches = batches
    self.totalCount = totalCount
    self.nextCursor = nextCursor
  }
}

extension BatchStore {
  /// A search text finds batches by their id from this many characters on: those that pages show.
  static let shortestIDPrefix = 8

  /// Newest first, those that the account may see. `cursor` is the one that the page before gave. Throws `InvalidInput`.
  public func history(_ filter: BatchFilter, visibleTo account: Account, limit: Int, cursor: String?) async throws -> BatchPage {
    var conditions = ["(batch.private = 0 OR batch.owner = :viewer OR :admin)"]
    var arguments: [String: (any DatabaseValueConvertible)?] = ["viewer": account.id.text, "admin": account.role == .admin]
    if !filter.states.isEmpty {
      conditions.append("batch.state IN (SELECT value FROM json_each(:states))")
      arguments["states"] = try Encode.json(filter.states.map(\.rawValue))
    }
    if let createdBy = filter.createdBy {
      let isWhole = createdBy.dropFirst().dropLast().contains("@")
      let condition = isWhole ? "lower(email) = lower(:created_by)" : "instr(lower(email), lower(:created_by)) > 0"
      conditions.append("batch.owner IN (SELECT id FROM account WHERE \(condition))")
      arguments["created_by"] = createdBy
    }
    if let template = filter.template {
      conditions.append("batch.template_name = :template_name AND batch.template_version = :template_version")
      arguments["template_name"] = template.name
      arguments["template_version"] = template.version
    }
    if let after = filter.createdAfter {
      conditions.append("batch.created_at >= :after")
      arguments["after"] = after.milliseconds
    }
    if let before = filter.createdBefore {
      conditions.append("batch.created_at < :before")
      arguments["before"] = before.milliseconds
    }
    if let text = filter.text {
      // Ids begin with their time, so that few digits would find every batch.
      let isIDToo = text.count >= Self.shortestIDPrefix
      conditions.append(
        "(instr(lower(batch.name), lower(:text)) > 0\(isIDToo ? " OR substr(batch.id, 1, length(:text)) = lower(:text)" : ""))")
      arguments["text"] = text
    }
    let countSQL = "SELECT count(*) FROM batch WHERE " + conditions.joined(separator: " AND ")
    let countArguments = StatementArguments(arguments)
    if let cursor {
      guard let key = Int64(cursor) else { throw InvalidInput("cursor", "This cursor is none that a list gave. Start from the first page.") }
      conditions.append("batch.key < :cursor")
      arguments["cursor"] = key
    }
    arguments["limit"] = limit + 1
    let sql = BatchRow.select + " WHERE " + conditions.joined(separator: " AND ") + " ORDER BY batch.key DESC LIMIT :limit"
    let pageArguments = StatementArguments(arguments)
    return try await database.pool.read { db in
      var batches = try Row.fetchAll(db, sql: sql, arguments: pageArguments).map(BatchRow.batch)
      let hasMore = batches.count > limit
      if hasMore { batches.removeLast() }
      return BatchPage(
        batches: batches, totalCount: try Int.fetchOne(db, sql: countSQL, arguments: countArguments) ?? 0,
        nextCursor: hasMore ? batches.last.map { String($0.key) } : nil)
    }
  }

  /// Every batch that is not terminal, oldest first, whoever may see it.
  public func live() async throws -> [Batch] {
    try await database.pool.read { try Self.live(in: $0) }
  }

  static func live(in db: Database) throws -> [Batch] {
    try Row.fetchAll(
      db.cachedStatement(sql: BatchRow.select + " WHERE batch.state IN ('pending', 'processing', 'paused', 'cancelling') ORDER BY batch.key")
    ).map(BatchRow.batch)
  }
}

extension BatchStore {
  /// Emails of the accounts that started a batch which the account may see, for a filter's choices.
  public func owners(visibleTo account: Account) async throws -> [String] {
    try await database.pool.read { db in
      try String.fetchAll(
        db,
        sql: """
          SELECT email FROM account WHERE EXISTS (
            SELECT 1 FROM batch WHERE batch.owner = account.id AND (batch.private = 0 OR batch.owner = ? OR ?)) ORDER BY email LIMIT 200
          """,
        arguments: [account.id.text, account.role == .admin])
    }
  }

  /// The keys of a batch's leads, in its order.
  public func leadKeys(of batch: Batch) async throws -> [Int64] {
    try await database.pool.read { db in
      try Int64.fetchAll(db, sql: "SELECT lead_key FROM batch_lead WHERE batch_key = ? ORDER BY position", arguments: [batch.key])
    }
  }
}

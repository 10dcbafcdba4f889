import BatchReports
import Foundation
import GRDB

/// The audit trail's rows: only ever added, which the schema's triggers see to.
public struct AuditTrail: Sendable {
  let database: AppDatabase

  public init(_ database: AppDatabase) { self.database = database }

  /// Adds a row inside the transaction of what it tells of, so that neither can be without the other. Throws `DatabaseError`.
  public static func record(_ entry: AuditEntry, in db: Database) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let detail = String(decoding: try encoder.encode(entry.detail), as: UTF8.self)
    try db.cachedStatement(
      sql: "INSERT INTO audit (at, account_id, actor, action, subject_type, subject_id, reason, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    ).execute(arguments: [
      entry.at.milliseconds, entry.actor.accountID?.text, entry.actor.name, entry.action, entry.subjectType, entry.subjectID, entry.reason,
      detail,
    ])
  }

  /// Counts are exact up to this many rows.
  public static let countLimit = 10_000

  /// At most `limit` rows at a position, the newest first.
  public func list(_ filter: AuditFilter = AuditFilter(), _ position: AuditPosition = .newest, limit: Int = 50) async throws -> [AuditEntry] {
    let query = AuditTrail.query(filter, position)
    let entries = try await database.pool.read { db in
      try Row.fetchAll(db, sql: query.sql + " LIMIT ?", arguments: query.arguments + [limit]).map(AuditTrail.entry)
    }
    if case .newerThan = position { return entries.reversed() }
    return entries
  }

  /// How many rows the filter matches; `countLimit` + 1 when there are more.
  public func count(_ filter: AuditFilter = AuditFilter()) async throws -> Int {
    let query = AuditTrail.query(filter, .newest)
    return try await database.pool.read { db in
      try Int.fetchOne(
        db, sql: "SELECT count(*) FROM (\(query.sql) LIMIT ?)", arguments: query.arguments + [AuditTrail.countLimit + 1]) ?? 0
    }
  }

  /// The kinds of subjects that occur, each found by one look into the index.
  public func subjectTypes() async throws -> [String] {
    try await database.pool.read { db in
      try String.fetchAll(
        db,
        sql: """
          WITH RECURSIVE kind (name) AS (
            SELECT min(subject_type) FROM audit
            UNION ALL SELECT (SELECT min(subject_type) FROM audit WHERE subject_type > name) FROM kind WHERE name IS NOT NULL
          ) SELECT name FROM kind WHERE name IS NOT NULL
          """)
    }
  }

  static func query(_ filter: AuditFilter, _ position: AuditPosition) -> (sql: String, arguments: StatementArguments) {
    var parts: [String] = []
    var arguments = StatementArguments()
    func add(_ sql: String, _ values: [any DatabaseValueConvertible]) {
      parts.append(sql)
      arguments += StatementArguments(values)
    }
    if let text = filter.text {
      let columns = ["action", "subject_type", "subject_id", "reason", "detail"]
      let pattern = "%" + escapedForLike(text) + "%"
      add("(" + columns.map { "\($0) LIKE ? ESCAPE '\\'" }.joined(separator: " OR ") + ")", columns.map { _ in pattern })
    }
    if let actor = filter.actor { add("actor = ?", [actor]) }
    if let type = filter.subjectType { add("subject_type = ?", [type]) }
    if let id = filter.subjectID { add("subject_id = ?", [id]) }
    var order = "DESC"
    switch position {
    case .newest: break
    case .olderThan(let id): add("id < ?", [id])
    case .newerThan(let id):
      add("id > ?", [id])
      order = "ASC"
    }
    let condition = parts.isEmpty ? "" : "WHERE " + parts.joined(separator: " AND ") + " "
    return (
      "SELECT id, at, account_id, actor, action, subject_type, subject_id, reason, detail FROM audit \(condition)ORDER BY id \(order)",
      arguments
    )
  }

  private static func escapedForLike(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("%", with: "\\%").replacing("_", with: "\\_")
  }

  private static func entry(_ row: Row) throws -> AuditEntry {
    let detail: String = row["detail"]
    return AuditEntry(
      id: row["id"], at: AccountRow.date(row["at"]),
      actor: Actor(accountID: (row["account_id"] as String?).flatMap({ UUID(text: $0) }), name: row["actor"]), action: row["action"],
      subjectType: row["subject_type"], subjectID: row["subject_id"], reason: row["reason"], detail: details(detail))
  }

  /// Texts stay as they are; other JSON values are shown as they were written.
  private static func details(_ json: String) -> [String: String] {
    guard let object = try? JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any] else { return [:] }
    return object.mapValues { $0 as? String ?? "\($0)" }
  }
}

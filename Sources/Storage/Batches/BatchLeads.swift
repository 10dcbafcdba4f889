import BatchReports
import Foundation
import GRDB

/// One lead of a batch as lists, exports and reports show it.
public struct BatchLead: Sendable, Hashable {
  public var position: Int
  public var leadID: UUID
  public var leadName: String
  public var website: String
  public var state: BatchLeadState
  public var attempts: Int
  public var errorCode: LeadErrorCode?
  public var errorMessage: String?
  public var score: Int?
  public var cost: Money
  public var durationMilliseconds: Int?
  public var finishedAt: Date?
  /// While waiting for its next attempt.
  public var nextAttemptAt: Date?
  /// Its own report, or the fresh one of another batch that was reused.
  public var hasReport: Bool { state == .completed || state == .skipped }
}

public struct BatchLeadPage: Sendable {
  public var leads: [BatchLead]
  public var nextCursor: String?
}

/// How many leads of a batch failed for one cause.
public struct FailureCause: Sendable, Hashable {
  public var code: LeadErrorCode
  public var count: Int
  public var example: String
  /// What their calls were charged.
  public var cost: Money
}

/// A try at a lead, as its history shows it.
public struct Attempt: Sendable, Hashable {
  public var batchID: UUID
  public var batchName: String
  public var number: Int
  public var outcome: String
  public var errorCode: LeadErrorCode?
  public var errorMessage: String?
  public var startedAt: Date
  public var finishedAt: Date
}

extension BatchStore {
  private static let selectLead = """
    SELECT batch_lead.*, lead.id AS lead_id, lead.name AS lead_name, lead.website AS website
    FROM batch_lead JOIN lead ON lead.key = batch_lead.lead_key
    """

  /// Leads of a batch in their order, optionally of some states or with one error code, which alone means the failed ones.
  /// Throws `InvalidInput` for a bad cursor.
  public func leads(
    of batch: Batch, states: [BatchLeadState] = [], errorCode: LeadErrorCode? = nil, limit: Int, cursor: String? = nil
  ) async throws -> BatchLeadPage {
    var conditions = ["batch_lead.batch_key = :batch"]
    var arguments: [String: (any DatabaseValueConvertible)?] = ["batch": batch.key, "limit": limit + 1]
    if let errorCode {
      conditions.append("batch_lead.error_code = :code")
      arguments["code"] = errorCode.rawValue
      if states.isEmpty { conditions.append("batch_lead.state = 'failed'") }
    }
    if !states.isEmpty {
      conditions.append("batch_lead.state IN (\(states.map { "'\($0.rawValue)'" }.joined(separator: ", ")))")
    }
    if let cursor {
      guard let position = Int(cursor) else { throw InvalidInput("cursor", "This cursor is none that a list gave. Start from the first page.") }
      conditions.append("batch_lead.position > :cursor")
      arguments["cursor"] = position
    }
    let sql = Self.selectLead + " WHERE \(conditions.joined(separator: " AND ")) ORDER BY batch_lead.position LIMIT :limit"
    let bound = StatementArguments(arguments)
    return try await database.pool.read { db in
      var leads = try Row.fetchAll(db, sql: sql, arguments: bound).map(Self.lead)
      let hasMore = leads.count > limit
      if hasMore { leads.removeLast() }
      return BatchLeadPage(leads: leads, nextCursor: hasMore ? leads.last.map { String($0.position) } : nil)
    }
  }

  /// One lead of a batch, or nil.
  public func lead(_ leadID: UUID, of batch: Batch) async throws -> BatchLead? {
    try await database.pool.read { db in
      try Row.fetchOne(
        db, sql: Self.selectLead + " WHERE lead.id = ? AND batch_lead.lead_key = lead.key AND batch_lead.batch_key = ?",
        arguments: [leadID.text, batch.key]
      ).map(Self.lead)
    }
  }

  /// Where a lead's report lies in the archive, and since when; nil when there is none. A skipped lead's is the one that was reused.
  public func reportPlace(of lead: BatchLead, in batch: Batch) async throws -> ReportPlace? {
    try await database.pool.read { db in
      try Row.fetchOne(
        db.cachedStatement(
          sql: """
            SELECT report.place, report.bytes, made.id, report.created_at FROM batch_lead
            JOIN report ON report.batch_key = coalesce(batch_lead.reused_batch_key, batch_lead.batch_key)
              AND report.position = coalesce(batch_lead.reused_position, batch_lead.position)
            JOIN batch AS made ON made.key = report.batch_key
            WHERE batch_lead.batch_key = ? AND batch_lead.position = ?
            """), arguments: [batch.key, lead.position]
      ).map { row in
        ReportPlace(
          batchID: try Decode.uuid(row[2]), place: ReportArchive.Place(offset: row[0], count: row[1]), madeAt: Date(milliseconds: row[3]))
      }
    }
  }

  /// A report in the archive, and the batch that made it.
  public struct ReportPlace: Sendable, Hashable {
    public var batchID: UUID
    public var place: ReportArchive.Place
    public var madeAt: Date
  }

  /// Why leads failed, the most frequent cause first.
  public func failureCauses(of batch: Batch) async throws -> [FailureCause] {
    if batch.counts.failed == 0 { return [] }
    return try await database.pool.read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT error_code, count(*) AS count, max(error_message) AS example, sum(cost) AS cost FROM batch_lead
          WHERE batch_key = ? AND state = 'failed' GROUP BY error_code ORDER BY count DESC, error_code
          """,
        arguments: [batch.key]
      ).map {
        FailureCause(
          code: try Decode.choice($0["error_code"], LeadErrorCode.self), count: $0["count"], example: $0["example"] ?? "", cost: Money(micros: $0["cost"]))
      }
    }
  }

  /// What was done to a batch, oldest first.
  public func history(of batch: Batch) async throws -> [AuditLine] {
    try await database.pool.read { db in
      try Row.fetchAll(
        db, sql: "SELECT at, actor, action, reason, detail FROM audit WHERE subject_type = 'batch' AND subject_id = ? ORDER BY id LIMIT 200",
        arguments: [batch.id.text]
      ).map {
        AuditLine(
          at: Date(milliseconds: $0["at"]), actor: $0["actor"], action: $0["action"], reason: $0["reason"],
          detail: try Decode.json($0["detail"], [String: String].self))
      }
    }
  }

  public struct AuditLine: Sendable, Hashable {
    public var at: Date
    public var actor: String
    public var action: String
    public var reason: String
    public var detail: [String: String]
  }

  /// A lead's reports, newest first, of the batches that the account may see.
  public func reports(ofLead leadID: UUID, visibleTo account: Account) async throws -> [LeadReport] {
    try await database.pool.read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT batch.id, batch.name, report.score, report.template_name, report.template_version, report.created_at
          FROM report JOIN lead ON lead.key = report.lead_key JOIN batch ON batch.key = report.batch_key
          WHERE lead.id = ? AND (batch.private = 0 OR batch.owner = ? OR ?) ORDER BY report.created_at DESC LIMIT 50
          """,
        arguments: [leadID.text, account.id.text, account.role == .admin]
      ).map { row in
        LeadReport(
          batchID: try Decode.uuid(row["id"]), batchName: row["name"], score: row["score"],
          template: TemplateReference(name: row["template_name"], version: row["template_version"]),
          createdAt: Date(milliseconds: row["created_at"]))
      }
    }
  }

  /// The newest report that the account may see of each of these leads, by the leads' keys, in one query.
  public func newestReports(of leads: [Int64], visibleTo account: Account) async throws -> [Int64: NewestReport] {
    if leads.isEmpty { return [:] }
    return try await database.pool.read { db in
      let rows = try Row.fetchCursor(
        db.cachedStatement(
          sql: """
            SELECT wanted.value, batch.id, report.score FROM json_each(?) AS wanted
            JOIN report ON (report.batch_key, report.position) = (
              SELECT own.batch_key, own.position FROM report AS own JOIN batch ON batch.key = own.batch_key
              WHERE own.lead_key = wanted.value AND (batch.private = 0 OR batch.owner = ? OR ?)
              ORDER BY own.created_at DESC LIMIT 1)
            JOIN batch ON batch.key = report.batch_key
            """),
        arguments: ["[" + leads.map(String.init).joined(separator: ",") + "]", account.id.text, account.role == .admin])
      var newest: [Int64: NewestReport] = [:]
      while let row = try rows.next() { newest[row[0]] = NewestReport(batchID: try Decode.uuid(row[1]), score: row[2]) }
      return newest
    }
  }

  public struct NewestReport: Sendable, Hashable {
    public var batchID: UUID
    public var score: Int
  }

  public struct LeadReport: Sendable, Hashable {
    public var batchID: UUID
    public var batchName: String
    public var score: Int
    public var template: TemplateReference
    public var createdAt: Date
  }

  /// Every try at a lead, newest first, of the batches that the account may see.
  public func attempts(ofLead leadID: UUID, visibleTo account: Account) async throws -> [Attempt] {
    try await database.pool.read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT batch.id AS batch_id, batch.name AS batch_name, attempt.* FROM lead
          JOIN batch_lead ON batch_lead.lead_key = lead.key JOIN batch ON batch.key = batch_lead.batch_key
          JOIN attempt ON attempt.batch_key = batch_lead.batch_key AND attempt.position = batch_lead.position
          WHERE lead.id = ? AND (batch.private = 0 OR batch.owner = ? OR ?)
          ORDER BY attempt.batch_key DESC, attempt.number DESC LIMIT 100
          """,
        arguments: [leadID.text, account.id.text, account.role == .admin]
      ).map { row in
        Attempt(
          batchID: try Decode.uuid(row["batch_id"]), batchName: row["batch_name"], number: row["number"], outcome: row["outcome"],
          errorCode: (row["error_code"] as String?).flatMap(LeadErrorCode.init(rawValue:)), errorMessage: row["error_message"],
          startedAt: Date(milliseconds: row["started_at"]), finishedAt: Date(milliseconds: row["finished_at"]))
      }
    }
  }

  private static func lead(_ row: Row) throws -> BatchLead {
    let state = try Decode.choice(row["state"], BatchLeadState.self)
    return BatchLead(
      position: row["position"], leadID: try Decode.uuid(row["lead_id"]), leadName: row["lead_name"], website: row["website"], state: state,
      attempts: row["attempts"], errorCode: (row["error_code"] as String?).flatMap(LeadErrorCode.init(rawValue:)),
      errorMessage: row["error_message"], score: row["score"], cost: Money(micros: row["cost"]),
      durationMilliseconds: row["duration_ms"], finishedAt: Decode.date(row["finished_at"]),
      nextAttemptAt: state == .retrying ? Decode.date(row["due_at"]) : nil)
  }
}

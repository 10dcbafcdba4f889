import BatchReports
import Foundation
import GRDB

/// The report templates and their versions.
public struct TemplateStore: Sendable {
  let database: AppDatabase

  public init(database: AppDatabase) { self.database = database }

  /// Latest first, then by name and version, newest version first.
  public func all() async throws -> [ReportTemplate] {
    try await database.pool.read { try Self.all(in: $0) }
  }

  /// The version that a new batch gets when none is named.
  public func latest() async throws -> ReportTemplate {
    try await database.pool.read { try Self.usable(nil, in: $0) }
  }

  /// Retires a version, takes it back, or makes it the latest; each lands in the audit trail.
  ///
  /// Throws `TemplateRefusal.unknown`, and `InvalidInput` when the latest version is to be retired.
  public func set(_ reference: TemplateReference, status: ReportTemplate.Status, by actor: Account, now: Date) async throws {
    try await database.pool.write { db in
      let template = try Self.find(reference, in: db)
      if template.isLatest, status == .retired {
        throw InvalidInput("template_version", "Make another version the latest before retiring this one.")
      }
      try db.execute(
        sql: "UPDATE report_template SET status = ? WHERE name = ? AND version = ?",
        arguments: [status.rawValue, reference.name, reference.version])
      try Self.record(status == .retired ? "template.retire" : "template.restore", reference, by: actor, at: now, in: db)
    }
  }

  /// Throws `TemplateRefusal` for an unknown or retired version.
  public func makeLatest(_ reference: TemplateReference, by actor: Account, now: Date) async throws {
    try await database.pool.write { db in
      _ = try Self.usable(reference.description, in: db)
      try db.execute(sql: "UPDATE report_template SET is_latest = 0 WHERE name = ?", arguments: [reference.name])
      try db.execute(
        sql: "UPDATE report_template SET is_latest = 1 WHERE name = ? AND version = ?", arguments: [reference.name, reference.version])
      try Self.record("template.make_latest", reference, by: actor, at: now, in: db)
    }
  }

  private static func record(_ action: String, _ reference: TemplateReference, by actor: Account, at now: Date, in db: Database) throws {
    try AuditTrail.record(
      AuditEntry(at: now, actor: .account(actor), action: action, subjectType: "template", subjectID: reference.description), in: db)
  }

  static func all(in db: Database) throws -> [ReportTemplate] {
    let order = "ORDER BY name <> ?, name, is_latest DESC, length(version) DESC, version DESC"
    return try Row.fetchAll(db, sql: "SELECT * FROM report_template \(order)", arguments: [TemplateReference.defaultName]).map(template)
  }

  static func find(_ reference: TemplateReference, in db: Database) throws -> ReportTemplate {
    guard
      let row = try Row.fetchOne(
        db.cachedStatement(sql: "SELECT * FROM report_template WHERE name = ? AND version = ?"), arguments: [reference.name, reference.version])
    else { throw TemplateRefusal.unknown(reference.description) }
    return try template(row)
  }

  /// The active version that a text names, or the latest of the default template for nil. Throws `TemplateRefusal`.
  static func usable(_ text: String?, in db: Database) throws -> ReportTemplate {
    guard let text else {
      let row = try Row.fetchOne(
        db, sql: "SELECT * FROM report_template WHERE name = ? AND is_latest = 1", arguments: [TemplateReference.defaultName])
      guard let row else { throw TemplateRefusal.unknown("latest") }
      return try template(row)
    }
    guard let reference = TemplateReference(text) else { throw TemplateRefusal.unknown(text) }
    let found = try find(reference, in: db)
    if found.status == .retired {
      let latest = try all(in: db).first { $0.reference.name == reference.name && $0.isLatest }
      throw TemplateRefusal.retired(reference.description, latest: latest?.reference.description ?? "another template")
    }
    return found
  }

  private static func template(_ row: Row) throws -> ReportTemplate {
    ReportTemplate(
      reference: TemplateReference(name: row["name"], version: row["version"]), title: row["title"], summary: row["summary"],
      status: try Decode.choice(row["status"], ReportTemplate.Status.self), isLatest: row["is_latest"],
      sections: try Decode.json(row["sections"], [ReportSection].self),
      providers: try Decode.json(row["providers"], [ReportTemplate.Provider].self), makesExtraRequests: row["makes_extra_requests"])
  }
}

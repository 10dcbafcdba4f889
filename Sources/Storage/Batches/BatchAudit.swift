import BatchReports
import Foundation
import GRDB

/// Writes what a person or the engine did to a batch or template, inside the transaction that does it.
enum BatchAudit {
  /// `actor` nil is the engine itself.
  static func record(
    _ action: String, _ subjectType: String, _ subjectID: String, by actor: Account?, reason: String = "", detail: [String: String] = [:],
    at now: Date, in db: Database
  ) throws {
    try db.cachedStatement(
      sql: """
        INSERT INTO audit (at, account_id, actor, action, subject_type, subject_id, reason, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(arguments: [
      now.milliseconds, actor?.id.text, actor?.email ?? "engine", action, subjectType, subjectID, reason, try Encode.json(detail),
    ])
  }
}

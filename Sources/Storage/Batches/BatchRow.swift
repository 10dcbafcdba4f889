import BatchReports
import Foundation
import GRDB

/// A value that a row holds and that no version of this program wrote there.
public struct UnreadableRow: Error, CustomStringConvertible {
  public var description: String
}

enum Decode {
  static func uuid(_ text: String) throws -> UUID {
    guard let id = UUID(text: text) else { throw UnreadableRow(description: "not a UUID: \(text)") }
    return id
  }

  static func choice<Value: RawRepresentable>(_ text: String, _ type: Value.Type) throws -> Value where Value.RawValue == String {
    guard let value = Value(rawValue: text) else { throw UnreadableRow(description: "not a \(type): \(text)") }
    return value
  }

  static func json<Value: Decodable>(_ text: String, _ type: Value.Type) throws -> Value {
    try JSONDecoder().decode(type, from: Data(text.utf8))
  }

  static func date(_ milliseconds: Int64?) -> Date? { milliseconds.map { Date(milliseconds: $0) } }
}

enum Encode {
  /// JSON with sorted keys, so that equal values give equal text.
  static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}

enum BatchRow {
  static let select = """
    SELECT batch.*, account.email AS owner_email FROM batch JOIN account ON account.id = batch.owner
    """

  static func batch(_ row: Row) throws -> Batch {
    Batch(
      key: row["key"], id: try Decode.uuid(row["id"]), owner: try Decode.uuid(row["owner"]), ownerEmail: row["owner_email"],
      name: row["name"], description: row["description"],
      template: TemplateReference(name: row["template_name"], version: row["template_version"]), rateCardVersion: row["rate_card_version"],
      state: try Decode.choice(row["state"], BatchState.self), stateReason: row["state_reason"], isPrivate: row["private"],
      counts: BatchCounts(
        total: row["total"], pending: row["pending"], processing: row["processing"], retrying: row["retrying"], completed: row["completed"],
        failed: row["failed"], skipped: row["skipped"], cancelled: row["cancelled"]),
      seq: row["seq"], maxConcurrent: row["max_concurrent"], retryCount: row["retry_count"], maxFailurePercent: row["max_failure_percent"],
      maxFailureCount: row["max_failure_count"], estimated: Money(micros: row["estimated"]), estimatedLow: Money(micros: row["estimated_low"]),
      estimatedHigh: Money(micros: row["estimated_high"]), perReport: Money(micros: row["per_report"]), actual: Money(micros: row["actual"]),
      createdAt: Date(milliseconds: row["created_at"]), startedAt: Decode.date(row["started_at"]),
      finishedAt: Decode.date(row["finished_at"]), pausedAt: Decode.date(row["paused_at"]),
      pausedSeconds: Double(row["paused_ms"] as Int64) / 1000, priority: try Decode.choice(row["priority"], BatchPriority.self),
      scheduledAt: Decode.date(row["scheduled_at"]), isPausedByEngine: row["paused_by_engine"], run: row["run"],
      failedBefore: row["failed_before"], atMost: (row["at_most"] as Int64?).map { Money(micros: $0) },
      reuseDays: row["reuse_days"], saved: Money(micros: row["saved"]),
      unitPrices: try unitPrices(row["unit_prices"]), isReserveSpent: row["reserve_spent"])
  }

  /// Most batches call no paid provider: theirs are read without a decoder.
  private static func unitPrices(_ text: String) throws -> CallPrices { text == "{}" ? [:] : try Decode.json(text, CallPrices.self) }

  /// The batch with this id, whoever may see it.
  static func find(_ id: UUID, in db: Database) throws -> Batch? {
    try Row.fetchOne(db.cachedStatement(sql: select + " WHERE batch.id = ?"), arguments: [id.text]).map(batch)
  }

  static func find(key: Int64, in db: Database) throws -> Batch? {
    try Row.fetchOne(db.cachedStatement(sql: select + " WHERE batch.key = ?"), arguments: [key]).map(batch)
  }
}

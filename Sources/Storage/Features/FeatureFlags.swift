import BatchReports
import Foundation
import GRDB
import Synchronization

/// The feature flags: what the environment says, until an admin has switched one. What was switched holds for every process on
/// the database and is asked anew only when somebody has committed.
public final class FeatureFlags: Sendable {
  public struct State: Sendable, Hashable {
    public var flag: FeatureFlag
    public var isOn: Bool
    /// Nil while the environment's value holds.
    public var changedBy: String?
    public var changedAt: Date?
  }

  private struct Known {
    var version: Int64
    var switched: [FeatureFlag: Bool]
  }

  private let database: AppDatabase
  private let atFirst: [FeatureFlag: Bool]
  private let known = Mutex<Known?>(nil)

  /// - Parameter atFirst: the environment's values; a flag that is missing has its own first value.
  public init(database: AppDatabase, atFirst: [FeatureFlag: Bool] = [:]) {
    self.database = database
    self.atFirst = atFirst
  }

  private func first(_ flag: FeatureFlag) -> Bool { atFirst[flag] ?? flag.isOnAtFirst }

  /// Throws `DatabaseError`.
  public func isOn(_ flag: FeatureFlag) async throws -> Bool {
    let version = try database.commits.version()
    if let known = known.withLock({ $0 }), known.version == version { return known.switched[flag] ?? first(flag) }
    let switched = try await database.pool.read { db in
      try Row.fetchAll(db.cachedStatement(sql: "SELECT name, is_on FROM feature_flag")).reduce(into: [FeatureFlag: Bool]()) { switched, row in
        if let flag = FeatureFlag(rawValue: row[0]) { switched[flag] = row[1] }
      }
    }
    known.withLock { $0 = Known(version: version, switched: switched) }
    return switched[flag] ?? first(flag)
  }

  /// Inside a transaction that may not wait for another connection.
  func isOn(_ flag: FeatureFlag, in db: Database) throws -> Bool {
    try Bool.fetchOne(db.cachedStatement(sql: "SELECT is_on FROM feature_flag WHERE name = ?"), arguments: [flag.rawValue]) ?? first(flag)
  }

  /// Throws `FeatureOff` when it is switched off.
  public func require(_ flag: FeatureFlag) async throws {
    if try await !isOn(flag) { throw FeatureOff(flag) }
  }

  /// Every flag with who switched it last.
  public func all() async throws -> [State] {
    try await database.pool.read { db in
      let rows = try Row.fetchAll(
        db,
        sql: "SELECT feature_flag.name, is_on, changed_at, account.email FROM feature_flag JOIN account ON account.id = feature_flag.changed_by")
      let byName = Dictionary(rows.map { ($0["name"] as String, $0) }) { first, _ in first }
      return FeatureFlag.allCases.map { flag in
        guard let row = byName[flag.rawValue] else { return State(flag: flag, isOn: first(flag)) }
        return State(flag: flag, isOn: row["is_on"], changedBy: row["email"], changedAt: Date(milliseconds: row["changed_at"]))
      }
    }
  }

  /// Switches a flag for every process and writes it into the audit trail. Switching it to what it is changes nothing.
  public func set(_ flag: FeatureFlag, isOn: Bool, reason: String, by actor: Account, now: Date) async throws {
    try await database.pool.write { db in
      let before = try Bool.fetchOne(db, sql: "SELECT is_on FROM feature_flag WHERE name = ?", arguments: [flag.rawValue])
      if before == isOn { return }
      try db.execute(
        sql: """
          INSERT INTO feature_flag (name, is_on, changed_at, changed_by) VALUES (?, ?, ?, ?)
          ON CONFLICT (name) DO UPDATE SET is_on = excluded.is_on, changed_at = excluded.changed_at, changed_by = excluded.changed_by
          """,
        arguments: [flag.rawValue, isOn, now.milliseconds, actor.id.text])
      try AuditTrail.record(
        AuditEntry(
          at: now, actor: .account(actor), action: isOn ? "feature.on" : "feature.off", subjectType: "feature", subjectID: flag.rawValue,
          reason: reason, detail: ["name": flag.title]),
        in: db)
    }
  }
}

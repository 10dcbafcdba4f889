import BatchReports
import Foundation
import GRDB

/// The budget's rows. Reserving is one compare-and-set, so that starts at the same moment cannot hold more than the day has.
public struct BudgetBook: Sendable {
  let database: AppDatabase
  /// Nil when no limit is set.
  public let dailyLimit: Money?
  public let timeZone: TimeZone

  public init(database: AppDatabase, dailyLimit: Money?, timeZone: TimeZone) {
    self.database = database
    self.dailyLimit = dailyLimit
    self.timeZone = timeZone
  }

  public func state(at now: Date) async throws -> BudgetState {
    try await database.pool.read { try state(at: now, in: $0) }
  }

  func state(at now: Date, in db: Database) throws -> BudgetState {
    let row = try Row.fetchOne(
      db, sql: "SELECT spent, reserved FROM budget_day WHERE day = ?", arguments: [BudgetDay.name(of: now, in: timeZone)])
    return BudgetState(dailyLimit: dailyLimit, spentToday: Money(micros: row?["spent"] ?? 0), reserved: Money(micros: row?["reserved"] ?? 0))
  }

  /// What was spent and is still held on the last days that saw a batch, newest first.
  public func lastDays(_ limit: Int) async throws -> [(day: String, spent: Money, reserved: Money)] {
    try await database.pool.read { db in
      try Row.fetchAll(db, sql: "SELECT day, spent, reserved FROM budget_day ORDER BY day DESC LIMIT ?", arguments: [limit]).map {
        (day: $0["day"], spent: Money(micros: $0["spent"]), reserved: Money(micros: $0["reserved"]))
      }
    }
  }

  /// Holds `amount` of today's budget for a batch's run, past its limit too if that is allowed. Throws `BudgetExceeded`.
  ///
  /// A day without a row has nothing reserved; the limit may have been lowered since, so it is asked at every reservation.
  /// What costs nothing always fits.
  func reserve(_ amount: Money, batchKey: Int64, run: Int, mayOverrun: Bool = false, at now: Date, in db: Database) throws {
    let day = BudgetDay.name(of: now, in: timeZone)
    try db.execute(sql: "INSERT INTO budget_day (day) VALUES (?) ON CONFLICT DO NOTHING", arguments: [day])
    try db.execute(
      sql: """
        UPDATE budget_day SET reserved = reserved + ?1 WHERE day = ?2 AND (?3 IS NULL OR ?4 OR ?1 = 0 OR reserved + spent + ?1 <= ?3)
        """,
      arguments: [amount.micros, day, dailyLimit?.micros, mayOverrun])
    if db.changesCount == 0 { throw BudgetExceeded(needed: amount, remaining: try state(at: now, in: db).remaining ?? .zero) }
    try db.execute(
      sql: "INSERT INTO reservation (batch_key, run, day, amount) VALUES (?, ?, ?, ?)", arguments: [batchKey, run, day, amount.micros])
  }

  /// Turns reserved money into spent money; a charge counts on its reservation's day. Returns that day.
  static func settle(_ amount: Money, batchKey: Int64, in db: Database) throws -> String {
    let day = try String.fetchOne(
      db.cachedStatement(
        sql: "UPDATE reservation SET settled = settled + ?1 WHERE batch_key = ?2 AND released_at IS NULL RETURNING day"),
      arguments: [amount.micros, batchKey])
    guard let day else { throw UnreadableRow(description: "batch \(batchKey) has no open reservation") }
    try db.cachedStatement(sql: "UPDATE budget_day SET reserved = reserved - ?1, spent = spent + ?1 WHERE day = ?2")
      .execute(arguments: [amount.micros, day])
    return day
  }

  /// Gives back what a batch that goes on to its end holds above `share`, and returns it.
  static func release(batchKey: Int64, keeping share: Money, in db: Database) throws -> Money {
    let row = try Row.fetchOne(
      db, sql: "SELECT day, amount - settled - ?2 AS spare FROM reservation WHERE batch_key = ?1 AND released_at IS NULL AND amount - settled > ?2",
      arguments: [batchKey, share.micros])
    guard let row else { return .zero }
    let spare: Int64 = row["spare"]
    try db.execute(
      sql: "UPDATE reservation SET amount = amount - ? WHERE batch_key = ? AND released_at IS NULL", arguments: [spare, batchKey])
    try db.execute(sql: "UPDATE budget_day SET reserved = reserved - ? WHERE day = ?", arguments: [spare, row["day"] as String])
    return Money(micros: spare)
  }

  /// Gives back what a batch held and did not spend, and returns it.
  @discardableResult
  static func release(batchKey: Int64, at now: Date, in db: Database) throws -> Money {
    let row = try Row.fetchOne(
      db,
      sql: "UPDATE reservation SET released_at = ? WHERE batch_key = ? AND released_at IS NULL RETURNING day, amount - settled AS rest",
      arguments: [now.milliseconds, batchKey])
    guard let row else { return .zero }
    let rest: Int64 = row["rest"]
    try db.execute(sql: "UPDATE budget_day SET reserved = reserved - ? WHERE day = ?", arguments: [rest, row["day"] as String])
    return Money(micros: rest)
  }
}

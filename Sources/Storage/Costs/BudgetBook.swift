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
    try state(of: day(of: now), in: db)
  }

  func day(of now: Date) -> String { BudgetDay.name(of: now, in: timeZone) }

  func state(of day: String, in db: Database) throws -> BudgetState {
    let row = try Row.fetchOne(db, sql: "SELECT spent, reserved, in_doubt, overrun FROM budget_day WHERE day = ?", arguments: [day])
    func money(_ column: String) -> Money { Money(micros: row?[column] ?? 0) }
    return BudgetState(
      dailyLimit: dailyLimit, spentToday: money("spent"), reserved: money("reserved"), inDoubt: money("in_doubt"), overrun: money("overrun"))
  }

  /// What was spent and is still held on the last days that saw a batch, newest first.
  public func lastDays(_ limit: Int) async throws -> [(day: String, state: BudgetState)] {
    try await database.pool.read { db in
      try String.fetchAll(db, sql: "SELECT day FROM budget_day ORDER BY day DESC LIMIT ?", arguments: [limit]).map {
        (day: $0, state: try state(of: $0, in: db))
      }
    }
  }

  /// Holds `amount` of today's budget for a batch's run, past its limit too if that is allowed. Throws `BudgetExceeded`.
  ///
  /// A day without a row has nothing reserved; the limit may have been lowered since, so it is asked at every reservation.
  /// What costs nothing always fits. Returns whether it passes the limit.
  @discardableResult
  func reserve(_ amount: Money, batchKey: Int64, run: Int, mayOverrun: Bool = false, at now: Date, in db: Database) throws -> Bool {
    let day = day(of: now)
    try db.execute(sql: "INSERT INTO budget_day (day) VALUES (?) ON CONFLICT DO NOTHING", arguments: [day])
    let passesLimit = try hold(amount, of: day, mayOverrun: mayOverrun, at: now, in: db)
    try db.execute(
      sql: "INSERT INTO reservation (batch_key, run, day, amount) VALUES (?, ?, ?, ?)", arguments: [batchKey, run, day, amount.micros])
    return passesLimit
  }

  /// Holds more for a batch that runs, on the day of its reservation, so that midnight moves nothing. Throws `BudgetExceeded`.
  func extend(_ amount: Money, batchKey: Int64, mayOverrun: Bool, at now: Date, in db: Database) throws -> Bool {
    guard let day = try Self.day(batchKey: batchKey, in: db) else {
      throw UnreadableRow(description: "batch \(batchKey) has no open reservation")
    }
    let passesLimit = try hold(amount, of: day, mayOverrun: mayOverrun, at: now, in: db)
    try db.execute(
      sql: "UPDATE reservation SET amount = amount + ? WHERE batch_key = ? AND released_at IS NULL", arguments: [amount.micros, batchKey])
    return passesLimit
  }

  /// On which day a batch that has not ended has its money.
  static func day(batchKey: Int64, in db: Database) throws -> String? {
    try String.fetchOne(db, sql: "SELECT day FROM reservation WHERE batch_key = ? AND released_at IS NULL", arguments: [batchKey])
  }

  private func hold(_ amount: Money, of day: String, mayOverrun: Bool, at now: Date, in db: Database) throws -> Bool {
    try db.execute(
      sql: """
        UPDATE budget_day SET reserved = reserved + ?1,
          overrun = iif(?1 = 0 OR ?3 IS NULL, overrun, max(overrun, reserved + spent + in_doubt + ?1 - ?3))
        WHERE day = ?2 AND (?3 IS NULL OR ?4 OR ?1 = 0 OR reserved + spent + in_doubt + ?1 <= ?3)
        """,
      arguments: [amount.micros, day, dailyLimit?.micros, mayOverrun])
    let state = try state(of: day, in: db)
    if db.changesCount == 0 { throw BudgetExceeded(needed: amount, remaining: state.remaining ?? .zero) }
    try noteAlert(state, of: day, at: now, in: db)
    return amount > .zero && state.dailyLimit.map { state.used > $0 } ?? false
  }

  /// Each level is told once a day in the audit trail; pages tell it for as long as it holds.
  private func noteAlert(_ state: BudgetState, of day: String, at now: Date, in db: Database) throws {
    let level = state.alertLevel
    guard level > 0, let alert = state.alert else { return }
    try db.execute(sql: "UPDATE budget_day SET alerted = ?1 WHERE day = ?2 AND alerted < ?1", arguments: [level, day])
    guard db.changesCount == 1 else { return }
    try AuditTrail.record(
      AuditEntry(at: now, actor: .engine, action: "budget.alert", subjectType: "budget", subjectID: day, reason: alert, detail: ["percent": "\(level)"]),
      in: db)
  }

  /// Turns reserved money into spent money; a charge counts on its reservation's day. Returns that day.
  static func settle(_ amount: Money, batchKey: Int64, in db: Database) throws -> String {
    let day = try String.fetchOne(
      db.cachedStatement(
        sql: """
          UPDATE reservation SET settled = settled + ?1 WHERE batch_key = ?2 AND released_at IS NULL AND settled + held + ?1 <= amount RETURNING day
          """),
      arguments: [amount.micros, batchKey])
    guard let day else { return try settleBeyond(amount, batchKey: batchKey, in: db) }
    try db.cachedStatement(sql: "UPDATE budget_day SET reserved = reserved - ?1, spent = spent + ?1 WHERE day = ?2")
      .execute(arguments: [amount.micros, day])
    return day
  }

  /// Gives back what a batch that goes on to its end holds above `share` and its calls under way, and returns it.
  static func release(batchKey: Int64, keeping share: Money, in db: Database) throws -> Money {
    let row = try Row.fetchOne(
      db,
      sql: """
        SELECT day, amount - settled - held - ?2 AS spare FROM reservation
        WHERE batch_key = ?1 AND released_at IS NULL AND amount - settled - held > ?2
        """,
      arguments: [batchKey, share.micros])
    guard let row else { return .zero }
    let spare: Int64 = row["spare"]
    try db.execute(
      sql: "UPDATE reservation SET amount = amount - ? WHERE batch_key = ? AND released_at IS NULL", arguments: [spare, batchKey])
    try db.execute(sql: "UPDATE budget_day SET reserved = reserved - ? WHERE day = ?", arguments: [spare, row["day"] as String])
    return Money(micros: spare)
  }

  /// Gives back what a batch held and did not spend, and returns it; what its calls under way may cost stays held until they are settled.
  @discardableResult
  static func release(batchKey: Int64, at now: Date, in db: Database) throws -> Money {
    let row = try Row.fetchOne(
      db,
      sql: "UPDATE reservation SET released_at = ? WHERE batch_key = ? AND released_at IS NULL RETURNING day, amount - settled - held AS rest",
      arguments: [now.milliseconds, batchKey])
    guard let row else { return .zero }
    let rest: Int64 = row["rest"]
    try db.execute(sql: "UPDATE budget_day SET reserved = reserved - ? WHERE day = ?", arguments: [rest, row["day"] as String])
    return Money(micros: rest)
  }
}

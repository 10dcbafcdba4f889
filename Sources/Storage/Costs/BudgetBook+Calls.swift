import BatchReports
import GRDB

/// How paid calls move a reservation and its day. What a call may cost is held from its intent on, also after the batch has ended and given
/// back the rest: an answer that is under way then is still to be paid.
extension BudgetBook {
  /// A reservation as its row stands.
  private struct Reservation {
    var day: String
    var amount: Int64
    var settled: Int64
    var held: Int64
    var isReleased: Bool

    /// Its share of what the day has reserved.
    var share: Int64 { isReleased ? held : amount - settled }
    /// Neither spent nor held for a call under way.
    var free: Int64 { amount - settled - held }
  }

  /// Gives back what a call held that cost nothing.
  static func letGo(_ held: Money, batchKey: Int64, run: Int, in db: Database) throws {
    try change(batchKey, run, in: db) { $0.held -= held.micros }
  }

  /// Keeps what a call without a known answer can have cost: no longer reserved, not spent, held against the day's limit.
  static func doubt(_ held: Money, batchKey: Int64, run: Int, in db: Database) throws {
    try change(batchKey, run, inDoubt: held.micros, in: db) {
      $0.held -= held.micros
      $0.amount -= held.micros
    }
  }

  /// An unresolved call turned out to cost nothing: a batch that still runs has its money again.
  static func clear(_ held: Money, batchKey: Int64, run: Int, in db: Database) throws {
    try change(batchKey, run, inDoubt: -held.micros, in: db) { if !$0.isReleased { $0.amount += held.micros } }
  }

  /// Holds the rate again for a call under way, which an unresolved call of its lead was thought to have cost.
  static func hold(_ rate: Money, batchKey: Int64, run: Int, in db: Database) throws {
    try change(batchKey, run, in: db) {
      $0.amount += max(0, rate.micros - $0.free)
      $0.held += rate.micros
    }
  }

  /// Turns what a call held into what it cost, on its reservation's day, which is returned. A call that cost more than it held is written
  /// down all the same: the reservation grows by what it lacks.
  static func settleCall(_ cost: Money, held: Money, isInDoubt: Bool, batchKey: Int64, run: Int, in db: Database) throws -> String {
    try change(batchKey, run, inDoubt: isInDoubt ? -held.micros : 0, spent: cost.micros, in: db) {
      if isInDoubt { $0.amount += $0.isReleased ? min(held, cost).micros : held.micros } else { $0.held -= held.micros }
      $0.amount += max(0, cost.micros - $0.free)
      $0.settled += cost.micros
    }
  }

  /// A report is delivered, and calls that cost more than announced have used up its share: it is charged all the same.
  static func settleBeyond(_ amount: Money, batchKey: Int64, in db: Database) throws -> String {
    let run = try Int.fetchOne(db, sql: "SELECT run FROM reservation WHERE batch_key = ? AND released_at IS NULL", arguments: [batchKey])
    guard let run else { throw UnreadableRow(description: "batch \(batchKey) has no open reservation") }
    return try change(batchKey, run, spent: amount.micros, in: db) {
      $0.amount += max(0, amount.micros - $0.free)
      $0.settled += amount.micros
    }
  }

  /// What a batch's run can still pay for: neither spent, nor held for calls under way.
  static func rest(batchKey: Int64, in db: Database) throws -> Money {
    Money(
      micros: try Int64.fetchOne(
        db.cachedStatement(sql: "SELECT amount - settled - held FROM reservation WHERE batch_key = ? AND released_at IS NULL"),
        arguments: [batchKey]) ?? 0)
  }

  /// What open calls hold of a batch's reservation.
  static func held(batchKey: Int64, in db: Database) throws -> Money {
    Money(
      micros: try Int64.fetchOne(
        db.cachedStatement(sql: "SELECT held FROM reservation WHERE batch_key = ? AND released_at IS NULL"), arguments: [batchKey]) ?? 0)
  }

  @discardableResult
  private static func change(
    _ batchKey: Int64, _ run: Int, inDoubt: Int64 = 0, spent: Int64 = 0, in db: Database, _ apply: (inout Reservation) -> Void
  ) throws -> String {
    let row = try Row.fetchOne(
      db.cachedStatement(sql: "SELECT day, amount, settled, held, released_at IS NOT NULL FROM reservation WHERE batch_key = ? AND run = ?"),
      arguments: [batchKey, run])
    guard let row else { throw UnreadableRow(description: "batch \(batchKey) has no reservation for its run \(run)") }
    let before = Reservation(day: row[0], amount: row[1], settled: row[2], held: row[3], isReleased: row[4])
    var after = before
    apply(&after)
    try db.cachedStatement(sql: "UPDATE reservation SET amount = ?, settled = ?, held = ? WHERE batch_key = ? AND run = ?")
      .execute(arguments: [after.amount, after.settled, after.held, batchKey, run])
    try db.cachedStatement(
      sql: "UPDATE budget_day SET reserved = reserved + ?, spent = spent + ?, in_doubt = in_doubt + ? WHERE day = ?"
    ).execute(arguments: [after.share - before.share, spent, inDoubt, before.day])
    return before.day
  }
}

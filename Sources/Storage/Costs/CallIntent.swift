import BatchReports
import Foundation
import GRDB

/// Announces one paid call: the row that has to be on the disk before the call is made.
struct CallIntent {
  var claim: WorkQueue.Claim
  var step: String
  var provider: String
  var now: Date

  /// One statement asks everything that must hold and writes the intent. A spent reservation pauses the batch.
  func commit(in db: Database) throws -> Result<CallLedger.Intent, CallLedger.Refusal> {
    guard let price = claim.unitPrices[provider] else {
      throw UnreadableRow(description: "batch \(claim.batchKey) has no price for \(provider), so it may not be called")
    }
    let hold = price + (try blendedDue(in: db))
    guard let row = try insert(price, hold, reportsInWork: nil, in: db) ?? insertExactly(price, hold, in: db) else {
      return .failure(try refusal(hold, in: db))
    }
    try db.cachedStatement(sql: "UPDATE reservation SET held = held + ? WHERE batch_key = ? AND run = ?")
      .execute(arguments: [hold.micros, claim.batchKey, row[2] as Int])
    return .success(CallLedger.Intent(id: row[0], key: row[1], unitCost: price))
  }

  /// - Parameter reportsInWork: leads in flight that can still be charged a report; nil for all in flight, which needs no look at them.
  private func insert(_ price: Money, _ hold: Money, reportsInWork: Int?, in db: Database) throws -> Row? {
    try Row.fetchOne(
      db.cachedStatement(sql: Self.insert),
      arguments: [
        "batch": claim.batchKey, "position": claim.position, "attempt": claim.attempt, "epoch": claim.epoch, "step": step, "provider": provider,
        "price": price.micros, "hold": hold.micros, "now": now.milliseconds, "reports": reportsInWork,
      ])
  }

  /// Money is short: leads without a website, which fail before they cost anything, are not counted.
  private func insertExactly(_ price: Money, _ hold: Money, in db: Database) throws -> Row? {
    try insert(price, hold, reportsInWork: ReserveWatch.reportsInWork(claim.batchKey, in: db), in: db)
  }

  private static let insert = """
    INSERT INTO provider_call (key, batch_key, position, run, attempt, step, call, provider, unit_cost, held, epoch, state, started_at)
    SELECT batch.id || ':' || lead.position || ':' || :step || ':' || next.call, batch.key, lead.position, batch.run, :attempt, :step, next.call,
      :provider, :price, :hold, :epoch, 'intent', :now
    FROM batch
    JOIN batch_lead AS lead ON lead.batch_key = batch.key AND lead.position = :position
    JOIN engine ON engine.id = 1
    JOIN reservation ON reservation.batch_key = batch.key AND reservation.run = batch.run AND reservation.released_at IS NULL
    JOIN (SELECT coalesce(max(call), 0) + 1 AS call FROM provider_call WHERE batch_key = :batch AND position = :position AND step = :step) AS next
    WHERE batch.key = :batch AND batch.state = 'processing' AND engine.epoch = :epoch
      AND lead.state = 'processing' AND lead.epoch = :epoch AND lead.attempts = :attempt
      AND NOT EXISTS (SELECT 1 FROM provider_call WHERE batch_key = :batch AND position = :position AND step = :step AND state = 'intent')
      AND reservation.amount - reservation.settled - reservation.held >= :hold + batch.per_report * coalesce(:reports, batch.processing)
    RETURNING id, key, run
    """

  /// What the lead owes besides with its first charged call that has no price of its own.
  private func blendedDue(in db: Database) throws -> Money {
    guard claim.unitPrices.covered.contains(provider), let rate = claim.unitPrices.blended else { return .zero }
    return try CallSettlement.isBlendedPaid(claim.batchKey, claim.position, in: db) || isBlendedHeld(in: db) ? .zero : rate
  }

  /// Another call of the lead is under way, or nobody knows what it cost, and the rate is held for both.
  private func isBlendedHeld(in db: Database) throws -> Bool {
    try Bool.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT EXISTS (
            SELECT 1 FROM provider_call WHERE batch_key = ?1 AND position = ?2 AND state IN ('intent', 'unresolved') AND held > 0
              AND run = (SELECT run FROM batch WHERE key = ?1) AND provider IN (SELECT value FROM json_each(?3)))
          """),
      arguments: [claim.batchKey, claim.position, try Encode.json(claim.unitPrices.covered.sorted())]) ?? false
  }

  /// An earlier try's call of this step whose ending is not written down yet.
  private func isOpen(in db: Database) throws -> Bool {
    try Bool.fetchOne(
      db.cachedStatement(
        sql: "SELECT EXISTS (SELECT 1 FROM provider_call WHERE batch_key = ? AND position = ? AND step = ? AND state = 'intent')"),
      arguments: [claim.batchKey, claim.position, step]) ?? false
  }

  private func refusal(_ hold: Money, in db: Database) throws -> CallLedger.Refusal {
    guard let batch = try BatchRow.find(key: claim.batchKey, in: db), batch.state == .processing else { return .batchIsNotRunning }
    let isOurs = try Bool.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT 1 FROM batch_lead JOIN engine ON engine.id = 1 AND engine.epoch = batch_lead.epoch
          WHERE batch_key = ? AND position = ? AND state = 'processing' AND batch_lead.epoch = ? AND attempts = ?
          """),
      arguments: [claim.batchKey, claim.position, claim.epoch, claim.attempt])
    guard isOurs == true else { return .leadIsNotOurs }
    if try isOpen(in: db) { return .callIsOpen }
    let (rest, underWay) = (try BudgetBook.rest(batchKey: batch.key, in: db), try BudgetBook.held(batchKey: batch.key, in: db))
    let needed = hold + batch.perReport * (try ReserveWatch.reportsInWork(batch.key, in: db))
    if underWay > .zero, rest + underWay >= needed { return .moneyIsUnderWay }
    try ReserveWatch.pause(batch, for: "the next call, \(hold.dollars) for \(provider)", now: now, in: db)
    return .reserveIsSpent
  }
}

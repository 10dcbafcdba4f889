import BatchReports
import Foundation
import GRDB

/// Writes down how a paid call ended, in the caller's transaction.
struct CallSettlement {
  var now: Date

  /// A call as its row stands.
  struct Call {
    var id: Int64
    var batchKey: Int64
    var position: Int
    var run: Int
    var attempt: Int
    var step: String
    var number: Int
    var provider: String
    var unitCost: Money
    var held: Money

    init(_ row: Row) {
      (id, batchKey, position, run, attempt) = (row["id"], row["batch_key"], row["position"], row["run"], row["attempt"])
      (step, number, provider) = (row["step"], row["call"], row["provider"])
      (unitCost, held) = (Money(micros: row["unit_cost"]), Money(micros: row["held"]))
    }
  }

  /// Moves a call from `intent`; one that is no longer one is left alone. `prices` are the batch's.
  func settle(_ id: Int64, _ ending: CallLedger.Ending, prices: CallPrices, in db: Database) throws {
    switch ending {
    case .charged(let units, let externalID, let answer) where units > 0:
      guard let call = try move(id, from: "intent", to: "charged", units: units, externalID: externalID, in: db) else { return }
      try charge(call, units: units, externalID: externalID, prices: prices, isInDoubt: false, in: db)
      try keep(answer, of: call, in: db)
    case .charged(_, _, let answer):
      try settle(id, .free(answer: answer), prices: prices, in: db)
    case .free(let answer):
      guard let call = try move(id, from: "intent", to: "free", in: db) else { return }
      switch try handOn(call, prices: prices, in: db) {
      case "intent": break
      case "unresolved": try BudgetBook.doubt(call.held, batchKey: call.batchKey, run: call.run, in: db)
      default: try BudgetBook.letGo(call.held, batchKey: call.batchKey, run: call.run, in: db)
      }
      try rollUp(call, free: 1, in: db)
      if let answer { try keep(answer, of: call, in: db) }
    case .unresolved(let note):
      guard let call = try move(id, from: "intent", to: "unresolved", note: note, in: db) else { return }
      try BudgetBook.doubt(call.held, batchKey: call.batchKey, run: call.run, in: db)
      try rollUp(call, unresolved: 1, in: db)
      try db.cachedStatement(sql: "UPDATE batch SET seq = seq + 1 WHERE key = ?").execute(arguments: [call.batchKey])
    }
  }

  /// Nil when the call is not in that state.
  func move(
    _ id: Int64, from: String, to: String, units: Int = 0, externalID: String? = nil, note: String = "", in db: Database
  ) throws -> Call? {
    try Row.fetchOne(
      db.cachedStatement(
        sql: "UPDATE provider_call SET state = ?, units = ?, external_id = ?, note = ?, ended_at = ? WHERE id = ? AND state = ? RETURNING *"),
      arguments: [to, units, externalID, String(note.prefix(500)), now.milliseconds, id, from]
    ).map(Call.init)
  }

  /// The blended rate, held for all calls of a lead that have no price of their own and no known answer, goes on to another one of them: to one
  /// under way before one that is unresolved. Returns the state of that one, or nil when there is none.
  func handOn(_ call: Call, prices: CallPrices, in db: Database) throws -> String? {
    guard prices.covered.contains(call.provider), call.held > .zero, try !Self.isBlendedPaid(call.batchKey, call.position, in: db),
      let next = try sibling(of: call, "held = 0", prices: prices, in: db)
    else { return nil }
    try db.cachedStatement(sql: "UPDATE provider_call SET held = ? WHERE id = ?").execute(arguments: [call.held.micros, next.id])
    return next.state
  }

  /// The blended rate falls due with a call that does not hold it: it is taken from the one that does.
  private func takeRate(for call: Call, prices: CallPrices, in db: Database) throws {
    guard call.held == .zero, let holder = try sibling(of: call, "held > 0", prices: prices, in: db) else { return }
    try db.cachedStatement(sql: "UPDATE provider_call SET held = 0 WHERE id = ?").execute(arguments: [holder.id])
    if holder.state == "intent" {
      try BudgetBook.letGo(holder.held, batchKey: call.batchKey, run: call.run, in: db)
    } else {
      try BudgetBook.clear(holder.held, batchKey: call.batchKey, run: call.run, in: db)
    }
  }

  /// Another call of the lead, in the same run, that shares the blended rate with this one.
  private func sibling(
    of call: Call, _ condition: String, prices: CallPrices, in db: Database
  ) throws -> (id: Int64, state: String, held: Money)? {
    try Row.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT id, state, held FROM provider_call WHERE batch_key = ? AND position = ? AND run = ? AND id <> ? AND \(condition)
            AND state IN ('intent', 'unresolved') AND provider IN (SELECT value FROM json_each(?)) ORDER BY state, id LIMIT 1
          """),
      arguments: [call.batchKey, call.position, call.run, call.id, try Encode.json(prices.covered.sorted())]
    ).map { (id: $0[0], state: $0[1], held: Money(micros: $0[2])) }
  }

  /// The charge and everything that is a sum of charges.
  func charge(_ call: Call, units: Int, externalID: String?, prices: CallPrices, isInDoubt: Bool, in db: Database) throws {
    let own = call.unitCost * units
    let rate = prices.covered.contains(call.provider) ? prices.blended : nil
    let blended = try rate.flatMap { try Self.isBlendedPaid(call.batchKey, call.position, in: db) ? nil : $0 }
    let sum = own + (blended ?? .zero)
    if blended != nil { try takeRate(for: call, prices: prices, in: db) }
    let day = try BudgetBook.settleCall(sum, held: call.held, isInDoubt: isInDoubt, batchKey: call.batchKey, run: call.run, in: db)
    try addCharge(call, provider: call.provider, units: units, unitCost: call.unitCost, externalID: externalID, id: call.id, day: day, in: db)
    if let blended {
      try addCharge(call, provider: ProviderRule.blended, units: 1, unitCost: blended, externalID: nil, id: nil, day: day, in: db)
      try rollUp(call, provider: ProviderRule.blended, units: 1, amount: blended, in: db)
    }
    try rollUp(call, units: units, amount: own, in: db)
    try db.cachedStatement(sql: "UPDATE batch SET actual = actual + ?1, at_most = max(at_most, actual + ?1), seq = seq + 1 WHERE key = ?2")
      .execute(arguments: [sum.micros, call.batchKey])
    try db.cachedStatement(sql: "UPDATE batch_lead SET cost = cost + ? WHERE batch_key = ? AND position = ?")
      .execute(arguments: [sum.micros, call.batchKey, call.position])
  }

  private func addCharge(
    _ call: Call, provider: String, units: Int, unitCost: Money, externalID: String?, id: Int64?, day: String, in db: Database
  ) throws {
    try db.cachedStatement(
      sql: """
        INSERT INTO charge (kind, batch_key, position, attempt, provider, step, call, units, unit_cost, amount, external_id, call_id,
          rate_card_version, day, created_at)
        SELECT 'provider', ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8 * ?7, ?9, ?10, rate_card_version, ?11, ?12 FROM batch WHERE key = ?1
        """
    ).execute(arguments: [
      call.batchKey, call.position, call.attempt, provider, id == nil ? provider : call.step, call.number, units, unitCost.micros, externalID, id, day,
      now.milliseconds,
    ])
  }

  func rollUp(
    _ call: Call, provider: String? = nil, units: Int = 0, free: Int = 0, unresolved: Int = 0, amount: Money = .zero, in db: Database
  ) throws {
    let provider = provider ?? call.provider
    try db.cachedStatement(sql: "INSERT INTO batch_provider (batch_key, provider) VALUES (?, ?) ON CONFLICT DO NOTHING")
      .execute(arguments: [call.batchKey, provider])
    try db.cachedStatement(
      sql: """
        UPDATE batch_provider SET charged_units = charged_units + ?, free = free + ?, unresolved = unresolved + ?, amount = amount + ?
        WHERE batch_key = ? AND provider = ?
        """
    ).execute(arguments: [units, free, unresolved, amount.micros, call.batchKey, provider])
  }

  private func keep(_ answer: Data, of call: Call, in db: Database) throws {
    try db.cachedStatement(
      sql: """
        INSERT OR REPLACE INTO step_result (batch_key, position, step, provider, answer, created_at)
        SELECT batch_key, position, ?, ?, ?, ? FROM batch_lead WHERE batch_key = ? AND position = ? AND state <> 'completed'
        """
    ).execute(arguments: [call.step, call.provider, answer, now.milliseconds, call.batchKey, call.position])
  }

  static func isBlendedPaid(_ batchKey: Int64, _ position: Int, in db: Database) throws -> Bool {
    try Bool.fetchOne(
      db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM charge WHERE batch_key = ? AND position = ? AND provider = 'blended')"),
      arguments: [batchKey, position]) ?? false
  }
}

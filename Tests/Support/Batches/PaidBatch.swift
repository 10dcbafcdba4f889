import BatchReports
import Foundation
import GRDB
import Storage

extension BatchDesk {
  /// A ledger over this desk whose clock stands.
  public func ledger(now: Date = noon) -> CallLedger { CallLedger(database: database, now: { now }) }

  /// Starts a batch that may call paid providers at these prices (millionths), with so much approved in all. Beside a blended rate those at zero
  /// are covered by it, but for those in `free`, whose own price is zero.
  public func startPaid(
    _ keys: [Int64]? = nil, prices: [String: Int64] = ["hunter": 10_000], free: Set<String> = [], approved: Int64 = 100_000_000, _ order: BatchOrder? = nil,
    by account: Account? = nil, now: Date = noon
  ) async throws -> Batch {
    // Planned for later, so that an engine that runs takes no lead before the prices stand.
    var planned = if let order { order } else { try Self.order() }
    planned.startAt = now.addingTimeInterval(3600)
    let batch = try await start(keys, planned, by: account, now: now)
    let covered = prices.filter { $0.value == 0 && prices[ProviderRule.blended] != nil && !free.contains($0.key) }
    let own = prices.filter { covered[$0.key] == nil }.mapValues { Money(micros: $0) }
    let text = String(decoding: try JSONEncoder().encode(CallPrices(own, covered: Set(covered.keys))), as: UTF8.self)
    try await database.pool.write { db in
      try db.execute(
        sql: "UPDATE batch SET unit_prices = ?, estimated_high = ?, scheduled_at = NULL WHERE key = ?", arguments: [text, approved, batch.key])
      try db.execute(sql: "UPDATE batch_lead SET due_at = ? WHERE batch_key = ?", arguments: [now.milliseconds, batch.key])
      try db.execute(
        sql: """
          UPDATE budget_day SET reserved = reserved + ? - (SELECT amount FROM reservation WHERE batch_key = ?)
          WHERE day = (SELECT day FROM reservation WHERE batch_key = ?)
          """, arguments: [approved, batch.key, batch.key])
      try db.execute(sql: "UPDATE reservation SET amount = ? WHERE batch_key = ?", arguments: [approved, batch.key])
    }
    return try await self.batch(batch.id)
  }

  /// What must hold of the money at every moment; returns what does not.
  public func brokenMoney() async throws -> [String] {
    try await database.pool.read { db in
      try MoneyRules.all.filter { try Row.fetchOne(db, sql: $0.value + " LIMIT 1") != nil }.map(\.key).sorted()
    }
  }
}

/// What holds of the money at every moment, and the query for a row that breaks it.
public enum MoneyRules {
  public static let all = [
    "a batch's cost is the sum of its charges": "SELECT 1 FROM batch WHERE actual <> (SELECT coalesce(sum(amount), 0) FROM charge WHERE batch_key = key)",
    "a lead's cost is the sum of its charges": """
    SELECT 1 FROM batch_lead l WHERE cost <>
      (SELECT coalesce(sum(amount), 0) FROM charge c WHERE c.batch_key = l.batch_key AND c.position = l.position)
    """,
    "a batch's reservations settled what it cost":
      "SELECT 1 FROM batch WHERE actual <> (SELECT sum(settled) FROM reservation WHERE reservation.batch_key = batch.key)",
    "a reservation holds what its calls under way may cost": """
    SELECT 1 FROM reservation r WHERE held <>
      (SELECT coalesce(sum(held), 0) FROM provider_call c WHERE c.batch_key = r.batch_key AND c.run = r.run AND c.state = 'intent')
    """,
    "a day has reserved what its batches hold": """
    SELECT 1 FROM budget_day d WHERE reserved <>
      (SELECT coalesce(sum(iif(released_at IS NULL, amount - settled, held)), 0) FROM reservation r WHERE r.day = d.day)
    """,
    "a day has spent its charges": "SELECT 1 FROM budget_day d WHERE spent <> (SELECT coalesce(sum(amount), 0) FROM charge c WHERE c.day = d.day)",
    "a day's doubt is that of its unresolved calls": """
    SELECT 1 FROM budget_day d WHERE in_doubt <> (
      SELECT coalesce(sum(c.held), 0) FROM provider_call c JOIN reservation r ON r.batch_key = c.batch_key AND r.run = c.run
      WHERE r.day = d.day AND c.state = 'unresolved')
    """,
    "each charged call has its one charge": """
    SELECT 1 FROM provider_call c WHERE (state = 'charged') <> (1 = (SELECT count(*) FROM charge WHERE call_id = c.id AND amount = c.units * c.unit_cost))
    """,
    "the roll-up counts the calls": """
    SELECT 1 FROM batch_provider b WHERE provider <> 'blended' AND (charged_units, free, unresolved, amount) <> (
      SELECT coalesce(sum(units), 0), count(*) FILTER (WHERE state = 'free'), count(*) FILTER (WHERE state = 'unresolved'),
        coalesce(sum(units * unit_cost), 0)
      FROM provider_call c WHERE c.batch_key = b.batch_key AND c.provider = b.provider)
    """,
  ]
}

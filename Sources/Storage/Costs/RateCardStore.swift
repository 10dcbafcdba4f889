import BatchReports
import Foundation
import GRDB

/// The versioned prices.
public struct RateCardStore: Sendable {
  let database: AppDatabase

  public init(database: AppDatabase) { self.database = database }

  /// Adds the installation's first card where there is none yet.
  public func ensureInitialCard(now: Date) async throws {
    try await database.pool.write { db in
      if try Int.fetchOne(db, sql: "SELECT count(*) FROM rate_card") == 0 { try Self.insert(.initial(validFrom: now), in: db) }
    }
  }

  /// Adds a card; its version is the next number. Throws `InvalidInput` for one that cannot be applied.
  @discardableResult
  public func add(_ card: RateCard) async throws -> RateCard {
    try card.validate()
    return try await database.pool.write { db in
      var numbered = card
      numbered.version = (try Int.fetchOne(db, sql: "SELECT max(version) FROM rate_card") ?? 0) + 1
      try Self.insert(numbered, in: db)
      return numbered
    }
  }

  /// The card in force: the newest `valid_from` that has come.
  public func current(at now: Date) async throws -> RateCard {
    try await database.pool.read { try Self.current(at: now, in: $0) }
  }

  static func current(at now: Date, in db: Database) throws -> RateCard {
    let row = try Row.fetchOne(
      db, sql: "SELECT * FROM rate_card WHERE valid_from <= ? ORDER BY valid_from DESC, version DESC LIMIT 1", arguments: [now.milliseconds])
    guard let row else { throw UnreadableRow(description: "no rate card is in force") }
    return try card(row)
  }

  private static func insert(_ card: RateCard, in db: Database) throws {
    try db.execute(
      sql: """
        INSERT INTO rate_card (version, valid_from, author, note, base_cost, provider_prices, blended_rate, tiers)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        card.version, card.validFrom.milliseconds, card.author, card.note, card.baseCost.micros,
        try Encode.json(card.providerPrices.mapValues(\.micros)), card.blendedRate.micros, try Encode.json(card.tiers),
      ])
  }

  private static func card(_ row: Row) throws -> RateCard {
    RateCard(
      version: row["version"], validFrom: Date(milliseconds: row["valid_from"]), author: row["author"], note: row["note"],
      baseCost: Money(micros: row["base_cost"]),
      providerPrices: try Decode.json(row["provider_prices"], [String: Int64].self).mapValues { Money(micros: $0) },
      blendedRate: Money(micros: row["blended_rate"]), tiers: try Decode.json(row["tiers"], [RateCard.VolumeTier].self))
  }
}

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
      if try Int.fetchOne(db, sql: "SELECT count(*) FROM rate_card") == 0 { try Self.insert(.initial(validFrom: now), digest: nil, in: db) }
    }
  }

  /// Adds a card; its version is the next number. Throws `InvalidInput` for one that cannot be applied.
  /// - Parameter after: the version that its author looked at; another one since then refuses this one, so that nobody overwrites unseen prices.
  @discardableResult
  public func add(_ card: RateCard, by actor: Actor = .commandLine, after: Int? = nil) async throws -> RateCard {
    try card.validate()
    return try await database.pool.write { db in
      let last = try Int.fetchOne(db, sql: "SELECT max(version) FROM rate_card") ?? 0
      if let after, after != last {
        throw InvalidInput("", "Rate card \(last) was added meanwhile. Look at it on this page, then send yours again.", code: "changed_meanwhile")
      }
      return try Self.add(card, version: last + 1, digest: nil, by: actor, in: db)
    }
  }

  /// Adds the card of a rates file, unless the last card from a file has the same digest: that one is answered then.
  ///
  /// The question and the insert are one transaction, so that two processes that watch one file add one card.
  public func add(_ card: RateCard, fromFileWithDigest digest: Data) async throws -> (card: RateCard, isNew: Bool) {
    try card.validate()
    return try await database.pool.write { db in
      if let last = try Row.fetchOne(db, sql: Self.select + " WHERE source = 'file' ORDER BY version DESC LIMIT 1"),
        (last["digest"] as Data?) == digest
      {
        return (try Self.card(last), false)
      }
      let version = (try Int.fetchOne(db, sql: "SELECT max(version) FROM rate_card") ?? 0) + 1
      return (try Self.add(card, version: version, digest: digest, by: .ratesFile, in: db), true)
    }
  }

  private static func add(_ card: RateCard, version: Int, digest: Data?, by actor: Actor, in db: Database) throws -> RateCard {
    var numbered = card
    numbered.version = version
    try insert(numbered, digest: digest, in: db)
    try AuditTrail.record(
      AuditEntry(
        at: card.addedAt, actor: actor, action: "rate_card.added", subjectType: "rate_card", subjectID: "\(version)", reason: card.note,
        detail: ["valid_from": card.validFrom.rfc3339]), in: db)
    return numbered
  }

  /// Takes a coming card back, so that it never holds. Throws `RateCardRefusal` for one that has begun, that a price was made from or that is
  /// withdrawn already, and `InvalidInput` without a reason.
  public func withdraw(_ version: Int, reason: String, by account: Account, now: Date) async throws -> RateCard {
    let reason = try TypedText.reason(reason)
    if TypedText.isBlank(reason) { throw InvalidInput("reason", "Say why it is withdrawn: the audit trail keeps it.", code: "missing") }
    return try await database.pool.write { db in
      guard var card = try Self.find(version, in: db) else { throw RateCardRefusal.unknown(version) }
      if card.withdrawal != nil { throw RateCardRefusal.isWithdrawn(version) }
      if card.validFrom <= now { throw RateCardRefusal.hasBegun(version) }
      // A clock that was set back may leave a price that was made from a card of the future.
      if try Self.isUsed(version, in: db) { throw RateCardRefusal.isUsed(version) }
      try db.execute(
        sql: "INSERT INTO rate_card_withdrawal (version, at, withdrawn_by, reason) VALUES (?, ?, ?, ?)",
        arguments: [version, now.milliseconds, account.email, reason])
      try AuditTrail.record(
        AuditEntry(
          at: now, actor: .account(account), action: "rate_card.withdrawn", subjectType: "rate_card", subjectID: "\(version)", reason: reason,
          detail: ["valid_from": card.validFrom.rfc3339]), in: db)
      card.withdrawal = .init(at: now, by: account.email, reason: reason)
      return card
    }
  }

  private static func isUsed(_ version: Int, in db: Database) throws -> Bool {
    try Bool.fetchOne(
      db,
      sql: """
        SELECT EXISTS (SELECT 1 FROM quote WHERE rate_card_version = ?1) OR EXISTS (SELECT 1 FROM batch WHERE rate_card_version = ?1)
        """, arguments: [version]) ?? false
  }

  /// The card in force: the newest `valid_from` that has come, but for cards that were withdrawn.
  public func current(at now: Date) async throws -> RateCard {
    try await database.pool.read { try Self.current(at: now, in: $0) }
  }

  /// The newest cards, the one that holds last first: coming ones, the one in force, past ones.
  public func history(limit: Int = 100) async throws -> [RateCard] {
    try await database.pool.read { db in
      try Row.fetchAll(db, sql: Self.select + " ORDER BY valid_from DESC, version DESC LIMIT ?", arguments: [limit]).map(Self.card)
    }
  }

  /// The highest number that a card has.
  public func lastVersion() async throws -> Int {
    try await database.pool.read { try Int.fetchOne($0, sql: "SELECT max(version) FROM rate_card") ?? 0 }
  }

  /// A card by its number, as a batch or a quote names it; nil when there is none.
  public func find(_ version: Int) async throws -> RateCard? {
    try await database.pool.read { try Self.find(version, in: $0) }
  }

  static func find(_ version: Int, in db: Database) throws -> RateCard? {
    try Row.fetchOne(db.cachedStatement(sql: select + " WHERE version = ?"), arguments: [version]).map(card)
  }

  static func current(at now: Date, in db: Database) throws -> RateCard {
    let row = try Row.fetchOne(
      db.cachedStatement(sql: select + " WHERE valid_from <= ? AND withdrawn_by IS NULL ORDER BY valid_from DESC, version DESC LIMIT 1"),
      arguments: [now.milliseconds])
    guard let row else { throw UnreadableRow(description: "no rate card is in force") }
    return try card(row)
  }

  private static let select = """
    SELECT rate_card.*, withdrawn_at, withdrawn_by, withdrawn_because FROM rate_card LEFT JOIN (
      SELECT version AS withdrawn_version, at AS withdrawn_at, withdrawn_by, reason AS withdrawn_because FROM rate_card_withdrawal
    ) ON withdrawn_version = version
    """

  private static func insert(_ card: RateCard, digest: Data?, in db: Database) throws {
    try db.execute(
      sql: """
        INSERT INTO rate_card (version, valid_from, author, note, base_cost, provider_prices, overrides, blended_rate, tiers, source, digest, added_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        card.version, card.validFrom.milliseconds, card.author, card.note, card.baseCost.micros,
        try Encode.json(card.providerPrices.mapValues(\.micros)), try Encode.json(card.overrides.mapValues { $0.mapValues(\.micros) }),
        card.blendedRate.micros, try Encode.json(card.tiers), card.source.rawValue, digest, card.addedAt.milliseconds,
      ])
  }

  private static func card(_ row: Row) throws -> RateCard {
    RateCard(
      version: row["version"], validFrom: Date(milliseconds: row["valid_from"]), author: row["author"], note: row["note"],
      baseCost: Money(micros: row["base_cost"]),
      providerPrices: try Decode.json(row["provider_prices"], [String: Int64].self).mapValues { Money(micros: $0) },
      overrides: try Decode.json(row["overrides"], [String: [String: Int64]].self).mapValues { $0.mapValues { Money(micros: $0) } },
      blendedRate: Money(micros: row["blended_rate"]), tiers: try Decode.json(row["tiers"], [RateCard.VolumeTier].self),
      source: try Decode.choice(row["source"], RateCard.Source.self), addedAt: Date(milliseconds: row["added_at"]),
      withdrawal: Decode.date(row["withdrawn_at"]).map { .init(at: $0, by: row["withdrawn_by"], reason: row["withdrawn_because"]) })
  }
}

extension Actor {
  static let ratesFile = Actor(accountID: nil, name: "rates file")
}

import BatchReports
import Foundation
import GRDB
import Secrets

/// Prices a set of leads and seals the price as a quote.
public struct QuoteDesk: Sendable {
  /// What is to be priced.
  public struct Request: Sendable {
    public enum Leads: Sendable {
      /// As an API client lists them.
      case ids([UUID])
      /// As a selection keeps them.
      case keys([Int64])
    }

    public var leads: Leads
    /// `name:version`, a bare version, or nil for the latest.
    public var template: String?
    public var maxConcurrent: Int
    public var retryCount: Int

    public init(leads: Leads, template: String? = nil, maxConcurrent: Int, retryCount: Int) {
      self.leads = leads
      self.template = template
      self.maxConcurrent = maxConcurrent
      self.retryCount = retryCount
    }
  }

  let database: AppDatabase
  let budget: BudgetBook
  let maxLeads: Int
  let maxConcurrentTotal: Int

  public init(database: AppDatabase, budget: BudgetBook, maxLeads: Int, maxConcurrentTotal: Int) {
    self.database = database
    self.budget = budget
    self.maxLeads = maxLeads
    self.maxConcurrentTotal = maxConcurrentTotal
  }

  /// Prices the leads and stores the quote.
  ///
  /// Throws `StartRefusal` (no, duplicate, too many or only unknown leads), `TemplateRefusal` and `InvalidInput`.
  public func preview(_ request: Request, for account: Account, now: Date) async throws -> Preview {
    _ = try BatchOrder(maxConcurrent: request.maxConcurrent, retryCount: request.retryCount)
    try check(request.leads)
    let preview = try await database.pool.read { try self.price(request, for: account, now: now, in: $0) }
    try await database.pool.write { try Self.store(preview.quote, in: $0) }
    return preview
  }

  /// The preview of a quote that was sealed before, with today's budget. Throws `StartRefusal.quoteExpired` for one that is gone.
  public func reopen(_ id: UUID, for account: Account, now: Date) async throws -> Preview {
    try await database.pool.read { db in
      guard let quote = try Self.find(id, for: account.id, in: db) else { throw StartRefusal.quoteExpired }
      let template = try TemplateStore.find(quote.template, in: db)
      let card = try RateCardStore.current(at: now, in: db)
      return try self.preview(of: quote, ids: [], unknown: [], template: template, card: card, now: now, in: db)
    }
  }

  private func check(_ leads: Request.Leads) throws {
    let count: Int
    switch leads {
    case .ids(let ids):
      count = ids.count
      if Set(ids).count < count {
        var seen: Set<UUID> = []
        throw StartRefusal.duplicateLeads(Array(Set(ids.filter { !seen.insert($0).inserted })).sorted { $0.text < $1.text })
      }
    case .keys(let keys): count = keys.count
    }
    if count == 0 { throw StartRefusal.noLeads }
    if count > maxLeads { throw StartRefusal.tooManyLeads(count: count, limit: maxLeads) }
  }

  private struct FoundLead {
    var key: Int64
    var id: UUID
    var hasWebsite: Bool
  }

  func price(_ request: Request, for account: Account, now: Date, in db: Database) throws -> Preview {
    let template = try TemplateStore.usable(request.template, in: db)
    let card = try RateCardStore.current(at: now, in: db)
    let (found, unknown) = try lookUp(request.leads, in: db)
    if found.isEmpty { throw unknown.isEmpty ? StartRefusal.noLeads : .unknownLeads(unknown) }
    let price = Price(count: found.count, template: template, card: card)
    let recent = try Self.recentThroughput(in: db)
    let withoutWebsite = found.count { !$0.hasWebsite }
    let likely = Int((Double(found.count - withoutWebsite) * (1 - recent.failureRate)).rounded(.down))
    let quote = Quote(
      id: .version7(at: now), account: account.id, template: template.reference, rateCardVersion: card.version,
      leadKeys: found.map(\.key), withoutWebsite: withoutWebsite, price: price, low: price.perLead * likely, high: price.total,
      duration: DurationEstimate(leads: found.count, concurrency: min(request.maxConcurrent, maxConcurrentTotal), recent: recent),
      maxConcurrent: request.maxConcurrent, retryCount: request.retryCount, createdAt: now, expiresAt: now.addingTimeInterval(Quote.lifetime))
    return try preview(of: quote, ids: found.map(\.id), unknown: unknown, template: template, card: card, now: now, in: db)
  }

  private func preview(
    of quote: Quote, ids: [UUID], unknown: [UUID], template: ReportTemplate, card: RateCard, now: Date, in db: Database
  ) throws -> Preview {
    Preview(
      quote: quote, validLeadIDs: ids, unknownLeadIDs: unknown, tiers: card.tiers, currentTier: card.tier(for: quote.leadKeys.count),
      cheaperLargerBatch: Price.cheaperLargerBatch(than: quote.price, template: template, card: card).flatMap { $0.leadCount <= maxLeads ? $0 : nil },
      budget: try budget.state(at: now, in: db))
  }

  /// One query for all leads; the order of the request is kept.
  private func lookUp(_ leads: Request.Leads, in db: Database) throws -> (found: [FoundLead], unknown: [UUID]) {
    switch leads {
    case .ids(let ids):
      let list = "[" + ids.map { "\"\($0.text)\"" }.joined(separator: ",") + "]"
      let rows = try Row.fetchCursor(
        db.cachedStatement(sql: "SELECT json_each.key, lead.key, lead.website <> '' FROM json_each(?) JOIN lead ON lead.id = json_each.value"),
        arguments: [list])
      var byPlace = [FoundLead?](repeating: nil, count: ids.count)
      while let row = try rows.next() { byPlace[row[0]] = FoundLead(key: row[1], id: ids[row[0]], hasWebsite: row[2]) }
      return (byPlace.compactMap { $0 }, zip(ids, byPlace).compactMap { id, lead in lead == nil ? id : nil })
    case .keys(let keys):
      let list = "[" + keys.map(String.init).joined(separator: ",") + "]"
      let rows = try Row.fetchCursor(
        db.cachedStatement(
          sql: "SELECT lead.key, lead.id, lead.website <> '' FROM json_each(?) JOIN lead ON lead.key = json_each.value ORDER BY json_each.key"),
        arguments: [list])
      var found: [FoundLead] = []
      var taken: Set<Int64> = []
      while let row = try rows.next() {
        if taken.insert(row[0]).inserted { found.append(FoundLead(key: row[0], id: try Decode.uuid(row[1]), hasWebsite: row[2])) }
      }
      return (found, [])
    }
  }

  /// The last ten finished batches that measured anything.
  static func recentThroughput(in db: Database) throws -> RecentThroughput {
    let row = try Row.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT count(*) AS batches, total(completed + failed) AS leads, total(failed) AS failed, total(busy_ms) AS busy
          FROM (SELECT completed, failed, busy_ms FROM batch WHERE finished_at IS NOT NULL AND busy_ms > 0 ORDER BY key DESC LIMIT 10)
          """))
    guard let row else { return RecentThroughput(batches: 0, leads: 0, failed: 0, busySeconds: 0) }
    return RecentThroughput(
      batches: row["batches"], leads: Int(row["leads"] as Double), failed: Int(row["failed"] as Double),
      busySeconds: (row["busy"] as Double) / 1000)
  }
}

extension QuoteDesk {
  static func digest(of keys: [Int64]) -> Data { Digest.sha256(pack(keys.sorted())) }

  static func pack(_ keys: [Int64]) -> Data {
    var data = Data(capacity: keys.count * 8)
    for key in keys { withUnsafeBytes(of: key.littleEndian) { data.append(contentsOf: $0) } }
    return data
  }

  static func unpack(_ data: Data) -> [Int64] {
    data.withUnsafeBytes { bytes in
      (0..<bytes.count / 8).map { Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Int64.self)) }
    }
  }

  static func store(_ quote: Quote, in db: Database) throws {
    try db.cachedStatement(
      sql: """
        INSERT INTO quote (id, account_id, template_name, template_version, rate_card_version, leads, lead_count, leads_digest,
          without_website, price, low, high, duration_seconds, duration_basis, max_concurrent, retry_count, created_at, expires_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(arguments: [
      quote.id.text, quote.account.text, quote.template.name, quote.template.version, quote.rateCardVersion, pack(quote.leadKeys),
      quote.leadKeys.count, digest(of: quote.leadKeys), quote.withoutWebsite, try Encode.json(PriceRow(quote.price)), quote.low.micros,
      quote.high.micros, quote.duration.seconds, quote.duration.basis, quote.maxConcurrent, quote.retryCount, quote.createdAt.milliseconds,
      quote.expiresAt.milliseconds,
    ])
  }

  static func find(_ id: UUID, for account: UUID, in db: Database) throws -> Quote? {
    let row = try Row.fetchOne(db, sql: "SELECT * FROM quote WHERE id = ? AND account_id = ?", arguments: [id.text, account.text])
    return try row.map { row in
      Quote(
        id: id, account: account, template: TemplateReference(name: row["template_name"], version: row["template_version"]),
        rateCardVersion: row["rate_card_version"], leadKeys: unpack(row["leads"]), withoutWebsite: row["without_website"],
        price: try Decode.json(row["price"], PriceRow.self).price, low: Money(micros: row["low"]), high: Money(micros: row["high"]),
        duration: DurationEstimate(seconds: row["duration_seconds"], basis: row["duration_basis"]), maxConcurrent: row["max_concurrent"],
        retryCount: row["retry_count"], createdAt: Date(milliseconds: row["created_at"]), expiresAt: Date(milliseconds: row["expires_at"]))
    }
  }

  /// Removes quotes that expired a day ago and made no batch, a few at a time so that the writer is free in between. Returns how many.
  @discardableResult
  public func removeExpired(now: Date) async throws -> Int {
    let ids = try await database.pool.read { db in
      try String.fetchAll(
        db, sql: "SELECT id FROM quote WHERE expires_at < ? AND NOT EXISTS (SELECT 1 FROM batch WHERE batch.quote_id = quote.id)",
        arguments: [now.addingTimeInterval(-86_400).milliseconds])
    }
    for start in stride(from: 0, to: ids.count, by: Self.removedAtOnce) {
      let some = try Encode.json(Array(ids[start..<min(start + Self.removedAtOnce, ids.count)]))
      try await database.pool.write { try $0.execute(sql: "DELETE FROM quote WHERE id IN (SELECT value FROM json_each(?))", arguments: [some]) }
    }
    return ids.count
  }

  private static let removedAtOnce = 100
}

/// A price as a quote's row keeps it: exact millionths, where the API's numbers are rounded to four decimals.
private struct PriceRow: Codable {
  struct Line: Codable {
    var provider: String
    var calls: Int
    var unit: Int64
  }

  var count: Int
  var base: Int64
  var providers: Int64
  var perLead: Int64
  var percent: Decimal
  var lines: [Line]

  init(_ price: Price) {
    count = price.leadCount
    base = price.base.micros
    providers = price.providers.micros
    perLead = price.perLead.micros
    percent = price.discountPercent
    lines = price.lines.map { Line(provider: $0.provider, calls: $0.calls, unit: $0.unitCost.micros) }
  }

  var price: Price {
    Price(
      leadCount: count, base: Money(micros: base), providers: Money(micros: providers), perLead: Money(micros: perLead),
      discountPercent: percent,
      lines: lines.map { .init(provider: $0.provider, calls: $0.calls, unitCost: Money(micros: $0.unit)) })
  }
}

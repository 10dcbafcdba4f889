import BatchReports
import Foundation
import GRDB
import Secrets

/// How quotes stand in their rows.
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
          without_website, price, low, high, duration_seconds, duration_basis, max_concurrent, retry_count, created_at, expires_at,
          reuse_days, reused, saved, mix, rates, sample_of, rest, measured_by)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(arguments: [
      quote.id.text, quote.account.text, quote.template.name, quote.template.version, quote.rateCardVersion, pack(quote.leadKeys),
      quote.leadKeys.count, digest(of: quote.leadKeys), quote.withoutWebsite, try Encode.json(PriceRow(quote.price)), quote.low.micros,
      quote.high.micros, quote.duration.seconds, quote.duration.basis, quote.maxConcurrent, quote.retryCount, quote.createdAt.milliseconds,
      quote.expiresAt.milliseconds, quote.reuseDays, FreshReports.pack(quote.reused), quote.saved.micros,
      try Encode.json(quote.mix), try Encode.json(quote.estimate.rates), quote.sample?.of.text, pack(quote.sample?.rest ?? []), quote.measuredBy,
    ])
  }

  static func find(_ id: UUID, for account: UUID, in db: Database) throws -> Quote? {
    let row = try Row.fetchOne(db, sql: "SELECT * FROM quote WHERE id = ? AND account_id = ?", arguments: [id.text, account.text])
    return try row.map { try quote($0, id, account) }
  }

  private static func quote(_ row: Row, _ id: UUID, _ account: UUID) throws -> Quote {
    let price = try Decode.json(row["price"], PriceRow.self).price
    let sample = try (row["sample_of"] as String?).map { Quote.Sample(of: try Decode.uuid($0), rest: unpack(row["rest"])) }
    return Quote(
      id: id, account: account, template: TemplateReference(name: row["template_name"], version: row["template_version"]),
      rateCardVersion: row["rate_card_version"], leadKeys: unpack(row["leads"]), mix: try Decode.json(row["mix"], LeadMix.self),
      estimate: Estimate(
        price: price, low: Money(micros: row["low"]), high: Money(micros: row["high"]), rates: try Decode.json(row["rates"], CallRates.self)),
      duration: DurationEstimate(seconds: row["duration_seconds"], basis: row["duration_basis"]), maxConcurrent: row["max_concurrent"],
      retryCount: row["retry_count"], createdAt: Date(milliseconds: row["created_at"]), expiresAt: Date(milliseconds: row["expires_at"]),
      reuseDays: row["reuse_days"], reused: FreshReports.unpack(row["reused"]), saved: Money(micros: row["saved"]), sample: sample,
      measuredBy: row["measured_by"])
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
    /// Before the discount.
    var unit: Int64
    var net: Int64?
    var covers: [String]?
  }

  var count: Int
  var percent: Decimal
  var lines: [Line]
  var reports: Int?
  var grossReport: Int64?
  var netReport: Int64?
  /// What rows from before the estimates have instead: the sum of all base costs, and the net price of a report.
  var base: Int64?
  var perLead: Int64?

  init(_ price: Price) {
    count = price.leadCount
    percent = price.discountPercent
    reports = price.reports
    grossReport = price.units.base.gross.micros
    netReport = price.units.base.net.micros
    let covers = Dictionary(price.units.providers.map { ($0.name, $0.covers) }) { first, _ in first }
    lines = price.lines.map {
      Line(provider: $0.provider, calls: $0.calls, unit: $0.unit.gross.micros, net: $0.unit.net.micros, covers: covers[$0.provider])
    }
  }

  var price: Price {
    let gross = grossReport ?? (base ?? 0) / Int64(max(1, count))
    func unit(_ line: Line) -> UnitPrices.Unit { .init(gross: Money(micros: line.unit), net: Money(micros: line.net ?? line.unit)) }
    let units = UnitPrices(
      base: .init(gross: Money(micros: gross), net: Money(micros: netReport ?? perLead ?? gross)),
      providers: lines.compactMap { line in line.covers.map { .init(name: line.provider, unit: unit(line), covers: $0) } }, discountPercent: percent)
    return Price(
      leadCount: count, reports: reports ?? count, units: units,
      lines: lines.map { .init(provider: $0.provider, calls: $0.calls, unit: unit($0)) })
  }
}

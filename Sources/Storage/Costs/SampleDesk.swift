import BatchReports
import Foundation
import GRDB

/// Running a few leads first, and the rest at the price that they measured.
extension QuoteDesk {
  /// Seals the price of a sample of a quote's leads; the same size again answers with the same quote while it holds.
  ///
  /// Throws `StartRefusal.quoteExpired` for a quote that is gone, and `InvalidInput` for a size that is none.
  public func sample(of id: UUID, size: Int?, for account: Account, now: Date) async throws -> Preview {
    let (quote, keys, earlier) = try await database.pool.read { db in
      guard let quote = try Self.find(id, for: account.id, in: db), now < quote.expiresAt else { throw StartRefusal.quoteExpired }
      // Leads whose fresh report is reused cost nothing: there is nothing to learn from them.
      let reused = Set(quote.reused.map(\.leadKey))
      let leads = try QuotedLead.find(.keys(quote.leadKeys.filter { !reused.contains($0) }), in: db).found
      let size = try StratifiedSample.check(size, of: leads.count)
      let keys = StratifiedSample.pick(
        size, of: leads.map { ($0.key, .init(tier: LeadTier(score: $0.score), traits: $0.traits)) }, seed: id.seed)
      return (quote, keys, try Self.earlierSample(of: id, keys, account, now: now, in: db))
    }
    if let earlier { return try await reopen(earlier, for: account, now: now) }
    let chosen = Set(keys)
    return try await preview(
      Request(
        leads: .keys(keys), template: quote.template.description, maxConcurrent: quote.maxConcurrent, retryCount: quote.retryCount,
        sample: .init(of: id, rest: quote.leadKeys.filter { !chosen.contains($0) }), measuredBy: quote.measuredBy), for: account, now: now)
  }

  private static func earlierSample(of id: UUID, _ keys: [Int64], _ account: Account, now: Date, in db: Database) throws -> UUID? {
    let row = try String.fetchOne(
      db, sql: "SELECT id FROM quote WHERE sample_of = ? AND account_id = ? AND leads = ? AND expires_at > ? ORDER BY id DESC LIMIT 1",
      arguments: [id.text, account.id.text, pack(keys), now.milliseconds])
    return try row.map(Decode.uuid)
  }

  /// What running the rest of a sample would cost, by what the sample measured; nil for a batch that was none.
  public func restOffer(of batch: Batch, now: Date) async throws -> RestOffer? {
    guard [.completed, .completedWithErrors].contains(batch.state) else { return nil }
    return try await database.pool.read { db in
      guard let quote = try Self.sampled(batch, in: db) else { return nil }
      let leads = try QuotedLead.find(.keys(quote.rest), in: db).found
      if leads.isEmpty { return nil }
      var mix = LeadMix()
      for lead in leads { mix.add(lead.traits) }
      let template = try TemplateStore.find(batch.template, in: db)
      let card = try RateCardStore.current(at: now, in: db)
      let units = UnitPrices(template: template, card: card, paidProviders: self.paidProviders, leadCount: mix.total)
      let history = try EstimateHistory(template: batch.template, measuredBy: batch.key).read(in: db)
      let estimate = Estimate(mix: mix, units: units, history: history)
      let run = batch.counts.total - batch.counts.skipped
      return RestOffer(keys: leads.map(\.key), estimate: estimate, measuredPerLead: Money(micros: batch.actual.micros / Int64(max(1, run))))
    }
  }

  /// The leads that a sample left, and what they will probably cost.
  public struct RestOffer: Sendable {
    public var keys: [Int64]
    public var estimate: Estimate
    /// What a lead of the sample cost.
    public var measuredPerLead: Money
  }

  /// Seals the price of the leads that a sample left. Throws `RestRefusal` for a batch that offers none.
  public func rest(of batch: Batch, for account: Account, now: Date) async throws -> Preview {
    guard let offer = try await restOffer(of: batch, now: now) else { throw RestRefusal() }
    return try await preview(
      Request(
        leads: .keys(offer.keys), template: batch.template.description, maxConcurrent: batch.maxConcurrent, retryCount: batch.retryCount,
        measuredBy: batch.key), for: account, now: now)
  }

  private static func sampled(_ batch: Batch, in db: Database) throws -> Quote.Sample? {
    let row = try Row.fetchOne(
      db, sql: "SELECT quote.sample_of, quote.rest FROM batch JOIN quote ON quote.id = batch.quote_id WHERE batch.key = ? AND sample_of IS NOT NULL",
      arguments: [batch.key])
    return try row.map { Quote.Sample(of: try Decode.uuid($0[0]), rest: unpack($0[1])) }
  }
}

/// A batch whose rest cannot be run: it was no sample, or it has not ended.
public struct RestRefusal: Refusal, Hashable {
  public init() {}
  public var code: RefusalCode { .invalidTransition }
  public var explanation: String { "Only a sample that has run to its end offers the rest of its leads." }
}

extension UUID {
  /// A number that is always the same for this id.
  fileprivate var seed: UInt64 {
    withUnsafeBytes(of: uuid) { bytes in bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 } }
  }
}

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
      if quote.sample != nil { throw InvalidInput("sample_of", "This is a sample itself. Take one of the leads that it came from.") }
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
        reuseDays: quote.reuseDays,
        sample: .init(of: id, rest: quote.leadKeys.filter { !chosen.contains($0) }), measuredBy: quote.measuredBy), for: account, now: now)
  }

  private static func earlierSample(of id: UUID, _ keys: [Int64], _ account: Account, now: Date, in db: Database) throws -> UUID? {
    let row = try String.fetchOne(
      db, sql: "SELECT id FROM quote WHERE sample_of = ? AND account_id = ? AND leads = ? AND expires_at > ? ORDER BY id DESC LIMIT 1",
      arguments: [id.text, account.id.text, pack(keys), now.milliseconds])
    return try row.map(Decode.uuid)
  }

  /// What running the rest of a sample would cost, by what the sample measured; nil for a batch that was none, or whose rest has run.
  public func restOffer(of batch: Batch, now: Date) async throws -> RestOffer? {
    guard [.completed, .completedWithErrors].contains(batch.state) else { return nil }
    return try await database.pool.read { db in
      guard let quote = try Self.sampled(batch, in: db) else { return nil }
      let taken = Set(try Self.continuations(of: batch, in: db).flatMap(\.leads))
      let left = quote.rest.filter { !taken.contains($0) }
      let leads = left.isEmpty ? [] : try QuotedLead.find(.keys(left), in: db).found
      if leads.isEmpty { return nil }
      let template = try TemplateStore.find(batch.template, in: db)
      let called = self.paidProviders.intersection(template.providers.filter(\.isPaid).map(\.name))
      let fresh = FreshReports(days: batch.reuseDays, template: batch.template, called: called, now: now)
      let reused = Set(try fresh.of(leads.map(\.key), in: db).map(\.leadKey))
      var mix = LeadMix()
      for lead in leads where !reused.contains(lead.key) { mix.add(lead.traits) }
      let card = try RateCardStore.current(at: now, in: db)
      let units = UnitPrices(template: template, card: card, paidProviders: self.paidProviders, leadCount: mix.total)
      let history = try EstimateHistory(template: batch.template, measuredBy: batch.key).read(in: db)
      let estimate = Estimate(mix: mix, units: units, history: history)
      let run = batch.counts.total - batch.counts.skipped
      return RestOffer(
        keys: leads.map(\.key), reusedCount: reused.count, estimate: estimate, measuredPerLead: Money(micros: batch.actual.micros / Int64(max(1, run))))
    }
  }

  /// The leads that a sample left, and what they will probably cost.
  public struct RestOffer: Sendable {
    public var keys: [Int64]
    /// Of which a fresh report is reused, for nothing.
    public var reusedCount: Int
    public var estimate: Estimate
    /// What a lead of the sample cost.
    public var measuredPerLead: Money
  }

  /// Seals the price of the leads that a sample left. Throws `RestRefusal` for a batch that offers none.
  public func rest(of batch: Batch, for account: Account, now: Date) async throws -> Preview {
    guard let offer = try await restOffer(of: batch, now: now) else { throw RestRefusal(ranAs: try await restBatch(of: batch, visibleTo: account)) }
    return try await preview(
      Request(
        leads: .keys(offer.keys), template: batch.template.description, maxConcurrent: batch.maxConcurrent, retryCount: batch.retryCount,
        reuseDays: batch.reuseDays, measuredBy: batch.key), for: account, now: now)
  }

  /// The last batch that ran leads which this sample left, if the account may see it.
  public func restBatch(of batch: Batch, visibleTo account: Account) async throws -> UUID? {
    try await database.pool.read { db in
      guard try Self.sampled(batch, in: db) != nil else { return nil }
      return try Self.continuations(of: batch, in: db).last { account.maySee(isPrivate: $0.isPrivate, ownedBy: $0.owner) }?.id
    }
  }

  private struct Continuation {
    var id: UUID
    var owner: UUID
    var isPrivate: Bool
    var leads: [Int64]
  }

  /// The batches that ran what a sample left, as it measured it.
  private static func continuations(of batch: Batch, in db: Database) throws -> [Continuation] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT batch.id, batch.owner, batch.private, quote.leads FROM batch CROSS JOIN quote ON quote.id = batch.quote_id
        WHERE batch.key > ?1 AND batch.state <> 'cancelled' AND quote.measured_by = ?1 ORDER BY batch.key
        """, arguments: [batch.key]
    ).map { Continuation(id: try Decode.uuid($0[0]), owner: try Decode.uuid($0[1]), isPrivate: $0[2], leads: unpack($0[3])) }
  }

  private static func sampled(_ batch: Batch, in db: Database) throws -> Quote.Sample? {
    let row = try Row.fetchOne(
      db, sql: "SELECT quote.sample_of, quote.rest FROM batch JOIN quote ON quote.id = batch.quote_id WHERE batch.key = ? AND sample_of IS NOT NULL",
      arguments: [batch.key])
    return try row.map { Quote.Sample(of: try Decode.uuid($0[0]), rest: unpack($0[1])) }
  }
}

/// A batch whose rest cannot be run: it was no sample, it has not ended, or its rest has run.
public struct RestRefusal: Refusal, Hashable {
  /// The batch that ran it.
  public var ranAs: UUID?

  public init(ranAs: UUID? = nil) { self.ranAs = ranAs }
  public var code: RefusalCode { .invalidTransition }
  public var explanation: String {
    ranAs.map { "The rest of this sample was started already: batch \($0.text)." }
      ?? "Only a sample that has run to its end offers the rest of its leads, once."
  }
}

extension UUID {
  /// A number that is always the same for this id.
  fileprivate var seed: UInt64 {
    withUnsafeBytes(of: uuid) { bytes in bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 } }
  }
}

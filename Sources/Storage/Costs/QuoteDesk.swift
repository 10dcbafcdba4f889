import BatchReports
import Foundation
import GRDB

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
    /// Days that a report may be old to be reused; nil for a new report of every lead.
    public var reuseDays: Int?

    /// Set for a sample of a larger lead set.
    public var sample: Quote.Sample?
    /// The key of a sample's batch that measured what these leads cost.
    public var measuredBy: Int64?

    public init(
      leads: Leads, template: String? = nil, maxConcurrent: Int, retryCount: Int, reuseDays: Int? = nil, sample: Quote.Sample? = nil,
      measuredBy: Int64? = nil
    ) {
      self.leads = leads
      self.template = template
      self.maxConcurrent = maxConcurrent
      self.retryCount = retryCount
      self.reuseDays = reuseDays
      self.sample = sample
      self.measuredBy = measuredBy
    }
  }

  let database: AppDatabase
  let budget: BudgetBook
  let maxLeads: Int
  let maxConcurrentTotal: Int
  /// The paid providers that are on; others are neither called nor priced.
  let paidProviders: Set<String>

  public init(database: AppDatabase, budget: BudgetBook, maxLeads: Int, maxConcurrentTotal: Int, paidProviders: Set<String> = []) {
    self.database = database
    self.budget = budget
    self.maxLeads = maxLeads
    self.maxConcurrentTotal = maxConcurrentTotal
    self.paidProviders = paidProviders
  }

  /// Prices the leads and stores the quote.
  ///
  /// Throws `StartRefusal` (no, duplicate, too many or only unknown leads), `TemplateRefusal` and `InvalidInput`.
  public func preview(_ request: Request, for account: Account, now: Date) async throws -> Preview {
    _ = try BatchOrder(maxConcurrent: request.maxConcurrent, retryCount: request.retryCount)
    var request = request
    request.reuseDays = try ReportReuse.check(request.reuseDays)
    try check(request.leads)
    let checked = request
    let preview = try await database.pool.read { try self.price(checked, for: account, now: now, in: $0) }
    try await database.pool.write { try Self.store(preview.quote, in: $0) }
    return preview
  }

  /// The preview of a quote that was sealed before, by its own rate card, with today's budget. Throws `StartRefusal.quoteExpired` for one that is gone.
  public func reopen(_ id: UUID, for account: Account, now: Date) async throws -> Preview {
    try await database.pool.read { db in
      guard let quote = try Self.find(id, for: account.id, in: db) else { throw StartRefusal.quoteExpired }
      let template = try TemplateStore.find(quote.template, in: db)
      let current = try RateCardStore.current(at: now, in: db)
      let card = try RateCardStore.find(quote.rateCardVersion, in: db) ?? current
      var preview = try self.preview(of: quote, ids: [], unknown: [], template: template, card: card, now: now, in: db)
      let units = UnitPrices(template: template, card: current, paidProviders: quote.price.units.called, leadCount: quote.runCount)
      preview.hasNewPrices = units != quote.price.units
      return preview
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

  func price(_ request: Request, for account: Account, now: Date, in db: Database) throws -> Preview {
    let template = try TemplateStore.usable(request.template, in: db)
    let card = try RateCardStore.current(at: now, in: db)
    let (found, unknown) = try QuotedLead.find(request.leads, in: db)
    if found.isEmpty { throw unknown.isEmpty ? StartRefusal.noLeads : .unknownLeads(unknown) }
    let called = paidProviders.intersection(template.providers.filter(\.isPaid).map(\.name))
    let reused = try FreshReports(days: request.reuseDays, template: template.reference, called: called, now: now).of(found.map(\.key), in: db)
    let isReused = Set(reused.map(\.leadKey))
    var (mix, savedMix) = (LeadMix(), LeadMix())
    for lead in found { if isReused.contains(lead.key) { savedMix.add(lead.traits) } else { mix.add(lead.traits) } }
    let units = UnitPrices(template: template, card: card, paidProviders: paidProviders, leadCount: mix.total)
    let history = try EstimateHistory(template: template.reference, measuredBy: request.measuredBy).read(in: db)
    let estimate = Estimate(mix: mix, units: units, history: history)
    let recent = try Self.recentThroughput(in: db)
    let quote = Quote(
      id: .version7(at: now), account: account.id, template: template.reference, rateCardVersion: card.version,
      leadKeys: found.map(\.key), mix: mix, estimate: estimate,
      duration: DurationEstimate(leads: mix.total, concurrency: min(request.maxConcurrent, maxConcurrentTotal), recent: recent),
      maxConcurrent: request.maxConcurrent, retryCount: request.retryCount, createdAt: now, expiresAt: now.addingTimeInterval(Quote.lifetime),
      reuseDays: request.reuseDays, reused: reused, saved: Estimate(mix: savedMix, units: units, history: history).price.total,
      sample: request.sample, measuredBy: request.measuredBy)
    return try preview(of: quote, ids: found.map(\.id), unknown: unknown, template: template, card: card, now: now, in: db)
  }

  private func preview(
    of quote: Quote, ids: [UUID], unknown: [UUID], template: ReportTemplate, card: RateCard, now: Date, in db: Database
  ) throws -> Preview {
    Preview(
      quote: quote, validLeadIDs: ids, unknownLeadIDs: unknown, tiers: card.tiers, currentTier: card.tier(for: quote.runCount),
      cheaperLargerBatch: quote.price.cheaperLargerBatch(template: template, card: card).flatMap { $0.leadCount <= maxLeads ? $0 : nil },
      budget: try budget.state(at: now, in: db), accuracy: try EstimateHistory.accuracy(of: quote.template, in: db),
      historyBatches: try EstimateHistory.batches(of: quote.template, in: db),
      offProviders: template.providers.filter { $0.isPaid && !quote.price.units.called.contains($0.name) }.map(\.name))
  }
}

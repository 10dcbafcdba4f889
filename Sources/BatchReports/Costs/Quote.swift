import Foundation

/// A sealed cost preview: what will be run, for whom, at which price, until when.
public struct Quote: Sendable, Hashable {
  /// Seconds for which a price holds.
  public static let lifetime: Double = 30 * 60

  public var id: UUID
  public var account: UUID
  public var template: TemplateReference
  public var rateCardVersion: Int
  public var leadKeys: [Int64]
  /// The leads that get a new report, by kind.
  public var mix: LeadMix
  /// What it will probably cost, and the range; the budget reserves the range's upper end.
  public var estimate: Estimate
  public var duration: DurationEstimate
  public var maxConcurrent: Int
  public var retryCount: Int
  public var createdAt: Date
  public var expiresAt: Date
  /// Days that a report may be old to be reused; nil when every lead gets a new one.
  public var reuseDays: Int?
  /// Reports that are reused: their leads are part of `leadKeys`, not of the price.
  public var reused: [ReusedReport]
  /// What new reports of the leads with a reused one would cost.
  public var saved: Money

  /// Set when only some of the leads are to run first.
  public var sample: Sample?
  /// The key of a sample's batch that measured what these leads cost.
  public var measuredBy: Int64?

  /// A sample of the leads of another quote.
  public struct Sample: Sendable, Hashable {
    public var of: UUID
    /// The keys of the leads that are left for later.
    public var rest: [Int64]

    public init(of: UUID, rest: [Int64]) {
      self.of = of
      self.rest = rest
    }
  }

  public var price: Price { estimate.price }
  public var low: Money { estimate.low }
  public var high: Money { estimate.high }
  public var withoutWebsite: Int { mix.withoutWebsite }
  /// Leads that get a new report.
  public var runCount: Int { leadKeys.count - reused.count }

  public init(
    id: UUID, account: UUID, template: TemplateReference, rateCardVersion: Int, leadKeys: [Int64], mix: LeadMix,
    estimate: Estimate, duration: DurationEstimate, maxConcurrent: Int, retryCount: Int, createdAt: Date, expiresAt: Date,
    reuseDays: Int? = nil, reused: [ReusedReport] = [], saved: Money = .zero,
    sample: Sample? = nil, measuredBy: Int64? = nil
  ) {
    self.id = id
    self.account = account
    self.template = template
    self.rateCardVersion = rateCardVersion
    self.leadKeys = leadKeys
    self.mix = mix
    self.estimate = estimate
    self.duration = duration
    self.maxConcurrent = maxConcurrent
    self.retryCount = retryCount
    self.createdAt = createdAt
    self.expiresAt = expiresAt
    self.reuseDays = reuseDays
    self.reused = reused
    self.saved = saved
    self.sample = sample
    self.measuredBy = measuredBy
  }
}

/// What a preview answers besides the quote itself.
public struct Preview: Sendable, Hashable {
  public var quote: Quote
  public var validLeadIDs: [UUID]
  public var unknownLeadIDs: [UUID]
  public var tiers: [RateCard.VolumeTier]
  public var currentTier: RateCard.VolumeTier
  /// A larger batch that would cost less in all.
  public var cheaperLargerBatch: Price?
  public var budget: BudgetState
  /// How far the last estimates of this template version were off; nil without history.
  public var accuracy: EstimateAccuracy?
  /// Batches that the rates come from.
  public var historyBatches: Int
  /// Paid providers of the template that are off: not called, not priced.
  public var offProviders: [String]
  /// Other prices hold by now: this one can no longer be started.
  public var hasNewPrices = false

  public init(
    quote: Quote, validLeadIDs: [UUID], unknownLeadIDs: [UUID], tiers: [RateCard.VolumeTier], currentTier: RateCard.VolumeTier,
    cheaperLargerBatch: Price?, budget: BudgetState, accuracy: EstimateAccuracy? = nil, historyBatches: Int = 0, offProviders: [String] = []
  ) {
    self.quote = quote
    self.validLeadIDs = validLeadIDs
    self.unknownLeadIDs = unknownLeadIDs
    self.tiers = tiers
    self.currentTier = currentTier
    self.cheaperLargerBatch = cheaperLargerBatch
    self.budget = budget
    self.accuracy = accuracy
    self.historyBatches = historyBatches
    self.offProviders = offProviders
  }
}

/// How recent batches went, summed over them.
public struct RecentThroughput: Sendable, Hashable {
  public var batches: Int
  /// Leads that were completed or failed.
  public var leads: Int
  public var failed: Int
  /// Seconds that their tries took, one after the other.
  public var busySeconds: Double

  public init(batches: Int, leads: Int, failed: Int, busySeconds: Double) {
    self.batches = batches
    self.leads = leads
    self.failed = failed
    self.busySeconds = busySeconds
  }

  public var failureRate: Double { leads == 0 ? 0 : Double(failed) / Double(leads) }
}

/// How long a batch will take, and what that is based on.
public struct DurationEstimate: Sendable, Hashable {
  /// Seconds a lead is taken to need until the first batch has been measured.
  public static let assumedSecondsPerLead = 2.0

  public var seconds: Double
  public var basis: String

  public init(seconds: Double, basis: String) {
    self.seconds = seconds
    self.basis = basis
  }

  public init(leads: Int, concurrency: Int, recent: RecentThroughput) {
    let measured = recent.leads > 0 ? recent.busySeconds / Double(recent.leads) : nil
    let perLead = measured ?? Self.assumedSecondsPerLead
    let lanes = Double(max(1, min(concurrency, leads)))
    seconds = max(1, (Double(leads) * perLead / lanes).rounded(.up))
    basis =
      measured == nil
      ? "No batch has finished yet, so 2 s a lead are assumed."
      : "Measured over the last \(recent.batches) batches: \(String(format: "%.2f", perLead)) s a lead."
  }
}

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
  public var withoutWebsite: Int
  public var price: Price
  /// What it costs if as many leads fail as lately did; leads without a website always fail, and failures are not charged.
  public var low: Money
  /// What it costs if every lead gets its report; the budget reserves this.
  public var high: Money
  public var duration: DurationEstimate
  public var maxConcurrent: Int
  public var retryCount: Int
  public var createdAt: Date
  public var expiresAt: Date

  public init(
    id: UUID, account: UUID, template: TemplateReference, rateCardVersion: Int, leadKeys: [Int64], withoutWebsite: Int, price: Price,
    low: Money, high: Money, duration: DurationEstimate, maxConcurrent: Int, retryCount: Int, createdAt: Date, expiresAt: Date
  ) {
    self.id = id
    self.account = account
    self.template = template
    self.rateCardVersion = rateCardVersion
    self.leadKeys = leadKeys
    self.withoutWebsite = withoutWebsite
    self.price = price
    self.low = low
    self.high = high
    self.duration = duration
    self.maxConcurrent = maxConcurrent
    self.retryCount = retryCount
    self.createdAt = createdAt
    self.expiresAt = expiresAt
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

  public init(
    quote: Quote, validLeadIDs: [UUID], unknownLeadIDs: [UUID], tiers: [RateCard.VolumeTier], currentTier: RateCard.VolumeTier,
    cheaperLargerBatch: Price?, budget: BudgetState
  ) {
    self.quote = quote
    self.validLeadIDs = validLeadIDs
    self.unknownLeadIDs = unknownLeadIDs
    self.tiers = tiers
    self.currentTier = currentTier
    self.cheaperLargerBatch = cheaperLargerBatch
    self.budget = budget
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

import Foundation

/// One bulk run over a list of leads, as its row stands.
public struct Batch: Sendable, Hashable {
  public var key: Int64
  public var id: UUID
  public var owner: UUID
  public var ownerEmail: String
  public var name: String
  public var description: String
  public var template: TemplateReference
  public var rateCardVersion: Int
  public var state: BatchState
  public var stateReason: String
  public var isPrivate: Bool
  public var counts: BatchCounts
  /// Rises with every committed change of the batch or its leads.
  public var seq: Int64
  public var maxConcurrent: Int
  public var retryCount: Int
  public var maxFailurePercent: Double?
  public var maxFailureCount: Int?
  public var estimated: Money
  public var estimatedLow: Money
  public var estimatedHigh: Money
  /// What a delivered report is charged.
  public var perReport: Money
  /// The sum of the ledger's charges.
  public var actual: Money
  public var createdAt: Date
  public var startedAt: Date?
  public var finishedAt: Date?
  public var pausedAt: Date?
  /// Seconds spent paused before the current pause.
  public var pausedSeconds: Double
  public var priority: BatchPriority
  /// When its first lead may be taken; nil for one that was ordered to start at once.
  public var scheduledAt: Date?
  /// Whether the engine paused it, not a person.
  public var isPausedByEngine: Bool
  /// From 1; each retry of its failed leads is a run of its own.
  public var run: Int
  /// Leads that the last retry left failed: they count no more against what it tolerates.
  public var failedBefore: Int
  /// The most that it can have cost by its end: the quote's upper end, or less once it was retried.
  public var atMost: Money
  /// Days that a report could be old to be reused; nil when every lead was to get a new one.
  public var reuseDays: Int?
  /// What new reports of the skipped leads would have cost.
  public var saved: Money
  /// Net price of one call of each provider that it may call, as quoted.
  public var unitPrices: CallPrices
  /// Paused because the money that was approved is spent: a resume reserves what the rest needs.
  public var isReserveSpent: Bool

  public init(
    key: Int64, id: UUID, owner: UUID, ownerEmail: String, name: String, description: String, template: TemplateReference,
    rateCardVersion: Int, state: BatchState, stateReason: String, isPrivate: Bool, counts: BatchCounts, seq: Int64, maxConcurrent: Int,
    retryCount: Int, maxFailurePercent: Double?, maxFailureCount: Int?, estimated: Money, estimatedLow: Money, estimatedHigh: Money,
    perReport: Money, actual: Money, createdAt: Date, startedAt: Date?, finishedAt: Date?, pausedAt: Date?, pausedSeconds: Double,
    priority: BatchPriority = .normal, scheduledAt: Date? = nil, isPausedByEngine: Bool = false, run: Int = 1,
    failedBefore: Int = 0, atMost: Money? = nil, reuseDays: Int? = nil, saved: Money = .zero,
    unitPrices: CallPrices = [:], isReserveSpent: Bool = false
  ) {
    self.key = key
    self.id = id
    self.owner = owner
    self.ownerEmail = ownerEmail
    self.name = name
    self.description = description
    self.template = template
    self.rateCardVersion = rateCardVersion
    self.state = state
    self.stateReason = stateReason
    self.isPrivate = isPrivate
    self.counts = counts
    self.seq = seq
    self.maxConcurrent = maxConcurrent
    self.retryCount = retryCount
    self.maxFailurePercent = maxFailurePercent
    self.maxFailureCount = maxFailureCount
    self.estimated = estimated
    self.estimatedLow = estimatedLow
    self.estimatedHigh = estimatedHigh
    self.perReport = perReport
    self.actual = actual
    self.createdAt = createdAt
    self.startedAt = startedAt
    self.finishedAt = finishedAt
    self.pausedAt = pausedAt
    self.pausedSeconds = pausedSeconds
    self.priority = priority
    self.scheduledAt = scheduledAt
    self.isPausedByEngine = isPausedByEngine
    self.run = run
    self.failedBefore = failedBefore
    self.atMost = atMost ?? estimatedHigh
    self.reuseDays = reuseDays
    self.saved = saved
    self.unitPrices = unitPrices
    self.isReserveSpent = isReserveSpent
  }

  /// Whether it waits for the time it was ordered for.
  public func isScheduled(at now: Date) -> Bool { state == .pending && scheduledAt.map { $0 > now } ?? false }

  /// Whether it runs and cannot go on by itself at the moment: its reason says why.
  public var isHeldUp: Bool { state == .processing && !stateReason.isEmpty }

  /// Seconds of work so far: from the start to now, the pause or the end, pauses taken out. 0 before the start.
  public func elapsedSeconds(at now: Date) -> Double {
    guard let startedAt else { return 0 }
    let end = finishedAt ?? pausedAt ?? now
    return max(0, end.timeIntervalSince(startedAt) - pausedSeconds)
  }
}

/// How many leads stand in each state; they sum to `total`.
public struct BatchCounts: Sendable, Hashable {
  public var total: Int
  public var pending: Int
  public var processing: Int
  public var retrying: Int
  public var completed: Int
  public var failed: Int
  public var skipped: Int
  public var cancelled: Int

  public init(total: Int, pending: Int = 0, processing: Int = 0, retrying: Int = 0, completed: Int = 0, failed: Int = 0, skipped: Int = 0, cancelled: Int = 0) {
    self.total = total
    self.pending = pending
    self.processing = processing
    self.retrying = retrying
    self.completed = completed
    self.failed = failed
    self.skipped = skipped
    self.cancelled = cancelled
  }

  /// Success, failed and skipped; cancelled leads are counted apart (contract, section 1).
  public var processed: Int { completed + failed + skipped }
  /// Leads that still have work to come.
  public var open: Int { pending + processing + retrying }
  /// 0 to 100, to one decimal, rounded down so that 100 means done.
  public var percentage: Double { total == 0 ? 100 : Double(processed * 1000 / total) / 10 }
}

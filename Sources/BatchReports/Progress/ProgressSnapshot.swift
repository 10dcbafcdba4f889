import Foundation

/// The whole progress of a batch at one `seq`: the message of the socket, and the `progress` of the API.
public struct ProgressSnapshot: Sendable, Hashable, Codable {
  public struct CurrentLead: Sendable, Hashable, Codable {
    public var id: String
    public var name: String

    public init(id: String, name: String) {
      self.id = id
      self.name = name
    }
  }

  public struct RecentError: Sendable, Hashable, Codable {
    public var leadID: String
    public var leadName: String
    public var code: String
    public var message: String
    public var attempts: Int
    public var at: String

    public init(leadID: String, leadName: String, code: String, message: String, attempts: Int, at: String) {
      self.leadID = leadID
      self.leadName = leadName
      self.code = code
      self.message = message
      self.attempts = attempts
      self.at = at
    }

    enum CodingKeys: String, CodingKey {
      case leadID = "lead_id"
      case leadName = "lead_name"
      case code, message, attempts, at
    }
  }

  public var type = "progress"
  public var batchID: String
  public var seq: Int64
  public var timestamp: String
  public var status: BatchState
  /// Why it was stopped or is held up; else empty.
  public var statusReason: String
  public var processed: Int
  public var total: Int
  public var percentage: Double
  public var successCount: Int
  public var failureCount: Int
  public var skippedCount: Int
  public var cancelledCount: Int
  public var retryingCount: Int
  public var inFlight: Int
  public var currentLeads: [CurrentLead]
  public var elapsedSeconds: Double
  /// Nil when there is no rate to go by yet.
  @OrNull public var estimatedRemainingSeconds: Double?
  public var currentRatePerSecond: Double
  public var actualCost: Money
  public var estimatedCost: Money
  /// What the batch will have cost by its end, by what was measured so far.
  public var projectedCost: Money
  /// The most that it may spend.
  public var approvedCost: Money
  public var recentErrors: [RecentError]

  enum CodingKeys: String, CodingKey {
    case type, seq, timestamp, status, processed, total, percentage
    case batchID = "batch_id"
    case statusReason = "status_reason"
    case successCount = "success_count"
    case failureCount = "failure_count"
    case skippedCount = "skipped_count"
    case cancelledCount = "cancelled_count"
    case retryingCount = "retrying_count"
    case inFlight = "in_flight"
    case currentLeads = "current_leads"
    case elapsedSeconds = "elapsed_seconds"
    case estimatedRemainingSeconds = "estimated_remaining_seconds"
    case currentRatePerSecond = "current_rate_per_second"
    case actualCost = "actual_cost_usd"
    case estimatedCost = "estimated_cost_usd"
    case projectedCost = "projected_cost_usd"
    case approvedCost = "approved_cost_usd"
    case recentErrors = "recent_errors"
  }

  /// `recentRate` is leads a second over the last while; nil falls back to the mean since the start. Without `projected` the estimate
  /// stands in until the batch has ended.
  public init(
    batch: Batch, currentLeads: [CurrentLead], recentErrors: [RecentError], recentRate: Double?, projected: Money? = nil, now: Date
  ) {
    let counts = batch.counts
    let elapsed = batch.elapsedSeconds(at: now)
    let isRunning = batch.state == .processing || batch.state == .cancelling
    let mean = elapsed > 0 ? Double(counts.processed) / elapsed : 0
    let rate = batch.state.isTerminal ? mean : isRunning ? recentRate ?? mean : 0
    batchID = batch.id.text
    seq = batch.seq
    timestamp = now.rfc3339
    status = batch.state
    statusReason = batch.stateReason
    processed = counts.processed
    total = counts.total
    percentage = counts.percentage
    successCount = counts.completed
    failureCount = counts.failed
    skippedCount = counts.skipped
    cancelledCount = counts.cancelled
    retryingCount = counts.retrying
    inFlight = counts.processing
    self.currentLeads = currentLeads
    elapsedSeconds = (elapsed * 10).rounded() / 10
    currentRatePerSecond = (rate * 100).rounded() / 100
    estimatedRemainingSeconds =
      batch.state.isTerminal ? 0 : rate > 0 ? (Double(counts.open) / rate * 10).rounded() / 10 : nil
    actualCost = batch.actual
    estimatedCost = batch.estimated
    projectedCost = batch.state.isTerminal ? batch.actual : projected ?? max(batch.actual, batch.estimated)
    approvedCost = batch.atMost
    self.recentErrors = recentErrors
  }
}

import BatchReports
import Foundation
import Storage

/// A batch as the API shows it (contract, section 4). Keys are turned to snake_case by the encoder.
struct BatchJSON: Encodable {
  var batchId: String
  var name: String
  var description: String
  var status: BatchState
  var run: Int
  var statusReason: String
  /// Whether the engine paused it, not a person.
  var autoPaused: Bool
  /// Paused because the money that was approved is spent: a resume has a price.
  var reserveSpent: Bool
  var templateVersion: String
  var rateCardVersion: Int
  var `private`: Bool
  var createdBy: String
  var createdAt: String
  @OrNull var scheduledAt: String?
  @OrNull var startedAt: String?
  @OrNull var finishedAt: String?
  @OrNull var pausedAt: String?
  var priority: BatchPriority
  var maxConcurrent: Int
  var retryCount: Int
  @OrNull var maxFailurePercent: Double?
  @OrNull var maxFailureCount: Int?
  var estimatedCostUsd: Money
  var costLowUsd: Money
  var costHighUsd: Money
  var actualCostUsd: Money
  @OrNull var reuseDays: Int?
  var savedUsd: Money
  var websocketUrl: String
  var progress: ProgressSnapshot
  var currentLeads: [ProgressSnapshot.CurrentLead]
  var recentErrors: [ProgressSnapshot.RecentError]
  var errorSummary: [String: Int]?
  var receipt: ReceiptJSON?

  init(_ batch: Batch, progress: ProgressSnapshot, errorSummary: [FailureCause]? = nil) {
    batchId = batch.id.text
    name = batch.name
    description = batch.description
    status = batch.state
    run = batch.run
    statusReason = batch.stateReason
    autoPaused = batch.isPausedByEngine
    reserveSpent = batch.isReserveSpent
    templateVersion = batch.template.description
    rateCardVersion = batch.rateCardVersion
    `private` = batch.isPrivate
    createdBy = batch.ownerEmail
    createdAt = batch.createdAt.rfc3339
    scheduledAt = batch.scheduledAt?.rfc3339
    startedAt = batch.startedAt?.rfc3339
    finishedAt = batch.finishedAt?.rfc3339
    pausedAt = batch.pausedAt?.rfc3339
    priority = batch.priority
    maxConcurrent = batch.maxConcurrent
    retryCount = batch.retryCount
    maxFailurePercent = batch.maxFailurePercent
    maxFailureCount = batch.maxFailureCount
    estimatedCostUsd = batch.estimated
    costLowUsd = batch.estimatedLow
    costHighUsd = batch.estimatedHigh
    actualCostUsd = batch.actual
    reuseDays = batch.reuseDays
    savedUsd = batch.saved
    websocketUrl = "/api/batch/\(batch.id.text)/progress"
    self.progress = progress
    currentLeads = progress.currentLeads
    recentErrors = progress.recentErrors
    self.errorSummary = errorSummary.map { causes in Dictionary(uniqueKeysWithValues: causes.map { ($0.code.rawValue, $0.count) }) }
  }
}

/// What a cancel did with the money.
struct ReceiptJSON: Encodable {
  var chargedUsd: Money
  var inFlight: Int
  var releasedUsd: Money

  init(_ receipt: BatchStore.CancelReceipt) {
    chargedUsd = receipt.charged
    inFlight = receipt.inFlight
    releasedUsd = receipt.released
  }
}

struct PageInfoJSON: Encodable {
  @OrNull var nextCursor: String?
  var hasMore: Bool

  init(nextCursor: String?) {
    self.nextCursor = nextCursor
    hasMore = nextCursor != nil
  }
}

struct BatchListJSON: Encodable {
  var batches: [BatchJSON]
  var totalCount: Int
  var pageInfo: PageInfoJSON
}

/// One lead of a batch as the API shows it.
struct BatchLeadJSON: Encodable {
  var leadId: String
  var leadName: String
  var status: BatchLeadState
  var attempts: Int
  @OrNull var errorCode: String?
  @OrNull var errorMessage: String?
  @OrNull var reportUrl: String?
  @OrNull var score: Int?
  var costUsd: Money
  @OrNull var durationMs: Int?
  @OrNull var processedAt: String?
  @OrNull var nextAttemptAt: String?

  init(_ lead: BatchLead, batch: UUID) {
    leadId = lead.leadID.text
    leadName = lead.leadName
    status = lead.state
    attempts = lead.attempts
    errorCode = lead.errorCode?.rawValue
    errorMessage = lead.errorMessage
    reportUrl = lead.hasReport ? "/batches/\(batch.text)/leads/\(lead.leadID.text)/report" : nil
    score = lead.score
    costUsd = lead.cost
    durationMs = lead.durationMilliseconds
    processedAt = lead.finishedAt?.rfc3339
    nextAttemptAt = lead.nextAttemptAt?.rfc3339
  }
}

struct BatchLeadListJSON: Encodable {
  var leads: [BatchLeadJSON]
  var pageInfo: PageInfoJSON
}

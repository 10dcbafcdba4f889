import BatchReports
import Foundation
import Storage

/// A cost preview as the API shows it (contract, section 4).
struct PreviewJSON: Encodable {
  struct CostBreakdown: Encodable {
    var baseCostUsd: Money
    var providerCostUsd: Money
    var volumeDiscountUsd: Money
    var totalCostUsd: Money
  }

  struct ProviderLine: Encodable {
    var provider: String
    var calls: Int
    /// Exact, to six decimals.
    var unitCostUsd: Decimal
    var totalCostUsd: Money
  }

  struct AccuracyJSON: Codable, Sendable, Hashable {
    var batches: Int
    var medianOffPercent: Double

    init?(_ accuracy: EstimateAccuracy?) {
      guard let accuracy else { return nil }
      batches = accuracy.batches
      medianOffPercent = (accuracy.median * 10_000).rounded() / 100
    }
  }

  struct BudgetJSON: Encodable {
    @OrNull var dailyLimitUsd: Money?
    var spentTodayUsd: Money
    var reservedUsd: Money
    @OrNull var remainingUsd: Money?
    var isWithinBudget: Bool
    @OrNull var warning: String?
  }

  var leadCount: Int
  var validLeadIds: [String]
  var unknownLeadIds: [String]
  var templateVersion: String
  var estimatedCostUsd: Money
  var costLowUsd: Money
  var costHighUsd: Money
  var costPerLeadUsd: Money
  var costBreakdown: CostBreakdown
  var providerBreakdown: [ProviderLine]
  /// Reports that are expected to be delivered, and so charged.
  var expectedReports: Int
  /// Null without a batch to compare.
  @OrNull var estimateAccuracy: AccuracyJSON?
  /// Batches that the expectation comes from.
  var historyBatches: Int
  var providersOff: [String]
  /// The quote that this is a sample of, and how many leads that leaves for later.
  @OrNull var sampleOf: String?
  var restCount: Int
  var estimatedDurationSeconds: Double
  var budget: BudgetJSON
  @OrNull var reuseDays: Int?
  /// Leads with a fresh report, which is reused.
  var reusedCount: Int
  var savedUsd: Money
  var quote: String
  var quoteExpiresAt: String

  init(_ preview: Preview) {
    let quote = preview.quote
    let price = quote.price
    let shown = ShownPrice(price)
    leadCount = quote.leadKeys.count
    validLeadIds = preview.validLeadIDs.map(\.text)
    unknownLeadIds = preview.unknownLeadIDs.map(\.text)
    templateVersion = quote.template.description
    estimatedCostUsd = price.total
    costLowUsd = quote.low
    costHighUsd = quote.high
    costPerLeadUsd = price.perLead
    costBreakdown = CostBreakdown(
      baseCostUsd: shown.base, providerCostUsd: shown.providers, volumeDiscountUsd: shown.discount, totalCostUsd: shown.total)
    providerBreakdown = zip(price.lines, shown.lines).map {
      ProviderLine(provider: $0.provider, calls: $0.calls, unitCostUsd: $0.unit.gross.usd, totalCostUsd: $1)
    }
    expectedReports = price.reports
    estimateAccuracy = AccuracyJSON(preview.accuracy)
    historyBatches = preview.historyBatches
    providersOff = preview.offProviders
    sampleOf = quote.sample?.of.text
    restCount = quote.sample?.rest.count ?? 0
    estimatedDurationSeconds = quote.duration.seconds
    budget = BudgetJSON(
      dailyLimitUsd: preview.budget.dailyLimit, spentTodayUsd: preview.budget.spentToday, reservedUsd: preview.budget.reserved,
      remainingUsd: preview.budget.remaining, isWithinBudget: preview.budget.isWithin(quote.high),
      warning: preview.budget.warning(adding: quote.high))
    reuseDays = quote.reuseDays
    reusedCount = quote.reused.count
    savedUsd = quote.saved
    self.quote = quote.id.text
    quoteExpiresAt = quote.expiresAt.rfc3339
  }
}

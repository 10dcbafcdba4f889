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
    var unitCostUsd: Money
    var totalCostUsd: Money
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
  var estimatedDurationSeconds: Double
  var budget: BudgetJSON
  var quote: String
  var quoteExpiresAt: String

  init(_ preview: Preview) {
    let quote = preview.quote
    let price = quote.price
    leadCount = quote.leadKeys.count
    validLeadIds = preview.validLeadIDs.map(\.text)
    unknownLeadIds = preview.unknownLeadIDs.map(\.text)
    templateVersion = quote.template.description
    estimatedCostUsd = price.total
    costLowUsd = quote.low
    costHighUsd = quote.high
    costPerLeadUsd = price.perLead
    costBreakdown = CostBreakdown(
      baseCostUsd: price.base, providerCostUsd: price.providers, volumeDiscountUsd: price.discount, totalCostUsd: price.total)
    providerBreakdown = price.lines.map {
      ProviderLine(provider: $0.provider, calls: $0.calls, unitCostUsd: $0.unitCost, totalCostUsd: $0.total)
    }
    estimatedDurationSeconds = quote.duration.seconds
    budget = BudgetJSON(
      dailyLimitUsd: preview.budget.dailyLimit, spentTodayUsd: preview.budget.spentToday, reservedUsd: preview.budget.reserved,
      remainingUsd: preview.budget.remaining, isWithinBudget: preview.budget.isWithin(quote.high),
      warning: preview.budget.warning(adding: quote.high))
    self.quote = quote.id.text
    quoteExpiresAt = quote.expiresAt.rfc3339
  }
}

import Foundation

/// What a batch costs by a rate card: exact, and the sum of what its leads will be charged if each gets its report.
public struct Price: Sendable, Hashable {
  public struct ProviderLine: Sendable, Hashable {
    public var provider: String
    public var calls: Int
    public var unitCost: Money
    public var total: Money { unitCost * calls }

    public init(provider: String, calls: Int, unitCost: Money) {
      self.provider = provider
      self.calls = calls
      self.unitCost = unitCost
    }
  }

  public var leadCount: Int
  /// Base cost of all reports, before the discount.
  public var base: Money
  /// Provider calls of all reports, before the discount.
  public var providers: Money
  public var discount: Money { base + providers - total }
  public var total: Money { perLead * leadCount }
  public var discountPercent: Decimal
  /// What one delivered report is charged, discount taken: `total` is this times `leadCount`.
  public var perLead: Money
  public var lines: [ProviderLine]

  /// Prices `count` reports of a template by a card.
  ///
  /// The discount is taken from the price of one report and rounded half to even at a millionth, so that the
  /// charges of single reports sum to the quoted total without a remainder.
  public init(count: Int, template: ReportTemplate, card: RateCard) {
    let hasUnpriced = template.providers.contains { $0.isPaid && card.providerPrices[$0.name] == nil }
    lines = template.providers.map { provider in
      let unit = provider.isPaid ? card.providerPrices[provider.name] ?? .zero : .zero
      let calls = provider.callsPerLead * count
      return ProviderLine(provider: provider.name, calls: calls, unitCost: unit)
    }
    if hasUnpriced {
      lines.append(ProviderLine(provider: "blended", calls: count, unitCost: card.blendedRate))
    }
    leadCount = count
    base = card.baseCost * count
    providers = lines.reduce(.zero) { $0 + $1.total }
    discountPercent = card.tier(for: count).percent
    let gross = base + providers
    let grossPerLead = count == 0 ? Decimal(0) : gross.usd / Decimal(count)
    perLead = Money(usd: grossPerLead * (100 - discountPercent) / 100) ?? .zero
  }

  /// A price that was worked out before and kept.
  public init(
    leadCount: Int, base: Money, providers: Money, perLead: Money, discountPercent: Decimal, lines: [ProviderLine]
  ) {
    self.leadCount = leadCount
    self.base = base
    self.providers = providers
    self.perLead = perLead
    self.discountPercent = discountPercent
    self.lines = lines
  }

  /// The smallest larger batch that costs less in all because it reaches the next tier, or nil.
  public static func cheaperLargerBatch(than price: Price, template: ReportTemplate, card: RateCard) -> Price? {
    card.tiers.lazy.map(\.minimumCount).filter { $0 > price.leadCount }
      .map { Price(count: $0, template: template, card: card) }
      .first { $0.total < price.total }
  }
}

import Foundation

/// The prices that hold from a moment on. A batch keeps the card that it was quoted with.
public struct RateCard: Sendable, Hashable, Codable {
  /// From `minimumCount` leads on, the whole batch is cheaper by `percent` (0 to 100).
  public struct VolumeTier: Sendable, Hashable, Codable {
    public var minimumCount: Int
    public var percent: Decimal

    public init(minimumCount: Int, percent: Decimal) {
      self.minimumCount = minimumCount
      self.percent = percent
    }
  }

  public var version: Int
  public var validFrom: Date
  public var author: String
  public var note: String
  /// For one delivered report.
  public var baseCost: Money
  /// For one call of each paid provider. Paid providers without a price here are covered by the blended rate.
  public var providerPrices: [String: Money]
  /// What all calls of one report to paid providers without a price of their own cost together.
  public var blendedRate: Money
  /// Ascending; the first starts at 1.
  public var tiers: [VolumeTier]

  public init(
    version: Int, validFrom: Date, author: String, note: String, baseCost: Money, providerPrices: [String: Money], blendedRate: Money,
    tiers: [VolumeTier]
  ) {
    self.version = version
    self.validFrom = validFrom
    self.author = author
    self.note = note
    self.baseCost = baseCost
    self.providerPrices = providerPrices
    self.blendedRate = blendedRate
    self.tiers = tiers
  }

  /// The tier of a batch of `count` leads; above the last threshold the last tier holds, so there is no gap.
  public func tier(for count: Int) -> VolumeTier {
    tiers.last { $0.minimumCount <= count } ?? VolumeTier(minimumCount: 1, percent: 0)
  }

  /// No single price is higher, so that a slip of the pen is caught and no batch's total can overflow.
  public static let highestPrice = Money(micros: 10_000_000_000)

  /// Throws `InvalidInput` for a card that cannot be applied: prices below zero or above `highestPrice`, or tiers that overlap, leave a
  /// gap or go past 100 %.
  public func validate() throws {
    var problems: [InvalidInput.Problem] = []
    func refuse(_ field: String, _ message: String) { problems.append(.init(field: field, code: "invalid", message: message)) }
    func check(_ price: Money, _ field: String, _ what: String) {
      if price < .zero { refuse(field, "\(what) cannot be negative.") }
      if price > Self.highestPrice { refuse(field, "\(what) can be at most \(Self.highestPrice.dollars).") }
    }
    check(baseCost, "base_cost_usd", "The base cost")
    check(blendedRate, "blended_rate_usd", "The blended rate")
    for (provider, price) in providerPrices.sorted(by: { $0.key < $1.key }) { check(price, "provider_prices", "The price of \(provider)") }
    if tiers.first?.minimumCount != 1 { refuse("tiers", "The first volume tier has to start at 1 lead.") }
    if zip(tiers, tiers.dropFirst()).contains(where: { $0.minimumCount >= $1.minimumCount }) {
      refuse("tiers", "Volume tiers have to start at rising counts.")
    }
    if tiers.contains(where: { $0.percent < 0 || $0.percent > 100 }) { refuse("tiers", "A discount lies between 0 and 100 percent.") }
    if !problems.isEmpty { throw InvalidInput(problems) }
  }

  /// The card of a fresh installation: $0.05 a report, 10 % off from 101 leads and 20 % from 501.
  public static func initial(validFrom: Date) -> RateCard {
    RateCard(
      version: 1, validFrom: validFrom, author: "installation", note: "Initial rate card", baseCost: Money(micros: 50_000),
      providerPrices: [:], blendedRate: Money(micros: 450_000),
      tiers: [
        VolumeTier(minimumCount: 1, percent: 0), VolumeTier(minimumCount: 101, percent: 10), VolumeTier(minimumCount: 501, percent: 20),
      ])
  }
}

import Foundation

/// What one delivered report and one charged call cost in a batch: by the card, and net of the batch's volume discount.
///
/// Fixed at the quote, so that a batch keeps its card, its tier and its set of providers.
public struct UnitPrices: Sendable, Hashable {
  /// A price before and after the volume discount.
  public struct Unit: Sendable, Hashable {
    public var gross: Money
    public var net: Money

    public init(gross: Money, net: Money) {
      self.gross = gross
      self.net = net
    }
  }

  /// A provider whose calls are charged.
  public struct Provider: Sendable, Hashable {
    public var name: String
    public var unit: Unit
    /// The providers whose rules say for which leads it is due: itself, or those that the blended price covers.
    public var covers: [String]

    public init(name: String, unit: Unit, covers: [String]) {
      self.name = name
      self.unit = unit
      self.covers = covers
    }

    /// Whether a report of such a lead makes the charged call.
    public func isDue(for lead: ProviderRule.Traits) -> Bool { covers.contains { ProviderRule.applies($0, to: lead) } }
  }

  public var base: Unit
  /// As the template lists them; those without a price of their own are covered by a last one, `blended`.
  public var providers: [Provider]
  public var discountPercent: Decimal

  public init(base: Unit, providers: [Provider], discountPercent: Decimal) {
    self.base = base
    self.providers = providers
    self.discountPercent = discountPercent
  }

  /// The prices of a batch that makes `leadCount` reports, with the paid providers that are on.
  public init(template: ReportTemplate, card: RateCard, paidProviders: Set<String>, leadCount: Int) {
    let percent = card.tier(for: leadCount).percent
    func unit(_ gross: Money) -> Unit { Unit(gross: gross, net: gross.less(percent: percent)) }
    base = unit(card.baseCost)
    discountPercent = percent
    providers = []
    var unpriced: [String] = []
    for name in template.providers.filter(\.isPaid).map(\.name) where paidProviders.contains(name) {
      if let price = card.price(of: name, for: template.reference) {
        providers.append(Provider(name: name, unit: unit(price), covers: [name]))
      } else {
        unpriced.append(name)
      }
    }
    if !unpriced.isEmpty { providers.append(Provider(name: ProviderRule.blended, unit: unit(card.blendedRate), covers: unpriced)) }
  }

  /// The paid providers that the batch calls.
  public var called: Set<String> { Set(providers.flatMap(\.covers)) }
}

extension Money {
  /// With `percent` taken off, rounded half to even at a millionth.
  public func less(percent: Decimal) -> Money { Money(usd: usd * (100 - percent) / 100) ?? .zero }
}

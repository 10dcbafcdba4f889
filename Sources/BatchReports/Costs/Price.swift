import Foundation

/// What a batch costs: whole numbers of reports and calls, each at its unit price, so that the parts sum to the total exactly.
public struct Price: Sendable, Hashable {
  /// The calls of one provider.
  public struct ProviderLine: Sendable, Hashable {
    public var provider: String
    public var calls: Int
    public var unit: UnitPrices.Unit
    /// Before the discount.
    public var total: Money { unit.gross * calls }
    public var net: Money { unit.net * calls }

    public init(provider: String, calls: Int, unit: UnitPrices.Unit) {
      self.provider = provider
      self.calls = calls
      self.unit = unit
    }
  }

  /// Leads that are to get a report.
  public var leadCount: Int
  /// Reports that are expected to be delivered, and so charged.
  public var reports: Int
  public var units: UnitPrices
  /// The free page fetch, then what is charged.
  public var lines: [ProviderLine]

  /// Base cost of the reports, before the discount.
  public var base: Money { units.base.gross * reports }
  /// Provider calls, before the discount.
  public var providers: Money { lines.reduce(.zero) { $0 + $1.total } }
  public var discount: Money { base + providers - total }
  public var discountPercent: Decimal { units.discountPercent }
  public var total: Money { lines.reduce(perReport * reports) { $0 + $1.net } }
  /// The base charge of a delivered report, discount taken.
  public var perReport: Money { units.base.net }
  /// The total shared among all leads, rounded half to even at a millionth.
  public var perLead: Money { leadCount == 0 ? .zero : Money(usd: total.usd / Decimal(leadCount)) ?? .zero }

  public init(leadCount: Int, reports: Int, units: UnitPrices, lines: [ProviderLine]) {
    self.leadCount = leadCount
    self.reports = reports
    self.units = units
    self.lines = lines
  }

  /// The same reports and calls at other unit prices; a provider that these do not name costs nothing.
  public func at(_ units: UnitPrices) -> Price {
    let prices = Dictionary(units.providers.map { ($0.name, $0.unit) }) { first, _ in first }
    let free = UnitPrices.Unit(gross: .zero, net: .zero)
    return Price(
      leadCount: leadCount, reports: reports, units: units,
      lines: lines.map { ProviderLine(provider: $0.provider, calls: $0.calls, unit: prices[$0.provider] ?? free) })
  }

  /// The smallest larger batch that costs less in all because it reaches the next tier, or nil: so many more leads of the same kind.
  public func cheaperLargerBatch(template: ReportTemplate, card: RateCard) -> Price? {
    if leadCount == 0 { return nil }
    return card.tiers.lazy.map(\.minimumCount).filter { $0 > leadCount }
      .map { count in
        let units = UnitPrices(template: template, card: card, paidProviders: self.units.called, leadCount: count)
        return self.grown(to: count).at(units)
      }
      .first { $0.total < total }
  }

  /// Reports and calls grow with the leads, rounded up.
  private func grown(to count: Int) -> Price {
    func grown(_ value: Int) -> Int { (value * count + leadCount - 1) / leadCount }
    return Price(
      leadCount: count, reports: grown(reports), units: units,
      lines: lines.map { ProviderLine(provider: $0.provider, calls: grown($0.calls), unit: $0.unit) })
  }
}

/// A price's parts rounded to four decimals so that they still sum to its rounded total, as JSON, pages and exports show them.
public struct ShownPrice: Sendable, Hashable {
  public var base: Money
  public var lines: [Money]
  public var providers: Money
  public var discount: Money
  public var total: Money

  public init(_ price: Price) {
    let parts = Money.shown([price.base] + price.lines.map(\.total) + [.zero - price.discount])
    base = parts[0]
    lines = Array(parts[1..<parts.count - 1])
    providers = lines.reduce(.zero, +)
    discount = .zero - parts[parts.count - 1]
    total = parts.reduce(.zero, +)
  }
}

extension Money {
  /// Each amount at four decimals, so that they sum to their sum at four decimals: the sum is rounded half to even, and what the
  /// parts lack goes to those with the largest remainders.
  public static func shown(_ parts: [Money]) -> [Money] {
    let unit: Int64 = 100
    var whole = parts.map { ($0.micros - modulo($0.micros, unit)) / unit }
    let target = parts.reduce(Money.zero, +).shown.micros / unit
    let missing = Int(target - whole.reduce(0, +))
    let byRemainder = parts.indices.sorted { (modulo(parts[$0].micros, unit), $1) > (modulo(parts[$1].micros, unit), $0) }
    for index in byRemainder.prefix(max(0, missing)) { whole[index] += 1 }
    return whole.map { Money(micros: $0 * unit) }
  }

  /// Rounded half to even at four decimals.
  public var shown: Money {
    let rest = Self.modulo(micros, 100)
    let floor = micros - rest
    let isUp = rest > 50 || (rest == 50 && floor / 100 % 2 != 0)
    return Money(micros: isUp ? floor + 100 : floor)
  }

  /// Never negative.
  private static func modulo(_ value: Int64, _ unit: Int64) -> Int64 {
    let rest = value % unit
    return rest < 0 ? rest + unit : rest
  }
}

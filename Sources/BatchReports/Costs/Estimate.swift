import Foundation

/// What a batch will probably cost, and between which amounts: from its leads and from how the last batches went.
///
/// The method and how well it does stand in docs/estimates.md.
public struct Estimate: Sendable, Hashable {
  public var price: Price
  /// The 10th percentile.
  public var low: Money
  /// The 90th percentile; the budget reserves it.
  public var high: Money
  public var rates: CallRates

  /// An estimate that was made before and kept.
  public init(price: Price, low: Money, high: Money, rates: CallRates) {
    self.price = price
    self.low = low
    self.high = high
    self.rates = rates
  }

  public init(mix: LeadMix, units: UnitPrices, history: CallHistory) {
    let rates = CallRates(history, providers: units.providers.map(\.name))
    self.rates = rates
    price = Self.expected(mix: mix, units: units, rates: rates)
    let worst = CallRates(delivery: 1, calls: rates.calls.mapValues { max(1, $0.rounded(.up)) })
    let most = Self.expected(mix: mix, units: units, rates: worst)
    let spread = Spread(mix: mix, units: units, rates: rates, history: history)
    let reach = Money(micros: Int64((Self.tenthPercentile * spread.deviation).rounded(.up)))
    let half = Money(micros: Int64((spread.leadCost / 2).rounded(.up)))
    low = max(.zero, price.total - reach)
    // Leads are whole, so half of one goes on top. At most every lead with a website delivered, every call that applies charged.
    // And at least one of the dearest leads, or a history of failures would reserve too little to begin with.
    high = min(
      max(most.total, price.total),
      max(price.total + reach + (reach > .zero ? half : .zero), Self.dearestLead(mix: mix, units: units, rates: worst)))
  }

  private static func dearestLead(mix: LeadMix, units: UnitPrices, rates: CallRates) -> Money {
    mix.kinds.filter(\.lead.hasWebsite).map { kind in
      units.providers.filter { $0.isDue(for: kind.lead) }.reduce(units.base.net) { $0 + $1.unit.net * Int(rates.calls[$1.name] ?? 1) }
    }.max() ?? .zero
  }

  /// Standard deviations below which a tenth of a normal distribution lies.
  static let tenthPercentile = 1.2815515655446004

  /// Whole reports and calls by these rates.
  private static func expected(mix: LeadMix, units: UnitPrices, rates: CallRates) -> Price {
    func rounded(_ count: Int, _ rate: Double) -> Int { Int((Double(count) * rate).rounded(.toNearestOrEven)) }
    let fetch = Price.ProviderLine(provider: ProviderRule.free, calls: mix.withWebsite, unit: .init(gross: .zero, net: .zero))
    return Price(
      leadCount: mix.total, reports: rounded(mix.withWebsite, rates.delivery), units: units,
      lines: [fetch]
        + units.providers.map {
          Price.ProviderLine(provider: $0.name, calls: rounded(mix.applicable(to: $0.covers), rates.calls[$0.name] ?? 1), unit: $0.unit)
        })
  }
}

/// How far the cost of a batch may lie from its estimate, in millionths of a dollar.
///
/// A lead's page is had or not; then each call is charged or not. To that chance comes what the history leaves open about the rates.
private struct Spread {
  private var chance = 0.0
  private var doubt = 0.0
  /// Of the dearest kind, when its page is had.
  private(set) var leadCost = 0.0

  var deviation: Double { (chance + doubt).squareRoot() }

  init(mix: LeadMix, units: UnitPrices, rates: CallRates, history: CallHistory) {
    let delivered = min(1, rates.delivery)
    let known = history.sample?.delivery ?? history.delivery
    let base = Double(units.base.net.micros)
    // Of a lead whose page was had, how often the call is charged.
    let calls = units.providers.map { provider in
      let rate = rates.calls[provider.name] ?? 1
      return Call(
        provider: provider, price: Double(provider.unit.net.micros), share: delivered > 0 ? min(1, rate / delivered) : 1,
        measured: (history.sample?.calls ?? history.calls)[provider.name, default: .none])
    }
    var reached = 0.0
    for kind in mix.kinds where kind.lead.hasWebsite {
      let due = calls.filter { $0.provider.isDue(for: kind.lead) }
      var cost = base
      for call in due { cost += call.share * call.price }
      let count = Double(kind.count)
      leadCost = max(leadCost, cost)
      reached += count * cost
      chance += count * delivered * (1 - delivered) * cost * cost * known.dispersion
      for call in due {
        let variance = call.share * (1 - call.share) * call.price * call.price
        chance += count * delivered * variance * call.measured.dispersion
      }
    }
    doubt += known.variance(rate: delivered) * reached * reached
    for call in calls {
      let all = Double(mix.applicable(to: call.provider.covers)) * delivered * call.price
      doubt += call.measured.variance(share: delivered, rate: call.share) * all * all
    }
  }

  private struct Call {
    var provider: UnitPrices.Provider
    var price: Double
    var share: Double
    var measured: MeasuredRate
  }
}

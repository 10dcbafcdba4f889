import BatchReports
import Foundation
import Testing

@Suite("Cost estimate")
struct CostEstimateTests {
  static let template = PriceTests.paid(["pagespeed", "hunter", "data_axle"])
  static let card = PriceTests.card(prices: ["pagespeed": 1_000, "hunter": 10_000, "data_axle": 100_000], tiers: [(1, 0)])

  static func estimate(_ mix: LeadMix, _ history: CallHistory = .none) -> Estimate {
    let units = UnitPrices(template: template, card: card, paidProviders: ["pagespeed", "hunter", "data_axle"], leadCount: mix.total)
    return Estimate(mix: mix, units: units, history: history)
  }

  static func rate(_ hits: Int, _ trials: Int, _ batches: Int = 1) -> MeasuredRate {
    MeasuredRate(hits: hits, trials: trials, batches: batches, squares: trials == 0 ? 0 : Double(hits * hits) / Double(trials))
  }

  @Test(
    "a provider is called for the leads that its rule names, and for none without a website",
    arguments: PaidProvider.allCases.map(\.rawValue) + ["unknown"])
  func rules(provider: String) {
    for kind in 0..<8 {
      let lead = ProviderRule.Traits(hasWebsite: kind & 1 > 0, hasEmail: kind & 2 > 0, isEnriched: kind & 4 > 0)
      let rule = provider == "hunter" ? !lead.hasEmail : provider == "data_axle" ? !lead.isEnriched : true
      #expect(ProviderRule.applies(provider, to: lead) == (lead.hasWebsite && rule))
    }
  }

  @Test("leads are counted by kind, and the counts survive their JSON")
  func mix() throws {
    var mix = LeadMix()
    mix.add(.init(hasWebsite: true, hasEmail: true, isEnriched: true), count: 3)
    mix.add(.init(hasWebsite: true, hasEmail: false, isEnriched: false), count: 4)
    mix.add(.init(hasWebsite: false, hasEmail: false, isEnriched: false))
    #expect(mix.total == 8 && mix.withWebsite == 7 && mix.withoutWebsite == 1 && mix.kinds.count == 3)
    #expect(mix.applicable(to: ["hunter"]) == 4 && mix.applicable(to: ["hunter", "pagespeed"]) == 7 && mix.applicable(to: []) == 0)
    #expect(try JSONDecoder().decode(LeadMix.self, from: JSONEncoder().encode(mix)) == mix)
    for bad in ["[1,2]", "[-1,0,0,0,0,0,0,0]", "{}"] {
      #expect(throws: DecodingError.self) { try JSONDecoder().decode(LeadMix.self, from: Data(bad.utf8)) }
    }
  }

  @Test("without history every lead with a website is delivered and each call that applies is charged once; that is also the upper end")
  func withoutHistory() {
    var mix = PriceTests.mix(10)
    mix.add(.init(hasWebsite: true, hasEmail: true, isEnriched: true), count: 5)
    mix.add(.init(hasWebsite: false, hasEmail: false, isEnriched: false), count: 2)
    let estimate = Self.estimate(mix)
    #expect(estimate.price.leadCount == 17 && estimate.price.reports == 15)
    #expect(estimate.price.lines.map(\.calls) == [15, 15, 10, 10])
    #expect(estimate.price.total.micros == 15 * 50_000 + 15_000 + 100_000 + 1_000_000)
    #expect(estimate.high == estimate.price.total && estimate.low < estimate.price.total)
    #expect(Self.estimate(LeadMix()).high == .zero)
  }

  @Test("whatever the history, the upper end covers one of the dearest leads, but never more than all of them")
  func coversOneLead() {
    let failures = CallHistory(batches: 20, delivery: Self.rate(0, 100_000, 20), calls: ["pagespeed": Self.rate(0, 100_000, 20)])
    for count in [1, 2, 10] {
      var mix = PriceTests.mix(count)
      mix.add(.init(hasWebsite: true, hasEmail: true, isEnriched: true))
      let high = Self.estimate(mix, failures).high
      let dearest = Self.estimate(PriceTests.mix(1)).high
      #expect(high >= dearest && high <= Self.estimate(mix).high && dearest.micros > 50_000)
    }
  }

  @Test("history says how many reports and calls to expect, and the more there is the narrower the range")
  func withHistory() {
    func history(_ times: Int) -> CallHistory {
      CallHistory(
        batches: 3, delivery: Self.rate(90 * times, 100 * times, times == 1 ? 2 : 20),
        calls: ["pagespeed": Self.rate(92 * times, 100 * times, 20), "hunter": Self.rate(45 * times, 100 * times, 20)])
    }
    let mix = PriceTests.mix(1000)
    let known = Self.estimate(mix, history(1000))
    #expect(known.price.reports == 900)
    // One without a history of its own is charged as often as reports are delivered, and that is in doubt.
    #expect(known.price.lines.map(\.calls) == [1000, 920, 450, 900])
    var whole = history(1000)
    whole.calls["data_axle"] = Self.rate(70_000, 100_000, 20)
    let exact = Self.estimate(mix, whole)
    #expect(exact.high - exact.low < known.high - known.low)
    let little = Self.estimate(mix, history(1))
    #expect(little.high - little.low > known.high - known.low)
    #expect(known.low < known.price.total && known.price.total < known.high)
    // A lead costs 50 + 1 + 5 + 78 thousandths when its page is had: 1.28 standard deviations of 1000 leads are about 2 %.
    let half = Double((exact.high - exact.low).micros) / 2 / Double(exact.price.total.micros)
    #expect(half > 0.01 && half < 0.03, "\(half)")
  }

  @Test("batches that differ more than by chance widen the range")
  func dispersion() {
    let even = MeasuredRate(hits: 900, trials: 1000, batches: 10, squares: 810)
    #expect(even.dispersion == 1)
    // Five batches of 100 with all delivered, five with 80.
    let uneven = MeasuredRate(hits: 900, trials: 1000, batches: 10, squares: 5 * 100 + 5 * 64)
    #expect(abs(uneven.dispersion - 10 / (9 * 0.09)) < 1e-9)
    #expect(MeasuredRate(hits: 900, trials: 1000, batches: 4, squares: 820).dispersion == 1)
    #expect(MeasuredRate.none.dispersion == 1 && MeasuredRate(hits: 5, trials: 5, batches: 9, squares: 5).dispersion == 1)
    let mix = PriceTests.mix(500)
    let calls = Dictionary(uniqueKeysWithValues: ["pagespeed", "hunter", "data_axle"].map { ($0, even) })
    let narrow = Self.estimate(mix, .init(batches: 10, delivery: even, calls: calls))
    let wide = Self.estimate(mix, .init(batches: 10, delivery: uneven, calls: calls))
    #expect(wide.price == narrow.price && wide.high > narrow.high && wide.low < narrow.low)
  }

  @Test("a sample of the same leads outweighs what lies further back")
  func sample() {
    var history = CallHistory(batches: 9, delivery: Self.rate(9000, 10_000), calls: ["hunter": Self.rate(4000, 10_000)])
    let before = Self.estimate(PriceTests.mix(100), history)
    history.sample = .init(delivery: Self.rate(10, 20), calls: ["hunter": Self.rate(20, 20)])
    let after = Self.estimate(PriceTests.mix(100), history)
    #expect(before.price.reports == 90 && after.price.reports == 70)
    #expect(before.price.lines[2].calls == 40 && after.price.lines[2].calls == 70)
  }

  @Test("accuracy is the median of how far each estimate lay from the cost")
  func accuracy() throws {
    func pair(_ estimated: Int64, _ actual: Int64) -> (estimated: Money, actual: Money) { (Money(micros: estimated), Money(micros: actual)) }
    #expect(EstimateAccuracy([]) == nil)
    #expect(EstimateAccuracy([pair(0, 0)]) == nil)
    let odd = try #require(EstimateAccuracy([pair(110, 100), pair(100, 100), pair(70, 100)]))
    #expect(odd.batches == 3 && abs(odd.median - 0.1) < 1e-9)
    let even = try #require(EstimateAccuracy([pair(110, 100), pair(80, 100)]))
    #expect(abs(even.median - 0.15) < 1e-9)
    #expect(EstimateAccuracy([pair(5, 0)])?.median == 1)
    #expect(EstimateAccuracy.error(estimated: .zero, actual: .zero) == 0)
  }
}

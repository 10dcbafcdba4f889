import BatchReports
import Foundation
import Testing

@Suite("Price")
struct PriceTests {
  static func template(_ providers: [ReportTemplate.Provider]) -> ReportTemplate {
    ReportTemplate(
      reference: TemplateReference(name: "audit", version: "v1"), title: "", summary: "", status: .active, isLatest: true,
      sections: [.found], providers: providers, makesExtraRequests: false)
  }

  static let free = template([.init(name: "page_fetch", isPaid: false)])

  static func paid(_ names: [String]) -> ReportTemplate {
    template([.init(name: "page_fetch", isPaid: false)] + names.map { .init(name: $0, isPaid: true) })
  }

  static func card(
    base: Int64 = 50_000, prices: [String: Int64] = [:], blended: Int64 = 450_000, tiers: [(Int, Decimal)] = [(1, 0), (101, 10), (501, 20)]
  ) -> RateCard {
    RateCard(
      version: 1, validFrom: .distantPast, author: "", note: "", baseCost: Money(micros: base),
      providerPrices: prices.mapValues { Money(micros: $0) }, blendedRate: Money(micros: blended),
      tiers: tiers.map { .init(minimumCount: $0.0, percent: $0.1) })
  }

  static func mix(_ count: Int, email: Bool = false) -> LeadMix {
    var mix = LeadMix()
    mix.add(.init(hasWebsite: true, hasEmail: email, isEnriched: false), count: count)
    return mix
  }

  /// The price of leads with a website that all get their report and every call.
  static func price(_ count: Int, _ template: ReportTemplate = free, _ card: RateCard = card(), on: Set<String>? = nil) -> Price {
    let on = on ?? Set(template.providers.map(\.name))
    let units = UnitPrices(template: template, card: card, paidProviders: on, leadCount: count)
    return Estimate(mix: mix(count), units: units, history: .none).price
  }

  @Test(
    "a tier holds from its threshold on, and the last one without end",
    arguments: [
      (1, 0, Int64(50_000)), (100, 0, 5_000_000), (101, 10, 4_545_000), (500, 10, 22_500_000), (501, 20, 20_040_000), (10_000, 20, 400_000_000),
    ])
  func tiers(count: Int, percent: Int, total: Int64) {
    let price = Self.price(count)
    #expect(price.discountPercent == Decimal(percent))
    #expect(price.total.micros == total)
    #expect(price.base.micros == Int64(count) * 50_000)
    #expect(price.discount == price.base - price.total)
  }

  @Test("each paid provider that is on has its line, a free one costs nothing, one that is off is not there")
  func providers() {
    let template = Self.paid(["pagespeed", "semrush", "openai"])
    let price = Self.price(10, template, Self.card(prices: ["pagespeed": 1_000, "semrush": 20_000, "unused": 9]), on: ["semrush", "pagespeed", "unused"])
    #expect(price.lines.map(\.provider) == ["page_fetch", "pagespeed", "semrush"])
    #expect(price.lines.map(\.calls) == [10, 10, 10])
    #expect(price.lines.map(\.total.micros) == [0, 10_000, 200_000])
    #expect(price.providers.micros == 210_000)
    #expect(price.total.micros == 710_000)
    #expect(price.units.called == ["pagespeed", "semrush"])
  }

  @Test("paid providers without a price cost the blended rate, once a report, also when every call is off but one")
  func blended() {
    let template = Self.paid(["pagespeed", "hunter"])
    let none = Self.price(10, template)
    #expect(none.lines.last?.provider == "blended" && none.lines.last?.calls == 10 && none.lines.last?.total.micros == 4_500_000)
    #expect(none.providers.micros == 4_500_000)
    #expect(none.unitPrices == CallPrices(["blended": Money(micros: 450_000)], covered: ["pagespeed", "hunter"]))
    let some = Self.price(10, template, Self.card(prices: ["pagespeed": 1_000]))
    #expect(some.providers.micros == 10_000 + 4_500_000)
    #expect(Self.price(10, template, Self.card(prices: ["pagespeed": 1_000, "hunter": 0])).providers.micros == 10_000)
    let free = Self.price(10, template, Self.card(prices: ["pagespeed": 0])).unitPrices
    #expect(free == CallPrices(["blended": Money(micros: 450_000), "pagespeed": .zero], covered: ["hunter"]))
    #expect(free.atMost(for: ["pagespeed"]) == .zero && free.atMost(for: ["hunter"]) == Money(micros: 450_000))
    #expect(!Self.price(10).lines.contains { $0.provider == "blended" })
    #expect(Self.price(10, template, on: []).total.micros == 500_000)
    // The blended rate is due for leads that one of its providers is called for.
    let units = UnitPrices(template: template, card: Self.card(prices: ["pagespeed": 1]), paidProviders: ["pagespeed", "hunter"], leadCount: 10)
    #expect(Estimate(mix: Self.mix(10, email: true), units: units, history: .none).price.lines.last?.calls == 0)
  }

  @Test("a price for one template version takes the place of the card's")
  func overrides() {
    let template = Self.paid(["pagespeed", "semrush"])
    var card = Self.card(prices: ["pagespeed": 1_000, "semrush": 2_000])
    card.overrides = ["audit:v1": ["semrush": Money(micros: 7_000)], "audit:v2": ["pagespeed": Money(micros: 9_000)]]
    #expect(Self.price(10, template, card).lines.map(\.unit.gross.micros) == [0, 1_000, 7_000])
  }

  @Test("a discount of 100 percent makes a batch free")
  func free() {
    let price = Self.price(7, Self.free, Self.card(tiers: [(1, 100)]))
    #expect(price.total == .zero)
    #expect(price.perReport == .zero && price.perLead == .zero)
    #expect(price.discount == price.base)
  }

  @Test("unit prices are discounted half to even at a millionth, and the price of a lead is the total's share")
  func rounding() {
    let price = Self.price(3, Self.paid(["pagespeed"]), Self.card(base: 5, prices: ["pagespeed": 15], tiers: [(1, 50)]))
    #expect(price.perReport.micros == 2 && price.lines[1].unit.net.micros == 8)
    #expect(price.total.micros == 30 && price.perLead.micros == 10)
    #expect(price.discount.micros == 30)
    #expect(Price(leadCount: 0, reports: 0, units: price.units, lines: []).perLead == .zero)
  }

  @Test("a larger batch that costs less in all is named")
  func cheaperLarger() throws {
    let card = Self.card()
    let larger = { (count: Int) in Self.price(count).cheaperLargerBatch(template: Self.free, card: card) }
    #expect(try #require(larger(100)).leadCount == 101)
    #expect(try #require(larger(500)).leadCount == 501)
    #expect(larger(90) == nil)
    #expect(larger(501) == nil)
    // 92 leads cost $4.60 and 101 cost $4.545; 91 cost $4.55 and gain nothing that shows below.
    #expect(larger(91) != nil)
    let skips = Self.card(tiers: [(1, 0), (10, 1), (20, 90)])
    #expect(Self.price(9, Self.free, skips).cheaperLargerBatch(template: Self.free, card: skips)?.leadCount == 20)
    #expect(Price(leadCount: 0, reports: 0, units: Self.price(1).units, lines: []).cheaperLargerBatch(template: Self.free, card: card) == nil)
  }

  @Test("amounts are shown at four decimals and still add up: what is lacking goes to the largest remainders")
  func shown() {
    #expect(Money.shown([Money(micros: 40), Money(micros: 40), Money(micros: 40)]).map(\.micros) == [100, 0, 0])
    #expect(Money.shown([Money(micros: 60), Money(micros: 70), Money(micros: 20)]).map(\.micros) == [100, 100, 0])
    #expect(Money.shown([Money(micros: 150), Money(micros: -50)]).map(\.micros) == [200, -100])
    #expect(Money.shown([]) == [])
    #expect([0, 50, 51, 150, 250, -50, -150, -151].map { Money(micros: $0).shown.micros } == [0, 0, 100, 200, 200, 0, -200, -200])
  }
}

/// Numbers that are the same in every run (SplitMix64).
struct Seeded: RandomNumberGenerator {
  var seed: UInt64

  mutating func next() -> UInt64 {
    seed &+= 0x9E37_79B9_7F4A_7C15
    var z = seed
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

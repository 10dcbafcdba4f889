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

  static func card(
    base: Int64 = 50_000, prices: [String: Int64] = [:], blended: Int64 = 450_000, tiers: [(Int, Decimal)] = [(1, 0), (101, 10), (501, 20)]
  ) -> RateCard {
    RateCard(
      version: 1, validFrom: .distantPast, author: "", note: "", baseCost: Money(micros: base),
      providerPrices: prices.mapValues { Money(micros: $0) }, blendedRate: Money(micros: blended),
      tiers: tiers.map { .init(minimumCount: $0.0, percent: $0.1) })
  }

  @Test(
    "a tier holds from its threshold on, and the last one without end",
    arguments: [
      (1, 0, Int64(50_000)), (100, 0, 5_000_000), (101, 10, 4_545_000), (500, 10, 22_500_000), (501, 20, 20_040_000), (10_000, 20, 400_000_000),
    ])
  func tiers(count: Int, percent: Int, total: Int64) {
    let price = Price(count: count, template: Self.free, card: Self.card())
    #expect(price.discountPercent == Decimal(percent))
    #expect(price.total.micros == total)
    #expect(price.base.micros == Int64(count) * 50_000)
    #expect(price.discount == price.base - price.total)
  }

  @Test("each paid provider has its line, a free one costs nothing")
  func providers() {
    let template = Self.template([
      .init(name: "page_fetch", isPaid: false), .init(name: "speed", isPaid: true, callsPerLead: 2), .init(name: "links", isPaid: true),
    ])
    let price = Price(count: 10, template: template, card: Self.card(prices: ["speed": 1_000, "links": 20_000, "unused": 9]))
    #expect(price.lines.map(\.provider) == ["page_fetch", "speed", "links"])
    #expect(price.lines.map(\.calls) == [10, 20, 10])
    #expect(price.lines.map(\.total.micros) == [0, 20_000, 200_000])
    #expect(price.providers.micros == 220_000)
    #expect(price.total.micros == 720_000)
  }

  @Test("paid providers without a price cost the blended rate, once a report")
  func blended() {
    let paid = Self.template([.init(name: "a", isPaid: true, callsPerLead: 3), .init(name: "b", isPaid: true)])
    let none = Price(count: 10, template: paid, card: Self.card())
    #expect(none.lines.last == .init(provider: "blended", calls: 10, unitCost: Money(micros: 450_000)))
    #expect(none.providers.micros == 4_500_000)
    let some = Price(count: 10, template: paid, card: Self.card(prices: ["a": 1_000]))
    #expect(some.providers.micros == 30_000 + 4_500_000)
    let all = Price(count: 10, template: paid, card: Self.card(prices: ["a": 1_000, "b": 0]))
    #expect(all.providers.micros == 30_000)
    #expect(!Price(count: 10, template: Self.free, card: Self.card()).lines.contains { $0.provider == "blended" })
  }

  @Test("a discount of 100 percent makes a batch free")
  func free() {
    let price = Price(count: 7, template: Self.free, card: Self.card(tiers: [(1, 100)]))
    #expect(price.total == .zero)
    #expect(price.perLead == .zero)
    #expect(price.discount == price.base)
  }

  @Test("a larger batch that costs less in all is named")
  func cheaperLarger() throws {
    let card = Self.card()
    let at = { Price(count: $0, template: Self.free, card: card) }
    #expect(try #require(Price.cheaperLargerBatch(than: at(100), template: Self.free, card: card)).leadCount == 101)
    #expect(try #require(Price.cheaperLargerBatch(than: at(500), template: Self.free, card: card)).leadCount == 501)
    #expect(Price.cheaperLargerBatch(than: at(90), template: Self.free, card: card) == nil)
    #expect(Price.cheaperLargerBatch(than: at(501), template: Self.free, card: card) == nil)
    // 92 leads cost $4.60 and 101 cost $4.545; 91 cost $4.55 and gain nothing that shows below.
    #expect(Price.cheaperLargerBatch(than: at(91), template: Self.free, card: card) != nil)
    let skips = Self.card(tiers: [(1, 0), (10, 1), (20, 90)])
    let nine = Price(count: 9, template: Self.free, card: skips)
    #expect(Price.cheaperLargerBatch(than: nine, template: Self.free, card: skips)?.leadCount == 20)
  }

  @Test("for random cards and counts the breakdown sums, and single charges sum to the total")
  func property() {
    var random = Seeded(seed: 42)
    for _ in 0..<400 {
      let providers = (0..<Int.random(in: 0...3, using: &random)).map {
        ReportTemplate.Provider(name: "p\($0)", isPaid: Bool.random(using: &random), callsPerLead: Int.random(in: 1...3, using: &random))
      }
      let prices = Dictionary(
        uniqueKeysWithValues: (0..<3).filter { _ in Bool.random(using: &random) }.map { ("p\($0)", Int64.random(in: 0...999_999, using: &random)) })
      let second = Int.random(in: 2...900, using: &random)
      let percent = { (random: inout Seeded) in Decimal(Int.random(in: 0...1000, using: &random)) / 10 }
      let card = Self.card(
        base: .random(in: 0...2_000_000, using: &random), prices: prices, blended: .random(in: 0...900_000, using: &random),
        tiers: [(1, percent(&random)), (second, percent(&random)), (second + 700, percent(&random))])
      let count = Int.random(in: 1...2000, using: &random)
      let price = Price(count: count, template: Self.template(providers), card: card)
      #expect(price.base + price.providers - price.discount == price.total)
      #expect(price.lines.reduce(.zero) { $0 + $1.total } == price.providers)
      #expect((0..<count).reduce(Money.zero) { sum, _ in sum + price.perLead } == price.total)
      #expect(price.total >= .zero && price.discount + Money(micros: Int64(count)) >= .zero)
      // Never further from the exact price than half a millionth a report.
      let exact = (price.base + price.providers).usd * (100 - price.discountPercent) / 100
      #expect(abs(exact - price.total.usd) <= Decimal(count) / 2_000_000)
      if let larger = Price.cheaperLargerBatch(than: price, template: Self.template(providers), card: card) {
        #expect(larger.total < price.total && larger.leadCount > count)
      }
    }
  }

  @Test("a price that was kept is the price that it was")
  func kept() {
    let price = Price(count: 12, template: Self.free, card: Self.card())
    let copy = Price(
      leadCount: 12, base: price.base, providers: price.providers, perLead: price.perLead, discountPercent: price.discountPercent,
      lines: price.lines)
    #expect(copy == price)
    #expect(copy.total == price.total)
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

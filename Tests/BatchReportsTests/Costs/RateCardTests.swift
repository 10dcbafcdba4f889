import BatchReports
import Foundation
import Testing

@Suite("Rate card")
struct RateCardTests {
  static func fields(_ card: RateCard) -> [String] {
    do {
      try card.validate()
      return []
    } catch let error as InvalidInput { return error.problems.map(\.field) } catch { return ["\(error)"] }
  }

  @Test("the first card of an installation can be applied")
  func initial() {
    let card = RateCard.initial(validFrom: .now)
    #expect(Self.fields(card).isEmpty)
    #expect(card.tier(for: 0).percent == 0)
    #expect([1, 100, 101, 500, 501, 10_000].map { card.tier(for: $0).percent } == [0, 0, 10, 10, 20, 20])
  }

  @Test("prices below zero or beyond reason are refused")
  func prices() {
    #expect(Self.fields(PriceTests.card(base: -1)) == ["report_generation_base_cost"])
    #expect(Self.fields(PriceTests.card(blended: -1)) == ["default_blended_rate"])
    #expect(Self.fields(PriceTests.card(prices: ["b": -1, "a": -2, "c": 0])) == ["providers.a", "providers.b"])
    let highest = RateCard.highestPrice.micros
    #expect(Self.fields(PriceTests.card(base: highest, prices: ["a": highest], blended: highest)).isEmpty)
    #expect(Self.fields(PriceTests.card(base: highest + 1)) == ["report_generation_base_cost"])
    #expect(Self.fields(PriceTests.card(prices: ["a": highest + 1])) == ["providers.a"])
  }

  @Test("the highest prices do not overflow in a batch of a million calls")
  func noOverflow() {
    let highest = RateCard.highestPrice.micros
    let price = PriceTests.price(500_000, PriceTests.paid(["a"]), PriceTests.card(base: highest, prices: ["a": highest], tiers: [(1, 0)]))
    #expect(price.total.usd == Decimal(500_000) * 10_000 * 2)
  }

  @Test(
    "tiers that overlap, leave a gap or go past their bounds are refused",
    arguments: [
      [], [(2, Decimal(0))], [(1, 0), (1, 10)], [(1, 0), (10, 5), (5, 10)], [(1, -1)], [(1, 101)], [(1, 0), (2, Decimal(string: "100.01") ?? 0)],
    ] as [[(Int, Decimal)]])
  func tiers(tiers: [(Int, Decimal)]) {
    #expect(Set(Self.fields(PriceTests.card(tiers: tiers))) == ["volume_tiers"])
  }

  @Test("every problem is told at once, with a sentence each")
  func all() {
    let card = PriceTests.card(base: -1, prices: ["a": -1], blended: -1, tiers: [(3, 200)])
    #expect(Self.fields(card) == ["report_generation_base_cost", "default_blended_rate", "providers.a", "volume_tiers", "volume_tiers"])
    #expect(throws: InvalidInput.self) { try card.validate() }
  }

  @Test("a template version's own price holds instead of the card's, and what has none is told")
  func overrides() {
    var card = PriceTests.card(prices: ["a": 10, "b": 20])
    card.overrides = ["audit:v1": ["b": Money(micros: 5)], "audit:v2": ["a": Money(micros: 1)]]
    let template = PriceTests.template([.init(name: "page_fetch", isPaid: false)] + ["a", "b", "c"].map { .init(name: $0, isPaid: true) })
    let pricing = card.pricing(of: template)
    #expect(pricing.priced == ["a": Money(micros: 10), "b": Money(micros: 5)] && pricing.blended == ["c"])
    #expect(card.price(of: "a", for: TemplateReference(name: "audit", version: "v2")) == Money(micros: 1))
    #expect(card.price(of: "c", for: template.reference) == nil)
    card.overrides["audit:v1"] = ["a": Money(micros: -1)]
    #expect(Self.fields(card) == ["overrides"])
  }
}

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
    #expect(Self.fields(PriceTests.card(base: -1)) == ["base_cost_usd"])
    #expect(Self.fields(PriceTests.card(blended: -1)) == ["blended_rate_usd"])
    #expect(Self.fields(PriceTests.card(prices: ["b": -1, "a": -2, "c": 0])) == ["provider_prices", "provider_prices"])
    let highest = RateCard.highestPrice.micros
    #expect(Self.fields(PriceTests.card(base: highest, prices: ["a": highest], blended: highest)).isEmpty)
    #expect(Self.fields(PriceTests.card(base: highest + 1)) == ["base_cost_usd"])
    #expect(Self.fields(PriceTests.card(prices: ["a": highest + 1])) == ["provider_prices"])
  }

  @Test("the highest prices do not overflow in a batch of a million calls")
  func noOverflow() {
    let highest = RateCard.highestPrice.micros
    let paid = PriceTests.template([.init(name: "a", isPaid: true, callsPerLead: 100)])
    let price = Price(count: 10_000, template: paid, card: PriceTests.card(base: highest, prices: ["a": highest], tiers: [(1, 0)]))
    #expect(price.total.usd == Decimal(10_000) * 10_000 * 101)
  }

  @Test(
    "tiers that overlap, leave a gap or go past their bounds are refused",
    arguments: [
      [], [(2, Decimal(0))], [(1, 0), (1, 10)], [(1, 0), (10, 5), (5, 10)], [(1, -1)], [(1, 101)], [(1, 0), (2, Decimal(string: "100.01") ?? 0)],
    ] as [[(Int, Decimal)]])
  func tiers(tiers: [(Int, Decimal)]) {
    #expect(Set(Self.fields(PriceTests.card(tiers: tiers))) == ["tiers"])
  }

  @Test("every problem is told at once, with a sentence each")
  func all() {
    let card = PriceTests.card(base: -1, prices: ["a": -1], blended: -1, tiers: [(3, 200)])
    #expect(Self.fields(card) == ["base_cost_usd", "blended_rate_usd", "provider_prices", "tiers", "tiers"])
    #expect(throws: InvalidInput.self) { try card.validate() }
  }
}

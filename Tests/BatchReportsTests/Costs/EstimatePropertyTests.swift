import BatchReports
import Foundation
import Testing

/// Random rate cards, tiers, overrides, sets of providers, leads and histories.
@Suite("Estimate, whatever the numbers")
struct EstimatePropertyTests {
  struct Case {
    var card: RateCard
    var template: ReportTemplate
    var on: Set<String>
    var mix: LeadMix
    var history: CallHistory

    init(_ random: inout Seeded) {
      let names = PaidProvider.allCases.map(\.rawValue).filter { _ in Int.random(in: 0...3, using: &random) > 0 }
      template = PriceTests.paid(names)
      on = Set(names.filter { _ in Int.random(in: 0...4, using: &random) > 0 })
      func price(_ random: inout Seeded) -> Int64 { Int64.random(in: 0...999_999, using: &random) }
      func percent(_ random: inout Seeded) -> Decimal { Decimal(Int.random(in: 0...1000, using: &random)) / 10 }
      var prices: [String: Int64] = [:]
      for name in names where Bool.random(using: &random) { prices[name] = price(&random) }
      let second = Int.random(in: 2...900, using: &random)
      card = PriceTests.card(
        base: Int64.random(in: 0...2_000_000, using: &random), prices: prices, blended: price(&random),
        tiers: [(1, percent(&random)), (second, percent(&random)), (second + 700, percent(&random))])
      for name in names where Int.random(in: 0...4, using: &random) == 0 { card.overrides["audit:v1", default: [:]][name] = Money(micros: price(&random)) }
      mix = LeadMix()
      for kind in 0..<8 where Int.random(in: 0...4, using: &random) > 0 {
        mix.add(.init(hasWebsite: kind % 2 == 0, hasEmail: kind / 2 % 2 == 0, isEnriched: kind / 4 == 0), count: Int.random(in: 0...300, using: &random))
      }
      func rate(_ random: inout Seeded) -> MeasuredRate {
        let trials = Int.random(in: 0...5000, using: &random)
        let hits = Int.random(in: 0...trials, using: &random)
        return MeasuredRate(
          hits: hits, trials: trials, batches: Int.random(in: 0...20, using: &random),
          squares: Double(hits * hits) / Double(max(1, trials)) * Double.random(in: 1...1.2, using: &random))
      }
      history = CallHistory(batches: 3, delivery: rate(&random), calls: [:])
      for name in names + ["blended"] where Bool.random(using: &random) { history.calls[name] = rate(&random) }
    }

    func units(_ count: Int) -> UnitPrices { UnitPrices(template: template, card: card, paidProviders: on, leadCount: count) }
    var estimate: Estimate { Estimate(mix: mix, units: units(mix.total), history: history) }
  }

  @Test("the breakdown sums to the total to the millionth, and so do its parts as they are shown")
  func sums() {
    var random = Seeded(seed: 42)
    for _ in 0..<500 {
      let one = Case(&random)
      let price = one.estimate.price
      #expect(price.base + price.providers - price.discount == price.total)
      #expect(price.lines.reduce(.zero) { $0 + $1.total } == price.providers)
      // The charges of single reports and calls sum to it, so that a ledger can agree.
      #expect(price.lines.reduce(price.perReport * price.reports) { $0 + $1.unit.net * $1.calls } == price.total)
      #expect(price.total >= .zero && price.discount >= .zero)
      let shown = ShownPrice(price)
      #expect(shown.base + shown.providers - shown.discount == shown.total && shown.total == price.total.shown)
      #expect(shown.lines.reduce(.zero, +) == shown.providers)
      for (part, exact) in zip([shown.base] + shown.lines, [price.base] + price.lines.map(\.total)) {
        #expect(abs(part.micros - exact.micros) < 100 && part.micros % 100 == 0)
      }
      // Never further from the exact discount than half a millionth a unit.
      let units = price.reports + price.lines.reduce(0) { $0 + $1.calls }
      let exact = (price.base + price.providers).usd * (100 - price.discountPercent) / 100
      #expect(abs(exact - price.total.usd) <= Decimal(units) / 2_000_000)
    }
  }

  @Test("the range holds the estimate, starts at nothing and ends at what all leads can cost")
  func range() {
    var random = Seeded(seed: 7)
    for _ in 0..<500 {
      let one = Case(&random)
      let estimate = one.estimate
      #expect(.zero <= estimate.low && estimate.low <= estimate.price.total && estimate.price.total <= estimate.high)
      let most = Estimate(mix: one.mix, units: one.units(one.mix.total), history: .none)
      #expect(estimate.high <= most.price.total)
      #expect(most.high == most.price.total)
      #expect(estimate.price.reports <= one.mix.withWebsite && estimate.price.leadCount == one.mix.total)
    }
  }

  @Test("more leads cost less in all only where a tier begins, and then the larger batch is named")
  func growing() {
    var random = Seeded(seed: 11)
    for _ in 0..<400 {
      var one = Case(&random)
      let before = one.estimate.price
      if before.leadCount == 0 { continue }
      one.mix.add(
        .init(hasWebsite: Bool.random(using: &random), hasEmail: Bool.random(using: &random), isEnriched: Bool.random(using: &random)),
        count: Int.random(in: 1...40, using: &random))
      let after = one.estimate.price
      let isSameTier = one.card.tier(for: before.leadCount) == one.card.tier(for: after.leadCount)
      if isSameTier { #expect(after.total >= before.total) }
      guard let larger = before.cheaperLargerBatch(template: one.template, card: one.card) else { continue }
      #expect(larger.total < before.total && larger.leadCount > before.leadCount)
      #expect(one.card.tiers.contains { $0.minimumCount == larger.leadCount })
    }
  }

  @Test("at the edge of each tier of a card whose sums fall there, the smaller batch is told of the larger one")
  func edges() {
    var random = Seeded(seed: 5)
    for _ in 0..<200 {
      var one = Case(&random)
      let edge = one.card.tiers[1].minimumCount
      one.mix = LeadMix()
      one.mix.add(.init(hasWebsite: true, hasEmail: false, isEnriched: false), count: edge - 1)
      one.history = .none
      let below = one.estimate.price
      one.mix.add(.init(hasWebsite: true, hasEmail: false, isEnriched: false))
      let above = one.estimate.price
      let named = below.cheaperLargerBatch(template: one.template, card: one.card)
      #expect((above.total < below.total) <= (named?.leadCount == edge), "\(edge)")
    }
  }
}

extension Bool {
  /// Implies.
  fileprivate static func <= (a: Bool, b: Bool) -> Bool { !a || b }
}

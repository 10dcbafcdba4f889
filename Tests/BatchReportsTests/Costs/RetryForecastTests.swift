import BatchReports
import Testing

@Suite("What a retry will probably cost")
struct RetryForecastTests {
  static let lead = ProviderRule.Traits(hasWebsite: true, hasEmail: false, isEnriched: false)
  static let prices = CallPrices(["hunter": Money(micros: 10_000), "blended": Money(micros: 40_000)], covered: ["semrush", "openai"])

  static func rate(_ hits: Int, of trials: Int) -> MeasuredRate { MeasuredRate(hits: hits, trials: trials, batches: 1, squares: 0) }

  static func forecast(
    delivery: MeasuredRate = .none, calls: [String: MeasuredRate] = [:], own: CallHistory.Sample = .init(delivery: .none, calls: [:]),
    retried: [RetryForecast.Retried] = []
  ) -> RetryForecast {
    RetryForecast(
      history: CallHistory(batches: 3, delivery: delivery, calls: calls), own: own, retried: retried, prices: prices, perReport: Money(micros: 50_000))
  }

  @Test("without a history all goes well: the report, and each call once")
  func nothingKnown() {
    let forecast = Self.forecast()
    let all = Self.prices.applicable(to: Self.lead)
    #expect(forecast.cost(of: Self.lead, called: all, blendedIsPaid: false, afterFailing: .timeout) == 100_000)
    #expect(forecast.cost(of: Self.lead, called: all, blendedIsPaid: true, afterFailing: .timeout) == 60_000)
    #expect(forecast.cost(of: Self.lead, called: ["openai", "blended"], blendedIsPaid: false, afterFailing: .timeout) == 90_000)
    #expect(forecast.cost(of: Self.lead, called: [], blendedIsPaid: false, afterFailing: .timeout) == 50_000)
    let without = ProviderRule.Traits(hasWebsite: false, hasEmail: false, isEnriched: false)
    #expect(forecast.cost(of: without, called: [], blendedIsPaid: false, afterFailing: .noWebsite) == 0)
  }

  @Test("leads of a cause go by their own kind's retries, others by all retries, and one that never ran by any lead's chance")
  func chances() {
    let before = Self.forecast(delivery: Self.rate(8, of: 9))
    #expect(before.chance(afterFailing: .timeout) == 0.9 && before.chance(afterFailing: nil) == 0.9)
    let forecast = Self.forecast(
      delivery: Self.rate(8, of: 9), retried: [.init(cause: .timeout, leads: 20, delivered: 15), .init(cause: nil, leads: 20, delivered: 5)])
    let all = (20 + 0.9) / 41
    #expect(abs(forecast.chance(afterFailing: .dnsFailed) - all) < 1e-9)
    #expect(abs(forecast.chance(afterFailing: .timeout) - (15 + all) / 21) < 1e-9)
    #expect(forecast.chance(afterFailing: nil) == 0.9 && forecast.retriedLeads == (40, 20))
  }

  @Test("a call is charged as often as it was of delivered leads, by the batch's own measurements before all")
  func calls() {
    // Four of ten calls charged, every lead delivered.
    let own = CallHistory.Sample(delivery: Self.rate(1980, of: 1980), calls: ["hunter": Self.rate(780, of: 1980)])
    let forecast = Self.forecast(own: own)
    let cost = forecast.cost(of: Self.lead, called: ["hunter"], blendedIsPaid: false, afterFailing: .timeout)
    #expect(abs(cost - 54_000) < 1e-6)
    // A provider that failed all leads after others were charged is no reason to expect these others more than once.
    let broken = Self.forecast(own: .init(delivery: Self.rate(0, of: 500), calls: ["hunter": Self.rate(500, of: 500)]))
    #expect(broken.cost(of: Self.lead, called: ["hunter"], blendedIsPaid: false, afterFailing: .providerRefused) == 60_000)
  }

  @Test("it never passes the most that the leads can cost", arguments: 0..<200)
  func bound(seed: UInt64) {
    var random = Seeded(seed: seed)
    func rate() -> MeasuredRate {
      let trials = Int.random(in: 0...60, using: &random)
      return Self.rate(Int.random(in: 0...(trials * 2), using: &random), of: trials)
    }
    func delivery() -> MeasuredRate {
      let trials = Int.random(in: 0...60, using: &random)
      return Self.rate(Int.random(in: 0...trials, using: &random), of: trials)
    }
    let retried = (0..<3).map { _ in
      let leads = Int.random(in: 0...30, using: &random)
      let cause = LeadErrorCode.allCases.randomElement(using: &random)
      return RetryForecast.Retried(cause: cause, leads: leads, delivered: Int.random(in: 0...leads, using: &random))
    }
    let forecast = Self.forecast(
      delivery: delivery(), calls: ["hunter": rate(), "blended": rate()],
      own: .init(delivery: delivery(), calls: ["hunter": rate(), "blended": rate()]), retried: retried)
    let called = Self.prices.applicable(to: Self.lead).filter { _ in Bool.random(using: &random) }
    let isPaid = Bool.random(using: &random)
    let cost = forecast.cost(of: Self.lead, called: called, blendedIsPaid: isPaid, afterFailing: LeadErrorCode.allCases.randomElement(using: &random))
    let most = Money(micros: 50_000) + Self.prices.atMost(for: called, blendedIsPaid: isPaid)
    #expect(cost >= 0 && cost <= Double(most.micros) + 1e-6)
  }

  @Test(
    "about so much is said to the cent from a dollar on",
    arguments: [
      (4_104_900, "$4.10"), (4_105_000, "$4.10"), (4_105_001, "$4.11"), (1_234_567_890, "$1,234.57"), (91_200, "$0.0912"), (994_999, "$0.9950"),
      (999_999, "$1.00"), (0, "$0.0000"),
    ])
  func about(micros: Int64, text: String) { #expect(Money(micros: micros).aboutDollars == text) }

  @Test("about so much never says more than the most", arguments: [(1_575_000, "$1.5750"), (1_575_001, "$1.5750"), (1_580_000, "$1.58")])
  func capped(most: Int64, text: String) { #expect(Money(micros: 1_575_000).aboutDollars(atMost: Money(micros: max(most, 1_575_000))) == text) }

  @Test(
    "an extrapolation is said with two digits",
    arguments: [
      (3_804_040_000, "$3,800"), (3_850_000_000, "$3,900"), (99_500_000, "$100"), (38_040_000, "$38"), (9_960_000, "$10.00"), (4_140_000, "$4.10"),
      (1_000_000, "$1.00"), (910_000, "$0.9100"), (0, "$0.0000"),
    ])
  func rough(micros: Int64, text: String) { #expect(Money(micros: micros).roughDollars == text) }
}

import BatchReports
import Foundation
import Testing

/// Issue 4: within ±5 % of the actual cost for at least 95 % of mixed batches of 250 to 1000 leads, and ±10 % from 50 leads.
@Suite("Accuracy of estimates, over 200 seeded batches")
struct EstimateAccuracyTests {
  static let providers = PaidProvider.allCases.map(\.rawValue)
  static let template = PriceTests.paid(providers)
  /// About what the providers ask for one call.
  static let prices: [String: Int64] = [
    "pagespeed": 1_000, "screenshotone": 9_000, "hunter": 34_000, "data_axle": 60_000, "semrush": 25_000, "openai": 6_000,
  ]

  struct Sample {
    var leads: Int
    var error: Double
    var isInRange: Bool
    var isAboveRange: Bool
  }

  /// Each batch is estimated from those before it, run, and then part of the history.
  static func run(_ count: Int, sizes: ClosedRange<Int>, seed: UInt64, card: RateCard = PriceTests.card(prices: prices)) -> [Sample] {
    var simulation = SimulatedBatches(seed: seed)
    var past = (0..<5).map { _ in simulation.run(200, providers: providers) }
    return (0..<count).map { _ in
      let result = simulation.run(Int.random(in: sizes, using: &simulation.random), providers: providers)
      let units = UnitPrices(template: template, card: card, paidProviders: Set(providers), leadCount: result.mix.total)
      let estimate = Estimate(mix: result.mix, units: units, history: CallHistory(past))
      let actual = units.providers.reduce(units.base.net * result.delivered) { $0 + $1.unit.net * (result.charged[$1.name] ?? 0) }
      past.append(result)
      return Sample(
        leads: result.mix.total, error: EstimateAccuracy.error(estimated: estimate.price.total, actual: actual),
        isInRange: estimate.low <= actual && actual <= estimate.high, isAboveRange: actual > estimate.high)
    }
  }

  static func share(_ samples: [Sample], within limit: Double) -> Double {
    Double(samples.count { $0.error <= limit }) / Double(max(1, samples.count))
  }

  static func describe(_ name: String, _ samples: [Sample]) -> String {
    let errors = samples.map(\.error).sorted()
    func percentile(_ share: Double) -> String { String(format: "%.2f %%", errors[min(errors.count - 1, Int(Double(errors.count) * share))] * 100) }
    return """
      \(name): \(samples.count) batches, off by (10th, 50th, 90th, 95th percentile, most) \(percentile(0.1)), \(percentile(0.5)), \
      \(percentile(0.9)), \(percentile(0.95)), \(percentile(1)); in the range \(samples.count { $0.isInRange }), above it \(samples.count { $0.isAboveRange })
      """
  }

  @Test("batches of 250 to 1000 leads: at least 95 % within ±5 %")
  func large() {
    let samples = Self.run(200, sizes: 300...1000, seed: 20_261_121)
    let counted = samples.filter { (250...1000).contains($0.leads) }
    print(Self.describe("250 to 1000 leads", counted), "within 5 %: \(Self.share(counted, within: 0.05))")
    #expect(counted.count > 170)
    #expect(Self.share(counted, within: 0.05) >= 0.95, "\(Self.describe("large", counted))")
  }

  @Test("batches from 50 leads on: at least 95 % within ±10 %")
  func small() {
    let samples = Self.run(200, sizes: 62...400, seed: 4).filter { $0.leads >= 50 }
    print(Self.describe("50 to 400 leads", samples), "within 10 %: \(Self.share(samples, within: 0.1))")
    #expect(samples.count > 190)
    #expect(Self.share(samples, within: 0.1) >= 0.95, "\(Self.describe("small", samples))")
  }

  @Test("the range is what it says: one batch in ten below it, one in ten above")
  func range() {
    let samples = (1...4).flatMap { Self.run(150, sizes: 60...500, seed: UInt64($0)) }
    let above = Double(samples.count { $0.isAboveRange }) / Double(samples.count)
    let within = Double(samples.count { $0.isInRange }) / Double(samples.count)
    print("Range over \(samples.count) batches: \(within) in it, \(above) above it")
    #expect(within > 0.74 && within < 0.86)
    #expect(above > 0.06 && above < 0.14)
  }

  @Test("a history of providers that are covered by the blended rate does as well")
  func blended() {
    // All of its calls are one charge a lead, due for every lead whose page was had.
    var simulation = SimulatedBatches(seed: 3)
    var past: [SimulatedBatches.Result] = []
    var errors: [Double] = []
    for _ in 0..<60 {
      var result = simulation.run(Int.random(in: 300...900, using: &simulation.random), providers: ["semrush"])
      result.charged["blended"] = result.charged["semrush"]
      result.applicable["blended"] = result.applicable["semrush"]
      let units = UnitPrices(template: PriceTests.paid(["semrush"]), card: PriceTests.card(), paidProviders: ["semrush"], leadCount: result.mix.total)
      let estimate = Estimate(mix: result.mix, units: units, history: CallHistory(past))
      let actual = units.base.net * result.delivered + units.providers[0].unit.net * (result.charged["blended"] ?? 0)
      if past.count >= 5 { errors.append(EstimateAccuracy.error(estimated: estimate.price.total, actual: actual)) }
      past.append(result)
    }
    #expect(Double(errors.count { $0 <= 0.05 }) >= 0.95 * Double(errors.count))
  }
}

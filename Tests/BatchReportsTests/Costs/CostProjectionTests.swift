import BatchReports
import Foundation
import Testing

@Suite("Cost projection")
struct CostProjectionTests {
  static func batch(_ counts: BatchCounts, state: BatchState = .processing, actual: Int64, atMost: Int64 = 1_000_000_000, prices: [String: Int64] = [:])
    -> Batch
  {
    Batch(
      key: 1, id: UUID(), owner: UUID(), ownerEmail: "", name: "", description: "", template: TemplateReference(name: "a", version: "v1"), rateCardVersion: 1,
      state: state, stateReason: "", isPrivate: false, counts: counts, seq: 1, maxConcurrent: 5, retryCount: 3, maxFailurePercent: nil, maxFailureCount: nil,
      estimated: Money(micros: 10_000_000), estimatedLow: .zero, estimatedHigh: Money(micros: atMost), perReport: Money(micros: 50_000),
      actual: Money(micros: actual), createdAt: .distantPast, startedAt: nil, finishedAt: nil, pausedAt: nil, pausedSeconds: 0,
      unitPrices: CallPrices(prices.filter { $0.value > 0 }.mapValues { Money(micros: $0) }, covered: Set(prices.filter { $0.value == 0 }.keys)))
  }

  static let even = CallRates(delivery: 0.9, calls: ["hunter": 0.5, "blended": 0.9])

  @Test("before the first lead it is the estimate, and at the end it is the cost")
  func ends() {
    let projection = CostProjection(mix: PriceTests.mix(100), rates: Self.even)
    #expect(projection.projected(Self.batch(.init(total: 100, pending: 100), state: .pending, actual: 0)).micros == 90 * 50_000)
    let paid = Self.batch(.init(total: 100, pending: 100), actual: 0, prices: ["hunter": 10_000])
    #expect(projection.projected(paid).micros == 90 * 50_000 + 50 * 10_000)
    let done = Self.batch(.init(total: 100, completed: 70, failed: 30), state: .completedWithErrors, actual: 3_500_000)
    #expect(projection.projected(done).micros == 3_500_000)
    let stopped = Self.batch(.init(total: 100, completed: 10, cancelled: 90), state: .cancelled, actual: 500_000)
    #expect(projection.projected(stopped).micros == 500_000)
  }

  @Test("what the batch measures outweighs what was expected, the more the further it is")
  func measured() {
    let projection = CostProjection(
      mix: PriceTests.mix(1000), rates: Self.even, calls: ["hunter": .init(hits: 80, trials: 80, batches: 1, squares: 80)])
    // Half of the first 80 failed: (40 + 0.9 × 20) ∕ 100 are expected of the other 920.
    let batch = Self.batch(.init(total: 1000, pending: 920, completed: 40, failed: 40), actual: 2_800_000, prices: ["hunter": 10_000])
    let reports = Int((920 * 0.58).rounded()), calls = Int((920 * 0.9).rounded())
    #expect(projection.projected(batch).micros == 2_800_000 + Int64(reports) * 50_000 + Int64(calls) * 10_000)
  }

  @Test("leads without a website are no sign of failures, and those that are reused or cancelled cost nothing")
  func others() {
    var mix = PriceTests.mix(50)
    mix.add(.init(hasWebsite: false, hasEmail: false, isEnriched: false), count: 50)
    let projection = CostProjection(mix: mix, rates: CallRates(delivery: 1, calls: [:]))
    // Of 40 that are done 20 had no website.
    let half = Self.batch(.init(total: 150, pending: 60, completed: 20, failed: 20, skipped: 50), actual: 1_000_000)
    #expect(projection.projected(half).micros == 1_000_000 + 30 * 50_000)
  }

  @Test("it never passes what may be spent, and knows the blended price")
  func bounds() {
    let projection = CostProjection(mix: PriceTests.mix(100), rates: Self.even)
    let prices: [String: Int64] = ["blended": 100_000, "hunter": 0, "semrush": 0]
    #expect(projection.projected(Self.batch(.init(total: 100, pending: 100), actual: 0, prices: prices)).micros == 90 * 50_000 + 90 * 100_000)
    #expect(projection.projected(Self.batch(.init(total: 100, pending: 100), actual: 0, atMost: 5_000_000, prices: prices)).micros == 5_000_000)
  }
}

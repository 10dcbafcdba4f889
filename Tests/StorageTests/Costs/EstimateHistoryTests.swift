import BatchReports
import Foundation
import Storage
import TestSupport
import Testing

@Suite("Estimate history")
struct EstimateHistoryTests {
  @Test("batches of reused reports alone push nothing out of the history")
  func reused() async throws {
    let desk = try await BatchDesk(leads: 12)
    _ = try await SampleDeskTests.run(desk, try await desk.preview(Array(1...10)).quote, failing: 5)
    for _ in 0...CallHistory.depth {
      let quote = try await ReuseTests.preview(desk, [10], days: 7).quote
      #expect(try await ReuseTests.place(desk, quote).state == .completed && quote.price.total == .zero)
    }
    let preview = try await desk.preview([11, 12], now: ReuseTests.later)
    #expect(preview.historyBatches == 1 && preview.accuracy?.batches == 1)
    #expect(abs(preview.quote.estimate.rates.delivery - 6.0 / 11) < 1e-9)
  }

  @Test("a batch that a person retried says nothing of how often a lead is delivered")
  func retried() async throws {
    let desk = try await BatchDesk(leads: 5)
    let (batch, epoch) = try await RetryTests.ended(desk, failing: [.timeout, .timeout])
    #expect(try await desk.preview().historyBatches == 1)
    _ = try await RetryTests.retry(desk, batch)
    try await desk.advance(try await desk.claim(9, epoch: epoch, now: RetryTests.later).map { $0.succeeds() }, epoch: epoch, now: RetryTests.later)
    #expect(try await desk.batch(batch.id).state == .completed)
    #expect(try await desk.preview().historyBatches == 0)
  }

  @Test("samples teach the rates, and are not among the last estimates")
  func samples() async throws {
    let desk = try await BatchDesk(leads: 30)
    _ = try await SampleDeskTests.run(desk, try await SampleDeskTests.sample(desk, try await desk.preview().quote), failing: 4)
    let preview = try await desk.preview()
    #expect(preview.historyBatches == 1 && preview.accuracy == nil)
    let book = SpendBook(database: desk.database, timeZone: .gmt)
    #expect(try await book.outcomes(days: 1, visibleTo: desk.viewer, now: BatchDesk.noon).accuracy == nil)
  }

  @Test("a quote that is opened after the prices changed stands by its own card, and says that it no longer holds")
  func reopened() async throws {
    let desk = try await BatchDesk(leads: 3)
    let before = try await desk.preview()
    let later = BatchDesk.noon.addingTimeInterval(60)
    try await desk.cards.add(
      RateCard(
        version: 0, validFrom: later, author: "", note: "", baseCost: Money(micros: 60_000), providerPrices: [:], blendedRate: .zero,
        tiers: [.init(minimumCount: 1, percent: 5)]))
    let still = try await desk.quotes.reopen(before.quote.id, for: desk.operatorAccount, now: BatchDesk.noon)
    #expect(!still.hasNewPrices && still.tiers == before.tiers)
    let after = try await desk.quotes.reopen(before.quote.id, for: desk.operatorAccount, now: later)
    #expect(after.hasNewPrices && after.tiers == before.tiers && after.currentTier == before.currentTier)
  }

  @Test("a retry reserves no report for a lead without a website")
  func retryWithoutWebsite() async throws {
    for isPaid in [false, true] {
      let desk = try await BatchDesk(leads: 3)
      try await desk.addLeads(2, withWebsite: false)
      let batch = isPaid ? try await desk.startPaid(prices: ["hunter": 10_000]) : try await desk.start()
      let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
      for _ in 0..<5 { try await desk.advance(try await desk.claim(9, epoch: epoch).map { $0.fails() }, epoch: epoch) }
      let offer = try await desk.batches.retryOffer(batch.id, .failed, by: desk.admin, now: BatchDesk.noon)
      #expect(offer.leadCount == 5 && offer.cost == Money(micros: 3 * (isPaid ? 60_000 : 50_000)))
    }
  }
}

import BatchReports
import Foundation
import Storage
import TestSupport
import Testing

@Suite("Sample first")
struct SampleDeskTests {
  static func run(_ desk: BatchDesk, _ quote: Quote, failing: Int, order: BatchOrder? = nil) async throws -> Batch {
    let batch = try await desk.batches.place(
      .init(quote: quote.id, order: try order ?? BatchDesk.order(maxConcurrent: 100), isApproved: true), by: desk.operatorAccount, now: BatchDesk.noon)
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    while try await !desk.batch(batch.id).state.isTerminal {
      let claims = try await desk.claim(100, epoch: epoch)
      try await desk.advance(claims.map { $0.position < failing ? $0.fails() : $0.succeeds() }, epoch: epoch)
    }
    return try await desk.batch(batch.id)
  }

  static func sample(_ desk: BatchDesk, _ quote: Quote, _ size: Int? = 10, by account: Account? = nil, now: Date = BatchDesk.noon) async throws -> Quote {
    try await desk.quotes.sample(of: quote.id, size: size, for: account ?? desk.operatorAccount, now: now).quote
  }

  @Test("a sample has a price of its own, keeps which leads are left, and is the same however often it is asked for")
  func sealed() async throws {
    let desk = try await BatchDesk(leads: 90)
    try await desk.addLeads(10, withWebsite: false)
    let all = try await desk.preview().quote
    let quote = try await Self.sample(desk, all)
    #expect(quote.leadKeys.count == 10 && quote.leadKeys.count { $0 > 90 } == 1)
    #expect(quote.sample?.of == all.id && Set(quote.sample?.rest ?? []).union(quote.leadKeys) == Set(all.leadKeys) && quote.sample?.rest.count == 90)
    #expect(quote.price.total == Money(micros: 9 * 50_000) && quote.template == all.template && quote.maxConcurrent == all.maxConcurrent)
    #expect(try await Self.sample(desk, all) == quote)
    #expect(try await desk.number("SELECT count(*) FROM quote") == 2)
    #expect(try await Self.sample(desk, all, 11).id != quote.id)
    #expect(try await desk.quotes.reopen(quote.id, for: desk.operatorAccount, now: BatchDesk.noon).quote == quote)
  }

  @Test("a size that is none, a quote that is gone, that expired or that is another's is refused")
  func refused() async throws {
    let desk = try await BatchDesk(leads: 20)
    let all = try await desk.preview().quote
    for size in [nil, 4, 51, 20] { await #expect(throws: InvalidInput.self) { try await Self.sample(desk, all, size) } }
    await #expect(throws: StartRefusal.quoteExpired) { try await Self.sample(desk, all, by: desk.otherOperator) }
    await #expect(throws: StartRefusal.quoteExpired) { try await Self.sample(desk, all, now: all.expiresAt) }
    #expect(try await desk.number("SELECT count(*) FROM quote") == 1)
  }

  @Test("once it has ended it offers the rest at what it measured, and says so in the audit trail")
  func rest() async throws {
    let desk = try await BatchDesk(leads: 100)
    let all = try await desk.preview().quote
    let running = try await desk.batches.place(
      .init(quote: try await Self.sample(desk, all, 6).id, order: BatchDesk.order(), isApproved: true), by: desk.operatorAccount, now: BatchDesk.noon)
    #expect(try await desk.quotes.restOffer(of: running, now: BatchDesk.noon) == nil)
    await #expect(throws: RestRefusal.self) { try await desk.quotes.rest(of: running, for: desk.operatorAccount, now: BatchDesk.noon) }
    _ = try await desk.batches.cancel(running.id, reason: "", by: desk.operatorAccount, now: BatchDesk.noon)
    let quote = try await Self.sample(desk, all)
    let batch = try await Self.run(desk, quote, failing: 4)
    #expect(batch.state == .completedWithErrors)
    #expect(try await desk.batches.history(of: batch).first?.detail["rest"] == "90")
    let offer = try #require(try await desk.quotes.restOffer(of: batch, now: BatchDesk.noon))
    #expect(Set(offer.keys) == Set(quote.sample?.rest ?? []) && offer.measuredPerLead == Money(micros: 30_000))
    let preview = try await desk.quotes.rest(of: batch, for: desk.operatorAccount, now: BatchDesk.noon)
    #expect(preview.quote.measuredBy == batch.key && preview.quote.estimate == offer.estimate && preview.quote.leadKeys == offer.keys)
    // History alone: (6 + 1) ∕ 11 of the 90; the sample itself weighs a third beside it.
    let before = 7.0 / 11
    #expect(abs(preview.quote.estimate.rates.delivery - (6 + 20 * before) / 30) < 1e-9)
    let next = try await desk.batches.place(
      .init(quote: preview.quote.id, order: BatchDesk.order(), isApproved: true), by: desk.operatorAccount, now: BatchDesk.noon)
    #expect(try await desk.batches.history(of: next).first?.detail["rest_of_sample"] == batch.id.text)
    #expect(try await desk.quotes.restOffer(of: try await desk.start([1]), now: BatchDesk.noon) == nil)
    // Its rest runs: it is not offered again, unless that is cancelled.
    #expect(try await desk.quotes.restOffer(of: batch, now: BatchDesk.noon) == nil)
    #expect(try await desk.quotes.restBatch(of: batch, visibleTo: desk.viewer) == next.id)
    await #expect(throws: RestRefusal(ranAs: next.id)) { try await desk.quotes.rest(of: batch, for: desk.operatorAccount, now: BatchDesk.noon) }
    _ = try await desk.batches.cancel(next.id, reason: "", by: desk.operatorAccount, now: BatchDesk.noon)
    #expect(try await desk.quotes.restOffer(of: batch, now: BatchDesk.noon)?.keys.count == 90)
    #expect(try await desk.quotes.restBatch(of: batch, visibleTo: desk.viewer) == nil)
  }

  @Test("a part of the rest that has run is left out, and a private one is told to those who may see it")
  func part() async throws {
    let desk = try await BatchDesk(leads: 30)
    let batch = try await Self.run(desk, try await Self.sample(desk, try await desk.preview().quote), failing: 0)
    let keys = try #require(try await desk.quotes.restOffer(of: batch, now: BatchDesk.noon)).keys
    let some = try await desk.quotes.preview(
      .init(leads: .keys(Array(keys.prefix(5))), maxConcurrent: 5, retryCount: 3, measuredBy: batch.key), for: desk.operatorAccount, now: BatchDesk.noon)
    let ran = try await Self.run(desk, some.quote, failing: 0, order: try BatchDesk.order(maxConcurrent: 100, isPrivate: true))
    #expect(try await desk.quotes.restOffer(of: batch, now: BatchDesk.noon)?.keys == Array(keys.dropFirst(5)))
    #expect(try await desk.quotes.restBatch(of: batch, visibleTo: desk.viewer) == nil)
    #expect(try await desk.quotes.restBatch(of: batch, visibleTo: desk.operatorAccount) == ran.id)
  }

  @Test("the rest reuses fresh reports as the whole was to")
  func reuse() async throws {
    let desk = try await ReuseTests.deskWithReports(Array(21...30), of: 30)
    let all = try await ReuseTests.preview(desk, Array(1...30), days: 7).quote
    let sample = try await Self.sample(desk, all, 6, now: ReuseTests.later)
    #expect(sample.reuseDays == 7 && sample.reused.isEmpty && sample.sample?.rest.count == 24)
    let placed = try await ReuseTests.place(desk, sample)
    try await ReuseTests.completeAll(placed, desk)
    let batch = try await desk.batch(placed.id)
    let offer = try #require(try await desk.quotes.restOffer(of: batch, now: ReuseTests.later))
    #expect(offer.keys.count == 24 && offer.reusedCount == 10 && offer.estimate.price.leadCount == 14)
    let rest = try await desk.quotes.rest(of: batch, for: desk.operatorAccount, now: ReuseTests.later).quote
    #expect(rest.reused.count == 10 && rest.reuseDays == 7 && rest.estimate == offer.estimate)
  }

  @Test("a sample is not sampled again")
  func twice() async throws {
    let desk = try await BatchDesk(leads: 30)
    let sample = try await Self.sample(desk, try await desk.preview().quote)
    await #expect(throws: InvalidInput.self) { try await Self.sample(desk, sample, 5) }
  }
}

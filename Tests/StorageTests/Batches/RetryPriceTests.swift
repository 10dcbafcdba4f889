import BatchReports
import Foundation
import GRDB
import TestSupport
import Testing

@testable import Storage

@Suite("The expected price of a retry")
struct RetryPriceTests {
  static func offer(_ desk: BatchDesk, _ batch: Batch, _ scope: RetryOrder.Scope = .failed) async throws -> BatchStore.RetryOffer {
    try await desk.batches.retryOffer(batch.id, scope, by: desk.operatorAccount, now: RetryTests.later)
  }

  /// A batch whose first leads fail with these codes, taken as its reserve allows.
  static func ended(_ desk: BatchDesk, failing codes: [LeadErrorCode], _ keys: [Int64]) async throws -> (batch: Batch, epoch: Int64) {
    let batch = try await desk.start(keys, BatchDesk.order(maxConcurrent: 100))
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    while case let claims = try await desk.claim(100, epoch: epoch), !claims.isEmpty {
      try await desk.advance(claims.map { $0.position < codes.count ? $0.fails(codes[$0.position]) : $0.succeeds() }, epoch: epoch)
    }
    return (try await desk.batch(batch.id), epoch)
  }

  @Test("it goes by the template's other batches, and by what became of retries, those of the same cause before all")
  func history() async throws {
    let desk = try await BatchDesk(leads: 40)
    _ = try await Self.ended(desk, failing: Array(repeating: .dnsFailed, count: 9), Array(1...19))
    let (batch, _) = try await Self.ended(desk, failing: [.timeout, .timeout, .timeout, .dnsFailed], Array(20...29))
    // Ten of nineteen were delivered, and one imagined lead.
    let first = try await Self.offer(desk, batch)
    #expect(first.cost == Money(micros: 200_000) && first.expected == Money(micros: 4 * 50_000 * 11 / 20))
    #expect(first.forecast.batches == 1 && first.forecast.retriedLeads == (0, 0))

    let (third, epoch) = try await Self.ended(desk, failing: [.timeout, .dnsFailed], Array(30...39))
    _ = try await RetryTests.retry(desk, batch, RetryTests.order(.errorCode(.timeout), approvedCost: Money(micros: 150_000)))
    let claims = try await desk.claim(9, epoch: epoch, now: RetryTests.later)
    try await desk.advance([claims[0].succeeds(), claims[1].fails(.timeout), claims[2].succeeds()], epoch: epoch, now: RetryTests.later)
    let timeouts = try await Self.offer(desk, third, .errorCode(.timeout))
    #expect(timeouts.forecast.retriedLeads == (3, 2))
    // A batch that was retried is none of the template's history: what is left of it is the first.
    let all = (2 + 11.0 / 20) / 4
    #expect(timeouts.expected.micros == Int64(((2 + all) / 4 * 50_000).rounded()))
    #expect(try await Self.offer(desk, third, .errorCode(.dnsFailed)).expected.micros == Int64((all * 50_000).rounded()))
    let causes = try await desk.batches.failureCauses(of: third)
    let forecasts = try await desk.batches.retryForecasts(of: third, causes: causes)
    #expect(forecasts[.timeout] == timeouts.expected && forecasts.count == 2)
  }

  @Test("leads without a website, and a batch that still runs, cost nothing; a retry that took up cancelled leads teaches nothing")
  func nothing() async throws {
    let desk = try await BatchDesk(leads: 2)
    try await desk.addLeads(2, withWebsite: false)
    let batch = try await desk.start(nil, BatchDesk.order(maxConcurrent: 100))
    #expect(try await desk.batches.retryForecasts(of: batch, causes: []).isEmpty)
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    // Two that can be paid, and then one that costs nothing.
    for count in [2, 1] {
      let claims = try await desk.claim(count, epoch: epoch)
      try await desk.advance(claims.map { $0.fails($0.position < 2 ? .timeout : .noWebsite) }, epoch: epoch)
    }
    let live = try await desk.batch(batch.id)
    #expect(try await desk.batches.retryForecasts(of: live, causes: try await desk.batches.failureCauses(of: live)).isEmpty)
    _ = try await desk.batches.cancel(batch.id, reason: "", by: desk.admin, now: BatchDesk.noon)
    let ended = try await desk.batch(batch.id)
    let forecasts = try await desk.batches.retryForecasts(of: ended, causes: try await desk.batches.failureCauses(of: ended))
    #expect(forecasts == [.timeout: Money(micros: 100_000), .noWebsite: .zero])
    _ = try await RetryTests.retry(desk, ended, RetryTests.order(.unfinished, approvedCost: .zero))
    try await desk.advance(try await desk.claim(9, epoch: epoch, now: RetryTests.later).map { $0.fails(.noWebsite) }, epoch: epoch, now: RetryTests.later)
    #expect(try await Self.offer(desk, try await desk.batch(batch.id)).forecast.retriedLeads == (0, 0))
  }

  @Test("a retry of leads that still have no website says nothing of what other leads will cost")
  func noWebsite() async throws {
    let desk = try await BatchDesk(leads: 2)
    try await desk.addLeads(2, withWebsite: false)
    let (batch, epoch) = try await Self.ended(desk, failing: [.timeout, .timeout, .noWebsite, .noWebsite], Array(1...4))
    _ = try await RetryTests.retry(desk, batch, RetryTests.order(.errorCode(.noWebsite), approvedCost: .zero))
    try await desk.advance(try await desk.claim(9, epoch: epoch, now: RetryTests.later).map { $0.fails(.noWebsite) }, epoch: epoch, now: RetryTests.later)
    let offer = try await Self.offer(desk, try await desk.batch(batch.id))
    #expect(offer.forecast.retriedLeads == (0, 0) && offer.expected == Money(micros: 100_000) && offer.expected == offer.cost)
  }

  @Test("of many failed leads it looks at some, and comes close to what each of them says")
  func many() async throws {
    let desk = try await BatchDesk(leads: 0)
    try await desk.addLeads(4000)
    // Every tenth has an email, so that kinds recur at a regular distance.
    try await desk.database.pool.write { try $0.execute(sql: "UPDATE lead SET email = 'a@b.example' WHERE key % 10 = 0") }
    let batch = try await desk.startPaid(prices: ["hunter": 1_000_000])
    try await desk.database.pool.write { db in
      try db.execute(
        sql: "UPDATE batch_lead SET state = 'failed', error_code = 'timeout', finished_at = 1, due_at = NULL WHERE batch_key = ?", arguments: [batch.key])
      try db.execute(
        sql: "UPDATE batch SET state = 'completed_with_errors', failed = pending, pending = 0, finished_at = 1 WHERE key = ?", arguments: [batch.key])
    }
    let ended = try await desk.batch(batch.id)
    let about = try #require(try await desk.batches.retryForecasts(of: ended, causes: try await desk.batches.failureCauses(of: ended))[.timeout])
    let exact = try await Self.offer(desk, ended).expected
    #expect(exact == batch.perReport * 4000 + Money(micros: 3600 * 1_000_000) && about != exact)
    #expect(abs(about.usd - exact.usd) < exact.usd / 20)
  }
}

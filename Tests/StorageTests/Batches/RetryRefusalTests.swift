import BatchReports
import Foundation
import GRDB
import TestSupport
import Testing

@testable import Storage

@Suite("Refused retries")
struct RetryRefusalTests {
  /// Expects the refusal, and that nothing has changed.
  private func expectRefused(
    _ code: RefusalCode, _ desk: BatchDesk, _ batch: Batch, _ order: RetryOrder, by account: Account? = nil, _ location: SourceLocation = #_sourceLocation
  ) async throws {
    let before = try await desk.batch(batch.id)
    do {
      try await RetryTests.retry(desk, batch, order, by: account)
      Issue.record("it was not refused", sourceLocation: location)
    } catch let refusal as any Refusal {
      #expect(refusal.code == code, sourceLocation: location)
      #expect(!refusal.explanation.isEmpty)
    }
    #expect(try await desk.batch(batch.id) == before, sourceLocation: location)
    #expect(try await desk.number("SELECT count(*) FROM reservation WHERE batch_key = \(batch.key)") == 1, sourceLocation: location)
    #expect(try await desk.number("SELECT count(*) FROM audit WHERE action = 'batch.retry'") == 0, sourceLocation: location)
  }

  @Test("leads that did not fail, codes that nothing failed with, and prices that nobody approved are refused")
  func input() async throws {
    let desk = try await BatchDesk(leads: 3)
    let (batch, _) = try await RetryTests.ended(desk, failing: [.timeout])
    let ids = try await desk.leadIDs()
    try await expectRefused(.invalidInput, desk, batch, RetryTests.order(.errorCode(.dnsFailed)))
    try await expectRefused(.invalidInput, desk, batch, RetryTests.order(.leads([ids[1]])))
    try await expectRefused(.invalidInput, desk, batch, RetryTests.order(.leads([ids[0], .version7()])))
    try await expectRefused(.costNotApproved, desk, batch, RetryTests.order(isApproved: false))
    try await expectRefused(.quoteChanged, desk, batch, RetryTests.order(approvedCost: Money(micros: 100_000)))
    await #expect(throws: RetryRefusal.priceChanged(was: Money(micros: 100_000), now: batch.perReport)) {
      try await RetryTests.retry(desk, batch, RetryTests.order(approvedCost: Money(micros: 100_000)))
    }
    try await expectRefused(.invalidTransition, desk, batch, RetryTests.order(.unfinished))
    try await expectRefused(.invalidTransition, desk, batch, RetryTests.order(run: 7))
    for scope in [RetryOrder.Scope.errorCode(.dnsFailed), .leads([ids[1]])] {
      await #expect(throws: InvalidInput.self) { try await desk.batches.retryOffer(batch.id, scope, by: desk.admin, now: BatchDesk.noon) }
    }
  }

  @Test("viewers and other operators retry nothing; a private batch is not even there for them")
  func roles() async throws {
    let desk = try await BatchDesk(leads: 3)
    let (batch, _) = try await RetryTests.ended(desk, failing: [.timeout])
    for account in [desk.viewer, desk.otherOperator] {
      try await expectRefused(.forbidden, desk, batch, RetryTests.order(), by: account)
      await #expect(throws: AccessRefusal.notYours) { try await desk.batches.retryOffer(batch.id, .failed, by: account, now: BatchDesk.noon) }
    }
    try await desk.database.pool.write { try $0.execute(sql: "UPDATE batch SET private = 1") }
    try await expectRefused(.notFound, desk, batch, RetryTests.order(), by: desk.otherOperator)
    await #expect(throws: NoSuchBatch.self) { try await desk.batches.retryOffer(batch.id, .failed, by: desk.viewer, now: BatchDesk.noon) }
    #expect(try await RetryTests.retry(desk, batch, by: desk.admin).run == 2)
  }

  @Test("a retry is held to today's budget; only an admin passes it, with a reason")
  func budget() async throws {
    let desk = try await BatchDesk(leads: 5, dailyLimit: Money(micros: 200_000))
    let (batch, _) = try await RetryTests.ended(desk, failing: [.timeout, .timeout], [1, 2, 3])
    // 0.05 is spent and 0.10 held by another: 0.05 is left of the day, and both leads cost 0.10.
    _ = try await desk.start([4, 5])
    let offer = try await desk.batches.retryOffer(batch.id, .failed, by: desk.operatorAccount, now: BatchDesk.noon)
    #expect(offer.cost == Money(micros: 100_000) && offer.budget.remaining == Money(micros: 50_000))
    try await expectRefused(.budgetExceeded, desk, batch, RetryTests.order())
    try await expectRefused(.budgetExceeded, desk, batch, RetryTests.order(overrun: "Asked for"))
    try await expectRefused(.budgetExceeded, desk, batch, RetryTests.order(), by: desk.admin)
    let passed = try RetryTests.order(reason: "Once more", overrun: "The customer waits")
    #expect(try await RetryTests.retry(desk, batch, passed, by: desk.admin).state == .processing)
    #expect(try await desk.batches.history(of: batch).last?.reason == "Once more / The customer waits")
    #expect(try await desk.number("SELECT count(*) FROM audit WHERE action = 'batch.retry' AND detail ->> 'over_budget' = 'yes'") == 1)
    #expect(try await desk.budget.state(at: BatchDesk.noon).reserved == Money(micros: 200_000))
  }

  @Test("the same form twice makes one retry; another person's, or another choice, is told so")
  func twice() async throws {
    let desk = try await BatchDesk(leads: 3)
    let (batch, epoch) = try await RetryTests.ended(desk, failing: [.timeout, .dnsFailed])
    let order = try RetryTests.order(.errorCode(.timeout), run: 1)
    let first = try await RetryTests.retry(desk, batch, order)
    #expect(try await RetryTests.retry(desk, batch, order) == first)
    await #expect(throws: RetryRefusal.retriedMeanwhile) { try await RetryTests.retry(desk, batch, order, by: desk.admin) }
    await #expect(throws: RetryRefusal.retriedMeanwhile) { try await RetryTests.retry(desk, batch, RetryTests.order(run: 1)) }
    #expect(try await desk.number("SELECT count(*) FROM audit WHERE action = 'batch.retry'") == 1)
    try await desk.advance(try await desk.claim(1, epoch: epoch, now: RetryTests.later).map { $0.fails(.timeout) }, epoch: epoch, now: RetryTests.later)
    // Long after its end too: what comes late was answered already.
    #expect(try await RetryTests.retry(desk, batch, order).state == .completedWithErrors)
    #expect(try await RetryTests.retry(desk, batch, RetryTests.order(run: 2)).run == 3)
  }

  @Test("the same leads again are a repetition, in any order; other leads are not")
  func otherLeads() async throws {
    let desk = try await BatchDesk(leads: 3)
    let (batch, epoch) = try await RetryTests.ended(desk, failing: [.timeout, .timeout, .timeout])
    let ids = try await desk.leadIDs()
    let order = try RetryTests.order(.leads([ids[0], ids[2]]), run: 1)
    let first = try await RetryTests.retry(desk, batch, order)
    #expect(try await RetryTests.retry(desk, batch, RetryTests.order(.leads([ids[2], ids[0]]), run: 1)) == first)
    await #expect(throws: RetryRefusal.retriedMeanwhile) { try await RetryTests.retry(desk, batch, RetryTests.order(.leads([ids[1]]), run: 1)) }
    try await desk.advance(try await desk.claim(2, epoch: epoch, now: RetryTests.later).map { $0.succeeds() }, epoch: epoch, now: RetryTests.later)
    await #expect(throws: RetryRefusal.retriedMeanwhile) { try await RetryTests.retry(desk, batch, RetryTests.order(.leads([ids[1]]), run: 1)) }
    #expect(try await RetryTests.retry(desk, batch, order).state == .completedWithErrors)
  }

  @Test("of many retries at once exactly one is made")
  func race() async throws {
    let desk = try await BatchDesk(leads: 3, dailyLimit: Money(micros: 1_000_000))
    let (batch, _) = try await RetryTests.ended(desk, failing: [.timeout, .dnsFailed])
    let made = try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<20 {
        group.addTask {
          do { return try await RetryTests.retry(desk, batch).run == 2 } catch is InvalidTransition { return false }
        }
      }
      return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(made == 1)
    #expect(try await desk.budget.state(at: BatchDesk.noon).reserved == batch.perReport * 2)
  }

  @Test("a batch whose leads are in another live batch of its owner waits for that one")
  func inProgress() async throws {
    let desk = try await BatchDesk(leads: 3)
    let (batch, _) = try await RetryTests.ended(desk, failing: [.timeout])
    let other = try await desk.start()
    let order = try RetryTests.order()
    await #expect(throws: StartRefusal.batchInProgress(other.id)) { try await RetryTests.retry(desk, batch, order) }
    _ = try await desk.batches.cancel(other.id, reason: "", by: desk.admin, now: BatchDesk.noon)
    #expect(try await RetryTests.retry(desk, batch, order).state == .processing)
    await #expect(throws: StartRefusal.batchInProgress(batch.id)) { try await desk.start() }
  }

  @Test("texts that are too long are refused, and scopes are read as forms and JSON have them")
  func reading() throws {
    let long = String(repeating: "r", count: 501)
    for (reason, overrun, field) in [(long, nil, "reason"), ("", long, "overrun_reason")] as [(String, String?, String)] {
      do {
        _ = try RetryOrder(scope: .failed, isApproved: true, reason: reason, overrunReason: overrun)
        Issue.record("it was not refused")
      } catch let input as InvalidInput { #expect(input.field == field) }
    }
    #expect(try RetryOrder(scope: .failed, isApproved: true, reason: " why ", overrunReason: "  ").overrunReason == nil)
    #expect(try RetryOrder.Scope("failed", errorCode: "timeout", leads: []) == .failed)
    #expect(try RetryOrder.Scope("error_code", errorCode: "timeout", leads: []) == .errorCode(.timeout))
    let id = UUID.version7()
    #expect(try RetryOrder.Scope("leads", errorCode: nil, leads: [id.text, id.text]) == .leads([id]))
    let refused: [(String?, String?, [String], String)] = [
      (nil, nil, [], "scope"), ("all", nil, [], "scope"), ("error_code", nil, [], "error_code"), ("error_code", "no_such", [], "error_code"),
      ("leads", nil, [], "lead_ids"), ("leads", nil, ["x"], "lead_ids"),
    ]
    for (name, code, leads, field) in refused {
      do {
        _ = try RetryOrder.Scope(name, errorCode: code, leads: leads)
        Issue.record("\(name ?? "nothing") was not refused")
      } catch let input as InvalidInput { #expect(input.field == field) }
    }
  }
}

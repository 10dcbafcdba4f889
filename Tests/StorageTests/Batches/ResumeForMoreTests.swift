import BatchReports
import Foundation
import GRDB
import Storage
import TestSupport
import Testing

@Suite("Resuming a batch whose money is spent, and what a retry costs")
struct ResumeForMoreTests {
  /// A batch of three leads, paused because its money is spent with one lead in flight, which has its call kept.
  private func spent(limit: Money? = nil) async throws -> (desk: BatchDesk, batch: Batch, epoch: Int64) {
    let desk = try await BatchDesk(leads: 3, dailyLimit: limit)
    let batch = try await desk.startPaid(prices: ["hunter": 10_000, "semrush": 20_000], approved: 70_000)
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    let claim = try await #require(desk.claim(1, epoch: epoch).first)
    let ledger = desk.ledger()
    let intent = try await ledger.intend(claim, step: "hunter", provider: "hunter")
    try await ledger.settle(intent, of: claim, .charged(units: 1, externalID: nil, answer: Data()))
    await #expect(throws: CallLedger.Refusal.reserveIsSpent) { _ = try await ledger.intend(claim, step: "semrush", provider: "semrush") }
    try await desk.advance([claim.ends(.released)], epoch: epoch)
    return (desk, try await desk.batch(batch.id), epoch)
  }

  @Test("it needs what the open leads can still cost, less what it holds, and no call is counted that is kept")
  func offer() async throws {
    let (desk, batch, _) = try await spent()
    // Three reports (0.15), two leads with both calls (0.06), one with one call left (0.02), less 0.06 still held.
    let offer = try await desk.batches.resumeOffer(batch.id, by: desk.admin, now: BatchDesk.noon)
    #expect(offer.cost == Money(micros: 170_000))
    let order = try ResumeOrder(reason: "Go on", approvedCost: Money(micros: 170_000), isApproved: true)
    let resumed = try await desk.batches.resume(batch.id, order, by: desk.admin, now: BatchDesk.noon)
    #expect(resumed.state == .processing && !resumed.isReserveSpent && resumed.atMost == Money(micros: 240_000))
    #expect(try await desk.batches.history(of: resumed).last?.detail["approved"] == "$0.1700")
    #expect(try await desk.brokenMoney() == [])
  }

  @Test("it is refused unapproved, at another price, by strangers, and beyond the budget unless an admin says why")
  func refused() async throws {
    let (desk, batch, _) = try await spent(limit: Money(micros: 200_000))
    func resume(_ order: ResumeOrder, by account: Account? = nil) async throws {
      _ = try await desk.batches.resume(batch.id, order, by: account ?? desk.operatorAccount, now: BatchDesk.noon)
    }
    await #expect(throws: ResumeRefusal.costNotApproved(Money(micros: 170_000))) { try await resume(ResumeOrder()) }
    await #expect(throws: ResumeRefusal.priceChanged(was: Money(micros: 1), now: Money(micros: 170_000))) {
      try await resume(ResumeOrder(approvedCost: Money(micros: 1), isApproved: true))
    }
    await #expect(throws: AccessRefusal.notYours) { try await resume(ResumeOrder(isApproved: true), by: desk.otherOperator) }
    await #expect(throws: BudgetExceeded.self) { try await resume(ResumeOrder(isApproved: true, overrunReason: "An operator's reason")) }
    await #expect(throws: BudgetExceeded.self) { try await resume(ResumeOrder(isApproved: true), by: desk.admin) }
    #expect(try await desk.batch(batch.id).state == .paused)
    try await resume(ResumeOrder(isApproved: true, overrunReason: "The fair"), by: desk.admin)
    let resumed = try await desk.batch(batch.id)
    #expect(try await desk.batches.history(of: resumed).last?.reason == "The fair")
    #expect(try await desk.budget.state(at: BatchDesk.noon).overrun == Money(micros: 40_000))
    #expect(try await desk.brokenMoney() == [])
  }

  @Test("one that a person paused needs nothing more; one that runs cannot be resumed")
  func nothingMore() async throws {
    let desk = try await BatchDesk(leads: 1)
    let batch = try await desk.startPaid(approved: 1)
    await #expect(throws: InvalidTransition.self) { _ = try await desk.batches.resumeOffer(batch.id, by: desk.admin, now: BatchDesk.noon) }
    _ = try await desk.batches.pause(batch.id, reason: "", by: desk.admin, now: BatchDesk.noon)
    #expect(try await desk.batches.resumeOffer(batch.id, by: desk.admin, now: BatchDesk.noon).cost == .zero)
  }

  @Test("a cancel of a paused batch whose money is spent gives back what is left")
  func cancelled() async throws {
    let (desk, batch, _) = try await spent()
    let (ended, receipt) = try await desk.batches.cancel(batch.id, reason: "", by: desk.admin, now: BatchDesk.noon)
    #expect(ended.state == .cancelled && receipt.charged == Money(micros: 10_000))
    #expect(try await desk.number("SELECT reserved FROM budget_day") == 0)
    #expect(try await desk.brokenMoney() == [])
  }

  @Test("a retry costs its reports and only the calls that are made again, and reserves just that")
  func retry() async throws {
    let desk = try await BatchDesk(leads: 3)
    try await desk.database.pool.write { try $0.execute(sql: "UPDATE lead SET email = 'a@b.example' WHERE key = 3") }
    let batch = try await desk.startPaid(prices: ["hunter": 10_000, "semrush": 20_000])
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    let claims = try await desk.claim(3, epoch: epoch)
    let ledger = desk.ledger()
    for step in ["hunter", "semrush"] {
      let intent = try await ledger.intend(claims[0], step: step, provider: step)
      try await ledger.settle(intent, of: claims[0], .charged(units: 1, externalID: nil, answer: Data("{}".utf8)))
    }
    try await desk.advance(claims.map { $0.fails(.timeout) }, epoch: epoch)
    // The first has paid for everything, the second calls both, the third has an email.
    let offer = try await desk.batches.retryOffer(batch.id, .failed, by: desk.admin, now: BatchDesk.noon)
    #expect(offer.leadCount == 3 && offer.cost == Money(micros: 3 * 50_000 + 30_000 + 20_000))
    // Nothing is known of other batches, so all is expected to go well.
    #expect(offer.expected == offer.cost && offer.forecast.batches == 0)
    let ids = try await desk.leadIDs()
    let one = try await desk.batches.retryOffer(batch.id, .leads([ids[0]]), by: desk.admin, now: BatchDesk.noon)
    #expect(one.cost == Money(micros: 50_000))
    let order = try RetryOrder(scope: .errorCode(.timeout), approvedCost: offer.cost, isApproved: true)
    let retried = try await desk.batches.retry(batch.id, order, by: desk.admin, now: BatchDesk.noon)
    #expect(try await desk.number("SELECT amount FROM reservation WHERE run = 2") == 200_000)
    let again = try await desk.claim(3, epoch: epoch)
    #expect(try await ledger.kept(again[0]).keys.sorted() == ["hunter", "semrush"])
    try await desk.advance(again.map { $0.succeeds() }, epoch: epoch)
    #expect(try await desk.batch(retried.id).actual == Money(micros: 180_000))
    #expect(try await desk.number("SELECT applicable FROM batch_provider WHERE provider = 'semrush'") == 3)
    #expect(try await desk.brokenMoney() == [])
  }
}

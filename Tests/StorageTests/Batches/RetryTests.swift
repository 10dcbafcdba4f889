import BatchReports
import Foundation
import GRDB
import TestSupport
import Testing

@testable import Storage

@Suite("Retries of failed leads")
struct RetryTests {
  static let later = BatchDesk.noon.addingTimeInterval(3600)

  static func order(
    _ scope: RetryOrder.Scope = .failed, run: Int? = nil, approvedCost: Money? = nil, isApproved: Bool = true, reason: String = "", overrun: String? = nil
  ) throws -> RetryOrder {
    try RetryOrder(scope: scope, run: run, approvedCost: approvedCost, isApproved: isApproved, reason: reason, overrunReason: overrun)
  }

  /// A batch that has ended: its first leads fail with these codes, the others succeed. It took ten seconds.
  static func ended(_ desk: BatchDesk, failing codes: [LeadErrorCode], _ keys: [Int64]? = nil) async throws -> (batch: Batch, epoch: Int64) {
    let batch = try await desk.start(keys, BatchDesk.order(maxConcurrent: 100))
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    let claims = try await desk.claim(100, epoch: epoch)
    let outcomes = claims.map { $0.position < codes.count ? $0.fails(codes[$0.position]) : $0.succeeds() }
    try await desk.advance(outcomes, epoch: epoch, now: BatchDesk.noon.addingTimeInterval(10))
    return (try await desk.batch(batch.id), epoch)
  }

  @discardableResult
  static func retry(_ desk: BatchDesk, _ batch: Batch, _ order: RetryOrder? = nil, by account: Account? = nil, now: Date = later) async throws -> Batch {
    let order = if let order { order } else { try Self.order() }
    return try await desk.batches.retry(batch.id, order, by: account ?? desk.operatorAccount, now: now)
  }

  @Test("a retry takes up the failed leads alone, reserves their price, and ends the batch again")
  func whole() async throws {
    let desk = try await BatchDesk(leads: 5, dailyLimit: Money(micros: 1_000_000))
    let (batch, epoch) = try await Self.ended(desk, failing: [.timeout, .dnsFailed])
    #expect(batch.state == .completedWithErrors && batch.actual == batch.perReport * 3 && batch.run == 1)
    let offer = try await desk.batches.retryOffer(batch.id, .failed, by: desk.operatorAccount, now: Self.later)
    #expect(offer.leadCount == 2 && offer.cost == batch.perReport * 2)

    let retried = try await Self.retry(desk, batch, Self.order(approvedCost: offer.cost, reason: "The network is back"))
    #expect(retried.state == .processing && retried.run == 2 && retried.seq > batch.seq && retried.finishedAt == nil)
    #expect(retried.counts == BatchCounts(total: 5, pending: 2, completed: 3))
    #expect(try await desk.budget.state(at: BatchDesk.noon).reserved == batch.perReport * 2)
    #expect(try await desk.leadStates(retried) == [.pending, .pending, .completed, .completed, .completed])
    // The hour between its end and the retry is no work.
    #expect(retried.elapsedSeconds(at: Self.later.addingTimeInterval(5)) == 15)

    let claims = try await desk.claim(100, epoch: epoch, now: Self.later)
    #expect(claims.map(\.attempt) == [2, 2] && claims.map(\.triedBefore) == [1, 1])
    try await desk.advance([claims[0].succeeds(), claims[1].fails()], epoch: epoch, now: Self.later.addingTimeInterval(5))
    let again = try await desk.batch(batch.id)
    #expect(again.state == .completedWithErrors && again.counts == BatchCounts(total: 5, completed: 4, failed: 1))
    #expect(again.actual == batch.perReport * 4 && again.elapsedSeconds(at: .distantFuture) == 15)
    let budget = try await desk.budget.state(at: BatchDesk.noon)
    #expect(budget.reserved == .zero && budget.spentToday == batch.perReport * 4)

    try await Self.retry(desk, again)
    try await desk.advance(try await desk.claim(100, epoch: epoch, now: Self.later).map { $0.succeeds() }, epoch: epoch, now: Self.later)
    let done = try await desk.batch(batch.id)
    #expect(done.state == .completed && done.run == 3 && done.actual == batch.perReport * 5)
    let lead = try #require(try await desk.batches.leads(of: done, limit: 5).leads.dropFirst().first)
    #expect(lead.attempts == 3)
    let tries = try await desk.batches.attempts(ofLead: lead.leadID, visibleTo: desk.viewer)
    #expect(tries.map(\.number) == [3, 2, 1] && tries.map(\.outcome) == ["completed", "failed", "failed"])
    #expect(try await desk.number("SELECT count(*) FROM reservation WHERE released_at IS NOT NULL") == 3)
    let lines = try await desk.batches.history(of: done).filter { $0.action == "batch.retry" }
    let detail = "detail ->> 'leads' = '2' AND detail ->> 'approved' = '$0.1000' AND detail ->> 'run' = '2'"
    #expect(lines.map(\.actor) == ["operator@example.com", "operator@example.com"] && lines[0].reason == "The network is back")
    #expect(try await desk.number("SELECT count(*) FROM audit WHERE \(detail)") == 1)
  }

  @Test("one error code, or chosen leads, are retried alone")
  func scopes() async throws {
    let desk = try await BatchDesk(leads: 5)
    let (batch, epoch) = try await Self.ended(desk, failing: [.timeout, .dnsFailed, .timeout, .dnsFailed])
    let retried = try await Self.retry(desk, batch, Self.order(.errorCode(.timeout)))
    #expect(try await desk.leadStates(retried) == [.pending, .failed, .pending, .failed, .completed])
    #expect(retried.counts.failed == 2 && retried.failedBefore == 2)
    #expect(try await desk.batches.failureCauses(of: retried).map(\.code) == [.dnsFailed])
    try await desk.advance(try await desk.claim(9, epoch: epoch, now: Self.later).map { $0.succeeds() }, epoch: epoch, now: Self.later)
    let ids = try await desk.leadIDs()
    let chosen = try await Self.retry(desk, try await desk.batch(batch.id), Self.order(.leads([ids[3]])))
    #expect(try await desk.leadStates(chosen) == [.completed, .failed, .completed, .pending, .completed])
  }

  @Test("a batch that is live, or in which nothing failed, is not retried", arguments: BatchState.allCases)
  func states(state: BatchState) async throws {
    let desk = try await BatchDesk()
    let batch = try await ControlTests.batch(in: state, desk)
    switch state {
    case .completedWithErrors, .failed:
      let retried = try await Self.retry(desk, batch)
      #expect(retried.state == .processing && retried.stateReason.isEmpty && state.mayBecome(.processing))
      return
    case .completed, .cancelled: await #expect(throws: RetryRefusal.nothingFailed) { try await Self.retry(desk, batch) }
    default: await #expect(throws: InvalidTransition(action: "retried", state: state)) { try await Self.retry(desk, batch) }
    }
    #expect(try await desk.batch(batch.id) == batch)
    #expect(try await desk.number("SELECT count(*) FROM reservation") == 1)
  }

  @Test("a cancelled batch's failed leads are retried; those that were cancelled stay so, and it does not count as completed")
  func cancelled() async throws {
    let desk = try await BatchDesk(leads: 4, dailyLimit: Money(micros: 1_000_000))
    let batch = try await desk.start()
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    try await desk.advance(try await desk.claim(2, epoch: epoch).map { $0.fails() }, epoch: epoch)
    _ = try await desk.batches.cancel(batch.id, reason: "Wrong list", by: desk.admin, now: BatchDesk.noon)
    let retried = try await Self.retry(desk, batch, by: desk.admin)
    #expect(retried.state == .processing && retried.stateReason.isEmpty && retried.counts == BatchCounts(total: 4, pending: 2, cancelled: 2))
    let claims = try await desk.claim(2, epoch: epoch, now: Self.later)
    try await desk.advance([claims[0].succeeds()], epoch: epoch, now: Self.later)
    // Cancelled again, it gives back what the retry holds, not what the first run held.
    let (_, receipt) = try await desk.batches.cancel(batch.id, reason: "", by: desk.admin, now: Self.later)
    #expect(receipt.charged == batch.perReport && receipt.inFlight == 1 && receipt.released == .zero)
    try await desk.advance([claims[1].ends(.cancelled)], epoch: epoch, now: Self.later)
    #expect(BatchStore.receipt(of: try await desk.batch(batch.id)).released == batch.perReport)
    #expect(try await desk.budget.state(at: BatchDesk.noon) == BudgetState(dailyLimit: Money(micros: 1_000_000), spentToday: batch.perReport, reserved: .zero))

    let other = try await desk.start([1, 2])
    try await desk.advance([try await desk.claim(1, epoch: epoch).first?.fails()].compactMap { $0 }, epoch: epoch)
    _ = try await desk.batches.cancel(other.id, reason: "", by: desk.admin, now: BatchDesk.noon)
    try await Self.retry(desk, other)
    try await desk.advance(try await desk.claim(2, epoch: epoch, now: Self.later).map { $0.succeeds() }, epoch: epoch, now: Self.later)
    let ended = try await desk.batch(other.id)
    #expect(ended.counts == BatchCounts(total: 2, completed: 1, cancelled: 1) && ended.state == .completedWithErrors)
  }

  @Test("leads that a cancel never ran are taken up for their price, all of them or ticked ones beside failed ones, and then it is whole")
  func unfinished() async throws {
    let desk = try await BatchDesk(leads: 5, dailyLimit: Money(micros: 1_000_000))
    let batch = try await desk.start()
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    let claims = try await desk.claim(3, epoch: epoch)
    try await desk.advance([claims[0].succeeds(), claims[1].fails()], epoch: epoch)
    _ = try await desk.batches.cancel(batch.id, reason: "", by: desk.admin, now: BatchDesk.noon)
    try await desk.advance([claims[2].ends(.cancelled)], epoch: epoch)
    #expect(try await desk.leadStates(batch) == [.completed, .failed, .cancelled, .cancelled, .cancelled])
    let ids = try await desk.leadIDs()
    await #expect(throws: InvalidInput.self) { try await Self.retry(desk, batch, Self.order(.leads([ids[0]]))) }

    let offer = try await desk.batches.retryOffer(batch.id, .leads([ids[1], ids[3]]), by: desk.operatorAccount, now: Self.later)
    #expect(offer.leadCount == 2 && offer.cancelledCount == 1 && offer.cost == batch.perReport * 2)
    let ticked = try await Self.retry(desk, batch, Self.order(.leads([ids[1], ids[3]])))
    #expect(ticked.counts == BatchCounts(total: 5, pending: 2, completed: 1, cancelled: 2))
    try await desk.advance(try await desk.claim(5, epoch: epoch, now: Self.later).map { $0.succeeds() }, epoch: epoch, now: Self.later)

    let all = try await Self.retry(desk, batch, Self.order(.unfinished, approvedCost: batch.perReport * 2))
    #expect(all.state == .processing && all.counts == BatchCounts(total: 5, pending: 2, completed: 3))
    // The one that was in flight has all of its tries again.
    let again = try await desk.claim(5, epoch: epoch, now: Self.later)
    #expect(again.map(\.attempt) == [2, 1] && again.map(\.triedBefore) == [1, 0])
    try await desk.advance(again.map { $0.succeeds() }, epoch: epoch, now: Self.later)
    let done = try await desk.batch(batch.id)
    #expect(done.state == .completed && done.run == 3 && done.actual == batch.perReport * 5)
    #expect(try await desk.budget.state(at: BatchDesk.noon).reserved == .zero)
    await #expect(throws: RetryRefusal.nothingUnfinished) { try await Self.retry(desk, batch, Self.order(.unfinished)) }
  }

  @Test("failures that a retry left alone do not stop it; those of its own do")
  func tolerance() async throws {
    let desk = try await BatchDesk(leads: 6)
    let batch = try await desk.start(nil, BatchDesk.order(maxFailureCount: 1))
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    let claims = try await desk.claim(5, epoch: epoch)
    try await desk.advance([claims[0].fails(.timeout), claims[1].fails(.timeout), claims[2].fails()], epoch: epoch)
    #expect(try await desk.batch(batch.id).state == .failed)
    try await Self.retry(desk, batch, Self.order(.errorCode(.dnsFailed)))
    try await desk.advance(try await desk.claim(5, epoch: epoch, now: Self.later).map { $0.fails() }, epoch: epoch, now: Self.later)
    let ended = try await desk.batch(batch.id)
    #expect(ended.state == .completedWithErrors && ended.counts.failed == 3)
    try await Self.retry(desk, ended)
    try await desk.advance(try await desk.claim(5, epoch: epoch, now: Self.later).map { $0.fails() }, epoch: epoch, now: Self.later)
    #expect(try await desk.batch(batch.id).state == .failed)
  }

  @Test("a crash in a retry loses nothing, and crashes count anew")
  func crash() async throws {
    let desk = try await BatchDesk(leads: 2)
    let batch = try await desk.start([1], BatchDesk.order(maxConcurrent: 1))
    for _ in 0..<3 { _ = try await desk.claim(1, epoch: desk.queue.beginEpoch(now: BatchDesk.noon)) }
    _ = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    #expect(try await desk.batches.failureCauses(of: desk.batch(batch.id)).map(\.code) == [.crashedRepeatedly])
    try await Self.retry(desk, batch)
    var epoch = try await desk.queue.beginEpoch(now: Self.later)
    #expect(try await desk.claim(1, epoch: epoch, now: Self.later).map(\.attempt) == [4])
    epoch = try await desk.queue.beginEpoch(now: Self.later)
    let claims = try await desk.claim(1, epoch: epoch, now: Self.later)
    #expect(claims.map(\.attempt) == [5] && claims.map(\.crashes) == [1] && claims.map(\.triedBefore) == [3])
    try await desk.advance(claims.map { $0.succeeds() }, epoch: epoch, now: Self.later)
    let done = try await desk.batch(batch.id)
    #expect(done.state == .completed && done.actual == done.perReport)
    #expect(try await desk.number("SELECT count(*) FROM attempt") == 5)
  }
}

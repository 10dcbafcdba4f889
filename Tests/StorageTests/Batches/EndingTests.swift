import BatchReports
import Foundation
import GRDB
import Storage
import TestSupport
import Testing

@Suite("How batches end, and what a crash leaves")
struct EndingTests {
  @Test("the last lead ends the batch: without failures completed, with any completed with errors")
  func ends() async throws {
    let desk = try await BatchDesk(leads: 2)
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    for (fails, state) in [(0, BatchState.completed), (1, .completedWithErrors), (2, .completedWithErrors)] {
      let batch = try await desk.start()
      let claims = try await desk.claim(2, epoch: epoch)
      let end = BatchDesk.noon.addingTimeInterval(9)
      try await desk.advance(claims.enumerated().map { $0 < fails ? $1.fails() : $1.succeeds() }, epoch: epoch, now: end)
      let ended = try await desk.batch(batch.id)
      #expect(ended.state == state && ended.finishedAt == end)
      #expect(try await desk.batches.history(of: ended).last?.action == "batch.\(state.rawValue)")
      #expect(try await desk.budget.state(at: BatchDesk.noon).reserved == .zero)
    }
  }

  @Test(
    "more failures than tolerated end the batch as failed, and what is open is cancelled",
    arguments: [
      (nil, 1, 2, BatchState.failed), (nil, 2, 2, .processing), (20, nil, 2, .processing), (20, nil, 3, .failed), (19.9, nil, 2, .failed),
      (0, nil, 1, .failed), (nil, 0, 0, .processing), (100, 1, 2, .failed),
    ] as [(Double?, Int?, Int, BatchState)])
  func tolerated(percent: Double?, count: Int?, failures: Int, expected: BatchState) async throws {
    let desk = try await BatchDesk(leads: 10)
    let batch = try await desk.start(nil, BatchDesk.order(maxFailurePercent: percent, maxFailureCount: count))
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    let claims = try await desk.claim(5, epoch: epoch)
    try await desk.advance([claims[4].succeeds()] + claims.prefix(failures).map { $0.fails() }, epoch: epoch)
    let after = try await desk.batch(batch.id)
    #expect(after.state == expected)
    guard expected == .failed else { return }
    #expect(after.counts == BatchCounts(total: 10, completed: 1, failed: failures, cancelled: 9 - failures))
    #expect(after.stateReason == "\(failures) leads failed, more than this batch tolerates.")
    #expect(after.actual == Money(micros: 50_000))
    #expect(try await desk.number("SELECT total(reserved) FROM budget_day") == 0)
    // Those that were in flight have a try in their history.
    #expect(try await desk.number("SELECT count(*) FROM attempt WHERE outcome = 'cancelled'") == 4 - failures)
  }

  @Test("a pause's reason goes with its end; a cancel's and a failure's stay")
  func reasons() async throws {
    let desk = try await BatchDesk(leads: 2)
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    for (ends, reason) in [(BatchState.completed, ""), (.cancelled, "Wrong list"), (.failed, "1 leads failed, more than this batch tolerates.")] {
      let batch = try await desk.start([1], BatchDesk.order(maxFailureCount: 0))
      let claims = try await desk.claim(1, epoch: epoch)
      _ = try await desk.batches.pause(batch.id, reason: "Lunch", by: desk.admin, now: BatchDesk.noon)
      if ends == .cancelled { _ = try await desk.batches.cancel(batch.id, reason: "Wrong list", by: desk.admin, now: BatchDesk.noon) }
      try await desk.advance(claims.map { ends == .failed ? $0.fails() : $0.succeeds() }, epoch: epoch)
      let ended = try await desk.batch(batch.id)
      #expect(ended.state == ends && ended.stateReason == reason)
    }
  }

  @Test("a batch begins once in its trail, also when it was paused in between")
  func beginsOnce() async throws {
    let desk = try await BatchDesk(leads: 2)
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    let queued = try await desk.start([1])
    _ = try await desk.batches.pause(queued.id, reason: "", by: desk.admin, now: BatchDesk.noon)
    _ = try await desk.batches.resume(queued.id, reason: "", by: desk.admin, now: BatchDesk.noon)
    let begun = try await desk.start([2])
    _ = try await desk.claim(1, epoch: epoch)
    let actions = try await desk.batches.history(of: queued).map(\.action)
    #expect(actions == ["batch.start", "batch.pause", "batch.resume"])
    #expect(try await desk.batch(queued.id).startedAt == BatchDesk.noon)
    #expect(try await desk.batches.history(of: begun).map(\.action) == ["batch.start", "batch.processing"])
  }

  @Test("a report of a private batch does not show in the lead's row, which everyone sees")
  func privateReport() async throws {
    let desk = try await BatchDesk(leads: 2)
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    _ = try await desk.start([1], BatchDesk.order(isPrivate: true))
    _ = try await desk.start([2])
    try await desk.advance(try await desk.claim(1, epoch: epoch).map { $0.succeeds() }, epoch: epoch)
    #expect(try await desk.number("SELECT count(*) FROM report") == 2)
    #expect(try await desk.number("SELECT sum(key) FROM lead WHERE reported_at IS NOT NULL") == 2)
  }

  @Test("the failure that is too many may be the very last lead")
  func lastLead() async throws {
    let desk = try await BatchDesk(leads: 1)
    let batch = try await desk.start(nil, BatchDesk.order(maxFailureCount: 0))
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    let claims = try await desk.claim(1, epoch: epoch)
    try await desk.advance([claims[0].fails()], epoch: epoch)
    #expect(try await desk.batch(batch.id).state == .failed)
  }

  @Test("a paused batch whose last leads in flight fail too often is failed too")
  func pausedFails() async throws {
    let desk = try await BatchDesk(leads: 3)
    let batch = try await desk.start(nil, BatchDesk.order(maxConcurrent: 1, maxFailureCount: 0))
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    let claims = try await desk.claim(1, epoch: epoch)
    _ = try await desk.batches.pause(batch.id, reason: "", by: desk.admin, now: BatchDesk.noon.addingTimeInterval(10))
    try await desk.advance([claims[0].fails()], epoch: epoch, now: BatchDesk.noon.addingTimeInterval(60))
    let ended = try await desk.batch(batch.id)
    #expect(ended.state == .failed && ended.elapsedSeconds(at: .distantFuture) == 10)
  }

  @Test("a lead in flight in a crash runs again, the third time it is set aside, and no retry is used up")
  func crashes() async throws {
    let desk = try await BatchDesk(leads: 1)
    let batch = try await desk.start(nil, BatchDesk.order(retryCount: 0))
    for crash in 0..<3 {
      let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon.addingTimeInterval(Double(crash)))
      let claims = try await desk.claim(1, epoch: epoch, now: BatchDesk.noon.addingTimeInterval(Double(crash)))
      #expect(claims.map(\.attempt) == [crash + 1])
      #expect(claims.map(\.crashes) == [crash])
    }
    _ = try await desk.queue.beginEpoch(now: BatchDesk.noon.addingTimeInterval(9))
    let ended = try await desk.batch(batch.id)
    #expect(ended.state == .completedWithErrors)
    let lead = try #require(try await desk.batches.leads(of: ended, limit: 1).leads.first)
    #expect(lead.state == .failed && lead.errorCode == .crashedRepeatedly && lead.attempts == 3)
    #expect(try await desk.batches.attempts(ofLead: lead.leadID, visibleTo: desk.viewer).map(\.outcome) == ["crashed", "crashed", "crashed"])
  }

  @Test("crashes count against what a batch tolerates")
  func crashesTolerated() async throws {
    let desk = try await BatchDesk(leads: 2)
    let batch = try await desk.start(nil, BatchDesk.order(maxConcurrent: 1, maxFailureCount: 0))
    for _ in 0..<3 { _ = try await desk.claim(1, epoch: desk.queue.beginEpoch(now: BatchDesk.noon)) }
    _ = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    #expect(try await desk.batch(batch.id).state == .failed)
  }

  @Test("after a crash a batch that was being cancelled is cancelled, and a paused one stays paused")
  func crashInOtherStates() async throws {
    let desk = try await BatchDesk(leads: 4)
    let cancelled = try await desk.start([1, 2])
    let paused = try await desk.start([3, 4])
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    #expect(try await desk.claim(1, epoch: epoch).count == 2)
    _ = try await desk.batches.cancel(cancelled.id, reason: "", by: desk.admin, now: BatchDesk.noon)
    _ = try await desk.batches.pause(paused.id, reason: "", by: desk.admin, now: BatchDesk.noon)
    _ = try await desk.queue.beginEpoch(now: BatchDesk.noon.addingTimeInterval(-5))
    #expect(try await desk.batch(cancelled.id).counts == BatchCounts(total: 2, cancelled: 2))
    #expect(try await desk.batch(cancelled.id).state == .cancelled)
    #expect(try await desk.batch(paused.id).counts == BatchCounts(total: 2, pending: 2))
    #expect(try await desk.batch(paused.id).state == .paused)
    #expect(try await desk.number("SELECT count(*) FROM attempt WHERE finished_at < started_at") == 0)
  }

  @Test(
    "the schema refuses counters that do not sum, an ended batch with open leads, and a changed ledger",
    arguments: [
      "UPDATE batch SET completed = completed + 1", "UPDATE batch SET pending = -1, completed = 4", "UPDATE batch SET state = 'completed', finished_at = 1",
      "UPDATE batch SET state = 'paused'", "UPDATE batch_lead SET epoch = 1", "UPDATE batch_lead SET state = 'completed'", "DELETE FROM charge",
      "UPDATE charge SET amount = 0", "UPDATE budget_day SET reserved = -1", "UPDATE reservation SET settled = amount + 1", "DELETE FROM audit",
    ])
  func invariants(sql: String) async throws {
    let desk = try await BatchDesk(leads: 3)
    _ = try await desk.start()
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    let claims = try await desk.claim(1, epoch: epoch)
    try await desk.advance([claims[0].succeeds()], epoch: epoch)
    await #expect(throws: DatabaseError.self) { try await desk.database.pool.write { try $0.execute(sql: sql) } }
  }
}

import BatchReports
import Foundation
import Logging
import Storage
import TestSupport
import Testing

@testable import Web

@Suite struct ProgressFeedTests {
  /// A feed over a desk, whose looks the test makes one by one.
  private struct Bench {
    let desk: BatchDesk
    let clock = TestClock(BatchDesk.noon)
    let hub = ProgressHub()
    let feed: ProgressFeed

    init(leads: Int = 3) async throws {
      desk = try await BatchDesk(leads: leads)
      feed = ProgressFeed(
        batches: desk.batches, commits: desk.database.commits, hub: hub, logger: Logger(label: "test"), now: { [clock] in clock.now })
    }

    /// The messages that the next look publishes.
    func look(_ mailbox: ProgressMailbox) async throws -> [ProgressSnapshot] {
      try await feed.publishChanges()
      return mailbox.take().map(\.snapshot)
    }

    func pause(_ batch: Batch) async throws { _ = try await desk.batches.pause(batch.id, reason: "", by: desk.admin, now: clock.now) }
    func resume(_ batch: Batch) async throws { _ = try await desk.batches.resume(batch.id, reason: "", by: desk.admin, now: clock.now) }
    func cancel(_ batch: Batch) async throws { _ = try await desk.batches.cancel(batch.id, reason: "", by: desk.admin, now: clock.now) }
  }

  @Test("A new batch is published at once, a change at most once a second, and then as it stands")
  func throttle() async throws {
    let bench = try await Bench()
    let mailbox = bench.hub.listen()
    let batch = try await bench.desk.start()
    #expect(try await bench.look(mailbox).map(\.status) == [.pending])
    #expect(try await bench.look(mailbox).isEmpty)
    bench.clock.advance(by: 0.3)
    try await bench.pause(batch)
    #expect(try await bench.look(mailbox).isEmpty)
    bench.clock.advance(by: 0.3)
    try await bench.resume(batch)
    #expect(try await bench.look(mailbox).isEmpty)
    bench.clock.advance(by: 0.5)
    let published = try await bench.look(mailbox)
    #expect(published.map(\.status) == [.processing])
    #expect(published.map(\.seq) == [3])
    #expect(try await bench.look(mailbox).isEmpty)
  }

  @Test("A quiet live batch is published anew before two seconds have passed, with the same seq and a later time")
  func heartbeat() async throws {
    let bench = try await Bench()
    let mailbox = bench.hub.listen()
    _ = try await bench.desk.start()
    let first = try await bench.look(mailbox)
    bench.clock.advance(by: 1.7)
    #expect(try await bench.look(mailbox).isEmpty)
    bench.clock.advance(by: 0.1)
    let second = try await bench.look(mailbox)
    #expect(second.map(\.seq) == first.map(\.seq))
    #expect(second.map(\.timestamp) == ["2026-03-02T12:00:01.800Z"])
  }

  @Test("Listeners are looked at again after a commit, at most once a second, and else once a minute")
  func roll() async throws {
    let bench = try await Bench()
    let mailbox = bench.hub.listen()
    func rollCalled(at version: Int64) -> Int64? {
      bench.feed.callRoll(at: version)
      return mailbox.takeRoll()
    }
    #expect(rollCalled(at: 1) == 1)
    #expect(rollCalled(at: 1) == nil)
    bench.clock.advance(by: 0.9)
    #expect(rollCalled(at: 2) == nil)
    bench.clock.advance(by: 0.1)
    #expect(rollCalled(at: 2) == 2)
    bench.clock.advance(by: 59.9)
    #expect(rollCalled(at: 2) == nil)
    bench.clock.advance(by: 0.1)
    #expect(rollCalled(at: 2) == 2)
  }

  @Test("A terminal snapshot is published at once, and then nothing more")
  func terminal() async throws {
    let bench = try await Bench()
    let mailbox = bench.hub.listen()
    let batch = try await bench.desk.start()
    _ = try await bench.look(mailbox)
    bench.clock.advance(by: 0.1)
    try await bench.cancel(batch)
    #expect(try await bench.look(mailbox).map(\.status) == [.cancelled])
    bench.clock.advance(by: 5)
    #expect(try await bench.look(mailbox).isEmpty)
  }

  @Test("A batch that was made and ended between two looks still has its end published to those who wait for it")
  func missedLife() async throws {
    let bench = try await Bench()
    let batch = try await bench.desk.start([1])
    let named = bench.hub.listen(to: batch.id)
    try await bench.cancel(batch)
    #expect(try await bench.look(named).map(\.status) == [.cancelled])
    let other = try await bench.desk.start([2])
    let all = bench.hub.listen()
    _ = try await bench.feed.snapshot(of: other.id)
    try await bench.cancel(other)
    #expect(try await bench.look(all).map(\.batchID) == [other.id.text])
    #expect(try await bench.look(named).isEmpty)
  }

  @Test("A batch that runs again after its end is published again, also within the second")
  func secondLife() async throws {
    let bench = try await Bench()
    let mailbox = bench.hub.listen()
    let batch = try await bench.desk.start()
    try await bench.cancel(batch)
    _ = bench.hub.listen(to: batch.id)
    #expect(try await bench.look(mailbox).map(\.status) == [.cancelled])
    try await bench.desk.database.pool.write { db in
      try db.execute(
        sql: "UPDATE batch SET state = 'processing', finished_at = NULL, pending = total, cancelled = 0, seq = seq + 1 WHERE key = ?",
        arguments: [batch.key])
    }
    bench.clock.advance(by: 0.5)
    #expect(try await bench.look(mailbox).isEmpty)
    bench.clock.advance(by: 0.5)
    #expect(try await bench.look(mailbox).map(\.status) == [.processing])
  }

  @Test("A clock that is set back does not silence the feed")
  func clockSetBack() async throws {
    let bench = try await Bench()
    let mailbox = bench.hub.listen()
    let batch = try await bench.desk.start()
    _ = try await bench.look(mailbox)
    bench.clock.advance(by: -3600)
    try await bench.pause(batch)
    #expect(try await bench.look(mailbox).map(\.status) == [.paused])
  }

  @Test("The rate is that of the last seconds, and the time left follows from it")
  func rate() async throws {
    let bench = try await Bench(leads: 20)
    let batch = try await bench.desk.start(nil, BatchDesk.order(maxConcurrent: 20))
    let epoch = try await bench.desk.queue.beginEpoch(now: bench.clock.now)
    let claims = try await bench.desk.claim(20, epoch: epoch, now: bench.clock.now)
    let mailbox = bench.hub.listen(to: batch.id)
    _ = try await bench.look(mailbox)
    for second in 0..<4 {
      bench.clock.advance(by: 1)
      try await bench.desk.advance(claims[second * 3..<second * 3 + 3].map { $0.succeeds() }, epoch: epoch, now: bench.clock.now)
      _ = try await bench.look(mailbox)
    }
    let snapshot = try #require(try await bench.feed.snapshot(of: batch.id))
    #expect(snapshot.processed == 12)
    #expect(snapshot.currentRatePerSecond == 3)
    #expect(snapshot.estimatedRemainingSeconds == 2.7)
    #expect(try await bench.feed.snapshot(of: UUID()) == nil)
  }

  @Test("Ended batches are forgotten after ten minutes")
  func forgets() async throws {
    let bench = try await Bench()
    let batch = try await bench.desk.start()
    try await bench.feed.publishChanges()
    try await bench.cancel(batch)
    try await bench.feed.publishChanges()
    #expect(bench.hub.newest(of: batch.id)?.isTerminal == true)
    bench.clock.advance(by: 601)
    try await bench.feed.publishChanges()
    #expect(bench.hub.newest(of: batch.id) == nil)
  }

  @Test("The running feed sees commits of another connection, and ends quietly when it is stopped")
  func runs() async throws {
    let bench = try await Bench()
    let elsewhere = BatchStore(database: try bench.desk.secondDatabase(), budget: bench.desk.budget, maxLeads: 10)
    let batch = try await bench.desk.start()
    let mailbox = bench.hub.listen(to: batch.id)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { [feed = bench.feed] in try await feed.run() }
      try await eventually("the batch is published") { bench.hub.newest(of: batch.id) != nil }
      bench.clock.advance(by: 1)
      _ = try await elsewhere.pause(batch.id, reason: "", by: bench.desk.admin, now: bench.clock.now)
      try await eventually("the pause is published") { bench.hub.newest(of: batch.id)?.snapshot.status == .paused }
      _ = mailbox.take()
      bench.clock.advance(by: 1.9)
      try await eventually("the heartbeat is published") { !mailbox.take().isEmpty }
      group.cancelAll()
      try await group.waitForAll()
    }
  }
}

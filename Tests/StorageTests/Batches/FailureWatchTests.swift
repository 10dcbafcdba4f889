import BatchReports
import Foundation
import TestSupport
import Testing

@testable import Storage

@Suite("The engine's own pauses")
struct FailureWatchTests {
  private static let noon = BatchDesk.noon

  /// A batch of 12 leads, five of them looked at, of which four may not fail.
  private struct Bench {
    let desk: BatchDesk
    let queue: WorkQueue
    let batch: Batch
    let epoch: Int64

    init(_ rule: AutoPause? = AutoPause(percent: 80, window: 5), maxFailureCount: Int? = nil) async throws {
      desk = try await BatchDesk(leads: 12)
      queue = WorkQueue(database: desk.database, archive: desk.queue.archive, autoPause: rule)
      batch = try await desk.start(nil, BatchDesk.order(maxConcurrent: 20, maxFailureCount: maxFailureCount))
      epoch = try await queue.beginEpoch(now: noon)
    }

    /// Takes as many leads as there are ends, and ends them so, in one commit or each in its own.
    @discardableResult
    func run(_ ends: [WorkQueue.Outcome.Result], together: Bool = true) async throws -> Batch {
      let claims = try await desk.claim(ends.count, epoch: epoch)
      #expect(claims.count == ends.count)
      let outcomes = zip(claims, ends).map { $0.ends($1) }
      for group in together ? [outcomes] : outcomes.map({ [$0] }) {
        _ = try await queue.advance(recording: group, epoch: epoch, now: noon) { _ in [:] }
      }
      return try await desk.batch(batch.id)
    }
  }

  private static let good = WorkQueue.Outcome.Result.completed(score: 80, report: Data("{}".utf8))
  private static func bad(_ code: LeadErrorCode = .timeout) -> WorkQueue.Outcome.Result { .failed(LeadFailure(code, "It failed.")) }

  @Test("a batch pauses with the failure that fills the measure, with reason and trail", arguments: [true, false])
  func pauses(together: Bool) async throws {
    let bench = try await Bench()
    #expect(try await bench.run([Self.good, Self.bad(), Self.bad(), Self.bad()], together: together).state == .processing)
    let paused = try await bench.run([Self.bad(.internal)], together: together)
    #expect(paused.state == .paused && paused.isPausedByEngine && paused.pausedAt == Self.noon)
    #expect(paused.stateReason.hasPrefix("4 of the last 5 leads failed"))
    let line = try #require(try await bench.desk.batches.history(of: paused).last)
    #expect(line.action == "batch.pause" && line.actor == "engine" && line.reason == paused.stateReason)
    #expect(try await bench.desk.claim(5, epoch: bench.epoch).isEmpty)
  }

  @Test("after a resume the window begins anew")
  func anew() async throws {
    let bench = try await Bench()
    #expect(try await bench.run(Array(repeating: Self.bad(), count: 5)).state == .paused)
    let resumed = try await ControlTests.apply(.resumed, bench.batch.id, bench.desk)
    #expect(resumed.state == .processing && !resumed.isPausedByEngine && resumed.stateReason.isEmpty)
    #expect(try await bench.run(Array(repeating: Self.bad(), count: 4)).state == .processing)
    #expect(try await bench.run([Self.bad()]).state == .paused)
  }

  @Test("only the last tries count")
  func window() async throws {
    let bench = try await Bench()
    #expect(try await bench.run([Self.bad(), Self.bad(), Self.good, Self.bad(), Self.good]).state == .processing)
    #expect(try await bench.run([Self.good, Self.good, Self.bad()]).state == .processing)
    #expect(try await bench.desk.number("SELECT length(recent_ends) FROM batch") == 5)
  }

  @Test("tries that will be tried again count: an outage does not use up most tries of a batch before it pauses")
  func outage() async throws {
    let bench = try await Bench()
    let retry = WorkQueue.Outcome.Result.retry(LeadFailure(.timeout, "Slow."), dueAt: Self.noon.addingTimeInterval(60))
    let paused = try await bench.run([retry, retry, retry, retry, retry])
    #expect(paused.state == .paused && paused.counts.retrying == 5)
  }

  @Test("the end of a batch, when only dead websites are tried again, pauses nothing")
  func deadWebsites() async throws {
    let bench = try await Bench()
    let retry = WorkQueue.Outcome.Result.retry(LeadFailure(.timeout, "Slow."), dueAt: Self.noon)
    // Of twelve leads five are dead; the good ones are done, and the dead ones fail again and again.
    _ = try await bench.run([Self.good, retry, Self.good, retry, Self.good, retry, Self.good, retry, Self.good, retry, Self.good, Self.good])
    for _ in 0..<3 { #expect(try await bench.run(Array(repeating: retry, count: 5)).state == .processing) }
    #expect(try await bench.run(Array(repeating: Self.bad(), count: 5)).state == .completedWithErrors)
  }

  @Test("faults of the leads' own never pause a batch")
  func theirs() async throws {
    let bench = try await Bench()
    #expect(try await bench.run(Array(repeating: Self.bad(.noWebsite), count: 10)).state == .processing)
  }

  @Test("without the rule nothing is counted and nothing pauses")
  func off() async throws {
    let bench = try await Bench(nil)
    #expect(try await bench.run(Array(repeating: Self.bad(), count: 10)).state == .processing)
    #expect(try await bench.desk.number("SELECT length(recent_ends) FROM batch") == 0)
  }

  @Test("a batch without leads left to take ends instead, and one that tolerates no more fails")
  func ends() async throws {
    let last = try await Bench()
    #expect(try await last.run(Array(repeating: Self.bad(), count: 12)).state == .completedWithErrors)
    let strict = try await Bench(maxFailureCount: 4)
    let failed = try await strict.run(Array(repeating: Self.bad(), count: 5))
    #expect(failed.state == .failed && !failed.isPausedByEngine)
  }

  @Test("one that a person paused meanwhile stays theirs")
  func theirPause() async throws {
    let bench = try await Bench()
    let claims = try await bench.desk.claim(5, epoch: bench.epoch)
    try await ControlTests.apply(.paused, bench.batch.id, bench.desk)
    _ = try await bench.queue.advance(recording: claims.map { $0.fails(.timeout) }, epoch: bench.epoch, now: Self.noon) { _ in [:] }
    let batch = try await bench.desk.batch(bench.batch.id)
    #expect(batch.state == .paused && batch.stateReason == "why" && !batch.isPausedByEngine)
  }

  @Test("whatever ends the pause takes the engine's mark away")
  func mark() async throws {
    let cancelled = try await Bench()
    _ = try await cancelled.run(Array(repeating: Self.bad(), count: 5))
    #expect(try await !ControlTests.apply(.cancelled, cancelled.batch.id, cancelled.desk).isPausedByEngine)
    let done = try await Bench()
    let claims = try await done.desk.claim(12, epoch: done.epoch)
    #expect(try await done.queue.pauseStalled(done.batch.key, after: 600, epoch: done.epoch, now: Self.noon))
    try await done.desk.advance(claims.map { $0.succeeds() }, epoch: done.epoch)
    let ended = try await done.desk.batch(done.batch.id)
    #expect(ended.state == .completed && !ended.isPausedByEngine)
  }

  @Test("a batch that stands still is paused with its reason; one without leads in flight, or an engine without its lease, pauses nothing")
  func stalled() async throws {
    let bench = try await Bench()
    #expect(try await !bench.queue.pauseStalled(bench.batch.key, after: 600, epoch: bench.epoch, now: Self.noon))
    _ = try await bench.desk.claim(2, epoch: bench.epoch)
    await #expect(throws: WorkQueue.LostLease.self) {
      try await bench.queue.pauseStalled(bench.batch.key, after: 600, epoch: bench.epoch - 1, now: Self.noon)
    }
    #expect(try await bench.queue.pauseStalled(bench.batch.key, after: 600, epoch: bench.epoch, now: Self.noon))
    let paused = try await bench.desk.batch(bench.batch.id)
    #expect(paused.state == .paused && paused.isPausedByEngine)
    #expect(paused.stateReason == "No lead has ended for 10 minutes while 2 leads are in flight. Look at the log, then resume.")
    #expect(try await !bench.queue.pauseStalled(bench.batch.key, after: 600, epoch: bench.epoch, now: Self.noon))
  }

  @Test("a batch that is being cancelled ends without the leads that do not come back; what they bring later is stale")
  func givenUp() async throws {
    let bench = try await Bench()
    let claims = try await bench.desk.claim(2, epoch: bench.epoch)
    _ = try await bench.desk.batches.cancel(bench.batch.id, reason: "", by: bench.desk.admin, now: Self.noon)
    #expect(try await bench.queue.pauseStalled(bench.batch.key, after: 600, epoch: bench.epoch, now: Self.noon))
    let ended = try await bench.desk.batch(bench.batch.id)
    #expect(ended.state == .cancelled && ended.counts.cancelled == ended.counts.total && ended.finishedAt == Self.noon)
    let late = try await bench.queue.advance(recording: claims.map { $0.succeeds() }, epoch: bench.epoch, now: Self.noon) { _ in [:] }
    #expect(late.stale.count == 2)
    #expect(try await bench.desk.batch(bench.batch.id) == ended)
    #expect(try await bench.desk.number("SELECT count(*) FROM attempt WHERE outcome = 'cancelled'") == 2)
    #expect(try await bench.desk.number("SELECT count(*) FROM charge") == 0)
    #expect(try await bench.desk.number("SELECT total(reserved) FROM budget_day") == 0)
    #expect(try await !bench.queue.pauseStalled(bench.batch.key, after: 600, epoch: bench.epoch, now: Self.noon))
  }
}

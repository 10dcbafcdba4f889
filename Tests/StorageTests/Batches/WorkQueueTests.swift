import BatchReports
import Foundation
import GRDB
import Storage
import TestSupport
import Testing

@Suite("Work queue")
struct WorkQueueTests {
  static func later(_ seconds: Double) -> Date { BatchDesk.noon.addingTimeInterval(seconds) }

  @Test("leads are taken in order, each once, and the first one sets the batch going")
  func order() async throws {
    let desk = try await BatchDesk(leads: 5)
    let batch = try await desk.start([4, 2, 5, 1, 3], BatchDesk.order(retryCount: 2))
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    let first = try await desk.claim(2, epoch: epoch, now: Self.later(1))
    let second = try await desk.claim(9, epoch: epoch, now: Self.later(2))
    #expect((first + second).map(\.position) == [0, 1, 2, 3, 4])
    #expect((first + second).map(\.leadKey) == [4, 2, 5, 1, 3])
    #expect(first[0].leadName == "Lead 3" && first[0].website == "https://lead3.example" && first[0].batchID == batch.id)
    #expect(first[0].attempt == 1 && first[0].crashes == 0 && first[0].retryCount == 2 && first[0].template.reference.version == "v3")
    let running = try await desk.batch(batch.id)
    #expect(running.state == .processing && running.startedAt == Self.later(1) && running.counts == BatchCounts(total: 5, processing: 5))
    #expect(try await desk.batches.history(of: running).map(\.action) == ["batch.start", "batch.processing"])
    #expect(try await desk.claim(9, epoch: epoch).isEmpty)
  }

  @Test("a batch takes no more leads at once than it may, and a paused one takes none")
  func limits() async throws {
    let desk = try await BatchDesk(leads: 9)
    let batch = try await desk.start([1, 2, 3, 4, 5], BatchDesk.order(maxConcurrent: 3))
    let paused = try await desk.start([6, 7])
    _ = try await desk.batches.pause(paused.id, reason: "", by: desk.admin, now: BatchDesk.noon)
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    let claims = try await desk.claim(9, epoch: epoch)
    #expect(claims.map(\.batchKey) == [batch.key, batch.key, batch.key])
    #expect(try await desk.claim(9, epoch: epoch).isEmpty)
    #expect(try await desk.advance([claims[1].succeeds()], claiming: 9, epoch: epoch).claims.map(\.position) == [3])
  }

  @Test("a lead that waits for its retry is taken when it is due, after those that were due before")
  func due() async throws {
    let desk = try await BatchDesk(leads: 3)
    let batch = try await desk.start(nil, BatchDesk.order(maxConcurrent: 1))
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    let first = try await desk.claim(1, epoch: epoch)[0]
    let slow = LeadFailure(.timeout, "Too slow.")
    let advance = try await desk.advance([first.ends(.retry(slow, dueAt: Self.later(20)))], claiming: 1, epoch: epoch, now: Self.later(1))
    #expect(advance.claims.map(\.position) == [1])
    #expect(advance.nextDue == Self.later(20))
    #expect(try await desk.batch(batch.id).counts == BatchCounts(total: 3, pending: 1, processing: 1, retrying: 1))
    let next = try await desk.advance([advance.claims[0].succeeds()], claiming: 1, epoch: epoch, now: Self.later(30))
    #expect(next.claims.map(\.position) == [2])
    let last = try await desk.advance([next.claims[0].succeeds()], claiming: 1, epoch: epoch, now: Self.later(31))
    #expect(last.claims.map(\.position) == [0] && last.claims[0].attempt == 2 && last.nextDue == nil)
    let ended = try await desk.advance([last.claims[0].succeeds(score: 55)], epoch: epoch, now: Self.later(32))
    #expect(ended.liveBatches.isEmpty)
    let done = try await desk.batch(batch.id)
    #expect(done.state == .completed && done.counts == BatchCounts(total: 3, completed: 3) && done.actual == Money(micros: 150_000))
    let lead = try #require(try await desk.batches.lead(first.leadID, of: done))
    #expect(lead.errorCode == nil && lead.errorMessage == nil && lead.score == 55 && lead.attempts == 2)
    #expect(try await desk.batches.attempts(ofLead: first.leadID, visibleTo: desk.viewer).map(\.outcome) == ["completed", "retrying"])
    #expect(try await desk.number("SELECT reported_at FROM lead WHERE key = ?", [first.leadKey]) > 0)
    #expect(try await desk.number("SELECT busy_ms FROM batch") == 4000)
  }

  @Test("an engine that has lost its lease takes nothing and writes nothing")
  func lostLease() async throws {
    let desk = try await BatchDesk()
    let batch = try await desk.start()
    let old = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    let claims = try await desk.claim(2, epoch: old)
    let new = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    #expect(new == old + 1)
    let before = try await desk.batch(batch.id)
    await #expect(throws: WorkQueue.LostLease.self) { try await desk.advance([claims[0].succeeds()], claiming: 5, epoch: old) }
    #expect(try await desk.batch(batch.id) == before)
    #expect(before.counts == BatchCounts(total: 3, pending: 3))
    #expect(try await desk.number("SELECT count(*) FROM charge") == 0)
    // The new engine cannot pass off the old one's outcome as its own either.
    #expect(try await desk.advance([claims[0].succeeds()], epoch: new).stale.count == 1)
    #expect(try await desk.batch(batch.id) == before)
  }

  @Test("an outcome that comes twice or too late is dropped, and leaves no trace")
  func stale() async throws {
    let desk = try await BatchDesk(leads: 2)
    let batch = try await desk.start(nil, BatchDesk.order(maxFailureCount: 0))
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    let claims = try await desk.claim(2, epoch: epoch)
    let advance = try await desk.advance([claims[0].fails(), claims[1].succeeds(), claims[0].fails()], epoch: epoch)
    #expect(advance.stale.map(\.claim.position) == [0])
    let ended = try await desk.batch(batch.id)
    #expect(ended.state == .failed)
    let late = try await desk.advance([claims[1].succeeds(), claims[0].ends(.released)], epoch: epoch)
    #expect(late.stale.count == 2)
    #expect(try await desk.batch(batch.id) == ended, "the seq of an ended batch stands still")
    #expect(try await desk.number("SELECT count(*) FROM attempt") == 2)
  }

  @Test("in a batch that is being cancelled every outcome is a cancel, and nothing is charged")
  func cancelling() async throws {
    let desk = try await BatchDesk(leads: 6)
    let batch = try await desk.start()
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    let claims = try await desk.claim(5, epoch: epoch)
    _ = try await desk.batches.cancel(batch.id, reason: "", by: desk.admin, now: BatchDesk.noon)
    try await desk.advance(
      [
        claims[0].succeeds(), claims[1].fails(), claims[2].ends(.released), claims[3].ends(.retry(LeadFailure(.timeout, ""), dueAt: Self.later(5))),
      ], epoch: epoch)
    #expect(try await desk.batch(batch.id).state == .cancelling)
    try await desk.advance([claims[4].ends(.cancelled)], epoch: epoch)
    let ended = try await desk.batch(batch.id)
    #expect(ended.state == .cancelled && ended.counts == BatchCounts(total: 6, cancelled: 6) && ended.actual == .zero)
    #expect(try await desk.number("SELECT count(*) FROM attempt WHERE outcome = 'cancelled'") == 5)
    #expect(try await desk.number("SELECT count(*) FROM charge") == 0)
    #expect(try await desk.budget.state(at: BatchDesk.noon).reserved == .zero)
  }

  @Test("a lead that is given back counts as not tried")
  func released() async throws {
    let desk = try await BatchDesk(leads: 1)
    let batch = try await desk.start()
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    let claim = try await desk.claim(1, epoch: epoch)[0]
    try await desk.advance([claim.ends(.released)], epoch: epoch)
    #expect(try await desk.batch(batch.id).counts == BatchCounts(total: 1, pending: 1))
    #expect(try await desk.number("SELECT count(*) FROM attempt") == 0)
    #expect(try await desk.claim(1, epoch: epoch).map(\.attempt) == [1])
  }

  @Test("a clock that goes backwards makes no negative durations")
  func backwards() async throws {
    let desk = try await BatchDesk(leads: 1)
    let batch = try await desk.start()
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    let claim = try await desk.claim(1, epoch: epoch, now: Self.later(100))[0]
    try await desk.advance([claim.ends(.completed(score: 1, report: Data("{}".utf8)), after: -50)], epoch: epoch, now: Self.later(50))
    let done = try await desk.batch(batch.id)
    #expect(done.elapsedSeconds(at: BatchDesk.noon) == 0)
    #expect(try await desk.batches.lead(claim.leadID, of: done)?.durationMilliseconds == 0)
    #expect(try await desk.number("SELECT count(*) FROM attempt WHERE finished_at < started_at") == 0)
  }

  @Test("a message of any length is kept up to 500 characters")
  func longMessage() async throws {
    let desk = try await BatchDesk(leads: 1)
    _ = try await desk.start()
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    let claim = try await desk.claim(1, epoch: epoch)[0]
    try await desk.advance([claim.ends(.failed(LeadFailure(.internal, String(repeating: "é", count: 9000))))], epoch: epoch)
    #expect(try await desk.number("SELECT length(error_message) FROM batch_lead") == 500)
  }

  @Test("a batch whose rows cannot be read fails by itself, and the others go on")
  func unreadable() async throws {
    let desk = try await BatchDesk(leads: 4)
    let broken = try await desk.start([1, 2])
    let sound = try await desk.start([3, 4])
    try await desk.database.pool.write { try $0.execute(sql: "UPDATE lead SET id = 'x' || substr(id, 2) WHERE key = 2") }
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    let advance = try await desk.advance([], claiming: 5, epoch: epoch)
    #expect(advance.claims.map(\.batchKey) == [sound.key, sound.key])
    #expect(advance.broken.keys.map { $0 } == [broken.id] && advance.broken[broken.id]?.contains("not a UUID") == true)
    #expect(advance.liveBatches.map(\.key) == [sound.key])
    let failed = try await desk.batch(broken.id)
    #expect(failed.stateReason == "It cannot be run: its rows cannot be read; the log has the details.")
    #expect(failed.state == .failed && failed.counts == BatchCounts(total: 2, cancelled: 2))
    #expect(try await desk.number("SELECT count(*) FROM reservation WHERE released_at IS NULL") == 1)
  }

  @Test("a heartbeat is written every five seconds, and not more often")
  func heartbeat() async throws {
    let desk = try await BatchDesk(leads: 0)
    #expect(try await desk.queue.pulse().heartbeat == nil)
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    #expect(try await desk.queue.pulse().heartbeat == BatchDesk.noon)
    try await desk.advance([], epoch: epoch, now: Self.later(4.9))
    #expect(try await desk.queue.pulse().heartbeat == BatchDesk.noon)
    try await desk.advance([], epoch: epoch, now: Self.later(5))
    #expect(try await desk.queue.pulse().heartbeat == Self.later(5))
    // A clock that was set back: the engine shows itself at once, not only when it has caught up.
    try await desk.advance([], epoch: epoch, now: Self.later(-3600))
    #expect(try await desk.queue.pulse().heartbeat == Self.later(-3600))
  }

  @Test("batches that run, are queued or are being cancelled wait for an engine; paused and ended ones do not")
  func waiting() async throws {
    let desk = try await BatchDesk(leads: 3)
    #expect(try await desk.queue.pulse().waiting == 0)
    let batch = try await desk.start([1])
    _ = try await desk.start([2])
    #expect(try await desk.queue.pulse().waiting == 2)
    _ = try await desk.batches.pause(batch.id, reason: "", by: desk.admin, now: BatchDesk.noon)
    #expect(try await desk.queue.pulse().waiting == 1)
    _ = try await desk.batches.cancel(batch.id, reason: "", by: desk.admin, now: BatchDesk.noon)
    #expect(try await desk.queue.pulse().waiting == 1)
  }

  @Test("an engine with nothing to do commits nothing")
  func idle() async throws {
    let desk = try await BatchDesk(leads: 1)
    _ = try await desk.start()
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    let before = try desk.database.commits.version()
    for _ in 0..<5 { try await desk.advance([], epoch: epoch) }
    #expect(try desk.database.commits.version() == before)
  }
}

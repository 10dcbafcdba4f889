import BatchReports
import Foundation
import GRDB
import Storage
import Synchronization
import TestSupport
import Testing

@Suite("A batch whose rows contradict each other")
struct OutcomeIsolationTests {
  @Test("ends as failed with its money back, and the outcomes of the others are recorded")
  func apart() async throws {
    let (desk, broken, sound, epoch, claims) = try await contradicting()
    let advance = try await desk.advance(claims.map { $0.succeeds() }, epoch: epoch)
    #expect(advance.broken.keys.map(\.self) == [broken.id])
    let (failed, done) = (try await desk.batch(broken.id), try await desk.batch(sound.id))
    #expect(done.state == .completed && done.counts == BatchCounts(total: 2, completed: 2))
    #expect(failed.state == .failed && failed.actual == .zero && failed.stateReason.hasPrefix("Its outcomes cannot be recorded"))
    #expect(try await desk.number("SELECT count(*) FROM reservation WHERE released_at IS NULL") == 0)
    #expect(try await desk.number("SELECT count(*) FROM report WHERE batch_key = \(broken.key)") == 0)
  }

  /// Two batches of two leads in flight, the first with a try that its next one contradicts.
  private func contradicting() async throws -> (desk: BatchDesk, broken: Batch, sound: Batch, epoch: Int64, claims: [WorkQueue.Claim]) {
    let desk = try await BatchDesk(leads: 4)
    let (broken, sound) = (try await desk.start([1, 2]), try await desk.start([3, 4]))
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    let claims = try await desk.claim(2, epoch: epoch)
    try await desk.database.pool.write { db in
      try db.execute(
        sql: "INSERT INTO attempt (batch_key, position, number, outcome, started_at, finished_at) VALUES (?, 0, 1, 'completed', 0, 0)",
        arguments: [broken.key])
    }
    return (desk, broken, sound, epoch, claims)
  }

  @Test("ends as cancelled when it was being cancelled, and the outcomes of the others are recorded")
  func cancelling() async throws {
    let (desk, broken, sound, epoch, claims) = try await contradicting()
    _ = try await desk.batches.cancel(broken.id, reason: "", by: desk.admin, now: BatchDesk.noon)
    let advance = try await desk.advance(claims.map { $0.succeeds() }, epoch: epoch)
    #expect(advance.broken.keys.map(\.self) == [broken.id])
    #expect(try await desk.batch(sound.id).counts == BatchCounts(total: 2, completed: 2))
    let ended = try await desk.batch(broken.id)
    #expect(ended.state == .cancelled && ended.counts == BatchCounts(total: 2, cancelled: 2) && ended.actual == .zero)
    #expect(try await desk.number("SELECT count(*) FROM reservation WHERE released_at IS NULL") == 0)
  }

  @Test("ends at a restart, and the others are taken up", arguments: [true, false])
  func restart(isCancelling: Bool) async throws {
    let (desk, broken, sound, _, _) = try await contradicting()
    if isCancelling { _ = try await desk.batches.cancel(broken.id, reason: "", by: desk.admin, now: BatchDesk.noon) }
    let told = Mutex<[UUID]>([])
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon) { id, _ in told.withLock { $0.append(id) } }
    #expect(told.withLock { $0 } == [broken.id])
    let ended = try await desk.batch(broken.id)
    #expect(ended.state == (isCancelling ? .cancelled : .failed) && ended.counts == BatchCounts(total: 2, cancelled: 2))
    #expect(isCancelling || ended.stateReason.hasPrefix("It cannot be taken up after a restart"))
    #expect(try await desk.batch(sound.id).counts == BatchCounts(total: 2, pending: 2))
    #expect(try await desk.claim(2, epoch: epoch).map(\.batchKey) == [sound.key, sound.key])
  }

  @Test("why a batch is held stays said when a lead of it ends without a report, and is said no more after a restart or once all is written")
  func heldReason() async throws {
    let desk = try await BatchDesk(leads: 5)
    let (batch, paused) = (try await desk.start([1, 2, 3, 4]), try await desk.start([5]))
    var epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    let claims = try await desk.claim(4, epoch: epoch).filter { $0.batchKey == batch.key }
    _ = try await desk.batches.pause(paused.id, reason: "Lunch.", by: desk.admin, now: BatchDesk.noon)
    func record(_ outcomes: [WorkQueue.Outcome], held: Set<Int64> = []) async throws -> String {
      _ = try await desk.queue.advance(recording: outcomes, epoch: epoch, now: BatchDesk.noon, held: held) { _ in [:] }
      return try await desk.batch(batch.id).stateReason
    }
    let folder = desk.folder.appendingPathComponent("reports")
    try Data().write(to: folder)
    #expect(try await record([claims[0].succeeds()]).hasPrefix("Reports could not be written"))
    #expect(try await record([claims[1].fails()], held: [batch.key]).hasPrefix("Reports could not be written"))
    #expect(try await desk.batch(batch.id).counts.failed == 1)
    try FileManager.default.removeItem(at: folder)
    #expect(try await record([claims[0].succeeds()]).isEmpty)
    try FileManager.default.removeItem(at: folder)
    try Data().write(to: folder)
    #expect(try await record([claims[2].succeeds()]).hasPrefix("Reports could not be written"))
    epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    #expect(try await desk.batch(batch.id).stateReason.isEmpty)
    #expect(try await desk.batch(paused.id).stateReason == "Lunch.")
  }
}

import BatchReports
import Foundation
import GRDB
import Storage
import TestSupport
import Testing

@Suite("A batch whose rows contradict each other")
struct OutcomeIsolationTests {
  @Test("ends as failed with its money back, and the outcomes of the others are recorded")
  func apart() async throws {
    let desk = try await BatchDesk(leads: 4)
    let broken = try await desk.start([1, 2])
    let sound = try await desk.start([3, 4])
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    let claims = try await desk.claim(2, epoch: epoch)
    try await desk.database.pool.write { db in
      try db.execute(
        sql: "INSERT INTO attempt (batch_key, position, number, outcome, started_at, finished_at) VALUES (?, 0, 1, 'completed', 0, 0)",
        arguments: [broken.key])
    }
    let advance = try await desk.advance(claims.map { $0.succeeds() }, epoch: epoch)
    #expect(advance.broken.keys.map(\.self) == [broken.id])
    let (failed, done) = (try await desk.batch(broken.id), try await desk.batch(sound.id))
    #expect(done.state == .completed && done.counts == BatchCounts(total: 2, completed: 2))
    #expect(failed.state == .failed && failed.actual == .zero && failed.stateReason.hasPrefix("Its outcomes cannot be recorded"))
    #expect(try await desk.number("SELECT count(*) FROM reservation WHERE released_at IS NULL") == 0)
    #expect(try await desk.number("SELECT count(*) FROM report WHERE batch_key = \(broken.key)") == 0)
  }
}

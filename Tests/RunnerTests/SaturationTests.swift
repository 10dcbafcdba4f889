import BatchReports
import Foundation
import GRDB
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Runner

@Suite("Engine: saturated connections", .serialized)
struct SaturationTests {
  @Test("500 readers that use up every connection hold up no batch for good, and nothing is counted twice or lost")
  func readers() async throws {
    let count = Soak.rounds(200, 2000)
    let desk = try await BatchDesk(leads: count)
    let batch = try await desk.start(nil, BatchDesk.order(maxConcurrent: 20), now: Date())
    let gate = ScriptedPipeline.Gate()
    let engine = desk.engine(
      ScriptedPipeline { $0.position % 5 == 4 ? .fail(.dnsFailed) : .wait(gate) }, features: FeatureFlags(database: desk.database))
    let reads = Counter()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<500 {
        group.addTask {
          while try await desk.database.pool.read({ db in
            if reads.add() == 500 { gate.open() }
            // Some milliseconds of a connection.
            _ = try Int.fetchOne(db, sql: "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 2000) SELECT sum(x) FROM n")
            return try Int.fetchOne(db, sql: "SELECT count(*) FROM batch WHERE finished_at IS NULL") ?? 0
          }) > 0 {}
        }
      }
      try await group.waitForAll()
    }
    let ended = try await desk.ended(batch)
    try await engine.stop()
    #expect(reads.add() > 500)
    let failed = count / 5
    #expect(ended.state == .completedWithErrors && ended.counts == BatchCounts(total: count, completed: count - failed, failed: failed))
    for table in ["report", "charge"] { #expect(try await desk.number("SELECT count(*) FROM \(table)") == count - failed) }
    #expect(try await desk.number("SELECT count(*) FROM attempt") == count)
    #expect(ended.actual == ended.perReport * (count - failed))
  }

  private final class Counter: Sendable {
    private let kept = Mutex(0)

    func add() -> Int {
      kept.withLock { count in
        count += 1
        return count
      }
    }
  }
}

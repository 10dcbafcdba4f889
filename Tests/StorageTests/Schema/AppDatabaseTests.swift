import Foundation
import GRDB
import Storage
import TestSupport
import Testing

@Suite("Database")
struct AppDatabaseTests {
  @Test("every commit is synced, the log is written ahead and references are kept")
  func pragmas() async throws {
    let desk = try await BatchDesk(leads: 0)
    let writer = { (pragma: String) in try desk.database.pool.writeWithoutTransaction { try String.fetchOne($0, sql: "PRAGMA \(pragma)") } }
    #expect(try writer("synchronous") == "2")
    #expect(try writer("journal_mode") == "wal")
    #expect(try writer("foreign_keys") == "1")
    #expect(try await desk.database.pool.read { try String.fetchOne($0, sql: "PRAGMA foreign_keys") } == "1")
  }

  @Test("a second process waits for the lock and does not fail at once")
  func waits() async throws {
    let desk = try await BatchDesk(leads: 1)
    let second = try desk.secondDatabase()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for pool in [desk.database.pool, second.pool] {
        group.addTask {
          for _ in 0..<100 { try await pool.write { try $0.execute(sql: "UPDATE engine SET epoch = epoch + 1") } }
        }
      }
      try await group.waitForAll()
    }
    #expect(try await desk.number("SELECT epoch FROM engine") == 200)
  }

  @Test("a file that cannot be opened is told")
  func cannotOpen() {
    #expect(throws: DatabaseError.self) { try AppDatabase(path: "/nowhere/at/all.sqlite") }
  }
}

@Suite("Commit clock")
struct CommitClockTests {
  @Test("stands still without commits")
  func still() async throws {
    let desk = try await BatchDesk(leads: 1)
    let first = try desk.database.commits.version()
    _ = try await desk.leadKeys()
    try await desk.database.pool.write { try $0.execute(sql: "UPDATE engine SET epoch = epoch WHERE id = 2") }
    #expect(try desk.database.commits.version() == first)
  }

  @Test("sees the commits of this pool, and nothing of what is rolled back")
  func ours() async throws {
    struct Stop: Error {}
    let desk = try await BatchDesk(leads: 1)
    var last = try desk.database.commits.version()
    for _ in 0..<3 {
      try await desk.database.pool.write { try $0.execute(sql: "UPDATE engine SET epoch = epoch + 1") }
      let next = try desk.database.commits.version()
      #expect(next != last)
      last = next
    }
    await #expect(throws: Stop.self) {
      try await desk.database.pool.write { db in
        try db.execute(sql: "UPDATE engine SET epoch = epoch + 1")
        throw Stop()
      }
    }
    #expect(try desk.database.commits.version() == last)
  }

  @Test("sees the commits of another pool")
  func another() async throws {
    let desk = try await BatchDesk(leads: 1)
    let second = try desk.secondDatabase()
    let last = try desk.database.commits.version()
    try await second.pool.write { try $0.execute(sql: "UPDATE engine SET epoch = epoch + 1") }
    #expect(try desk.database.commits.version() != last)
  }
}

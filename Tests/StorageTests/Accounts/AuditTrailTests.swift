import BatchReports
import Foundation
import GRDB
import Storage
import TestSupport
import Testing

@Suite struct AuditTrailTests {
  let test: TestDatabase
  let trail: AuditTrail
  let now = Date(timeIntervalSince1970: 1_795_251_600)

  init() throws {
    test = try TestDatabase()
    trail = AuditTrail(test.database)
  }

  private func record(_ count: Int, _ change: @escaping @Sendable (Int, inout AuditEntry) -> Void = { _, _ in }) async throws {
    try await test.database.pool.write { db in
      for number in 1...count {
        var entry = AuditEntry(at: now, actor: .engine, action: "batch.paused", subjectType: "batch", subjectID: "b\(number)")
        change(number, &entry)
        try AuditTrail.record(entry, in: db)
      }
    }
  }

  @Test("An entry comes back as it was recorded")
  func roundTrip() async throws {
    try await record(1) { _, entry in
      entry.actor = Actor(accountID: nil, name: "ada@example.com")
      entry.reason = "because \"why\" <not>"
      entry.detail = ["role": "admin", "email": "ü@example.com"]
    }
    let entry = try #require(try await trail.list().first)
    #expect(entry.actor.name == "ada@example.com")
    #expect(entry.reason == "because \"why\" <not>")
    #expect(entry.detail == ["role": "admin", "email": "ü@example.com"])
    #expect(entry.at == now)
  }

  @Test("Entries can be neither changed nor deleted")
  func appendOnly() async throws {
    try await record(1)
    for sql in ["DELETE FROM audit", "UPDATE audit SET reason = 'x'", "UPDATE audit SET actor = 'x'"] {
      await #expect(throws: DatabaseError.self) { try await test.database.pool.write { try $0.execute(sql: sql) } }
    }
  }

  @Test("An entry goes with the transaction that it tells of")
  func rolledBack() async throws {
    struct Stop: Error {}
    await #expect(throws: Stop.self) {
      try await test.database.pool.write { db in
        try AuditTrail.record(AuditEntry(at: now, actor: .engine, action: "x.y", subjectType: "x", subjectID: "1"), in: db)
        throw Stop()
      }
    }
    #expect(try await trail.count() == 0)
  }

  @Test("Pages go older and newer without gaps")
  func paging() async throws {
    try await record(10)
    let first = try await trail.list(limit: 4)
    #expect(first.map(\.subjectID) == ["b10", "b9", "b8", "b7"])
    let second = try await trail.list(.init(), .olderThan(first[3].id), limit: 4)
    #expect(second.map(\.subjectID) == ["b6", "b5", "b4", "b3"])
    let back = try await trail.list(.init(), .newerThan(second[0].id), limit: 4)
    #expect(back.map(\.subjectID) == ["b10", "b9", "b8", "b7"])
  }

  @Test("Filters narrow by person, kind, subject and text, and take % and _ as they are")
  func filters() async throws {
    try await record(4) { number, entry in
      if number == 1 { entry.actor = .commandLine }
      if number == 2 { entry.subjectType = "account" }
      if number == 3 { entry.reason = "100% sure_ly" }
    }
    func ids(_ filter: AuditFilter) async throws -> [String] { try await trail.list(filter).map(\.subjectID) }
    #expect(try await ids(.init(actor: "command line")) == ["b1"])
    #expect(try await ids(.init(subjectType: "account")) == ["b2"])
    #expect(try await ids(.init(subjectType: "batch", subjectID: "b4")) == ["b4"])
    #expect(try await ids(.init(text: "0% s")) == ["b3"])
    #expect(try await ids(.init(text: "sure_l")) == ["b3"])
    #expect(try await ids(.init(text: "0%%")) == [])
    #expect(try await ids(.init(text: "' OR 1=1 --")) == [])
    #expect(try await trail.count(.init(subjectType: "batch")) == 3)
    #expect(try await trail.subjectTypes() == ["account", "batch"])
  }

  @Test("The list of all, and of one subject, read an index and sort nothing")
  func plans() async throws {
    for filter in ["", "WHERE subject_type = 'batch' AND subject_id = 'b' "] {
      let plan = try await test.database.pool.read { db in
        try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN SELECT id FROM audit \(filter)ORDER BY id DESC LIMIT 50").map {
          $0["detail"] as String
        }
      }
      #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(plan)")
    }
  }
}

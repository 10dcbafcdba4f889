import BatchReports
import Foundation
import Storage
import Synchronization
import TestSupport
import Testing
import WebTestSupport

@testable import Web

@Suite(.serialized) struct StatusCacheTests {
  private func seq(_ answer: TestResponse) throws -> Int {
    try #require((try answer.json()["progress"] as? [String: Any])?["seq"] as? Int)
  }

  @Test("A status is never older than the last commit, whichever connection made it")
  func neverStale() async throws {
    try await ReportServer.run { server in
      let caller = try await server.caller(server.desk.viewer)
      let batch = try await server.start()
      let path = "/api/batch/\(batch.id.text)/status"
      let elsewhere = BatchStore(database: try server.desk.secondDatabase(), budget: server.desk.budget, maxLeads: 10)
      for round in 0..<60 {
        let store = round % 4 < 2 ? server.desk.batches : elsewhere
        let changed =
          if round % 2 == 0 {
            try await store.pause(batch.id, reason: "Round \(round)", by: server.desk.admin, now: server.clock.now)
          } else { try await store.resume(batch.id, reason: "", by: server.desk.admin, now: server.clock.now) }
        let answer = try await caller.get(path)
        #expect(try seq(answer) == Int(changed.seq))
        #expect(try answer.json()["status"] as? String == changed.state.rawValue)
      }
    }
  }

  @Test("A thousand readers at once all get the present state")
  func manyReaders() async throws {
    try await ReportServer.run { server in
      let bearer = try await server.bearer(server.desk.viewer)
      let batch = try await server.finished()
      let path = "/api/batch/\(batch.id.text)"
      let expected = try await server.client.send("GET", path, headers: [bearer]).body
      for _ in 0..<5 {
        let bodies = try await withThrowingTaskGroup(of: Data.self) { group in
          for _ in 0..<200 { group.addTask { try await SocketClient.get(port: server.server.port, path: path, headers: [bearer]).body } }
          return try await group.reduce(into: Set<Data>()) { $0.insert($1) }
        }
        #expect(bodies == [expected])
      }
    }
  }

  @Test("What a starter has read does not come out of the memory for others")
  func privacy() async throws {
    try await ReportServer.run { server in
      let batch = try await server.start(isPrivate: true)
      let path = "/api/batch/\(batch.id.text)"
      let starter = try await server.caller(server.desk.operatorAccount)
      let other = try await server.caller(server.desk.otherOperator)
      for _ in 0..<5 {
        #expect(try await starter.get(path).status == 200)
        try expectProblem(try await other.get(path), 404, "not_found")
      }
    }
  }

  @Test("An ended batch is read once, a live one again when its clock figures have aged, and after every commit")
  func reads() async throws {
    let desk = try await BatchDesk()
    let clock = TestClock()
    let cache = StatusCache(now: { clock.now })
    let (ended, live) = (UUID(), UUID())
    let reads = Mutex(0)
    func read(_ id: UUID) async throws -> Int {
      _ = try await cache.status(of: id, version: desk.database.commits.version()) {
        let number = reads.withLock { count in
          count += 1
          return count
        }
        return .init(owner: id, isPrivate: false, isLive: id == live, body: Data("\(number)".utf8))
      }
      return reads.withLock { $0 }
    }
    #expect(try await read(ended) == 1)
    #expect(try await read(live) == 2)
    #expect(try await read(live) == 2)
    clock.advance(by: 0.6)
    #expect(try await read(ended) == 2)
    #expect(try await read(live) == 3)
    try await desk.addLeads(1)
    #expect(try await read(ended) == 4)
    #expect(try await cache.status(of: UUID(), version: desk.database.commits.version()) { nil } == nil)
    for _ in 0..<1000 { _ = try await read(UUID()) }
    #expect(try await read(ended) == 1005)
  }

  @Test("A commit while the rows are read makes the kept status stale")
  func commitInBetween() async throws {
    let desk = try await BatchDesk()
    let cache = StatusCache(now: { BatchDesk.noon })
    let id = UUID()
    func status(_ text: String, _ meanwhile: () async throws -> Void = {}) async throws -> String? {
      let status = try await cache.status(of: id, version: desk.database.commits.version()) {
        try await meanwhile()
        return .init(owner: id, isPrivate: false, isLive: false, body: Data(text.utf8))
      }
      return status.map { String(decoding: $0.body, as: UTF8.self) }
    }
    #expect(try await status("old") { try await desk.addLeads(1) } == "old")
    #expect(try await status("new") == "new")
    #expect(try await status("newer") == "new")
  }
}

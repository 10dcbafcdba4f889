import BatchReports
import Foundation
import Storage
import TestSupport
import Testing
import WebTestSupport

@testable import Web

@Suite(.serialized) struct BatchSocketTests {
  @Test("A socket gets a snapshot at once, changes of any process, and the end at once; then it closes", arguments: ["/api", "/api/v1"])
  func follow(_ base: String) async throws {
    try await ReportServer.run(followsProgress: true) { server in
      let batch = try await server.start()
      let elsewhere = BatchStore(database: try server.desk.secondDatabase(), budget: server.desk.budget, maxLeads: 10)
      let socket = try await server.socket("\(base)/batch/\(batch.id.text)/progress", [try await server.bearer(server.desk.viewer)])
      #expect(socket.handshake.status == 101)
      let first = try await socket.json()
      #expect(first["type"] as? String == "progress")
      #expect(first["batch_id"] as? String == batch.id.text)
      #expect(first["status"] as? String == "pending")
      #expect(first["estimated_remaining_seconds"] is NSNull)
      try await eventually("the feed has published") { server.services.hub.newest(of: batch.id) != nil }
      server.clock.advance(by: 1)
      _ = try await elsewhere.pause(batch.id, reason: "", by: server.desk.admin, now: server.clock.now)
      var message = try await socket.json()
      while message["status"] as? String == "pending" { message = try await socket.json() }
      #expect(message["status"] as? String == "paused")
      #expect(message["seq"] as? Int == 2)
      _ = try await elsewhere.cancel(batch.id, reason: "", by: server.desk.admin, now: server.clock.now)
      message = try await socket.json()
      while message["status"] as? String == "paused" { message = try await socket.json() }
      #expect(message["status"] as? String == "cancelled")
      #expect(message["estimated_remaining_seconds"] as? Double == 0)
      #expect(try await socket.next() == .close(1000))
    }
  }

  @Test("While nothing happens a snapshot comes before two seconds have passed; seq never falls and time never stands")
  func heartbeat() async throws {
    try await ReportServer.run(followsProgress: true) { server in
      let batch = try await server.start()
      let socket = try await server.socket("/api/batch/\(batch.id.text)/progress", [try await server.bearer(server.desk.viewer)])
      var times = [try #require(try await socket.json()["timestamp"] as? String)]
      try await eventually("the feed has published") { server.services.hub.newest(of: batch.id) != nil }
      for _ in 0..<3 {
        server.clock.advance(by: 1.9)
        var message = try await socket.json()
        // What was published at the moment of connecting comes too.
        while message["timestamp"] as? String == times.last { message = try await socket.json() }
        #expect(message["seq"] as? Int == 1)
        times.append(try #require(message["timestamp"] as? String))
      }
      #expect(times == ["00.000", "01.900", "03.800", "05.700"].map { "2026-11-21T09:00:\($0)Z" })
    }
  }

  @Test("Many changes within a second are one message, with the state as it stands")
  func throttle() async throws {
    try await ReportServer.run(followsProgress: true) { server in
      let batch = try await server.start()
      let socket = try await server.socket("/api/batch/\(batch.id.text)/progress", [try await server.bearer(server.desk.viewer)])
      _ = try await socket.json()
      try await eventually("the feed has published") { server.services.hub.newest(of: batch.id) != nil }
      for _ in 0..<5 {
        _ = try await server.desk.batches.pause(batch.id, reason: "", by: server.desk.admin, now: server.clock.now)
        _ = try await server.desk.batches.resume(batch.id, reason: "", by: server.desk.admin, now: server.clock.now)
      }
      server.clock.advance(by: 1)
      var seqs: [Int] = []
      while seqs.last != 11 { seqs.append(try #require(try await socket.json()["seq"] as? Int)) }
      #expect(seqs.filter { $0 > 1 } == [11])
    }
  }

  @Test("A batch that has ended gives its last snapshot and closes")
  func ended() async throws {
    try await ReportServer.run(followsProgress: true) { server in
      let batch = try await server.finished()
      let socket = try await server.socket("/api/batch/\(batch.id.text)/progress", [try await server.bearer(server.desk.viewer)])
      let message = try await socket.json()
      #expect(message["status"] as? String == "completed")
      #expect(message["percentage"] as? Double == 100)
      #expect(try await socket.next() == .close(1000))
    }
  }

  @Test("A client that comes back with after gets the messages that it has missed, then the present one")
  func replay() async throws {
    try await ReportServer.run { server in
      let batch = try await server.start()
      for round in 0..<4 {
        try await server.services.feed.publishChanges()
        server.clock.advance(by: 1)
        let change = round % 2 == 0 ? server.desk.batches.pause : server.desk.batches.resume
        _ = try await change(batch.id, "", server.desk.admin, server.clock.now)
      }
      let bearer = try await server.bearer(server.desk.viewer)
      let path = "/api/batch/\(batch.id.text)/progress"
      let socket = try await server.socket(path + "?after=2", [bearer])
      var seqs: [Int] = []
      for _ in 0..<3 { seqs.append(try #require(try await socket.json()["seq"] as? Int)) }
      #expect(seqs == [3, 4, 5])
      let fresh = try await server.socket(path + "?after=99", [bearer])
      #expect(try await fresh.json()["seq"] as? Int == 5)
      for after in ["x", "-1", "1.5"] {
        try expectProblem(try await server.socket(path + "?after=\(after)", [bearer]).handshake, 422, "invalid_input", field: "after")
      }
    }
  }

  @Test("A client that comes back to a retried batch is not told of the end of its first run, and hears of the next")
  func retried() async throws {
    try await ReportServer.run { server in
      let batch = try await server.finished(failing: [0])
      try await server.services.feed.publishChanges()
      let bearer = try await server.bearer(server.desk.viewer)
      let path = "/api/batch/\(batch.id.text)/progress?after=1"
      let ended = try await server.socket(path, [bearer])
      #expect(try await ended.json()["status"] as? String == "completed_with_errors")
      let held = try server.services.hub.publish(try #require(try await server.services.feed.snapshot(of: batch.id)), of: batch.id)
      #expect(held.isTerminal)
      let order = try RetryOrder(scope: .failed, isApproved: true)
      _ = try await server.desk.batches.retry(batch.id, order, by: server.desk.admin, now: server.clock.now)
      let socket = try await server.socket(path, [bearer])
      #expect(try await socket.json()["status"] as? String == "processing")
      let engine = try await server.engine()
      for claim in try await engine.claim(1) { try await engine.complete(claim) }
      try await server.services.feed.publishChanges()
      #expect(try await socket.json()["status"] as? String == "completed")
    }
  }

  @Test("A ping in words is answered in words, other words are passed over")
  func ping() async throws {
    try await ReportServer.run { server in
      let batch = try await server.start()
      let bearer = try await server.bearer(server.desk.viewer)
      for path in ["/api/batch/\(batch.id.text)/progress", "/api/batch/ws"] {
        let socket = try await server.socket(path, [bearer])
        _ = try await socket.json()
        socket.send("hello")
        socket.send(#"{"type":"ping"}"#)
        #expect(try await socket.next() == .text(#"{"type":"pong"}"#))
      }
    }
  }

  @Test("Without a session there is no upgrade, from a foreign page neither, and a plain request is told how")
  func refusals() async throws {
    try await ReportServer.run { server in
      let batch = try await server.start()
      let browser = try await server.browser(server.desk.viewer)
      let cookie = ("Cookie", browser.cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; "))
      for path in ["/api/batch/\(batch.id.text)/progress", "/api/batch/ws", "/api/v1/batch/ws"] {
        try expectProblem(try await server.socket(path).handshake, 401, "unauthenticated")
        for header in [("Origin", "https://evil.example"), ("Origin", "null"), ("Sec-Fetch-Site", "cross-site")] {
          try expectProblem(try await server.socket(path, [cookie, header]).handshake, 403, "forbidden")
        }
        #expect(try await server.socket(path, [cookie, ("Origin", "http://127.0.0.1:\(server.server.port)")]).handshake.status == 101)
        #expect(try await server.socket(path, [cookie, ("Origin", "http://reports.example")]).handshake.status == 101)
        let plain = try await browser.send("GET", path)
        #expect(plain.status == 426)
        #expect(plain.header("upgrade") == "websocket")
        #expect(plain.header("sec-websocket-version") == "13")
        #expect(try plain.json()["detail"] as? String == "This address speaks WebSocket: send Upgrade: websocket.")
      }
    }
  }

  @Test("A batch that is unknown, private or no id at all: the socket opens and closes with 4003")
  func noSuchBatch() async throws {
    try await ReportServer.run { server in
      let secret = try await server.start(isPrivate: true)
      let bearer = try await server.bearer(server.desk.viewer)
      for id in [secret.id.text, UUID.version7().text, "nonsense"] {
        let socket = try await server.socket("/api/batch/\(id)/progress", [bearer])
        #expect(socket.handshake.status == 101)
        #expect(try await socket.next() == .close(4003))
      }
      let starter = try await server.socket("/api/batch/\(secret.id.text)/progress", [try await server.bearer(server.desk.operatorAccount)])
      #expect(try await starter.json()["batch_id"] as? String == secret.id.text)
    }
  }

  @Test("One socket too many is refused; closed, refused and vanished ones free their place")
  func places() async throws {
    try await ReportServer.run(socketsPerAccount: 2) { server in
      let batch = try await server.start()
      let bearer = try await server.bearer(server.desk.viewer)
      let path = "/api/batch/\(batch.id.text)/progress"
      for _ in 0..<3 {
        #expect(try await server.client.send("GET", path, headers: [bearer]).status == 426)
        #expect(try await server.socket("/api/batch/x/progress", [bearer]).next() == .close(4003))
      }
      for _ in 0..<10 { try SocketClient.vanish(port: server.server.port, path: path, headers: [bearer]) }
      @Sendable func opens() async throws -> SocketClient? {
        let socket = try await server.socket(path, [bearer])
        return socket.handshake.status == 101 ? socket : nil
      }
      let opened = Opened()
      try await eventually("two places are free") {
        if let socket = try await opens() { await opened.add(socket) }
        return await opened.count == 2
      }
      let refused = try await server.socket("/api/batch/ws", [bearer]).handshake
      try expectProblem(refused, 429, "rate_limited")
      #expect(Int(refused.header("retry-after") ?? "").map { $0 > 0 } == true)
      #expect(try await server.socket(path, [try await server.bearer(server.desk.admin)]).handshake.status == 101)
      await opened.hangUp()
      try await eventually("a place is free again") {
        server.clock.advance(by: 10)
        return try await opens() != nil
      }
    }
  }

  private actor Opened {
    private var sockets: [SocketClient] = []
    var count: Int { sockets.count }
    func add(_ socket: SocketClient) { sockets.append(socket) }
    func hangUp() {
      for socket in sockets { socket.hangUp() }
      sockets = []
    }
  }
}

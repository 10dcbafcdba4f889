import NIOCore
import Testing

@testable import WebSockets

@Suite("Delivery to many and to slow readers", .timeLimit(.minutes(1)))
struct DeliveryTests {
  @Test("a reader that is stuck gets few of ten thousand snapshots, and the newest last")
  func newestWins() async throws {
    let padding = String(repeating: "x", count: 4000)
    try await TestServer.run {
      $0.socket("/flood") { socket in
        for number in 1...10_000 { socket.offer(SharedMessage("\(number) \(padding)")) }
        for await _ in socket.inbound { await socket.close() }
      }
    } test: { server in
      let client = try await RawClient.socket(server.port, "/flood", reads: false)
      // Asks for the end, then reads on: the newest snapshot still comes before the close.
      try await client.sendText("enough")
      try await client.startReading()
      #expect(try await client.readReply().status == 101)
      var received: [Int] = []
      while true {
        let frame = try await client.nextFrame()
        if frame.opcode == .close { break }
        received.append(Int(String(buffer: frame.payload).prefix { $0 != " " }) ?? 0)
      }
      #expect(received.last == 10_000)
      // Linux keeps up to 10 MB on the way (tcp_wmem and tcp_rmem), which are 2500 of these; ours keeps one.
      #expect(received.count < 3000)
      #expect(received == received.sorted())
    }
  }

  @Test("topics do not replace each other")
  func topics() async throws {
    let padding = String(repeating: "x", count: 100_000)
    try await TestServer.run {
      $0.socket("/topics") { socket in
        for number in 1...50 {
          for topic in ["a", "b", "c"] { socket.offer(SharedMessage("\(topic)\(number) \(padding)", topic: topic)) }
        }
      }
    } test: { server in
      let client = try await RawClient.socket(server.port, "/topics", reads: false)
      try await client.startReading()
      #expect(try await client.readReply().status == 101)
      var last: [Character: String] = [:]
      while true {
        let frame = try await client.nextFrame()
        if frame.opcode == .close { break }
        let label = String(buffer: frame.payload).prefix { $0 != " " }
        if let topic = label.first { last[topic] = String(label) }
      }
      #expect(last == ["a": "a50", "b": "b50", "c": "c50"])
    }
  }

  @Test("five hundred sockets all get each broadcast, compressed once for all")
  func broadcast() async throws {
    let sockets = Subscribers()
    try await TestServer.run {
      $0.socket("/live") { socket in
        await sockets.add(socket)
        await socket.closed()
      }
    } test: { server in
      let clients = try await withThrowingTaskGroup(of: RawClient.self) { group in
        for _ in 0..<500 {
          group.addTask { try await RawClient.socket(server.port, "/live", extensions: "permessage-deflate") }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      await sockets.reach(500)
      for round in 1...3 {
        let message = SharedMessage(String(repeating: "{\"round\":\(round)}", count: 30))
        for socket in await sockets.all { socket.offer(message) }
        for client in clients { #expect(try await client.nextText() == message.text) }
      }
      for client in clients { await client.close() }
    }
  }

  @Test("a client that lets very many texts pile up is dropped")
  func pileUp() async throws {
    var options = WebSocketOptions()
    options.outboundCapacity = 100
    let (ends, end) = AsyncStream.makeStream(of: WebSocketCloseCode?.self)
    try await TestServer.run {
      $0.socket("/pile", options) { socket in
        let text = String(repeating: "x", count: 10_000)
        while socket.closeCode == nil {
          socket.send(text: text)
          await Task.yield()
        }
        end.yield(socket.closeCode)
      }
    } test: { server in
      let client = try await RawClient.socket(server.port, "/pile", reads: false)
      var iterator = ends.makeAsyncIterator()
      #expect(await iterator.next() == .some(.some(.abnormal)))
      await client.close()
    }
  }

  /// The sockets of a broadcast.
  private actor Subscribers {
    private(set) var all: [WebSocketConnection] = []
    private var waiting: (count: Int, continuation: CheckedContinuation<Void, Never>)?

    func add(_ socket: WebSocketConnection) {
      all.append(socket)
      if let waiting, all.count >= waiting.count {
        waiting.continuation.resume()
        self.waiting = nil
      }
    }

    func reach(_ count: Int) async {
      if all.count >= count { return }
      await withCheckedContinuation { waiting = (count, $0) }
    }
  }
}

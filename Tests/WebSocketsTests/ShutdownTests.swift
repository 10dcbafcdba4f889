import NIOCore
import Testing

@testable import WebSockets

@Suite("A server that stops", .timeLimit(.minutes(1)))
struct ShutdownTests {
  @Test("sockets are told 1001, idle connections end, and the server is gone quickly")
  func stops() async throws {
    let clock = ContinuousClock()
    try await TestServer.run {
      $0.get("/hello") { _, _ in "hello" }
      $0.socket("/echo", WebSocketOptions(), echo)
    } test: { server in
      let idle = try await RawClient.connect(server.port)
      #expect(try await idle.get("/hello").text == "hello")
      let socket = try await RawClient.socket(server.port, "/echo")
      let start = clock.now
      await server.stop()
      #expect(try await socket.farewell() == Farewell(code: 1001, reason: "the server stops"))
      try await socket.send(Frame.close(.goingAway))
      #expect(await socket.readToEnd().isEmpty)
      #expect(await idle.readToEnd().isEmpty)
      #expect(clock.now - start < .seconds(2))
    }
  }

  @Test("a client that does not answer is cut after the time for it")
  func stubbornClient() async throws {
    var options = WebSocketOptions()
    options.shutdownTimeout = .milliseconds(100)
    try await TestServer.run {
      $0.socket("/echo", options, echo)
    } test: { server in
      let socket = try await RawClient.socket(server.port, "/echo")
      await server.stop()
      #expect(try await socket.farewell().code == 1001)
      #expect(await socket.readToEnd().isEmpty)
    }
  }

  @Test("a handshake that the stop overtakes still ends with 1001")
  func overtakenHandshake() async throws {
    let (arrivals, arrival) = AsyncStream.makeStream(of: Void.self)
    let (permits, permit) = AsyncStream.makeStream(of: Void.self)
    try await TestServer.run {
      $0.get("/slow") { request, context in
        arrival.yield()
        for await _ in permits { break }
        return try WebSocketUpgrade.response(to: request, context: context, handler: echo)
      }
    } test: { server in
      let client = try await RawClient.connect(server.port)
      let other = try await RawClient.connect(server.port)
      try await client.send(RawClient.handshake("/slow"))
      for await _ in arrivals { break }
      await server.stop()
      #expect(await other.readToEnd().isEmpty)
      permit.yield()
      #expect(try await client.readReply().status == 101)
      #expect(try await client.farewell().code == 1001)
    }
  }

  @Test("a client that shuts its side right behind the handshake is let go")
  func halfClosedHandshake() async throws {
    let (arrivals, arrival) = AsyncStream.makeStream(of: Void.self)
    let (permits, permit) = AsyncStream.makeStream(of: Void.self)
    let (ends, end) = AsyncStream.makeStream(of: WebSocketCloseCode?.self)
    try await TestServer.run {
      $0.get("/slow") { request, context in
        arrival.yield()
        for await _ in permits { break }
        return try WebSocketUpgrade.response(to: request, context: context) { socket in
          for await _ in socket.inbound {}
          end.yield(socket.closeCode)
        }
      }
    } test: { server in
      let client = try await RawClient.connect(server.port)
      try await client.send(RawClient.handshake("/slow"))
      for await _ in arrivals { break }
      try await client.shutOutput()
      permit.yield()
      for await code in ends {
        #expect(code == .abnormal)
        break
      }
    }
  }
}

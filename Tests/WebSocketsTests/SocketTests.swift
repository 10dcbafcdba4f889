import NIOCore
import Testing

@testable import WebSockets

@Suite("Sockets on a running server", .timeLimit(.minutes(1)))
struct SocketTests {
  private let deflate = "permessage-deflate; client_max_window_bits"

  private func withEcho(_ options: WebSocketOptions = WebSocketOptions(), test: @Sendable (TestServer) async throws -> Void) async throws {
    try await TestServer.run(routes: { $0.socket("/echo", options, echo) }, test: test)
  }

  @Test("a text comes back, plain and compressed")
  func echoes() async throws {
    try await withEcho { server in
      for extensions in [nil, deflate] {
        let client = try await RawClient.socket(server.port, "/echo", extensions: extensions)
        let text = String(repeating: "échange ", count: 50)
        try await client.sendText(text)
        let frame = try await client.nextFrame()
        #expect(frame.isCompressed == (extensions != nil))
        #expect(try (frame.isCompressed ? MessageDeflate.inflate(frame.payload, limit: 1000) : frame.payload) == ByteBuffer(string: text))
        try await client.send(Frame(opcode: .ping, payload: ByteBuffer(string: "42")))
        #expect(try await client.nextFrame() == Frame(opcode: .pong, payload: ByteBuffer(string: "42")))
      }
    }
  }

  @Test("a compressed text from the client is inflated")
  func compressedInbound() async throws {
    try await withEcho { server in
      let client = try await RawClient.socket(server.port, "/echo", extensions: deflate)
      let text = String(repeating: "ping ", count: 100)
      let payload = try #require(MessageDeflate.deflate(ByteBuffer(string: text)))
      try await client.send(Frame(opcode: .text, isCompressed: true, payload: payload))
      #expect(try await client.nextText() == text)
    }
  }

  @Test("frames in the same packet as the handshake are read")
  func framesBehindHandshake() async throws {
    try await withEcho { server in
      let client = try await RawClient.connect(server.port)
      var bytes = ByteBuffer(string: RawClient.handshake("/echo"))
      for text in ["one", "two"] {
        bytes.writeImmutableBuffer(RawClient.bytes(of: Frame(opcode: .text, payload: ByteBuffer(string: text))))
      }
      try await client.send(bytes)
      #expect(try await client.readReply().status == 101)
      #expect(try await client.nextText() == "one")
      #expect(try await client.nextText() == "two")
    }
  }

  @Test("a connection upgrades after ordinary requests, also pipelined ones")
  func afterRequests() async throws {
    try await TestServer.run {
      $0.get("/hello") { _, _ in "hello" }
      $0.socket("/echo", WebSocketOptions(), echo)
    } test: { server in
      let client = try await RawClient.connect(server.port)
      #expect(try await client.get("/hello").text == "hello")
      let hello = "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n"
      try await client.send(String(repeating: hello, count: 20) + RawClient.handshake("/echo"))
      for _ in 0..<20 { #expect(try await client.readReply().text == "hello") }
      #expect(try await client.readReply().status == 101)
      try await client.sendText("x")
      #expect(try await client.nextText() == "x")
    }
  }

  struct Violation: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let code: UInt16
    let bytes: ByteBuffer
    var compresses = false
  }

  static func violations() -> [Violation] {
    let text = Frame(opcode: .text, payload: ByteBuffer(string: "a"))
    func close(_ bytes: [UInt8]) -> ByteBuffer { RawClient.bytes(of: Frame(opcode: .close, payload: ByteBuffer(bytes: bytes))) }
    let bomb = MessageDeflate.deflate(ByteBuffer(repeating: 0x20, count: 100_000)) ?? ByteBuffer()
    var split = RawClient.bytes(of: Frame(opcode: .text, isFinal: false, payload: ByteBuffer(repeating: 0x61, count: 4000)))
    split.writeImmutableBuffer(RawClient.bytes(of: Frame(opcode: .continuation, payload: ByteBuffer(repeating: 0x61, count: 100))))
    var many = ByteBuffer()
    for _ in 0..<31 { many.writeImmutableBuffer(RawClient.bytes(of: Frame(opcode: .ping))) }
    return [
      Violation(testDescription: "unmasked", code: 1002, bytes: RawClient.bytes(of: text, masked: false)),
      Violation(testDescription: "reserved bit", code: 1002, bytes: RawClient.bytes(of: text, reservedBits: 0x20)),
      Violation(testDescription: "RSV1 without deflate", code: 1002, bytes: RawClient.bytes(of: text, reservedBits: 0x40)),
      Violation(testDescription: "unknown opcode", code: 1002, bytes: ByteBuffer(bytes: [0x83, 0x80, 0, 0, 0, 0])),
      Violation(testDescription: "fragmented ping", code: 1002, bytes: RawClient.bytes(of: Frame(opcode: .ping, isFinal: false))),
      Violation(testDescription: "long ping", code: 1002, bytes: ByteBuffer(bytes: [0x89, 0xFE, 0, 126, 0, 0, 0, 0])),
      Violation(testDescription: "nothing to continue", code: 1002, bytes: RawClient.bytes(of: Frame(opcode: .continuation))),
      Violation(testDescription: "close of one byte", code: 1002, bytes: close([3])),
      Violation(testDescription: "close with 1005", code: 1002, bytes: close([0x03, 0xED])),
      Violation(testDescription: "close with 5000", code: 1002, bytes: close([0x13, 0x88])),
      Violation(testDescription: "close with a bad reason", code: 1007, bytes: close([0x03, 0xE8, 0xFF])),
      Violation(testDescription: "binary", code: 1003, bytes: RawClient.bytes(of: Frame(opcode: .binary))),
      Violation(
        testDescription: "not UTF-8", code: 1007,
        bytes: RawClient.bytes(of: Frame(opcode: .text, payload: ByteBuffer(bytes: [0xC0, 0x80])))
      ),
      Violation(testDescription: "over 4 KB", code: 1009, bytes: ByteBuffer(bytes: [0x81, 0xFE, 0x10, 0x01])),
      Violation(testDescription: "over 4 KB in fragments", code: 1009, bytes: split),
      Violation(
        testDescription: "over 4 KB inflated", code: 1009,
        bytes: RawClient.bytes(of: Frame(opcode: .text, isCompressed: true, payload: bomb)), compresses: true
      ),
      Violation(
        testDescription: "does not inflate", code: 1007,
        bytes: RawClient.bytes(of: Frame(opcode: .text, isCompressed: true, payload: ByteBuffer(bytes: [0xFF, 0xFF]))), compresses: true
      ),
      Violation(testDescription: "too many frames", code: 1008, bytes: many),
    ]
  }

  @Test("what breaks the protocol ends with its close code, then the connection is closed", arguments: violations())
  func violation(_ violation: Violation) async throws {
    try await withEcho { server in
      let client = try await RawClient.socket(server.port, "/echo", extensions: violation.compresses ? deflate : nil)
      try await client.send(violation.bytes)
      // More behind it must not disturb the end.
      try await client.sendText("more")
      #expect(try await client.farewell().code == violation.code)
      #expect(await client.readToEnd().isEmpty)
    }
  }

  @Test("a close is answered with its code", arguments: [1000, 1001, 3000, 4999] as [UInt16])
  func closeEcho(code: UInt16) async throws {
    try await withEcho { server in
      let client = try await RawClient.socket(server.port, "/echo")
      try await client.send(Frame.close(WebSocketCloseCode(rawValue: code), reason: "bye"))
      #expect(try await client.farewell() == Farewell(code: code))
      #expect(await client.readToEnd().isEmpty)
    }
  }

  @Test("a close without a code is answered without one")
  func emptyClose() async throws {
    try await withEcho { server in
      let client = try await RawClient.socket(server.port, "/echo")
      try await client.send(Frame(opcode: .close))
      #expect(try await client.farewell() == Farewell(code: nil))
    }
  }

  @Test("a handler that returns closes with 1000, one that throws with 1011, one that chooses with its code")
  func handlerEnds() async throws {
    struct Broken: Error {}
    try await TestServer.run {
      $0.socket("/returns") { socket in socket.offer(SharedMessage("last")) }
      $0.socket("/throws") { _ in throw Broken() }
      $0.socket("/chooses") { await $0.close(code: 4003, reason: "no such batch") }
    } test: { server in
      let returns = try await RawClient.socket(server.port, "/returns")
      #expect(try await returns.nextText() == "last")
      #expect(try await returns.farewell() == Farewell(code: 1000))
      // The answer to the close ends the connection at once.
      try await returns.send(Frame.close(.normal))
      #expect(await returns.readToEnd().isEmpty)
      #expect(try await RawClient.socket(server.port, "/throws").farewell().code == 1011)
      #expect(try await RawClient.socket(server.port, "/chooses").farewell() == Farewell(code: 4003, reason: "no such batch"))
    }
  }

  @Test("a client that leaves, politely or not, cancels the handler and ends its messages")
  func leaving() async throws {
    let (ends, end) = AsyncStream.makeStream(of: WebSocketCloseCode?.self)
    try await TestServer.run {
      $0.socket("/wait") { socket in
        for await _ in socket.inbound {}
        await withTaskCancellationHandler {
          for await _ in AsyncStream<Never>.makeStream().stream {}
        } onCancel: {
          end.yield(socket.closeCode)
        }
        socket.offer(SharedMessage("too late"))
        socket.send(text: "too late")
      }
    } test: { server in
      var iterator = ends.makeAsyncIterator()
      let polite = try await RawClient.socket(server.port, "/wait")
      try await polite.send(Frame.close(.goingAway))
      #expect(await iterator.next() == .some(.some(.goingAway)))
      let rude = try await RawClient.socket(server.port, "/wait")
      await rude.close()
      #expect(await iterator.next() == .some(.some(.abnormal)))
      let half = try await RawClient.socket(server.port, "/wait")
      try await half.shutOutput()
      #expect(await iterator.next() == .some(.some(.abnormal)))
    }
  }

  @Test("messages that the handler does not read end the socket with 1008")
  func unreadInbound() async throws {
    try await TestServer.run {
      $0.socket("/deaf") { await $0.closed() }
    } test: { server in
      let client = try await RawClient.socket(server.port, "/deaf")
      for index in 0..<9 { try await client.sendText("\(index)") }
      #expect(try await client.farewell().code == 1008)
    }
  }
}

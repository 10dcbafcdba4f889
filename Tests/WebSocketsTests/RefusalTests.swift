import Hummingbird
import HummingbirdCore
import NIOCore
import Testing

@testable import WebSockets

@Suite("Refused upgrades and connections that must end", .timeLimit(.minutes(1)))
struct RefusalTests {
  private func withServer(test: @Sendable (TestServer) async throws -> Void) async throws {
    try await TestServer.run(
      routes: {
        $0.socket("/echo", WebSocketOptions(), echo)
        $0.get("/hello") { _, _ in "hello" }
        $0.get("/closed") { _, _ -> Response in throw HTTPError(.unauthorized) }
        $0.get("/foreign") { _, _ -> Response in throw HTTPError(.forbidden, message: "foreign origin") }
        $0.get("/stream") { _, _ in
          Response(
            status: .ok,
            body: ResponseBody { writer in
              for part in ["one ", "two ", "three"] { try await writer.write(ByteBuffer(string: part)) }
              try await writer.finish(nil)
            })
        }
        $0.post("/body") { request, _ in
          var request = request
          return String(buffer: try await request.collectBody(upTo: 1000))
        }
      }, test: test)
  }

  @Test("a refused upgrade is answered, then the connection ends", arguments: [("/closed", 401), ("/foreign", 403), ("/nowhere", 404)])
  func refused(path: String, status: Int) async throws {
    try await withServer { server in
      let client = try await RawClient.connect(server.port)
      // Frames right behind the handshake are not taken for a request.
      try await client.send(RawClient.handshake(path) + "\u{1}\u{2}\u{3}")
      let reply = try await client.readReply()
      #expect(reply.status == status)
      #expect(reply["Connection"] == "close")
      #expect(await client.readToEnd().isEmpty)
    }
  }

  @Test("an ordinary request to a socket gets 426, and its connection goes on")
  func notAnUpgrade() async throws {
    try await withServer { server in
      let client = try await RawClient.connect(server.port)
      let reply = try await client.get("/echo")
      #expect(reply.status == 426)
      #expect(reply["Sec-WebSocket-Version"] == "13")
      #expect(reply["Upgrade"] == "websocket")
      #expect(reply.text.contains("WebSocket"))
      #expect(try await client.get("/hello").text == "hello")
    }
  }

  @Test("another version gets 426 with the version that is understood, a bad key 400")
  func badHandshake() async throws {
    try await withServer { server in
      let client = try await RawClient.connect(server.port)
      try await client.send(RawClient.handshake("/echo").replacing("Version: 13", with: "Version: 8"))
      let reply = try await client.readReply()
      #expect(reply.status == 426 && reply["Sec-WebSocket-Version"] == "13")
      #expect(reply["Connection"] == "upgrade, close")
      let second = try await RawClient.connect(server.port)
      try await second.send(RawClient.handshake("/echo", key: "short"))
      #expect(try await second.readReply().status == 400)
      #expect(await second.readToEnd().isEmpty)
    }
  }

  @Test("h2c and CONNECT are answered over HTTP/1.1, then the connection ends")
  func otherProtocols() async throws {
    try await withServer { server in
      let client = try await RawClient.connect(server.port)
      let h2c = "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n"
      let reply = try await client.get("/hello", h2c)
      #expect(reply.status == 200 && reply.text == "hello" && reply["Connection"] == "close")
      #expect(await client.readToEnd().isEmpty)
      let body = try await RawClient.connect(server.port)
      try await body.send("POST /body HTTP/1.1\r\nHost: localhost\r\n\(h2c)Content-Length: 5\r\n\r\nhello")
      #expect(try await body.readReply().text == "hello")
      let tunnel = try await RawClient.connect(server.port)
      try await tunnel.send("CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n")
      #expect(await tunnel.readToEnd().hasPrefix("HTTP/1.1 4"))
    }
  }

  @Test("HTTP/1.0 gets no upgrade and no chunks, and its connection ends")
  func http10() async throws {
    try await withServer { server in
      let client = try await RawClient.connect(server.port)
      let reply = try await client.get("/stream", version: "1.0")
      #expect(reply.version == "HTTP/1.0" && reply["Transfer-Encoding"] == nil && reply.text == "one two three")
      let second = try await RawClient.connect(server.port)
      try await second.send(RawClient.handshake("/echo").replacing("HTTP/1.1", with: "HTTP/1.0"))
      #expect(try await second.readReply().status == 426)
      #expect(await second.readToEnd().isEmpty)
    }
  }

  @Test("Connection: close is kept in any case of letters, and requests behind it are ignored")
  func connectionClose() async throws {
    try await withServer { server in
      let client = try await RawClient.connect(server.port)
      let reply = try await client.get("/hello", "Connection: Close\r\n\r\nGET /hello HTTP/1.1\r\nHost: localhost\r\n")
      #expect(reply.text == "hello" && reply["Connection"] == "close")
      #expect(await client.readToEnd().isEmpty)
    }
  }

  @Test("bytes that are not HTTP get 400, and too large a head too")
  func badRequests() async throws {
    try await withServer { server in
      let garbage = try await RawClient.connect(server.port)
      try await garbage.send("\u{1}\u{2}\u{3} what is this\r\n\r\n")
      #expect(await garbage.readToEnd().hasPrefix("HTTP/1.1 400"))
      let large = try await RawClient.connect(server.port)
      try await large.send("GET / HTTP/1.1\r\nHost: localhost\r\nX: \(String(repeating: "x", count: 100_000))\r\n\r\n")
      #expect(await large.readToEnd().hasPrefix("HTTP/1.1 400"))
      let late = try await RawClient.connect(server.port)
      #expect(try await late.get("/hello").text == "hello")
      try await late.send("?\r\n\r\n")
      #expect(await late.readToEnd().hasPrefix("HTTP/1.1 400"))
    }
  }

  @Test("pipelined requests are answered in order")
  func pipelining() async throws {
    try await withServer { server in
      let client = try await RawClient.connect(server.port)
      try await client.send(
        "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\nGET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n"
          + "POST /body HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nbodyGET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n"
      )
      #expect(try await client.readReply().text == "hello")
      #expect(try await client.readReply().text == "one two three")
      #expect(try await client.readReply().text == "body")
      #expect(try await client.readReply().status == 404)
      #expect(try await client.get("/hello").text == "hello")
    }
  }

  @Test("a head that never ends is cut at the idle time, and so is an idle connection")
  func slowloris() async throws {
    let server = HTTPServerBuilder.http1WithWebSockets(configuration: .init(idleTimeout: .milliseconds(200)))
    try await TestServer.run(server: server) {
      $0.get("/hello") { _, _ in "hello" }
    } test: { server in
      let slow = try await RawClient.connect(server.port)
      try await slow.send("GET /hello HTTP/1.1\r\nHost: local")
      #expect(await slow.readToEnd().isEmpty)
      let idle = try await RawClient.connect(server.port)
      #expect(try await idle.get("/hello").text == "hello")
      #expect(await idle.readToEnd().isEmpty)
    }
  }

  @Test("a server without the slot refuses by closing, and does not trap")
  func plainServer() async throws {
    try await TestServer.run(server: .http1()) {
      $0.socket("/echo", WebSocketOptions(), echo)
    } test: { server in
      let client = try await RawClient.connect(server.port)
      try await client.send(RawClient.handshake("/echo"))
      #expect(try await client.readReply().status == 101)
      #expect(await client.readToEnd().isEmpty)
    }
  }
}

import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import Testing

@testable import WebSockets

@Suite("Compressed answers", .timeLimit(.minutes(1)))
struct CompressionTests {
  private static let page = String(repeating: "<p>a row of a table</p>\n", count: 400)
  private let gzip = "Accept-Encoding: gzip, deflate, br\r\n"

  private static func answer(_ type: String, _ body: String = page, headers: HTTPFields = [:]) -> Response {
    var headers = headers
    headers[.contentType] = type
    return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: body)))
  }

  private func withServer(test: @Sendable (TestServer) async throws -> Void) async throws {
    try await TestServer.run(
      routes: { router in
        router.get("/page") { _, _ in Self.answer("text/html; charset=utf-8", headers: [.eTag: "\"1\"", .acceptRanges: "bytes"]) }
        router.head("/page") { _, _ in Self.answer("text/html").createHeadResponse() }
        router.get("/short") { _, _ in Self.answer("text/html", "short") }
        router.get("/image") { _, _ in Self.answer("image/png") }
        router.get("/encoded") { _, _ in Self.answer("text/css", headers: [.contentEncoding: "br"]) }
        router.get("/unchanged") { _, _ in Response(status: .notModified, headers: [.eTag: "\"1\""]) }
        router.get("/empty") { _, _ in Response(status: .noContent) }
        router.get("/stream") { _, _ in
          Response(
            status: .ok, headers: [.contentType: "text/csv"],
            body: ResponseBody { writer in
              for _ in 0..<20 { try await writer.write(ByteBuffer(string: Self.page)) }
              try await writer.finish(nil)
            })
        }
        router.get("/known-length") { _, _ in
          let length = Self.page.utf8.count * 2
          return Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody(contentLength: length) { writer in
              for _ in 0..<2 { try await writer.write(ByteBuffer(string: Self.page)) }
              try await writer.finish(nil)
            })
        }
      }, test: test)
  }

  @Test("a page is compressed with its length, and the connection goes on")
  func page() async throws {
    try await withServer { server in
      let client = try await RawClient.connect(server.port)
      for _ in 0..<3 {
        let reply = try await client.get("/page", gzip)
        #expect(reply["Content-Encoding"] == "gzip" && reply["Vary"] == "Accept-Encoding")
        #expect(reply["Content-Length"] == "\(reply.body.readableBytes)" && reply["Transfer-Encoding"] == nil)
        #expect(reply["ETag"] == "W/\"1\"" && reply["Accept-Ranges"] == nil)
        #expect(reply.body.readableBytes < 500)
        #expect(reply.gunzipped == Self.page)
      }
      let plain = try await client.get("/page")
      #expect(plain.text == Self.page && plain["Vary"] == "Accept-Encoding" && plain["Content-Encoding"] == nil)
    }
  }

  @Test("streams are compressed in chunks, whether or not their length was known", arguments: [("/stream", 20), ("/known-length", 2)])
  func streams(path: String, parts: Int) async throws {
    try await withServer { server in
      let client = try await RawClient.connect(server.port)
      let reply = try await client.get(path, gzip)
      #expect(reply["Transfer-Encoding"] == "chunked" && reply["Content-Length"] == nil && reply["Content-Encoding"] == "gzip")
      #expect(reply.gunzipped == String(repeating: Self.page, count: parts))
      #expect(try await client.get(path).text == String(repeating: Self.page, count: parts))
      #expect(try await client.get("/short", gzip).text == "short")
    }
  }

  @Test("each part of a stream reaches the client before the next is written")
  func promptStream() async throws {
    let (permits, permit) = AsyncStream.makeStream(of: Void.self)
    try await TestServer.run {
      $0.get("/live") { _, _ in
        Response(
          status: .ok, headers: [.contentType: "text/plain"],
          body: ResponseBody { writer in
            for await _ in permits { try await writer.write(ByteBuffer(string: Self.page)) }
            try await writer.finish(nil)
          })
      }
    } test: { server in
      let client = try await RawClient.connect(server.port)
      try await client.send("GET /live HTTP/1.1\r\nHost: localhost\r\n\(gzip)\r\n")
      for _ in 0..<3 {
        permit.yield()
        // The end of a sync flush, inside a chunk.
        let isFlushed = try await client.read { buffer -> Bool? in
          guard let end = buffer.readableBytesView.firstRange(of: [0x00, 0x00, 0xFF, 0xFF]) else { return nil }
          buffer.moveReaderIndex(to: end.upperBound)
          return true
        }
        #expect(isFlushed)
      }
      permit.finish()
      let isFinished = try await client.read { buffer -> Bool? in
        buffer.readableBytesView.firstRange(of: Array("0\r\n\r\n".utf8)).map { _ in true }
      }
      #expect(isFinished)
    }
  }

  @Test("images, short texts and bodies that are encoded already are left alone")
  func leftAlone() async throws {
    try await withServer { server in
      let client = try await RawClient.connect(server.port)
      let image = try await client.get("/image", gzip)
      #expect(image.text == Self.page && image["Content-Encoding"] == nil && image["Vary"] == nil)
      let encoded = try await client.get("/encoded", gzip)
      #expect(encoded.text == Self.page && encoded["Content-Encoding"] == "br")
      let short = try await client.get("/short", gzip)
      #expect(short.text == "short" && short["Content-Encoding"] == nil && short["Vary"] == "Accept-Encoding")
    }
  }

  @Test("HEAD, 304 and 204 stay without a body, and the connection goes on")
  func bodiless() async throws {
    try await withServer { server in
      let client = try await RawClient.connect(server.port)
      let head = try await client.get("/page", gzip, method: "HEAD")
      #expect(head.status == 200 && head["Content-Encoding"] == nil && head["Content-Length"] == "\(Self.page.utf8.count)")
      #expect(head["Vary"] == "Accept-Encoding")
      let unchanged = try await client.get("/unchanged", gzip)
      #expect(unchanged.status == 304 && unchanged["Vary"] == "Accept-Encoding" && unchanged["ETag"] == "\"1\"")
      #expect(try await client.get("/empty", gzip).status == 204)
      #expect(try await client.get("/page", gzip).gunzipped == Self.page)
    }
  }

  @Test("an HTTP/1.0 client gets no compressed stream, and pipelined clients each get their coding")
  func oldAndPipelined() async throws {
    try await withServer { server in
      let old = try await RawClient.connect(server.port)
      #expect(try await old.get("/known-length", gzip, version: "1.0").text == Self.page + Self.page)
      let client = try await RawClient.connect(server.port)
      try await client.send(
        "GET /page HTTP/1.1\r\nHost: localhost\r\n\(gzip)\r\nGET /page HTTP/1.1\r\nHost: localhost\r\n\r\n"
          + "GET /page HTTP/1.1\r\nHost: localhost\r\n\(gzip)\r\n"
      )
      #expect(try await client.readReply().gunzipped == Self.page)
      #expect(try await client.readReply().text == Self.page)
      #expect(try await client.readReply().gunzipped == Self.page)
    }
  }

  @Test("compression can be left out")
  func off() async throws {
    try await TestServer.run(server: .http1WithWebSockets(compressesResponses: false)) {
      $0.get("/page") { _, _ in Self.answer("text/html") }
    } test: { server in
      let client = try await RawClient.connect(server.port)
      #expect(try await client.get("/page", gzip).text == Self.page)
    }
  }

  @Test("the promises of absorbed parts are kept, or failed when the channel goes")
  func promises() throws {
    let channel = EmbeddedChannel(handler: ResponseCompression())
    let request = HTTPRequest(method: .get, scheme: "http", authority: "x", path: "/", headerFields: [.acceptEncoding: "gzip"])
    let head = HTTPResponsePart.head(HTTPResponse(status: .ok, headerFields: [.contentType: "text/plain"]))
    let part = HTTPResponsePart.body(ByteBuffer(string: Self.page))
    try channel.writeInbound(HTTPRequestPart.head(request))
    let writes = [head, part, part].map { channel.write($0) }
    channel.flush()
    for write in writes { try write.wait() }
    let late = channel.write(part)
    _ = try channel.finish(acceptAlreadyClosed: true)
    #expect(throws: ChannelError.self) { try late.wait() }
  }
}

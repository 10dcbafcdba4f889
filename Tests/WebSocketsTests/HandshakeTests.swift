import HTTPTypes
import Testing

@testable import WebSockets

@Suite("The opening handshake")
struct HandshakeTests {
  private func request(_ changes: HTTPFields = [:], method: HTTPRequest.Method = .get, host: String? = "localhost") -> HTTPRequest {
    var fields: HTTPFields = [
      .upgrade: "websocket", .connection: "Upgrade", .secWebSocketVersion: "13", .secWebSocketKey: RawClient.key,
    ]
    for field in changes { fields[field.name] = field.value.isEmpty ? nil : field.value }
    return HTTPRequest(method: method, scheme: "http", authority: host, path: "/", headerFields: fields)
  }

  private func refusal(_ request: HTTPRequest) -> HandshakeRefusal? {
    do {
      _ = try Handshake(request, offersCompression: true)
      return nil
    } catch {
      return error
    }
  }

  @Test("SHA-1 gives the digests of RFC 3174")
  func sha1() {
    func hex(_ text: String) -> String {
      SHA1.digest(Array(text.utf8)).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
    #expect(hex("abc") == "a9993e364706816aba3e25717850c26c9cd0d89d")
    #expect(hex("") == "da39a3ee5e6b4b0d3255bfef95601890afd80709")
    #expect(hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") == "84983e441c3bd26ebaae4aa1f95129e5e54670f1")
    #expect(hex(String(repeating: "01234567", count: 80)) == "dea356a2cddd90c7a7ecedc5ebb563934f460452")
  }

  @Test("the answer is that of RFC 6455")
  func accepted() throws {
    let handshake = try Handshake(request(), offersCompression: true)
    #expect(handshake.headers[.secWebSocketAccept] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    #expect(handshake.headers[.upgrade] == "websocket")
    #expect(handshake.headers[.connection] == "upgrade")
    #expect(handshake.headers[.secWebSocketExtensions] == nil)
    #expect(!handshake.deflates)
  }

  @Test("tokens are found in lists and in any case of letters")
  func tokens() {
    #expect(refusal(request([.upgrade: "h2c, WebSocket", .connection: "keep-alive, UPGRADE"])) == nil)
  }

  @Test("what is not a handshake is refused with its reason")
  func refusals() {
    #expect(refusal(request([.upgrade: ""])) == .notAnUpgrade)
    #expect(refusal(request([.upgrade: "websockets"])) == .notAnUpgrade)
    #expect(refusal(request([.connection: "keep-alive"])) == .notAnUpgrade)
    #expect(refusal(request([.secWebSocketVersion: "8"])) == .unsupportedVersion)
    #expect(refusal(request([.secWebSocketVersion: ""])) == .unsupportedVersion)
    #expect(refusal(request(method: .post)) == .wrongMethod)
    #expect(refusal(request(host: nil))?.status == .badRequest)
    #expect(refusal(request([.contentLength: "5"]))?.status == .badRequest)
    #expect(refusal(request([.transferEncoding: "chunked"]))?.status == .badRequest)
    #expect(refusal(request([.contentLength: "0"])) == nil)
    for key in ["", "c2hvcnQ=", "dGhlIHNhbXBsZSBub25jZQ=", "!!hlIHNhbXBsZSBub25jZQ==", "MTIzNDU2Nzg5MDEyMzQ1Njc4"] {
      #expect(refusal(request([.secWebSocketKey: key]))?.status == .badRequest)
    }
  }

  @Test("a refusal says what the client should do instead")
  func advice() {
    #expect(HandshakeRefusal.wrongMethod.headers[.allow] == "GET")
    #expect(HandshakeRefusal.unsupportedVersion.headers[.secWebSocketVersion] == "13")
    #expect(HandshakeRefusal.malformed("Host is missing").headers.isEmpty)
    let refusals: [HandshakeRefusal] = [.notAnUpgrade, .unsupportedVersion, .wrongMethod, .malformed("x")]
    #expect(refusals.map(\.status.code) == [426, 426, 405, 400])
    #expect(Set(refusals.map(\.explanation)).count == 4)
  }

  @Test("permessage-deflate is agreed on without context takeover")
  func deflate() throws {
    let plain = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
    for offer in [
      "permessage-deflate", "permessage-deflate; client_max_window_bits", "Permessage-Deflate;client_max_window_bits=10",
      "permessage-deflate; server_no_context_takeover; client_no_context_takeover", "x-webkit-deflate-frame, permessage-deflate",
      "permessage-deflate; server_max_window_bits=9, permessage-deflate", "permessage-deflate; client_max_window_bits=\"15\"",
    ] {
      #expect(DeflateOffer.answer(to: offer) == plain)
    }
    #expect(DeflateOffer.answer(to: "permessage-deflate; server_max_window_bits=15") == plain + "; server_max_window_bits=15")
    let handshake = try Handshake(request([.secWebSocketExtensions: "permessage-deflate"]), offersCompression: true)
    #expect(handshake.deflates && handshake.headers[.secWebSocketExtensions] == plain)
    #expect(try !Handshake(request([.secWebSocketExtensions: "permessage-deflate"]), offersCompression: false).deflates)
  }

  @Test(
    "an offer with parameters that cannot be kept is declined",
    arguments: [
      "", ",", "gzip", "permessage-deflate; server_max_window_bits=8", "permessage-deflate; server_max_window_bits",
      "permessage-deflate; client_max_window_bits=7", "permessage-deflate; client_max_window_bits=16",
      "permessage-deflate; client_max_window_bits=09", "permessage-deflate; server_no_context_takeover=1",
      "permessage-deflate; unknown", "permessage-deflate;", "permessage-deflate; client_max_window_bits; client_max_window_bits",
    ]
  )
  func declined(offer: String) {
    #expect(DeflateOffer.answer(to: offer) == nil)
  }
}

import Foundation
import HTTPTypes

/// The server's side of the opening handshake (RFC 6455, 4.2).
struct Handshake {
  /// The header fields of the 101 answer.
  let headers: HTTPFields
  /// Whether permessage-deflate was agreed on.
  let deflates: Bool

  /// Checks the request (RFC 6455, 4.2.1). An HTTP/1.0 request has lost its Upgrade field before (RFC 9110, 7.8).
  init(_ request: HTTPRequest, offersCompression: Bool) throws(HandshakeRefusal) {
    let fields = request.headerFields
    guard request.method == .get else { throw .wrongMethod }
    guard Self.lists("websocket", in: fields[.upgrade]), Self.lists("upgrade", in: fields[.connection]) else { throw .notAnUpgrade }
    guard fields[.secWebSocketVersion] == "13" else { throw .unsupportedVersion }
    guard let host = request.authority, !host.isEmpty else { throw .malformed("Host is missing") }
    guard fields[.transferEncoding] == nil, fields[.contentLength].map({ $0 == "0" }) ?? true else {
      throw .malformed("it may not have a body")
    }
    guard let key = fields[.secWebSocketKey], key.utf8.count == 24, Data(base64Encoded: key)?.count == 16 else {
      throw .malformed("Sec-WebSocket-Key must be 16 bytes in Base64")
    }

    var headers: HTTPFields = [.upgrade: "websocket", .connection: "upgrade", .secWebSocketAccept: Self.accept(key)]
    let compression = offersCompression ? fields[.secWebSocketExtensions].flatMap(DeflateOffer.answer) : nil
    headers[.secWebSocketExtensions] = compression
    self.headers = headers
    deflates = compression != nil
  }

  /// The answer to a key (RFC 6455, 4.2.2, 5.4).
  static func accept(_ key: String) -> String {
    Data(SHA1.digest(Array("\(key)258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8))).base64EncodedString()
  }

  /// Whether a comma-separated list has this token, in any case of letters.
  private static func lists(_ token: String, in header: String?) -> Bool {
    header?.split(separator: ",").contains { trimmed($0).lowercased() == token } ?? false
  }
}

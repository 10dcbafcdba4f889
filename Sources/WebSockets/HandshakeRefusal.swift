import HTTPTypes
import Hummingbird

/// Why a request cannot become a WebSocket (RFC 6455, 4.2.2).
///
/// ``WebSocketUpgrade`` throws it; when nobody catches it, it is answered as plain text.
public enum HandshakeRefusal: Error, Equatable, Sendable {
  /// An ordinary request came to a WebSocket's address.
  case notAnUpgrade
  /// The client speaks another version of the protocol than 13.
  case unsupportedVersion
  /// The method is not GET.
  case wrongMethod
  /// A required header field is missing or wrong; the text names it.
  case malformed(String)

  public var explanation: String {
    switch self {
    case .notAnUpgrade: "This address speaks WebSocket: send Upgrade: websocket."
    case .unsupportedVersion: "Only version 13 of the WebSocket protocol is understood."
    case .wrongMethod: "A WebSocket is opened with GET."
    case .malformed(let what): "The WebSocket handshake is wrong: \(what)."
    }
  }

  /// The header fields that the answer must carry.
  public var headers: HTTPFields {
    switch self {
    case .notAnUpgrade, .unsupportedVersion: [.upgrade: "websocket", .connection: "upgrade", .secWebSocketVersion: "13"]
    case .wrongMethod: [.allow: "GET"]
    case .malformed: [:]
    }
  }
}

extension HandshakeRefusal: HTTPResponseError {
  public var status: HTTPResponse.Status {
    switch self {
    case .notAnUpgrade, .unsupportedVersion: .upgradeRequired
    case .wrongMethod: .methodNotAllowed
    case .malformed: .badRequest
    }
  }

  public func response(from request: Request, context: some RequestContext) -> Response {
    var headers = headers
    headers[.contentType] = "text/plain; charset=utf-8"
    return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: explanation + "\n")))
  }
}

/// The reason why a WebSocket ends, as it travels in a close frame (RFC 6455, 7.4, and the IANA registry of close codes).
public struct WebSocketCloseCode: RawRepresentable, Hashable, Sendable, ExpressibleByIntegerLiteral {
  public let rawValue: UInt16

  public init(rawValue: UInt16) { self.rawValue = rawValue }
  public init(integerLiteral value: UInt16) { self.rawValue = value }

  public static let normal: Self = 1000
  public static let goingAway: Self = 1001
  public static let protocolError: Self = 1002
  public static let unsupportedData: Self = 1003
  /// No close frame was seen: the connection was lost or dropped. Never sent.
  public static let abnormal: Self = 1006
  public static let invalidPayload: Self = 1007
  public static let policyViolation: Self = 1008
  public static let messageTooBig: Self = 1009
  public static let internalError: Self = 1011
  public static let serviceRestart: Self = 1012

  /// Whether a close frame may carry this code: 1004, 1005, 1006 and 1015 are reserved (RFC 6455, 7.4.1).
  public var mayBeSent: Bool {
    switch rawValue {
    case 1000...1003, 1007...1014, 3000...4999: true
    default: false
    }
  }
}

/// Why the connection must be ended by this side.
struct SocketFailure: Error, Equatable {
  let code: WebSocketCloseCode
  let reason: String

  static func protocolError(_ reason: String) -> Self { Self(code: .protocolError, reason: reason) }
  static func tooBig(_ limit: Int) -> Self { Self(code: .messageTooBig, reason: "a message may have \(limit) bytes") }
}

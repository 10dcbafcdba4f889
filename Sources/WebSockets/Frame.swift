import NIOCore

/// One WebSocket frame (RFC 6455, 5.2), its payload unmasked.
struct Frame: Equatable {
  enum Opcode: UInt8 {
    case continuation = 0x0
    case text = 0x1
    case binary = 0x2
    case close = 0x8
    case ping = 0x9
    case pong = 0xA

    var isControl: Bool { rawValue & 0x8 != 0 }
  }

  /// The longest payload of a control frame (RFC 6455, 5.5).
  static let maximumControlPayload = 125

  var opcode: Opcode
  var isFinal = true
  /// RSV1, which permessage-deflate sets on the first frame of a compressed message (RFC 7692, 6).
  var isCompressed = false
  var payload = ByteBuffer()

  /// The bytes of this frame as a server sends it: unmasked, so that one buffer serves all sockets.
  func encoded() -> ByteBuffer {
    let length = payload.readableBytes
    var bytes = ByteBuffer()
    bytes.reserveCapacity(length + 10)
    bytes.writeInteger((isFinal ? 0x80 : 0) | (isCompressed ? 0x40 : 0) | opcode.rawValue)
    switch length {
    case ...125:
      bytes.writeInteger(UInt8(length))
    case ...Int(UInt16.max):
      bytes.writeInteger(UInt8(126))
      bytes.writeInteger(UInt16(length))
    default:
      bytes.writeInteger(UInt8(127))
      bytes.writeInteger(UInt64(length))
    }
    bytes.writeImmutableBuffer(payload)
    return bytes
  }

  /// A close frame; a reason that does not fit is cut between characters, and an unsendable code becomes 1011.
  static func close(_ code: WebSocketCloseCode, reason: String = "") -> Frame {
    var payload = ByteBuffer(integer: (code.mayBeSent ? code : .internalError).rawValue)
    var reason = reason[...]
    while reason.utf8.count > maximumControlPayload - 2 { reason.removeLast() }
    payload.writeSubstring(reason)
    return Frame(opcode: .close, payload: payload)
  }
}

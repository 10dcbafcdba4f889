import NIOCore

/// Joins the fragments of a text message, inflates it and checks it (RFC 6455, 5.4 and 5.6; RFC 7692, 6.2).
struct MessageAssembler {
  /// The longest message, in bytes, before and after it is inflated.
  let maximumBytes: Int
  /// The most frames that one message may come in: many empty fragments cost us time and the sender nothing.
  let maximumFragments = 128

  private var payload = ByteBuffer()
  private var fragments = 0
  private var isCompressed = false

  init(maximumBytes: Int) { self.maximumBytes = maximumBytes }

  /// Takes a data frame; gives the message that it completes.
  mutating func add(_ frame: Frame) throws(SocketFailure) -> String? {
    switch frame.opcode {
    case .binary:
      throw SocketFailure(code: .unsupportedData, reason: "only text is understood")
    case .continuation:
      guard fragments > 0 else { throw .protocolError("nothing to continue") }
      payload.writeImmutableBuffer(frame.payload)
    default:
      guard fragments == 0 else { throw .protocolError("the message before is not finished") }
      isCompressed = frame.isCompressed
      payload = frame.payload
    }
    fragments += 1
    guard payload.readableBytes <= maximumBytes else { throw .tooBig(maximumBytes) }
    guard frame.isFinal else {
      guard fragments < maximumFragments else { throw SocketFailure(code: .policyViolation, reason: "too many fragments") }
      return nil
    }
    defer {
      payload = ByteBuffer()
      fragments = 0
    }
    return try text()
  }

  private func text() throws(SocketFailure) -> String {
    let bytes = isCompressed ? try inflated() : payload
    guard let text = String(validating: bytes.readableBytesView, as: UTF8.self) else {
      throw SocketFailure(code: .invalidPayload, reason: "text must be UTF-8")
    }
    return text
  }

  private func inflated() throws(SocketFailure) -> ByteBuffer {
    do {
      return try MessageDeflate.inflate(payload, limit: maximumBytes)
    } catch {
      switch error {
      case .tooBig: throw .tooBig(maximumBytes)
      case .corrupt: throw SocketFailure(code: .invalidPayload, reason: "the message does not inflate")
      }
    }
  }
}

import NIOCore

/// Cuts a client's bytes into frames and refuses, before the payload is in memory, what RFC 6455 forbids.
struct FrameParser {
  /// The longest payload of a data frame, in bytes.
  let maximumPayload: Int
  /// Whether permessage-deflate was agreed on, so that RSV1 has a meaning.
  let allowsCompression: Bool
  private var buffer = ByteBuffer()

  init(maximumPayload: Int, allowsCompression: Bool) {
    self.maximumPayload = maximumPayload
    self.allowsCompression = allowsCompression
  }

  mutating func append(_ bytes: ByteBuffer) {
    if buffer.readableBytes == 0 {
      buffer = bytes
    } else {
      buffer.writeImmutableBuffer(bytes)
    }
  }

  /// The next whole frame, or nil when more bytes are needed.
  mutating func next() throws(SocketFailure) -> Frame? {
    guard var header = try header() else { return nil }
    let start = buffer.readerIndex + header.size
    guard let mask = buffer.getInteger(at: start - 4, as: UInt32.self),
      var payload = buffer.getSlice(at: start, length: header.length)
    else { return nil }
    buffer.moveReaderIndex(to: start + header.length)
    // An idle socket holds no buffer: ten thousand of them would add up.
    if buffer.readableBytes == 0 { buffer = ByteBuffer() } else { buffer.discardReadBytes() }
    payload.unmask(with: mask)
    header.frame.payload = payload
    return header.frame
  }

  /// Reads the header without consuming it; nil when it is not whole yet.
  private func header() throws(SocketFailure) -> (frame: Frame, size: Int, length: Int)? {
    let at = buffer.readerIndex
    guard let first = buffer.getInteger(at: at, as: UInt8.self), let second = buffer.getInteger(at: at + 1, as: UInt8.self) else {
      return nil
    }
    guard let opcode = Frame.Opcode(rawValue: first & 0x0F) else { throw .protocolError("unknown opcode") }
    let frame = Frame(opcode: opcode, isFinal: first & 0x80 != 0, isCompressed: first & 0x40 != 0)
    guard first & 0x30 == 0 else { throw .protocolError("reserved bits are set") }
    guard !frame.isCompressed || allowsCompression && (opcode == .text || opcode == .binary) else {
      throw .protocolError("reserved bits are set")
    }
    guard second & 0x80 != 0 else { throw .protocolError("a client's frames must be masked") }

    let short = Int(second & 0x7F)
    if opcode.isControl {
      guard frame.isFinal else { throw .protocolError("a control frame may not be fragmented") }
      guard short <= Frame.maximumControlPayload else { throw .protocolError("a control frame may have 125 bytes") }
    }
    switch short {
    case 126:
      guard let length = buffer.getInteger(at: at + 2, as: UInt16.self) else { return nil }
      return (frame, 2 + 2 + 4, try checked(UInt64(length)))
    case 127:
      guard let length = buffer.getInteger(at: at + 2, as: UInt64.self) else { return nil }
      return (frame, 2 + 8 + 4, try checked(length))
    default:
      return (frame, 2 + 4, try checked(UInt64(short)))
    }
  }

  private func checked(_ length: UInt64) throws(SocketFailure) -> Int {
    guard length <= UInt64(maximumPayload) || length <= UInt64(Frame.maximumControlPayload) else { throw .tooBig(maximumPayload) }
    return Int(length)
  }
}

extension ByteBuffer {
  /// Applies a client's masking key (RFC 6455, 5.3); masking twice gives the first bytes again.
  mutating func unmask(with key: UInt32) {
    withUnsafeMutableReadableBytes { bytes in
      for index in bytes.indices {
        bytes[index] ^= UInt8(truncatingIfNeeded: key >> (24 - 8 * UInt32(index & 3)))
      }
    }
  }
}

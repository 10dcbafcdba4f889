import NIOCore

@testable import WebSockets

/// What a server's close frame says.
struct Farewell: Equatable, Sendable {
  var code: UInt16?
  var reason = ""
}

extension RawClient {
  static let key = "dGhlIHNhbXBsZSBub25jZQ=="

  static func handshake(_ path: String, extensions: String? = nil, key: String = key, more: String = "") -> String {
    let extensions = extensions.map { "Sec-WebSocket-Extensions: \($0)\r\n" } ?? ""
    return "GET \(path) HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
      + "Sec-WebSocket-Key: \(key)\r\n\(extensions)\(more)\r\n"
  }

  /// Connects and opens a socket.
  static func socket(_ port: Int, _ path: String, extensions: String? = nil, reads: Bool = true) async throws -> RawClient {
    let client = try await connect(port, reads: reads)
    try await client.send(handshake(path, extensions: extensions))
    guard reads else { return client }
    let reply = try await client.readReply()
    guard reply.status == 101 else { throw ConnectionEnded() }
    return client
  }

  /// A client's frame, masked unless it is to be wrong.
  static func bytes(of frame: Frame, masked: Bool = true, reservedBits: UInt8 = 0) -> ByteBuffer {
    var bytes = Frame(opcode: frame.opcode, isFinal: frame.isFinal, isCompressed: frame.isCompressed, payload: frame.payload).encoded()
    bytes.setInteger((bytes.getInteger(at: 0, as: UInt8.self) ?? 0) | reservedBits, at: 0)
    guard masked else { return bytes }
    let headerLength = bytes.readableBytes - frame.payload.readableBytes
    let mask: UInt32 = 0x37FA_213D
    bytes.setInteger((bytes.getInteger(at: 1, as: UInt8.self) ?? 0) | 0x80, at: 1)
    var result = bytes.readSlice(length: headerLength) ?? ByteBuffer()
    result.writeInteger(mask)
    var payload = frame.payload
    payload.unmask(with: mask)
    result.writeImmutableBuffer(payload)
    return result
  }

  nonisolated func send(_ frame: Frame, masked: Bool = true, reservedBits: UInt8 = 0) async throws {
    try await send(Self.bytes(of: frame, masked: masked, reservedBits: reservedBits))
  }

  nonisolated func sendText(_ text: String) async throws {
    try await send(Frame(opcode: .text, payload: ByteBuffer(string: text)))
  }

  /// The server's next frame; throws when the connection ends first.
  func nextFrame() async throws -> Frame {
    try await read { buffer in
      var copy = buffer
      guard let first = copy.readInteger(as: UInt8.self), let second = copy.readInteger(as: UInt8.self) else { return nil }
      var length = Int(second)
      if second == 126 {
        guard let long = copy.readInteger(as: UInt16.self) else { return nil }
        length = Int(long)
      } else if second == 127 {
        guard let long = copy.readInteger(as: UInt64.self) else { return nil }
        length = Int(long)
      }
      guard let payload = copy.readSlice(length: length), let opcode = Frame.Opcode(rawValue: first & 0xF) else { return nil }
      buffer = copy
      return Frame(opcode: opcode, isFinal: first & 0x80 != 0, isCompressed: first & 0x40 != 0, payload: payload)
    }
  }

  /// The next message, inflated if it came so; pings are passed over.
  func nextText() async throws -> String {
    while true {
      let frame = try await nextFrame()
      guard frame.opcode == .text else { if frame.opcode == .ping { continue } else { throw ConnectionEnded() } }
      return String(buffer: frame.isCompressed ? try MessageDeflate.inflate(frame.payload, limit: 1_000_000) : frame.payload)
    }
  }

  /// Passes over everything up to the close frame.
  func farewell() async throws -> Farewell {
    while true {
      var frame = try await nextFrame()
      guard frame.opcode == .close else { continue }
      return Farewell(code: frame.payload.readInteger(as: UInt16.self), reason: String(buffer: frame.payload))
    }
  }
}

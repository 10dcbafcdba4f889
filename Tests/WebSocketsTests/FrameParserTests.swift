import NIOCore
import Testing

@testable import WebSockets

@Suite("Frames")
struct FrameParserTests {
  private func failure(_ bytes: ByteBuffer, compression: Bool = false) -> WebSocketCloseCode? {
    var parser = FrameParser(maximumPayload: 4096, allowsCompression: compression)
    parser.append(bytes)
    do {
      _ = try parser.next()
      return nil
    } catch {
      return error.code
    }
  }

  @Test("a frame comes out whole, however its bytes arrive", arguments: [0, 1, 125, 126, 127, 4096])
  func anySplit(length: Int) throws {
    let frame = Frame(opcode: .text, payload: ByteBuffer(repeating: UInt8(ascii: "x"), count: length))
    let bytes = RawClient.bytes(of: frame)
    var parser = FrameParser(maximumPayload: 4096, allowsCompression: false)
    for byte in bytes.readableBytesView.dropLast() {
      parser.append(ByteBuffer(integer: byte))
      #expect(try parser.next() == nil)
    }
    parser.append(ByteBuffer(bytes: bytes.readableBytesView.suffix(1)))
    #expect(try parser.next() == frame)
    #expect(try parser.next() == nil)
  }

  @Test("frames in one packet come out one by one")
  func together() throws {
    var parser = FrameParser(maximumPayload: 4096, allowsCompression: true)
    let frames = [
      Frame(opcode: .text, isFinal: false, isCompressed: true, payload: ByteBuffer(string: "a")),
      Frame(opcode: .ping),
      Frame(opcode: .continuation, payload: ByteBuffer(string: "b")),
    ]
    var bytes = ByteBuffer()
    for frame in frames { bytes.writeImmutableBuffer(RawClient.bytes(of: frame)) }
    parser.append(bytes)
    for frame in frames { #expect(try parser.next() == frame) }
    #expect(try parser.next() == nil)
  }

  @Test("frames that break the protocol are refused")
  func refusals() {
    let text = Frame(opcode: .text, payload: ByteBuffer(string: "a"))
    #expect(failure(RawClient.bytes(of: text)) == nil)
    #expect(failure(RawClient.bytes(of: text, masked: false)) == .protocolError)
    for bits: UInt8 in [0x10, 0x20, 0x40] { #expect(failure(RawClient.bytes(of: text, reservedBits: bits)) == .protocolError) }
    for opcode: UInt8 in [3, 7, 0xB, 0xF] { #expect(failure(ByteBuffer(bytes: [0x80 | opcode, 0x80])) == .protocolError) }
    #expect(failure(RawClient.bytes(of: Frame(opcode: .ping, isFinal: false))) == .protocolError)
    #expect(failure(ByteBuffer(bytes: [0x89, 0x80 | 126])) == .protocolError)
    #expect(failure(RawClient.bytes(of: text, reservedBits: 0x40), compression: true) == nil)
    #expect(failure(RawClient.bytes(of: Frame(opcode: .ping), reservedBits: 0x40), compression: true) == .protocolError)
    #expect(failure(RawClient.bytes(of: Frame(opcode: .continuation), reservedBits: 0x40), compression: true) == .protocolError)
  }

  @Test("a frame over the limit is refused by its header alone")
  func tooBig() {
    #expect(failure(ByteBuffer(bytes: [0x81, 0x80 | 126, 0x10, 0x01])) == .messageTooBig)
    #expect(failure(ByteBuffer(bytes: [0x81, 0x80 | 126, 0x10, 0x00])) == nil)
    #expect(failure(ByteBuffer(bytes: [0x81, 0x80 | 127, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF])) == .messageTooBig)
  }

  @Test("a server's frame has the shortest length form", arguments: [(125, 2), (126, 4), (65535, 4), (65536, 10)])
  func encoding(length: Int, header: Int) {
    let bytes = Frame(opcode: .text, payload: ByteBuffer(repeating: 0, count: length)).encoded()
    #expect(bytes.readableBytes == length + header)
  }

  @Test("a close frame holds a reason of 123 bytes, cut between characters, and no reserved code")
  func closeFrame() {
    var long = Frame.close(4003, reason: String(repeating: "é", count: 80)).payload
    #expect(long.readInteger(as: UInt16.self) == 4003)
    #expect(String(buffer: long) == String(repeating: "é", count: 61))
    var reserved = Frame.close(.abnormal).payload
    #expect(reserved.readInteger(as: UInt16.self) == 1011)
  }

  @Test("only codes that the RFC gives to peers may be sent")
  func codes() {
    for code: UInt16 in [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000] { #expect(!WebSocketCloseCode(rawValue: code).mayBeSent) }
    for code: UInt16 in [1000, 1003, 1007, 1012, 1014, 3000, 4999] { #expect(WebSocketCloseCode(rawValue: code).mayBeSent) }
  }
}

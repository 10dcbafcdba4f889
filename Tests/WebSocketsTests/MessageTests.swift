import NIOCore
import Testing

@testable import WebSockets

@Suite("Messages")
struct MessageTests {
  private func text(_ frames: Frame..., limit: Int = 4096) throws -> String? {
    var assembler = MessageAssembler(maximumBytes: limit)
    var result: String?
    for frame in frames { result = try assembler.add(frame) }
    return result
  }

  private func failure(_ frames: Frame..., limit: Int = 4096) -> WebSocketCloseCode? {
    var assembler = MessageAssembler(maximumBytes: limit)
    do {
      for frame in frames { _ = try assembler.add(frame) }
      return nil
    } catch {
      return error.code
    }
  }

  private func part(_ opcode: Frame.Opcode, _ text: String, isFinal: Bool = true, isCompressed: Bool = false) -> Frame {
    Frame(opcode: opcode, isFinal: isFinal, isCompressed: isCompressed, payload: ByteBuffer(string: text))
  }

  @Test("fragments are joined, also through the middle of a character")
  func fragments() throws {
    let bytes = Array("héllo".utf8)
    let first = Frame(opcode: .text, isFinal: false, payload: ByteBuffer(bytes: bytes[..<2]))
    let second = Frame(opcode: .continuation, isFinal: false, payload: ByteBuffer())
    let third = Frame(opcode: .continuation, payload: ByteBuffer(bytes: bytes[2...]))
    #expect(try text(first, second, third) == "héllo")
    #expect(try text(part(.text, "one"), part(.text, "two")) == "two")
  }

  @Test("fragments out of order, binary data, bad text and long messages are refused")
  func refusals() {
    #expect(failure(part(.continuation, "a")) == .protocolError)
    #expect(failure(part(.text, "a", isFinal: false), part(.text, "b")) == .protocolError)
    #expect(failure(part(.binary, "a")) == .unsupportedData)
    #expect(failure(Frame(opcode: .text, payload: ByteBuffer(bytes: [0x61, 0xFF]))) == .invalidPayload)
    #expect(failure(part(.text, "abc", isFinal: false), part(.continuation, "def", isFinal: false), limit: 5) == .messageTooBig)
    #expect(failure(part(.text, "abc", isFinal: false), part(.continuation, "de"), limit: 5) == nil)
  }

  @Test("a message in very many fragments is refused")
  func manyFragments() {
    var assembler = MessageAssembler(maximumBytes: 4096)
    let failure = #expect(throws: SocketFailure.self) {
      _ = try assembler.add(part(.text, "", isFinal: false))
      for _ in 0..<1000 { _ = try assembler.add(part(.continuation, "", isFinal: false)) }
    }
    #expect(failure?.code == .policyViolation)
  }

  @Test("a compressed message is inflated, whole or in fragments")
  func compressed() throws {
    let words = String(repeating: "progress ", count: 60)
    var payload = try #require(MessageDeflate.deflate(ByteBuffer(string: words)))
    #expect(payload.readableBytes < 60)
    #expect(try text(Frame(opcode: .text, isCompressed: true, payload: payload)) == words)
    let half = payload.readSlice(length: 10) ?? ByteBuffer()
    let parts = [Frame(opcode: .text, isFinal: false, isCompressed: true, payload: half), Frame(opcode: .continuation, payload: payload)]
    #expect(try text(parts[0], parts[1]) == words)
  }

  @Test("the example of RFC 7692 inflates, also with a final block")
  func rfcExamples() throws {
    let hello: [UInt8] = [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]
    let final: [UInt8] = [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00]
    for bytes in [hello, final] {
      #expect(try MessageDeflate.inflate(ByteBuffer(bytes: bytes), limit: 5) == ByteBuffer(string: "Hello"))
    }
  }

  @Test("a small message that inflates beyond the limit is refused, one that just fits is not")
  func bomb() throws {
    let zeros = ByteBuffer(repeating: UInt8(ascii: "0"), count: 4097)
    let payload = try #require(MessageDeflate.deflate(zeros))
    #expect(throws: MessageDeflate.InflateError.tooBig) { try MessageDeflate.inflate(payload, limit: 4096) }
    #expect(try MessageDeflate.inflate(payload, limit: 4097) == zeros)
    #expect(failure(Frame(opcode: .text, isCompressed: true, payload: payload)) == .messageTooBig)
  }

  @Test("bytes that do not inflate are refused")
  func corrupt() {
    #expect(failure(Frame(opcode: .text, isCompressed: true, payload: ByteBuffer(bytes: [0xFF, 0xFF, 0xFF]))) == .invalidPayload)
  }

  @Test("a shared message is encoded once, and deflated only when that makes it smaller")
  func shared() throws {
    let long = SharedMessage(String(repeating: "lead ", count: 100))
    let deflated = long.frame(deflated: true)
    #expect(deflated.readableBytes < 100)
    #expect(long.frame(deflated: false).readableBytes == 504)
    // The same storage, not an equal copy.
    let address = deflated.withUnsafeReadableBytes { $0.baseAddress }
    #expect(long.frame(deflated: true).withUnsafeReadableBytes { $0.baseAddress } == address)
    let short = SharedMessage("{}")
    #expect(short.frame(deflated: true) == short.frame(deflated: false))
    var word: UInt32 = 7
    let noise = (0..<200).map { _ -> UInt8 in
      word = word &* 1_664_525 &+ 1_013_904_223
      return UInt8(word >> 24)
    }
    #expect(MessageDeflate.deflate(ByteBuffer(bytes: noise)) == nil)
  }
}

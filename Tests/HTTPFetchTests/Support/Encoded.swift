/// Bodies in each content coding, made here bit by bit so that no encoder is needed.
enum Encoded {
  /// A gzip member (RFC 1952) of so many zero bytes, a hundred and fiftieth their size: one literal, then matches of 258 at distance 1.
  static func gzip(zeros count: Int) -> [UInt8] {
    var bits = BitWriter()
    bits.append(0b1, 1)  // last block
    bits.append(0b01, 2)  // fixed Huffman codes
    bits.appendCode(0b0011_0000, 8)  // literal 0
    let matches = (count - 1) / 258
    for _ in 0..<matches {
      bits.appendCode(0b1100_0101, 8)  // length 258
      bits.appendCode(0, 5)  // distance 1
    }
    for _ in 0..<(count - 1 - matches * 258) { bits.appendCode(0b0011_0000, 8) }
    bits.appendCode(0, 7)  // end of block
    let header: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
    return header + bits.bytes + littleEndian(crc32(zeros: count)) + littleEndian(UInt32(count))
  }

  /// Ten kilobytes that decode to two megabytes.
  static let bomb = gzip(zeros: 2_000_000)

  /// A gzip header with a file name of 64 megabytes, itself compressed: half a megabyte that two layers of gzip decode to nothing at all.
  static let endlessName: [UInt8] = {
    let inner: [UInt8] = [0x1F, 0x8B, 8, 8, 0, 0, 0, 0, 0, 255, UInt8(ascii: "a")]
    var bits = BitWriter()
    bits.append(0b011, 3)
    for byte in inner { byte < 144 ? bits.appendCode(0x30 + UInt32(byte), 8) : bits.appendCode(0x190 + UInt32(byte) - 144, 9) }
    for _ in 0..<64_000_000 / 258 { bits.appendCode(0b1100_0101 << 5, 13) }
    return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255] + bits.bytes
  }()

  /// "hello world" as a brotli stream (RFC 7932).
  static let brotliHelloWorld: [UInt8] = [0x0B, 0x05, 0x80] + Array("hello world".utf8) + [0x03]

  /// A zstd frame with one raw block (RFC 8878); up to 255 bytes.
  static func zstd(_ text: String) -> [UInt8] {
    let size = UInt8(text.utf8.count)
    let block = UInt32(size) << 3 | 1
    return [0x28, 0xB5, 0x2F, 0xFD, 0x20, size] + littleEndian(block).prefix(3) + Array(text.utf8)
  }

  private static func littleEndian(_ number: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
  }

  private static func crc32(zeros count: Int) -> UInt32 {
    let table = (0..<UInt32(256)).map { start in
      (0..<8).reduce(start) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
    }
    return ~(0..<count).reduce(UInt32.max) { crc, _ in table[Int(crc & 0xFF)] ^ (crc >> 8) }
  }

  /// Packs bits from the low end of each byte, as deflate has it (RFC 1951, 3.1.1).
  private struct BitWriter {
    var bytes: [UInt8] = []
    private var used = 8

    mutating func append(_ value: UInt32, _ count: Int) {
      for index in 0..<count { append(bit: UInt8(value >> index & 1)) }
    }

    /// Huffman codes are packed from their high end.
    mutating func appendCode(_ value: UInt32, _ count: Int) {
      for index in (0..<count).reversed() { append(bit: UInt8(value >> index & 1)) }
    }

    private mutating func append(bit: UInt8) {
      if used == 8 {
        bytes.append(0)
        used = 0
      }
      bytes[bytes.count - 1] |= bit << used
      used += 1
    }
  }
}

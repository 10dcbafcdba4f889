/// Rewrites UTF-16 as UTF-8, chunk by chunk. A surrogate without its partner becomes U+FFFD (Unicode 3.9).
struct UTF16Transcoder: Sendable {
  private let isBigEndian: Bool
  private var firstByte: UInt8?
  private var highSurrogate: UInt16?

  init(isBigEndian: Bool) { self.isBigEndian = isBigEndian }

  mutating func append(_ bytes: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]) {
    for byte in bytes {
      guard let first = firstByte else {
        firstByte = byte
        continue
      }
      firstByte = nil
      append(unit: isBigEndian ? UInt16(first) << 8 | UInt16(byte) : UInt16(byte) << 8 | UInt16(first), to: &output)
    }
  }

  /// Ends the text; half a character at the end becomes U+FFFD.
  mutating func finish(to output: inout [UInt8]) {
    if highSurrogate != nil { Self.append("\u{FFFD}", to: &output) }
    if firstByte != nil { Self.append("\u{FFFD}", to: &output) }
    (highSurrogate, firstByte) = (nil, nil)
  }

  private mutating func append(unit: UInt16, to output: inout [UInt8]) {
    if let high = highSurrogate {
      highSurrogate = nil
      if UTF16.isTrailSurrogate(unit) {
        let value = 0x10000 + (UInt32(high & 0x3FF) << 10 | UInt32(unit & 0x3FF))
        Self.append(Unicode.Scalar(value) ?? "\u{FFFD}", to: &output)
        return
      }
      Self.append("\u{FFFD}", to: &output)
    }
    if UTF16.isLeadSurrogate(unit) {
      highSurrogate = unit
    } else {
      Self.append(Unicode.Scalar(UInt32(unit)) ?? "\u{FFFD}", to: &output)
    }
  }

  private static func append(_ scalar: Unicode.Scalar, to output: inout [UInt8]) {
    if scalar.isASCII {
      output.append(UInt8(truncatingIfNeeded: scalar.value))
    } else {
      output.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }
  }
}

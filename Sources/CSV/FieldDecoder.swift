/// Turns the bytes of one field into text.
struct FieldDecoder: Sendable {
  var encoding: CSVEncoding
  private(set) var usedFallback = false

  init(encoding: CSVEncoding) { self.encoding = encoding }

  /// Nil when the bytes are not in the encoding; only strict UTF-8 can refuse.
  mutating func text(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
    switch encoding {
    case .latin1: return Self.singleByteText(bytes) { Unicode.Scalar($0) }
    case .windows1252: return Self.singleByteText(bytes, Self.windows1252)
    case .utf8: return String(validating: bytes, as: UTF8.self)
    // UTF-16 was made UTF-8 before it came here, so it is always valid.
    case .automatic, .utf16LittleEndian, .utf16BigEndian:
      if let text = String(validating: bytes, as: UTF8.self) { return text }
      usedFallback = true
      return Self.singleByteText(bytes, Self.windows1252)
    }
  }

  private static func singleByteText(_ bytes: UnsafeBufferPointer<UInt8>, _ scalar: (UInt8) -> Unicode.Scalar) -> String {
    var text = String.UnicodeScalarView()
    for byte in bytes { text.append(scalar(byte)) }
    return String(text)
  }

  private static func windows1252(_ byte: UInt8) -> Unicode.Scalar {
    (0x80...0x9F).contains(byte) ? upperControls[Int(byte) - 0x80] : Unicode.Scalar(byte)
  }

  /// Windows-1252 differs from Latin-1 in 0x80–0x9F only; the five free places keep their control codes (WHATWG Encoding).
  private static let upperControls: [Unicode.Scalar] = [
    "\u{20AC}", "\u{81}", "\u{201A}", "\u{0192}", "\u{201E}", "\u{2026}", "\u{2020}", "\u{2021}",
    "\u{02C6}", "\u{2030}", "\u{0160}", "\u{2039}", "\u{0152}", "\u{8D}", "\u{017D}", "\u{8F}",
    "\u{90}", "\u{2018}", "\u{2019}", "\u{201C}", "\u{201D}", "\u{2022}", "\u{2013}", "\u{2014}",
    "\u{02DC}", "\u{2122}", "\u{0161}", "\u{203A}", "\u{0153}", "\u{9D}", "\u{017E}", "\u{0178}",
  ]
}

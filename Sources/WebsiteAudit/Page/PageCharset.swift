import Foundation

/// How the bytes of a page were read as text, and what the page said about it.
struct PageCharset: Sendable, Hashable {
  enum Origin: String, Sendable { case byteOrderMark = "byte order mark", header = "Content-Type header", meta = "meta tag", guess }

  var name = "utf-8"
  var origin = Origin.guess
  /// Where the first meta charset stands, in bytes; nil when there is none in the first 16 KB.
  var metaOffset: Int?

  /// HTML, 4.2.5.4: the declaration must lie in the first 1024 bytes.
  static let prescanLimit = 1024

  /// Finds the encoding in the order of the HTML standard: byte order mark, HTTP header, meta tag, else a guess.
  static func detect(in bytes: [UInt8], contentType: String?) -> PageCharset {
    var charset = PageCharset()
    let declared = declaration(in: bytes)
    charset.metaOffset = declared?.offset
    if let mark = byteOrderMark(of: bytes) {
      charset.name = mark.name
      charset.origin = .byteOrderMark
    } else if let name = contentType.flatMap(parameter(ofContentType:)) {
      charset.name = name
      charset.origin = .header
    } else if let declared, declared.offset < prescanLimit {
      // A meta tag that could be read as ASCII cannot be UTF-16 (HTML, 13.2.3.2).
      charset.name = declared.name.hasPrefix("utf-16") ? "utf-8" : declared.name
      charset.origin = .meta
    }
    return charset
  }

  static func byteOrderMark(of bytes: [UInt8]) -> (name: String, length: Int)? {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return ("utf-8", 3) }
    if bytes.starts(with: [0xFE, 0xFF]) { return ("utf-16be", 2) }
    if bytes.starts(with: [0xFF, 0xFE]) { return ("utf-16le", 2) }
    return nil
  }

  /// The charset parameter of a Content-Type value, lower case (RFC 9110, 8.3.2).
  static func parameter(ofContentType value: String) -> String? {
    for part in value.split(separator: ";").dropFirst() {
      let pair = part.split(separator: "=", maxSplits: 1)
      guard pair.count == 2, pair[0].trimmed.lowercased() == "charset" else { continue }
      let name = pair[1].trimmed.trimmingCharacters(in: CharacterSet(charactersIn: "\"'")).lowercased()
      if !name.isEmpty { return name }
    }
    return nil
  }

  /// The first `charset=` inside a meta tag, searched in the first 16 KB so that a late one can be told from a missing one.
  private static func declaration(in bytes: [UInt8]) -> (name: String, offset: Int)? {
    let head = bytes.prefix(16_384).map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }
    var from = 0
    while let tag = head.firstRange(of: "<meta", from: from) {
      let end = head[tag.upperBound...].firstIndex(of: UInt8(ascii: ">")) ?? head.count
      from = max(end, tag.upperBound)
      guard let key = head.firstRange(of: "charset", from: tag.upperBound), key.upperBound <= end else { continue }
      let value = head[key.upperBound..<end].drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
      guard value.first == UInt8(ascii: "=") else { continue }
      let name = value.dropFirst().drop { $0 == 0x20 || $0 == 0x22 || $0 == 0x27 }
        .prefix { ($0 >= 0x61 && $0 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x2D || $0 == 0x5F }
      if !name.isEmpty { return (String(decoding: name, as: UTF8.self), tag.lowerBound) }
    }
    return nil
  }
}

extension Array where Element == UInt8 {
  /// The first place of an ASCII needle at or after `from`; linear for the short needles used here.
  func firstRange(of needle: StaticString, from: Int) -> Range<Int>? {
    let length = needle.utf8CodeUnitCount
    guard length > 0, from >= 0, count - from >= length else { return nil }
    return needle.withUTF8Buffer { needle in
      var at = from
      while at <= count - length {
        if self[at] == needle[0], (1..<length).allSatisfy({ self[at + $0] == needle[$0] }) { return at..<(at + length) }
        at += 1
      }
      return nil
    }
  }
}

import Foundation

/// Small questions about text that the checks share. All are linear.
extension StringProtocol {
  /// Without ASCII white space and no-break spaces at both ends.
  var trimmed: String {
    let text = String(self)
    if let first = text.utf8.first, let last = text.utf8.last, (0x21...0x7E).contains(first), (0x21...0x7E).contains(last) { return text }
    let isSpace: (Unicode.Scalar) -> Bool = { $0.value <= 0x20 || $0.value == 0xA0 }
    let scalars = text.unicodeScalars
    guard let start = scalars.firstIndex(where: { !isSpace($0) }), let end = scalars.lastIndex(where: { !isSpace($0) }) else { return "" }
    return String(scalars[start...end])
  }

  /// Words between white space.
  var words: [String] {
    split(whereSeparator: { $0 == " " || $0 == "\n" || $0 == "\t" || $0 == "\r" || $0 == "\r\n" || $0 == "\u{C}" }).map { String($0) }
  }

  /// White space runs become one space, the ends are trimmed.
  var collapsed: String { words.joined(separator: " ") }
}

extension String {
  /// Whether an ASCII (or UTF-8) needle occurs. strstr is linear, and quicker than a search by characters; what stands behind a NUL
  /// byte is not searched, and a parsed page holds none.
  func contains(ascii needle: String) -> Bool {
    withCString { text in needle.withCString { strstr(text, $0) != nil } }
  }
}

/// A value as it may stand beside a finding: one line, no control characters, at most 200 characters.
enum Evidence {
  static let limit = 200

  static func line(_ text: String) -> String {
    var out = ""
    var count = 0
    var pendingSpace = false
    for scalar in text.unicodeScalars.prefix(4_000) {
      if isSeparator(scalar) {
        pendingSpace = !out.isEmpty
        continue
      }
      if isInvisible(scalar) { continue }
      if pendingSpace {
        out += " "
        count += 1
        pendingSpace = false
      }
      // Counted in scalars, so that no heap of combining marks makes one huge character.
      if count >= limit - 1 { return out.trimmed + "…" }
      out.unicodeScalars.append(scalar)
      count += 1
    }
    return out
  }

  /// "3 of 10 images, first: /a.jpg"
  static func share(_ faulty: Int, of all: Int, _ what: String, first: String?) -> String {
    let base = "\(faulty) of \(all) \(what)"
    guard let first, !first.trimmed.isEmpty else { return base }
    return "\(base), first: \(first)"
  }

  private static func isSeparator(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isWhitespace || scalar.value == 0x2028 || scalar.value == 0x2029
  }

  /// Controls, and the marks that turn the direction of text and so could disguise it.
  private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned: true
    default: false
    }
  }
}

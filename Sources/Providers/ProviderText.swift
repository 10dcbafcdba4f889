import Foundation

/// Text from a provider, made fit to be kept: no control or invisible characters, of bounded length. It stays untrusted.
enum ProviderText {
  /// One line of at most `limit` characters.
  static func line(_ text: String, limit: Int = 200) -> String { clean(text, limit: limit, keepsLines: false) }

  /// Paragraphs of at most `limit` characters together.
  static func paragraphs(_ text: String, limit: Int) -> String { clean(text, limit: limit, keepsLines: true) }

  private static func clean(_ text: String, limit: Int, keepsLines: Bool) -> String {
    var out = String.UnicodeScalarView()
    var gap: Unicode.Scalar?
    for scalar in text.unicodeScalars.prefix(limit * 4) {
      if scalar == "\n", keepsLines {
        gap = "\n"
      } else if scalar.properties.isWhitespace || scalar.properties.generalCategory == .control {
        gap = gap ?? " "
      } else if isInvisible(scalar) {
        continue
      } else {
        let space = out.isEmpty ? nil : gap
        gap = nil
        if out.count + (space == nil ? 0 : 1) >= limit - 1 { return String(out) + "…" }
        if let space { out.append(space) }
        out.append(scalar)
      }
    }
    return String(out)
  }

  /// Marks of direction, joiners and the like: they could make a line read otherwise than it is written.
  private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .format, .surrogate, .privateUse, .unassigned: true
    default: false
    }
  }

  /// An error code fit for a message; nil for anything that is no plain word, or that has to do with the key: services have been seen to
  /// repeat parts of it.
  static func code(_ text: String, hiding key: ProviderKey) -> String? {
    guard text.wholeMatch(of: /[A-Za-z0-9_.-]{1,60}/) != nil else { return nil }
    return text.contains(key.secret) || key.secret.contains(text) || shareSixInARow(text, key.secret) ? nil : text
  }

  private static func shareSixInARow(_ one: String, _ other: String) -> Bool {
    let (one, other) = (Array(one.lowercased().utf8), Array(other.lowercased().utf8))
    guard one.count >= 6, other.count >= 6 else { return false }
    let rows = Set((0...one.count - 6).map { one[$0..<$0 + 6] })
    return (0...other.count - 6).contains { rows.contains(other[$0..<$0 + 6]) }
  }

  /// An identifier of theirs, for the ledger: printable ASCII up to 100 characters.
  static func identifier(_ text: String?) -> String? {
    guard let text, (1...100).contains(text.utf8.count), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
    return text
  }
}

import Foundation

/// The one rule for texts that a person types and others read: names, descriptions and reasons.
///
/// Refused are control characters (Unicode's Cc), of which a NUL cuts the text for SQLite, and those that turn the direction of writing
/// (UAX 9, 2.1 to 2.4), by which a text can show something else than it says. Tabs and line ends are taken.
public enum TypedText {
  /// Why this text is not taken; nil for one that is.
  /// - Parameters:
  ///   - what: the text's name at the start of a sentence, such as "The reason".
  ///   - limit: the most Unicode scalars.
  public static func problem(_ field: String, _ text: String, _ what: String, limit: Int, tooLong: String = "too_long") -> InvalidInput.Problem? {
    if text.unicodeScalars.count > limit {
      return .init(field: field, code: tooLong, message: "\(what) can have at most \(Grouping.thousands(limit)) characters.")
    }
    if text.unicodeScalars.contains(where: isForbidden) {
      return .init(field: field, code: "invalid", message: "\(what) has characters that nobody can see. Type it anew instead of pasting it.")
    }
    return nil
  }

  /// A reason without the spaces at its ends. Throws `InvalidInput` for one that cannot be kept.
  public static func reason(_ text: String?, field: String = "reason") throws -> String {
    let reason = (text ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
    if let problem = problem(field, reason, "The reason", limit: 500) { throw InvalidInput([problem]) }
    return reason
  }

  /// Whether there is anything to see in it.
  public static func isBlank(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { $0.properties.isWhitespace || $0.properties.isDefaultIgnorableCodePoint || $0.properties.generalCategory == .format }
  }

  private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A, 0x0D: false
    case 0x202A...0x202E, 0x2066...0x2069: true
    default: scalar.properties.generalCategory == .control
    }
  }
}

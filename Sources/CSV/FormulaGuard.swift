/// Keeps a spreadsheet from running a cell as a formula (OWASP, CSV Injection).
enum FormulaGuard {
  /// Full-width forms of the signs count too: some spreadsheets fold them to plain ones.
  private static let openings: Set<Unicode.Scalar> = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"]

  private static let signs: Set<Unicode.Scalar> = ["=", "+", "-", "@", "＝", "＋", "－", "＠"]
  /// Where a program cuts that takes another sign for the delimiter, or no notice of quotes.
  private static let cuts: Set<Unicode.Scalar> = [";", "\t", "\r", "\n"]

  /// The cell with an apostrophe before everything in it that would be run; nothing else is changed.
  static func disarmed(_ cell: String) -> String {
    let opening = isNeeded(for: cell) ? "'" : ""
    guard cell.utf8.contains(where: { cuts.contains(Unicode.Scalar($0)) }) else { return opening + cell }
    var output = String.UnicodeScalarView()
    var rest = cell.unicodeScalars[...]
    while let cut = rest.firstIndex(where: cuts.contains) {
      output.append(contentsOf: rest[...cut])
      rest = rest[rest.index(after: cut)...]
      let piece = rest.prefix { !cuts.contains($0) && $0 != "," }
      if let first = piece.first, signs.contains(first), !isNumber(String(piece)) { output.append("'") }
    }
    output.append(contentsOf: rest)
    return opening + String(output)
  }

  /// True when the cell opens like a formula and is not just a number.
  static func isNeeded(for cell: String) -> Bool {
    guard let first = cell.unicodeScalars.first, openings.contains(first) else { return false }
    return !isNumber(cell)
  }

  /// `-12.5`, `+3`, `-1e6`: a sign, digits, a fraction, an exponent, and nothing else.
  static func isNumber(_ cell: String) -> Bool {
    var rest = cell.utf8[...]
    func takeDigits() -> Int {
      let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      rest = rest.dropFirst(digits.count)
      return digits.count
    }
    func take(_ options: UInt8...) -> Bool {
      guard let first = rest.first, options.contains(first) else { return false }
      rest = rest.dropFirst()
      return true
    }
    _ = take(UInt8(ascii: "+"), UInt8(ascii: "-"))
    var digits = takeDigits()
    if take(UInt8(ascii: ".")) { digits += takeDigits() }
    guard digits > 0 else { return false }
    if take(UInt8(ascii: "e"), UInt8(ascii: "E")) {
      _ = take(UInt8(ascii: "+"), UInt8(ascii: "-"))
      guard takeDigits() > 0 else { return false }
    }
    return rest.isEmpty
  }
}

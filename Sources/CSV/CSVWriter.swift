/// Writes CSV as RFC 4180 has it: CRLF behind each record, quotes only where they are needed.
public enum CSVWriter {
  /// One record as text, its line break included.
  ///
  /// With `guardFormulas` what a spreadsheet would run as a formula gets an apostrophe before it, at the start of a cell and behind a
  /// semicolon, tab or line break inside of it; plain numbers stay as they are.
  public static func line(_ fields: [String], guardFormulas: Bool, delimiter: UInt8 = UInt8(ascii: ",")) -> String {
    var bytes: [UInt8] = []
    append(fields, to: &bytes, guardFormulas: guardFormulas, delimiter: delimiter)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends one record in UTF-8, its line break included.
  public static func append(
    _ fields: [String], to output: inout [UInt8], guardFormulas: Bool, delimiter: UInt8 = UInt8(ascii: ",")
  ) {
    for (position, field) in fields.enumerated() {
      if position > 0 { output.append(delimiter) }
      let text = guardFormulas ? FormulaGuard.disarmed(field) : field
      append(text, mustQuote: fields.count == 1 && field.isEmpty, delimiter: delimiter, to: &output)
    }
    output.append(CSVByte.carriageReturn)
    output.append(CSVByte.lineFeed)
  }

  /// `mustQuote` tells a record of one empty field from a blank line.
  private static func append(_ field: String, mustQuote: Bool, delimiter: UInt8, to output: inout [UInt8]) {
    let text = field.utf8
    let isSpaced = text.first == CSVByte.space || text.last == CSVByte.space
    let needsQuotes =
      mustQuote || isSpaced
      || text.contains {
        $0 == delimiter || $0 == CSVByte.quote || $0 == CSVByte.carriageReturn || $0 == CSVByte.lineFeed
      }
    guard needsQuotes else {
      output.append(contentsOf: text)
      return
    }
    output.append(CSVByte.quote)
    for byte in text {
      if byte == CSVByte.quote { output.append(CSVByte.quote) }
      output.append(byte)
    }
    output.append(CSVByte.quote)
  }
}

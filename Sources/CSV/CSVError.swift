/// Why a file cannot be read on. Rows and columns count from 1, as a spreadsheet does.
public enum CSVError: Error, Sendable, Hashable {
  /// The file ended inside the quoted field that began in this record.
  case unclosedQuote(row: Int, line: Int)
  /// A field passed the limit in bytes; most often a quote that was never closed.
  case fieldTooLarge(row: Int, line: Int, column: Int, limit: Int)
  case tooManyFields(row: Int, line: Int, limit: Int)
  /// The bytes are not UTF-8, and the reader was told to accept nothing else.
  case invalidUTF8(row: Int, line: Int, column: Int)
  /// A zero byte, which no text holds; most often UTF-16 without a byte order mark, or no CSV file at all.
  case nulByte(row: Int, line: Int, column: Int)

  public var code: String {
    switch self {
    case .unclosedQuote: "unclosed_quote"
    case .fieldTooLarge: "field_too_large"
    case .tooManyFields: "too_many_fields"
    case .invalidUTF8: "invalid_utf8"
    case .nulByte: "nul_byte"
    }
  }

  /// Number of the record in which the trouble began.
  public var row: Int {
    switch self {
    case .unclosedQuote(let row, _), .fieldTooLarge(let row, _, _, _), .tooManyFields(let row, _, _),
      .invalidUTF8(let row, _, _), .nulByte(let row, _, _):
      row
    }
  }

  public var explanation: String {
    switch self {
    case .unclosedQuote(let row, let line):
      "Row \(row), which starts on line \(line), opens a quote that is never closed. Close it, or double it if it is text."
    case .fieldTooLarge(let row, let line, let column, let limit):
      "Row \(row), column \(column), which starts on line \(line), is longer than \(limit) bytes. "
        + "Look there for a quote that is not closed."
    case .tooManyFields(let row, let line, let limit):
      "Row \(row) on line \(line) has more than \(limit) columns. Check the delimiter and the line breaks."
    case .invalidUTF8(let row, let line, let column):
      "Row \(row), column \(column), which starts on line \(line), is not valid UTF-8. "
        + "Save the file as UTF-8, or name its encoding."
    case .nulByte(let row, let line, let column):
      "Row \(row), column \(column), which starts on line \(line), holds a zero byte. Save the file as CSV in UTF-8."
    }
  }
}

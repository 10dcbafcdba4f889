/// One record of a CSV file, as text.
public struct CSVRow: Sendable, Hashable {
  /// Position of the record in the file, from 1; blank records count, so that it is a spreadsheet's row number.
  public let number: Int
  /// Physical line on which the record starts, from 1; line breaks inside quotes count.
  public let line: Int
  public let fields: [String]
  /// Set when the record broke a rule of RFC 4180 but could be read all the same.
  public let problem: CSVRowProblem?

  public init(number: Int, line: Int, fields: [String], problem: CSVRowProblem? = nil) {
    self.number = number
    self.line = line
    self.fields = fields
    self.problem = problem
  }

  /// True when no field holds anything but spaces and tabs.
  public var isBlank: Bool { fields.allSatisfy { $0.utf8.allSatisfy { $0 == CSVByte.space || $0 == CSVByte.tab } } }
}

/// A flaw in one record that does not stop the file.
public enum CSVRowProblem: Sendable, Hashable {
  /// Text stood between a closing quote and the next delimiter: `"a"b`. It is kept as data: `ab`.
  case badQuote(column: Int)

  public var code: String { "bad_quote" }

  public var explanation: String {
    switch self {
    case .badQuote(let column): "Column \(column) has text after its closing quote. Double each quote inside a quoted field."
    }
  }
}

enum CSVByte {
  static let tab = UInt8(ascii: "\t")
  static let lineFeed = UInt8(ascii: "\n")
  static let carriageReturn = UInt8(ascii: "\r")
  static let space = UInt8(ascii: " ")
  static let quote = UInt8(ascii: "\"")
  static let comma = UInt8(ascii: ",")
}

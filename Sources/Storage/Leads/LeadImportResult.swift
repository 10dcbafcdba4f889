public import BatchReports

/// Why one row of an import was not taken, or where the file could not be read on.
public struct LeadRowError: Sendable, Hashable {
  /// The row's number in a spreadsheet; the header is row 1.
  public var row: Int
  /// The header of the column at fault; empty when it is the row as a whole.
  public var column: String
  public var code: String
  public var message: String

  public init(row: Int, column: String, code: String, message: String) {
    self.row = row
    self.column = column
    self.code = code
    self.message = message
  }
}

/// What an import did. Imported, updated and skipped rows are all rows of data that were read.
public struct LeadImportResult: Sendable, Hashable {
  public var imported = 0
  public var updated = 0
  /// Rows that said nothing new, and rows that were refused.
  public var skipped = 0
  /// The first ones, in the order of the file.
  public var rowErrors: [LeadRowError] = []
  /// All of them.
  public var rowErrorCount = 0
  /// Headers that mean nothing to us, as they stand in the file.
  public var ignoredColumns: [String] = []
  /// Some text was no UTF-8 and was read as Windows-1252: names may look wrong.
  public var usedFallbackEncoding = false
  /// The file could not be read to its end; the last row error says where and why. What came before is imported.
  public var isCutShort = false

  public init() {}
}

/// What an import would find, without writing anything.
public struct LeadImportCheck: Sendable, Hashable {
  /// The headers in the file's order, each with the field it fills, or nil when it is ignored.
  public var columns: [Column] = []
  public var firstRows: [LeadDraft] = []
  /// Rows of data without errors.
  public var usableRows = 0
  public var rowErrors: [LeadRowError] = []
  public var rowErrorCount = 0
  public var usedFallbackEncoding = false
  public var isCutShort = false

  public struct Column: Sendable, Hashable {
    public var header: String
    public var field: String?
  }

  public init() {}
}

/// Why a whole file is refused.
public enum LeadImportRefusal: Refusal, Hashable {
  case tooLarge(limit: Int)
  case empty
  case noNameColumn(found: [String])
  case duplicateColumn(String)
  /// The file broke the rules of CSV before its first row was read.
  case unreadable(String)

  public var code: RefusalCode {
    if case .tooLarge = self { .payloadTooLarge } else { .invalidInput }
  }

  public var field: String? { "file" }

  public var explanation: String {
    switch self {
    case .tooLarge(let limit): "The file is larger than \(limit / 1_048_576) MB. Split it. Rows before that point were imported."
    case .empty: "The file is empty. Its first row has to name the columns, one of them name."
    case .noNameColumn(let found):
      "No column is called name (or company, or business). The first row has: \(found.prefix(20).joined(separator: ", "))."
    case .duplicateColumn(let header): "Two columns are called \(header). Rename or remove one."
    case .unreadable(let reason): reason
    }
  }
}

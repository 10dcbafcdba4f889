import BatchReports
import CSV

/// Turns the bytes of a CSV file into drafts, piece by piece, and keeps count of what was wrong.
struct LeadFileReader {
  private let options: LeadImportOptions
  private var csv: CSVReader
  private var rows: LeadRowReader?
  private var byteCount = 0
  private(set) var errors: [LeadRowError] = []
  private(set) var errorCount = 0
  private(set) var refusedRows = 0
  private(set) var isCutShort = false

  init(options: LeadImportOptions) {
    self.options = options
    csv = CSVReader(
      delimiter: options.delimiter, fallbackDelimiter: options.delimiterFallback, encoding: options.encoding, skipsBlankRows: options.skipEmptyRows)
  }

  var columns: LeadColumns? { rows?.columns }
  var usedFallbackEncoding: Bool { csv.usedFallbackEncoding }

  /// The leads that these bytes complete. Throws `LeadImportRefusal`.
  mutating func feed(_ bytes: some Sequence<UInt8>) throws -> [LeadDraft] {
    if isCutShort { return [] }
    let bytes = Array(bytes)
    byteCount += bytes.count
    if byteCount > options.maxBytes { throw LeadImportRefusal.tooLarge(limit: options.maxBytes) }
    return try read { csv, take in try csv.feed(bytes, take) }
  }

  /// The leads at the file's end. Throws `LeadImportRefusal`.
  mutating func finish() throws -> [LeadDraft] {
    let drafts = isCutShort ? [] : try read { csv, take in try csv.finish(take) }
    if rows == nil { throw LeadImportRefusal.empty }
    return drafts
  }

  private mutating func read(_ work: (inout CSVReader, (CSVRow) -> Void) throws -> Void) throws -> [LeadDraft] {
    var read: [CSVRow] = []
    var failure: CSVError?
    do { try work(&csv) { read.append($0) } } catch let error as CSVError { failure = error }
    let drafts = try read.compactMap { try take($0) }
    if let failure {
      if rows == nil { throw LeadImportRefusal.unreadable(failure.explanation) }
      isCutShort = true
      // Kept however many there are: it says where the file ends for us.
      errors.append(LeadRowError(row: failure.row, column: "", code: failure.code, message: failure.explanation))
      errorCount += 1
    }
    return drafts
  }

  private mutating func take(_ row: CSVRow) throws -> LeadDraft? {
    guard let rows else {
      if !row.isBlank { self.rows = LeadRowReader(columns: try LeadColumns(headers: row.fields, validates: options.validateHeaders)) }
      return nil
    }
    let (draft, problems) = rows.read(row)
    if problems.isEmpty { return draft }
    refusedRows += 1
    errorCount += problems.count
    errors += problems.prefix(max(0, options.keptErrors - errors.count))
    return nil
  }
}

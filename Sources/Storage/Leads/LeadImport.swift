import BatchReports
public import CSV
public import Foundation

/// How a file of leads is read: the settings MAX_FILE_SIZE_MB, DELIMITER_FALLBACK, ENCODING, CHUNK_SIZE, VALIDATE_HEADERS, SKIP_EMPTY_ROWS.
public struct LeadImportOptions: Sendable, Hashable {
  /// Bytes of the file.
  public var maxBytes = 500 * 1_048_576
  /// Nil finds it.
  public var delimiter: UInt8?
  /// What is used when none is found.
  public var delimiterFallback = UInt8(ascii: ",")
  public var encoding = CSVEncoding.automatic
  /// Leads that are gathered before they are written; how many go into one transaction is found by measuring.
  public var chunkSize = 1_000
  /// Refuses a file in which two columns have the same header.
  public var validateHeaders = true
  /// Otherwise an empty row is a row error.
  public var skipEmptyRows = true
  /// Row errors that are kept; all are counted.
  public var keptErrors = 1_000

  public init() {}
}

/// Imports leads from CSV as its bytes arrive. The same file twice adds nothing the second time: `LeadIdentity` has the rule.
public struct LeadImport: Sendable {
  private let store: LeadStore
  private let options: LeadImportOptions
  private let now: Date
  /// Bytes that are read in one go, whatever the size of the chunks that arrive.
  private static let pieceSize = 65_536

  public init(database: AppDatabase, options: LeadImportOptions = LeadImportOptions(), now: Date = Date()) {
    store = LeadStore(database: database)
    self.options = options
    self.now = now
  }

  /// Imports a file, and tells the audit trail of it. Throws `LeadImportRefusal` for a file that cannot be imported at all, and whatever
  /// the chunks' source throws; rows that were written before stay.
  public func run<Chunks: AsyncSequence>(
    chunks: Chunks, for record: LeadImportRecord = LeadImportRecord()
  ) async throws -> LeadImportResult where Chunks.Element: Sequence<UInt8> {
    var file = LeadFileReader(options: options)
    do { try await write(chunks, readBy: &file, record) } catch {
      let counts = record.counts
      if counts.inserted + counts.updated > 0 {
        let reason = (error as? any Refusal)?.explanation ?? "The import ended before its file did."
        try await record.tell(store.database, refusedRows: file.refusedRows, reason: reason, at: now)
      }
      throw error
    }
    let reason = file.isCutShort ? "The file could not be read to its end." : ""
    try await record.tell(store.database, refusedRows: file.refusedRows, reason: reason, at: now)
    return result(of: file, record.counts)
  }

  private func write<Chunks: AsyncSequence>(
    _ chunks: Chunks, readBy file: inout LeadFileReader, _ record: LeadImportRecord
  ) async throws where Chunks.Element: Sequence<UInt8> {
    var writes = WriteChunks()
    var waiting: [LeadDraft] = []
    for try await chunk in chunks {
      for piece in Self.pieces(of: chunk) {
        waiting += try file.feed(piece)
        if waiting.count >= options.chunkSize {
          try await store.merge(waiting, now: now, in: &writes, adding: record)
          waiting.removeAll(keepingCapacity: true)
        }
      }
    }
    waiting += try file.finish()
    try await store.merge(waiting, now: now, in: &writes, adding: record)
  }

  private func result(of file: LeadFileReader, _ merged: LeadMergeCounts) -> LeadImportResult {
    var result = LeadImportResult()
    result.imported = merged.inserted
    result.updated = merged.updated
    result.skipped = merged.unchanged + file.refusedRows
    result.rowErrors = file.errors
    result.rowErrorCount = file.errorCount
    result.ignoredColumns = file.columns?.ignored ?? []
    result.usedFallbackEncoding = file.usedFallbackEncoding
    result.isCutShort = file.isCutShort
    return result
  }

  /// Reads a file to its end without writing. Throws as `run` does.
  public func check<Chunks: AsyncSequence>(chunks: Chunks, firstRows: Int = 10) async throws -> LeadImportCheck
  where Chunks.Element: Sequence<UInt8> {
    var file = LeadFileReader(options: options)
    var check = LeadImportCheck()
    func take(_ drafts: [LeadDraft]) {
      check.usableRows += drafts.count
      check.firstRows += drafts.prefix(max(0, firstRows - check.firstRows.count))
    }
    for try await chunk in chunks {
      for piece in Self.pieces(of: chunk) { take(try file.feed(piece)) }
    }
    take(try file.finish())
    if let columns = file.columns {
      check.columns = zip(columns.headers, columns.fields).map { LeadImportCheck.Column(header: $0, field: $1?.rawValue) }
    }
    check.rowErrors = file.errors
    check.rowErrorCount = file.errorCount
    check.usedFallbackEncoding = file.usedFallbackEncoding
    check.isCutShort = file.isCutShort
    return check
  }

  private static func pieces(of chunk: some Sequence<UInt8>) -> [ArraySlice<UInt8>] {
    let bytes = Array(chunk)
    return stride(from: 0, to: bytes.count, by: pieceSize).map { bytes[$0..<min(bytes.count, $0 + pieceSize)] }
  }
}

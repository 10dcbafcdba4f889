/// Reads CSV (RFC 4180) as its bytes arrive, holding one record and, at the start, the sample that finds the delimiter.
///
/// Chunks may be cut anywhere. Lines end with CRLF, LF or CR; a quote in the middle of an unquoted field is data.
/// Ragged records are handed over as they are. After a thrown `CSVError` the reader throws that error again.
public struct CSVReader: Sendable {
  private let chosenDelimiter: UInt8?
  private let fallbackDelimiter: UInt8
  private let encoding: CSVEncoding
  private let maximumFieldBytes: Int
  private let maximumFields: Int
  private let skipsBlankRows: Bool

  private var opening: [UInt8]? = []
  private var transcoder: UTF16Transcoder?
  private var sample: [UInt8] = []
  private var textEncoding = CSVEncoding.automatic
  private var scanner: RowScanner?
  private var failure: CSVError?

  /// - Parameters:
  ///   - delimiter: nil finds one of `,` `;` tab `|` in the first 16 KB.
  ///   - fallbackDelimiter: what is used when none of them is found there.
  ///   - maximumFieldBytes: also what ends a quote that is never closed, long before the file's end.
  ///   - skipsBlankRows: drops records without any text; they still count in `CSVRow.number`.
  public init(
    delimiter: UInt8? = nil, fallbackDelimiter: UInt8 = UInt8(ascii: ","), encoding: CSVEncoding = .automatic,
    maximumFieldBytes: Int = 65_536, maximumFields: Int = 256, skipsBlankRows: Bool = true
  ) {
    chosenDelimiter = delimiter
    self.fallbackDelimiter = fallbackDelimiter
    self.encoding = encoding
    self.maximumFieldBytes = maximumFieldBytes
    self.maximumFields = maximumFields
    self.skipsBlankRows = skipsBlankRows
  }

  /// The delimiter in use; nil until it is known.
  public var delimiter: UInt8? { scanner?.delimiter ?? chosenDelimiter }

  /// True once a field was not valid UTF-8 and was read as Windows-1252: names may look wrong, so show them to the user.
  public var usedFallbackEncoding: Bool { scanner?.decoder.usedFallback ?? false }

  /// Records that had text behind a closing quote.
  public var badQuoteCount: Int { scanner?.badQuoteCount ?? 0 }

  /// Takes the next bytes and hands over each record that they complete. Throws `CSVError`, and whatever `onRow` throws.
  public mutating func feed(_ bytes: some Sequence<UInt8>, _ onRow: (CSVRow) throws -> Void) throws {
    try remembering { reader in
      let isDone: Void? = try bytes.withContiguousStorageIfAvailable { try reader.open($0, onRow) }
      if isDone == nil { try Array(bytes).withUnsafeBufferPointer { try reader.open($0, onRow) } }
    }
  }

  /// Ends the file and hands over the last record. Throws `CSVError.unclosedQuote`, and whatever `onRow` throws.
  public mutating func finish(_ onRow: (CSVRow) throws -> Void) throws {
    try remembering { reader in
      try reader.endOpening(onRow)
      var rest: [UInt8] = []
      reader.transcoder?.finish(to: &rest)
      try rest.withUnsafeBufferPointer { try reader.scan($0, onRow) }
      if reader.scanner == nil { try reader.startScanning(isWholeFile: true, onRow) }
      try reader.scanner?.finish(onRow)
    }
  }

  /// Every record of a file that is in memory already. Throws `CSVError`.
  public static func rows(of bytes: some Sequence<UInt8>, delimiter: UInt8? = nil) throws -> [CSVRow] {
    var reader = CSVReader(delimiter: delimiter)
    var rows: [CSVRow] = []
    try reader.feed(bytes) { rows.append($0) }
    try reader.finish { rows.append($0) }
    return rows
  }

  private mutating func remembering(_ work: (inout CSVReader) throws -> Void) throws {
    if let failure { throw failure }
    do {
      try work(&self)
    } catch let error as CSVError {
      failure = error
      throw error
    }
  }

  /// Holds back the first bytes until a byte order mark is found or ruled out.
  private mutating func open(_ bytes: UnsafeBufferPointer<UInt8>, _ onRow: (CSVRow) throws -> Void) throws {
    guard var held = opening else { return try transcode(bytes, onRow) }
    let missing = min(ByteOrderMark.longest - held.count, bytes.count)
    held.append(contentsOf: bytes.prefix(missing))
    opening = held
    guard held.count == ByteOrderMark.longest else { return }
    try endOpening(onRow)
    try transcode(UnsafeBufferPointer(rebasing: bytes.dropFirst(missing)), onRow)
  }

  private mutating func endOpening(_ onRow: (CSVRow) throws -> Void) throws {
    guard let held = opening else { return }
    opening = nil
    let mark = ByteOrderMark(startOf: held)
    textEncoding = mark.map { $0.encoding == .automatic && encoding == .utf8 ? .utf8 : $0.encoding } ?? encoding
    switch textEncoding {
    case .utf16LittleEndian: transcoder = UTF16Transcoder(isBigEndian: false)
    case .utf16BigEndian: transcoder = UTF16Transcoder(isBigEndian: true)
    default: break
    }
    try held.withUnsafeBufferPointer { try transcode(UnsafeBufferPointer(rebasing: $0.dropFirst(mark?.length ?? 0)), onRow) }
  }

  private mutating func transcode(_ bytes: UnsafeBufferPointer<UInt8>, _ onRow: (CSVRow) throws -> Void) throws {
    guard transcoder != nil else { return try scan(bytes, onRow) }
    var rest = bytes[...]
    while !rest.isEmpty {
      var utf8: [UInt8] = []
      transcoder?.append(UnsafeBufferPointer(rebasing: rest.prefix(65_536)), to: &utf8)
      rest = rest.dropFirst(65_536)
      try utf8.withUnsafeBufferPointer { try scan($0, onRow) }
    }
  }

  /// Collects the sample for the delimiter first, always of one size, so that the cuts between chunks change nothing.
  private mutating func scan(_ bytes: UnsafeBufferPointer<UInt8>, _ onRow: (CSVRow) throws -> Void) throws {
    guard scanner == nil else {
      try scanner?.scan(bytes, onRow)
      return
    }
    let sampleSize = chosenDelimiter == nil ? DelimiterDetection.sampleSize : 0
    let missing = min(sampleSize - sample.count, bytes.count)
    sample.append(contentsOf: bytes.prefix(missing))
    guard sample.count == sampleSize else { return }
    try startScanning(isWholeFile: false, onRow)
    try scanner?.scan(UnsafeBufferPointer(rebasing: bytes.dropFirst(missing)), onRow)
  }

  private mutating func startScanning(isWholeFile: Bool, _ onRow: (CSVRow) throws -> Void) throws {
    scanner = RowScanner(
      delimiter: chosenDelimiter ?? DelimiterDetection.delimiter(of: sample, isWholeFile: isWholeFile, fallback: fallbackDelimiter),
      maximumFieldBytes: maximumFieldBytes, maximumFields: maximumFields, skipsBlankRows: skipsBlankRows, encoding: textEncoding)
    let start = sample
    sample = []
    try start.withUnsafeBufferPointer { try scanner?.scan($0, onRow) }
  }
}

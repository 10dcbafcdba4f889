/// Finds the delimiter of a file from its first lines.
enum DelimiterDetection {
  static let candidates: [UInt8] = [CSVByte.comma, UInt8(ascii: ";"), CSVByte.tab, UInt8(ascii: "|")]
  /// Bytes of the file that are looked at.
  static let sampleSize = 16_384
  private static let sampleRecords = 20

  /// The candidate that cuts most records into the same number of fields, and then into the most fields; `fallback` when none cuts any.
  static func delimiter(of sample: [UInt8], isWholeFile: Bool, fallback: UInt8) -> UInt8 {
    var best = (delimiter: fallback, agreement: 0.0, fields: 1)
    for candidate in candidates {
      let widths = recordWidths(of: sample, cutBy: candidate, isWholeFile: isWholeFile)
      guard let header = widths.first, header > 1 else { continue }
      let agreement = Double(widths.count { $0 == header }) / Double(widths.count)
      if agreement > best.agreement || (agreement == best.agreement && header > best.fields) {
        best = (candidate, agreement, header)
      }
    }
    return best.delimiter
  }

  private enum Place { case fieldStart, plain, quoted, afterQuote }

  /// Fields of each of the first records that are not empty.
  private static func recordWidths(of sample: [UInt8], cutBy delimiter: UInt8, isWholeFile: Bool) -> [Int] {
    var widths: [Int] = []
    var width = 1
    var place = Place.fieldStart
    for byte in sample {
      switch (byte, place) {
      case (CSVByte.quote, .quoted): place = .afterQuote
      case (_, .quoted): break
      // The second of two quotes reopens the field.
      case (CSVByte.quote, .fieldStart), (CSVByte.quote, .afterQuote): place = .quoted
      case (delimiter, _):
        width += 1
        place = .fieldStart
      case (CSVByte.lineFeed, _), (CSVByte.carriageReturn, _):
        if width > 1 || place != .fieldStart { widths.append(width) }
        if widths.count == sampleRecords { return widths }
        (width, place) = (1, .fieldStart)
      default: place = .plain
      }
    }
    // The sample's end cuts a longer file's last record short.
    let isOpen = width > 1 || place != .fieldStart
    if isOpen, isWholeFile || widths.isEmpty { widths.append(width) }
    return widths
  }
}

/// How the bytes of a file become text. A byte order mark at the start of the file always wins over the choice made here.
public enum CSVEncoding: String, Sendable, Hashable, CaseIterable {
  /// UTF-8, and Windows-1252 for each field that is not valid UTF-8 (`CSVReader.usedFallbackEncoding` tells).
  case automatic
  /// UTF-8 and nothing else; other bytes throw `CSVError.invalidUTF8`.
  case utf8 = "utf-8"
  case windows1252 = "windows-1252"
  case latin1 = "iso-8859-1"
  case utf16LittleEndian = "utf-16le"
  case utf16BigEndian = "utf-16be"
}

/// A byte order mark (Unicode 23.8), found in the first three bytes.
struct ByteOrderMark {
  let encoding: CSVEncoding
  let length: Int

  static let longest = 3

  init?(startOf bytes: [UInt8]) {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
      (encoding, length) = (.automatic, 3)
    } else if bytes.starts(with: [0xFF, 0xFE]) {
      (encoding, length) = (.utf16LittleEndian, 2)
    } else if bytes.starts(with: [0xFE, 0xFF]) {
      (encoding, length) = (.utf16BigEndian, 2)
    } else {
      return nil
    }
  }
}

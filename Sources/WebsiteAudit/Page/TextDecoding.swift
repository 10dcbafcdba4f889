import Foundation

/// Turns the bytes of a page into valid UTF-8. libxml2's own decoding leaves mojibake and invalid bytes behind.
enum TextDecoding {
  /// The page as UTF-8 without a byte order mark, and the encoding by which it was read.
  static func utf8(_ body: Data, contentType: String?) -> (bytes: [UInt8], charset: PageCharset) {
    let bytes = [UInt8](body)
    var charset = PageCharset.detect(in: bytes, contentType: contentType)
    let mark = PageCharset.byteOrderMark(of: bytes)?.length ?? 0
    let content = mark == 0 ? bytes : [UInt8](bytes[mark...])
    switch family(of: charset.name) {
    case .utf8:
      if isValidUTF8(content) { return (content, charset) }
      if charset.origin == .guess {
        charset.name = "windows-1252"
        return (decode(content, windows1252), charset)
      }
      // A page that says UTF-8 with a few bad bytes stays UTF-8, as in browsers.
      return ([UInt8](String(decoding: content, as: UTF8.self).utf8), charset)
    case .windows1252:
      return (decode(content, windows1252), charset)
    case .utf16(let bigEndian):
      return (decodeUTF16(content, bigEndian: bigEndian), charset)
    case .other(let encoding):
      if let text = Transcoding.utf8(content, from: encoding) { return (text, charset) }
      charset.origin = .guess
      if isValidUTF8(content) {
        charset.name = "utf-8"
        return (content, charset)
      }
      charset.name = "windows-1252"
      return (decode(content, windows1252), charset)
    }
  }

  private enum Family {
    case utf8, windows1252
    case utf16(bigEndian: Bool)
    case other(StaticString)
  }

  /// The labels of the WHATWG Encoding standard that still occur; an unknown label counts as UTF-8.
  private static func family(of label: String) -> Family {
    switch label {
    case "iso-8859-1", "iso8859-1", "latin1", "latin-1", "l1", "ascii", "us-ascii", "windows-1252", "cp1252", "x-cp1252": .windows1252
    case "utf-16le", "utf-16": .utf16(bigEndian: false)
    case "utf-16be": .utf16(bigEndian: true)
    case "iso-8859-2", "latin2", "iso8859-2": .other("ISO-8859-2")
    case "iso-8859-5": .other("ISO-8859-5")
    case "iso-8859-7", "greek": .other("ISO-8859-7")
    case "iso-8859-15", "latin-9", "latin9": .other("ISO-8859-15")
    case "windows-1250", "cp1250": .other("CP1250")
    case "windows-1251", "cp1251": .other("CP1251")
    case "windows-1253", "cp1253": .other("CP1253")
    case "windows-1254", "cp1254", "iso-8859-9", "latin5": .other("CP1254")
    case "windows-1255", "cp1255", "iso-8859-8", "iso-8859-8-i": .other("CP1255")
    case "windows-1256", "cp1256", "iso-8859-6": .other("CP1256")
    case "windows-1257", "cp1257", "iso-8859-13": .other("CP1257")
    case "windows-1258", "cp1258": .other("CP1258")
    case "windows-874", "tis-620", "iso-8859-11": .other("CP874")
    case "koi8-r", "koi8": .other("KOI8-R")
    case "koi8-u": .other("KOI8-U")
    case "shift_jis", "shift-jis", "sjis", "x-sjis", "windows-31j": .other("CP932")
    case "euc-jp", "x-euc-jp": .other("EUC-JP")
    case "euc-kr", "ks_c_5601-1987", "windows-949": .other("CP949")
    case "gb2312", "gbk", "gb18030", "x-gbk", "gb_2312-80": .other("GB18030")
    case "big5", "big5-hkscs", "x-x-big5": .other("BIG5-HKSCS")
    default: .utf8
    }
  }

  static func isValidUTF8(_ bytes: [UInt8]) -> Bool {
    String(validating: bytes, as: UTF8.self) != nil
  }

  /// 0x80 to 0x9F of windows-1252; the five unassigned bytes keep their code point (WHATWG Encoding).
  private static let windows1252: [UInt16] = [
    0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D, 0x017D, 0x8F,
    0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D, 0x017E, 0x0178,
  ]

  private static func decode(_ bytes: [UInt8], _ upper: [UInt16]) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count + bytes.count / 8)
    for byte in bytes {
      if byte < 0x80 {
        out.append(byte)
      } else {
        append(byte < 0xA0 ? UInt32(upper[Int(byte) - 0x80]) : UInt32(byte), to: &out)
      }
    }
    return out
  }

  private static func append(_ scalar: UInt32, to out: inout [UInt8]) {
    out.append(contentsOf: UTF8.encode(Unicode.Scalar(scalar) ?? "\u{FFFD}") ?? UTF8.encodedReplacementCharacter)
  }

  private static func decodeUTF16(_ bytes: [UInt8], bigEndian: Bool) -> [UInt8] {
    var units: [UInt16] = []
    units.reserveCapacity(bytes.count / 2)
    var at = 0
    while at + 1 < bytes.count {
      let first = UInt16(bytes[at]), second = UInt16(bytes[at + 1])
      units.append(bigEndian ? first << 8 | second : second << 8 | first)
      at += 2
    }
    return [UInt8](String(decoding: units, as: UTF16.self).utf8)
  }
}

/// Finds telephone numbers in visible text: North American ones, international ones with "+", and national ones with a leading 0.
///
/// One pass over the bytes; a candidate is at most 32 bytes long. Dates, prices, IP addresses, card and order numbers have other
/// groups of digits, or a sign before them, and are left out. A number that a word such as "Tel." introduces may be plainer.
enum PhoneNumbers {
  /// The numbers in their order, as written; at most `limit`.
  static func find(in text: String, limit: Int = 50) -> [String] {
    var found: [String] = []
    let bytes = Array(text.utf8)
    var at = 0
    while at < bytes.count, found.count < limit {
      guard startsNumber(bytes, at) else {
        at += 1
        continue
      }
      let end = candidateEnd(bytes, at)
      if isNumber(bytes, at..<end) { found.append(String(decoding: bytes[at..<end], as: UTF8.self)) }
      at = end
    }
    return found
  }

  /// Digits alone.
  static func digits(of number: String) -> String {
    String(decoding: number.utf8.filter(\.isASCIIDigit), as: UTF8.self)
  }

  /// The same line, whether or not the country code or a leading zero is written: the last nine (or all) digits agree.
  static func agree(_ first: String, _ second: String) -> Bool {
    let a = digits(of: first).drop { $0 == "0" }, b = digits(of: second).drop { $0 == "0" }
    let length = min(a.count, b.count, 9)
    return length >= 7 && a.suffix(length) == b.suffix(length)
  }

  private static func startsNumber(_ bytes: [UInt8], _ at: Int) -> Bool {
    let byte = bytes[at]
    guard byte.isASCIIDigit || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "(") else { return false }
    guard at > 0 else { return true }
    let before = bytes[at - 1]
    if before.isASCIIDigit || before.isASCIILetter { return false }
    return !".,/-_#$@=+%&*~".utf8.contains(before)
      || (byte != UInt8(ascii: "(") && byte == UInt8(ascii: "+") && before == UInt8(ascii: "/"))
  }

  /// Digits, parted by at most two of space, no-break space, hyphen, dot, slash, brackets.
  private static func candidateEnd(_ bytes: [UInt8], _ start: Int) -> Int {
    var at = start + 1
    var end = at
    var gap = 0
    while at < min(bytes.count, start + 32) {
      if bytes[at].isASCIIDigit {
        gap = 0
        end = at + 1
        at += 1
      } else if let width = separatorWidth(bytes, at), gap < 3 {
        gap += 1
        at += width
      } else {
        break
      }
    }
    return end
  }

  private static func separatorWidth(_ bytes: [UInt8], _ at: Int) -> Int? {
    if " -./()".utf8.contains(bytes[at]) { return 1 }
    if bytes[at] == 0xC2, at + 1 < bytes.count, bytes[at + 1] == 0xA0 { return 2 }
    // U+2010 to U+2014 (hyphens and dashes), U+202F (narrow no-break space).
    if bytes[at] == 0xE2, at + 2 < bytes.count, bytes[at + 1] == 0x80, (0x90...0x94).contains(bytes[at + 2]) || bytes[at + 2] == 0xAF {
      return 3
    }
    return nil
  }

  private static func isNumber(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
    if let next = bytes[safe: range.upperBound], next.isASCIILetter && !isExtension(bytes, range.upperBound) || next == 0x25 {
      return false
    }
    // A colon or a comma and a digit behind: a time or an amount.
    if let next = bytes[safe: range.upperBound], next == UInt8(ascii: ":") || next == UInt8(ascii: ","),
      bytes[safe: range.upperBound + 1]?.isASCIIDigit == true
    {
      return false
    }
    let groups = bytes[range].split { !$0.isASCIIDigit }.map { String(decoding: $0, as: UTF8.self) }
    let digits = groups.joined()
    if bytes[range.lowerBound] == UInt8(ascii: "+") { return isInternational(digits) }
    guard !isDate(groups), Set(digits).count > 1 else { return false }
    if isNorthAmerican(groups) { return true }
    if digits.hasPrefix("0"), !digits.hasPrefix("000"), (9...13).contains(digits.count), (2...6).contains(groups.count) { return true }
    return (7...13).contains(digits.count) && isIntroduced(bytes, range.lowerBound)
  }

  /// ITU-T E.164: at most 15 digits, country codes do not begin with 0. A number of country 1 has exactly 11.
  private static func isInternational(_ digits: String) -> Bool {
    guard (8...15).contains(digits.count), digits.first != "0" else { return false }
    return digits.first != "1" || digits.count == 11
  }

  /// 3-3-4 with or without a leading 1; area codes begin with 2 to 9.
  private static func isNorthAmerican(_ groups: [String]) -> Bool {
    var groups = groups
    if groups.count == 4, groups[0] == "1" { groups.removeFirst() }
    guard groups.map(\.count) == [3, 3, 4], let area = groups[0].first else { return false }
    return area >= "2"
  }

  private static func isDate(_ groups: [String]) -> Bool {
    guard groups.count >= 3 else { return false }
    let isYear = { (group: String) in group.count == 4 && (group.hasPrefix("19") || group.hasPrefix("20")) }
    return (groups[0].count <= 2 && groups[1].count <= 2 && isYear(groups[2]))
      || (isYear(groups[0]) && groups[1].count <= 2 && groups[2].count <= 2)
  }

  private static func isExtension(_ bytes: [UInt8], _ at: Int) -> Bool {
    bytes[at].asciiLowercased == UInt8(ascii: "x") && bytes[safe: at + 1]?.isASCIILetter != true
  }

  private static let introductions = [
    "tel", "phone", "call", "fon", "mobile", "mobil", "cell", "ring", "ph", "telefon", "telefono", "teléfono", "t",
  ]

  /// A word such as "Tel.:" stands directly before.
  private static func isIntroduced(_ bytes: [UInt8], _ start: Int) -> Bool {
    var end = start
    while end > 0, " .:()".utf8.contains(bytes[end - 1]) { end -= 1 }
    var begin = end
    while begin > 0, end - begin < 12, bytes[begin - 1].isASCIILetter || bytes[begin - 1] >= 0x80 { begin -= 1 }
    let word = String(decoding: bytes[begin..<end], as: UTF8.self).lowercased()
    guard word == "us" else { return introductions.contains(word) }
    return begin >= 5 && bytes[(begin - 5)..<begin].lowercasedASCII == "call "
  }
}

extension Array {
  subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}

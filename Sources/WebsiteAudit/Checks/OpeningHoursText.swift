/// Opening hours in plain words: a phrase that announces them, or the name of a day with a time close behind it.
enum OpeningHoursText {
  private static let phrases = [
    "opening hours", "opening times", "business hours", "open hours", "hours of operation", "office hours", "store hours", "shop hours",
    "open daily", "open 24", "24/7", "open 7 days", "öffnungszeiten", "horaires d'ouverture", "horario", "orari di apertura",
    "openingstijden",
  ]
  private static let days = [
    "mon", "tue", "wed", "thu", "fri", "sat", "sun", "weekday", "mo", "di", "mi", "do", "fr", "sa", "so", "montag", "lundi", "lunes",
  ]

  /// - Parameter text: lower case. Returns the words found, nil when there are none.
  static func find(in text: String) -> String? {
    if let phrase = phrases.first(where: { text.contains(ascii: $0) }) { return phrase }
    let bytes = Array(text.utf8)
    var at = 0
    while at < bytes.count {
      guard bytes[at].isASCIILetter else {
        at += 1
        continue
      }
      var end = at
      while end < bytes.count, bytes[end].isASCIILetter { end += 1 }
      if isDay(bytes[at..<end]), hasTime(bytes[end..<min(bytes.count, end + 40)]) {
        return String(decoding: bytes[at..<min(bytes.count, end + 40)], as: UTF8.self)
      }
      at = end
    }
    return nil
  }

  private static func isDay(_ word: ArraySlice<UInt8>) -> Bool {
    guard (2...9).contains(word.count) else { return false }
    let text = String(decoding: word, as: UTF8.self)
    return days.contains(text) || (text.hasSuffix("day") && days.contains(String(text.prefix(3))))
      || ["mondays", "sundays", "weekdays"].contains(text)
      || ["tues", "thur", "thurs", "weds"].contains(text)
  }

  /// "9 am", "9:00", "09.30", "9-5".
  private static func hasTime(_ bytes: ArraySlice<UInt8>) -> Bool {
    var at = bytes.startIndex
    while at < bytes.endIndex {
      guard bytes[at].isASCIIDigit else {
        at += 1
        continue
      }
      var end = at
      while end < bytes.endIndex, bytes[end].isASCIIDigit { end += 1 }
      if end - at <= 2, isTimeEnd(bytes[end...]) { return true }
      at = end
    }
    return false
  }

  private static func isTimeEnd(_ rest: ArraySlice<UInt8>) -> Bool {
    let text = String(decoding: rest.prefix(6), as: UTF8.self)
    let bare = text.drop { $0 == " " }
    if bare.hasPrefix("am") || bare.hasPrefix("pm") || bare.hasPrefix("a.m") || bare.hasPrefix("p.m") || bare.hasPrefix("uhr") {
      return true
    }
    guard let mark = bare.first, mark == ":" || mark == "." || mark == "h" || mark == "-" || mark == "–" else { return false }
    return bare.dropFirst().drop { $0 == " " }.first?.isNumber == true
  }
}

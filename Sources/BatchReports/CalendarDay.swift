import Foundation

/// Days that people type, in the installation's time zone.
public enum CalendarDay {
  /// The first moment of a day such as "2026-01-31"; nil for any other text and for days that do not exist.
  public static func start(of text: String, in timeZone: TimeZone) -> Date? { moment(text, in: timeZone, days: 0) }

  /// The first moment of the day after it.
  public static func end(of text: String, in timeZone: TimeZone) -> Date? { moment(text, in: timeZone, days: 1) }

  /// By way of noon: clocks that are put forward at midnight skip the day's first hour, and a day may have 23 or 25 hours.
  private static func moment(_ text: String, in timeZone: TimeZone, days: Double) -> Date? {
    guard text.utf8.count == 10, let midnight = Date(rfc3339: text) else { return nil }
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    var parts = calendar.dateComponents([.year, .month, .day], from: midnight.addingTimeInterval(days * 86_400))
    parts.hour = 12
    calendar.timeZone = timeZone
    return calendar.date(from: parts).map { calendar.startOfDay(for: $0) }
  }
}

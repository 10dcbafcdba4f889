import Foundation

/// A start that is ordered for later.
public enum PlannedStart {
  /// Seconds that a start may lie ahead.
  public static let horizon: TimeInterval = 30 * 86_400

  /// Reads an RFC 3339 time, or the local one of a form ("2026-11-22T09:00") in this time zone. Throws `InvalidInput`.
  public static func moment(_ text: String, in timeZone: TimeZone) throws -> Date {
    if let local = local(text, in: timeZone) { return local }
    guard let moment = Date(rfc3339: text), text.utf8.count > 10 else {
      throw InvalidInput("start_at", "Give a day and a time, such as 2026-11-22T09:00.")
    }
    return moment
  }

  /// Throws `InvalidInput` for a moment that is not ahead, or too far ahead.
  public static func check(_ moment: Date, now: Date) throws {
    if moment <= now { throw InvalidInput("start_at", "The start has to lie in the future; leave it empty to start at once.", code: "out_of_range") }
    if moment > now.addingTimeInterval(horizon) { throw InvalidInput("start_at", "The start can be at most 30 days ahead.", code: "out_of_range") }
  }

  /// Why a batch that waits for no time cannot be started before it.
  public struct Missing: Refusal, Hashable {
    public init() {}
    public var code: RefusalCode { .invalidTransition }
    public var explanation: String { "This batch has no planned start." }
  }

  /// A time that the clocks skip is read as the one an hour later.
  private static func local(_ text: String, in timeZone: TimeZone) -> Date? {
    guard let match = text.wholeMatch(of: /(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2})(:(\d{2}))?/), let day = Date(rfc3339: String(match.1)),
      let hour = Int(match.2), let minute = Int(match.3), let second = Int(match.5 ?? "0"), hour < 24, minute < 60, second < 60
    else { return nil }
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    var parts = calendar.dateComponents([.year, .month, .day], from: day)
    (parts.hour, parts.minute, parts.second) = (hour, minute, second)
    calendar.timeZone = timeZone
    return calendar.date(from: parts)
  }
}

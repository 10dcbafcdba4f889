import Foundation

/// Retry-After: seconds, or an HTTP date (RFC 9110, 10.2.3).
public enum RetryAfter {
  /// Seconds from now, not negative and at most a day; nil when the value is neither.
  public static func seconds(_ value: String, now: Date) -> Double? {
    let value = value.trimmingCharacters(in: .whitespaces)
    if !value.isEmpty, value.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
      return min(Double(value) ?? longest, longest)
    }
    guard let date = date(value) else { return nil }
    return min(max(0, date.timeIntervalSince(now)), longest)
  }

  private static let longest = 86_400.0

  /// The three forms of RFC 9110, 5.6.7.
  private static func date(_ value: String) -> Date? {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = .gmt
    for format in ["EEE, dd MMM yyyy HH:mm:ss zzz", "EEEE, dd-MMM-yy HH:mm:ss zzz", "EEE MMM d HH:mm:ss yyyy"] {
      formatter.dateFormat = format
      if let date = formatter.date(from: value) { return date }
    }
    return nil
  }
}

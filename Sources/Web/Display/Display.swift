import BatchReports
import Foundation

/// Numbers, times and durations as pages print them. The client's `format.js` prints the same, so that live updates look alike.
public enum Display {
  /// "41.2 %".
  public static func percent(_ value: Double) -> String { oneDecimal(value) + " %" }

  /// "about $4.10", or "roughly $3,800" of what was extrapolated.
  public static func forecast(_ money: Money, isRough: Bool) -> String { isRough ? "roughly \(money.roughDollars)" : "about \(money.aboutDollars)" }

  /// "41.2", always with one decimal.
  public static func oneDecimal(_ value: Double) -> String {
    let tenths = Int64((value * 10).rounded(.toNearestOrAwayFromZero))
    return "\(tenths < 0 ? "-" : "")\(tenths.magnitude / 10).\(tenths.magnitude % 10)"
  }

  /// "42 s", "6 min 12 s", "1 h 04 min", "2 d 3 h"; "–" when it is not known.
  public static func duration(seconds: Double?) -> String {
    guard let seconds, seconds.isFinite else { return "–" }
    let whole = Int(min(max(0, seconds), 1e12))
    switch whole {
    case ..<60: return "\(whole) s"
    case ..<3600: return "\(whole / 60) min \(whole % 60) s"
    case ..<86_400:
      let minutes = whole / 60 % 60
      return "\(whole / 3600) h \(minutes < 10 ? "0" : "")\(minutes) min"
    default: return "\(whole / 86_400) d \(whole / 3600 % 24) h"
    }
  }

  /// One lead's own duration: "8.4 s".
  public static func duration(milliseconds: Int?) -> String {
    guard let milliseconds else { return "–" }
    return milliseconds < 60_000 ? oneDecimal(Double(milliseconds) / 1000) + " s" : duration(seconds: Double(milliseconds) / 1000)
  }

  /// "118.2 per minute"; "–" when nothing moves.
  public static func rate(perSecond: Double, isRunning: Bool) -> String {
    isRunning && perSecond > 0 ? oneDecimal(perSecond * 60) + " per minute" : "–"
  }

  /// "1 lead", "1,000 leads".
  public static func count(_ value: Int, _ singular: String, _ plural: String) -> String {
    "\(Grouping.thousands(value)) \(value == 1 ? singular : plural)"
  }
}

import BatchReports
import Foundation

/// Times as pages print them, in the installation's time zone.
public struct WallClock: Sendable {
  private let calendar: Calendar
  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  public init(timeZone: TimeZone) {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = timeZone
    self.calendar = calendar
  }

  public var timeZone: TimeZone { calendar.timeZone }

  /// "21 Nov 2026, 09:14".
  public func minutes(_ moment: Date) -> String { text(moment, withSeconds: false) }

  /// "21 Nov 2026, 09:14:03".
  public func seconds(_ moment: Date) -> String { text(moment, withSeconds: true) }

  /// "2026-11-21".
  public func day(_ moment: Date) -> String { BudgetDay.name(of: moment, in: calendar.timeZone) }

  /// The values of a `<time>`: `iso` and `text`.
  public func pageValue(_ moment: Date?, withSeconds: Bool = false) -> PageValue {
    guard let moment else { return .values(["iso": "", "text": ""]) }
    return .values(["iso": .text(moment.rfc3339), "text": .text(text(moment, withSeconds: withSeconds))])
  }

  /// The values of a `<time>` that says the hour alone: "09:14:03".
  public func hourValue(_ moment: Date?) -> PageValue {
    guard let moment else { return .values(["iso": "", "text": ""]) }
    return .values(["iso": .text(moment.rfc3339), "text": .text(String(seconds(moment).suffix(8)))])
  }

  private func text(_ moment: Date, withSeconds: Bool) -> String {
    let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: moment)
    func two(_ value: Int?) -> String { (value ?? 0) < 10 ? "0\(value ?? 0)" : "\(value ?? 0)" }
    let month = Self.months[max(0, min(11, (parts.month ?? 1) - 1))]
    let clock = "\(two(parts.hour)):\(two(parts.minute))" + (withSeconds ? ":\(two(parts.second))" : "")
    return "\(parts.day ?? 1) \(month) \(parts.year ?? 0), \(clock)"
  }
}

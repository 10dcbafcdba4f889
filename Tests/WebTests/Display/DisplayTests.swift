import BatchReports
import Foundation
import TestSupport
import Testing

@testable import Web

@Suite struct DisplayTests {
  @Test(
    "Durations are short and readable",
    arguments: [
      (nil, "–"), (Double.nan, "–"), (.infinity, "–"), (-3, "0 s"), (0, "0 s"), (59.9, "59 s"), (60, "1 min 0 s"), (372, "6 min 12 s"),
      (3599, "59 min 59 s"), (3840, "1 h 04 min"), (86_399, "23 h 59 min"), (183_600, "2 d 3 h"), (1e300, "11574074 d 1 h"),
    ])
  func durations(_ seconds: Double?, _ text: String) { #expect(Display.duration(seconds: seconds) == text) }

  @Test("A lead's duration has a decimal below a minute")
  func leadDurations() {
    #expect([nil, 0, 8437, 59_999, 60_000].map { Display.duration(milliseconds: $0) } == ["–", "0.0 s", "8.4 s", "60.0 s", "1 min 0 s"])
  }

  @Test("Numbers have one decimal and thousands their commas")
  func numbers() {
    #expect([0, 41.25, 99.99, -0.25, -1.5].map(Display.oneDecimal) == ["0.0", "41.3", "100.0", "-0.3", "-1.5"])
    #expect(Display.percent(12) == "12.0 %")
    #expect(Display.count(1, "lead", "leads") == "1 lead" && Display.count(1000, "lead", "leads") == "1,000 leads")
    #expect(Display.rate(perSecond: 1.97, isRunning: true) == "118.2 per minute")
    #expect(Display.rate(perSecond: 1.97, isRunning: false) == "–" && Display.rate(perSecond: 0, isRunning: true) == "–")
  }

  @Test("A wall clock shows the time zone's time")
  func wallClock() throws {
    let berlin = WallClock(timeZone: try #require(TimeZone(identifier: "Europe/Berlin")))
    let moment = try #require(Date(rfc3339: "2026-12-31T23:05:09Z"))
    #expect(berlin.minutes(moment) == "1 Jan 2027, 00:05" && berlin.seconds(moment) == "1 Jan 2027, 00:05:09")
    #expect(berlin.day(moment) == "2027-01-01" && WallClock(timeZone: .gmt).day(moment) == "2026-12-31")
  }

  @Test("Segments of a bar fill it from the left and never go past it")
  func segments() {
    func rectangles(_ parts: [(String, Double)], of whole: Double) -> [String] {
      guard case .list(let list) = ProgressBar.segments(parts, of: whole) else { return [] }
      return list.map { values in
        ["name", "x", "width"].map { if case .text(let text)? = values[$0] { text } else { "?" } }.joined(separator: " ")
      }
    }
    #expect(rectangles([("a", 1), ("b", 2)], of: 3) == ["a 0 33.333", "b 33.333 66.667"])
    #expect(rectangles([("a", 2), ("b", 5)], of: 4) == ["a 0 50", "b 50 50"])
    #expect(rectangles([("a", 0)], of: 0) == ["a 0 0"])
    #expect(rectangles([("a", 1)], of: 2000) == ["a 0 0.05"])
  }

  @Test("Every state has a badge of its own words")
  func badges() {
    #expect(Set(BatchState.allCases.map { Badge($0).label }).count == BatchState.allCases.count)
    #expect(Set(BatchLeadState.allCases.map { Badge($0).label }).count == BatchLeadState.allCases.count)
    #expect(Badge(BatchState.completedWithErrors).name == "completed_with_errors" && Badge(BatchState.failed).tone == "danger")
  }

  @Test("A day's budget warns from four fifths on, in the words of a day")
  func standingWarning() {
    func warning(_ limit: Int64?, _ spent: Int64, _ reserved: Int64 = 0) -> String? {
      BudgetState(dailyLimit: limit.map { Money(micros: $0) }, spentToday: Money(micros: spent), reserved: Money(micros: reserved)).standingWarning
    }
    #expect(warning(nil, 5) == nil && warning(1_000_000, 790_000) == nil)
    #expect(warning(1_000_000, 700_000, 100_000) == "80 % of today's budget is used.")
    #expect(warning(1_000_000, 1_000_000) == "100 % of today's budget is used.")
    #expect(warning(1_000_000, 1_000_000, 500_000) == "Today's budget of $1.0000 is passed: $1.5000 is spent or reserved.")
    #expect(warning(0, 0) == "Today's budget is $0: nothing can be started.")
  }
}

import BatchReports
import Foundation
import Testing

@Suite struct CalendarDayTests {
  @Test(
    "a day begins and ends when the clocks there say so, also on days of 23 or 25 hours and on those without a midnight",
    arguments: [
      ("UTC", "2026-01-30", "2026-01-30T00:00:00Z", "2026-01-31T00:00:00Z"),
      ("America/New_York", "2026-01-30", "2026-01-30T05:00:00Z", "2026-01-31T05:00:00Z"),
      ("America/New_York", "2026-03-08", "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"),
      ("America/New_York", "2026-11-01", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"),
      ("America/Santiago", "2025-09-07", "2025-09-07T04:00:00Z", "2025-09-08T03:00:00Z"),
      ("Pacific/Auckland", "2026-12-31", "2026-12-30T11:00:00Z", "2026-12-31T11:00:00Z"),
    ])
  func days(zone: String, day: String, start: String, end: String) throws {
    let zone = try #require(TimeZone(identifier: zone))
    #expect(CalendarDay.start(of: day, in: zone)?.rfc3339 == Date(rfc3339: start)?.rfc3339)
    #expect(CalendarDay.end(of: day, in: zone)?.rfc3339 == Date(rfc3339: end)?.rfc3339)
  }

  @Test("what is no day, or one that does not exist, is none", arguments: ["2026-02-30", "2026-1-3", "tomorrow", "", "2026-01-30T00:00:00Z"])
  func none(text: String) {
    #expect(CalendarDay.start(of: text, in: .gmt) == nil)
    #expect(CalendarDay.end(of: text, in: .gmt) == nil)
  }
}

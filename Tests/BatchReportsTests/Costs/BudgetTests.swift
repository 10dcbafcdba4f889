import BatchReports
import Foundation
import Testing

@Suite("Budget")
struct BudgetTests {
  static func usd(_ dollars: Int64) -> Money { Money(micros: dollars * 1_000_000) }
  static func state(limit: Int64?, spent: Int64 = 0, reserved: Int64 = 0) -> BudgetState {
    BudgetState(dailyLimit: limit.map(usd), spentToday: usd(spent), reserved: usd(reserved))
  }

  @Test("without a limit everything fits and nothing is warned of")
  func unlimited() {
    let state = Self.state(limit: nil, spent: 1_000_000)
    #expect(state.remaining == nil)
    #expect(state.isWithin(Self.usd(1_000_000)))
    #expect(state.warning(adding: Self.usd(1_000_000)) == nil)
  }

  @Test("what is left is the limit less spent and reserved money, and never below zero")
  func remaining() {
    #expect(Self.state(limit: 100, spent: 30, reserved: 20).remaining == Self.usd(50))
    #expect(Self.state(limit: 100, spent: 90, reserved: 20).remaining == .zero)
    #expect(Self.state(limit: 100, spent: 50).isWithin(Self.usd(50)))
    #expect(!Self.state(limit: 100, spent: 50).isWithin(Self.usd(50) + Money(micros: 1)))
    #expect(Self.state(limit: 100, spent: 150).isWithin(.zero))
  }

  @Test(
    "a warning comes from 80 percent on, and another past the limit",
    arguments: [
      (79, nil), (80, "80 %"), (99, "99 %"), (100, "100 %"), (101, "would pass"),
    ] as [(Int64, String?)])
  func warnings(amount: Int64, text: String?) {
    let warning = Self.state(limit: 100).warning(adding: Self.usd(amount))
    if let text { #expect(warning?.contains(text) == true) } else { #expect(warning == nil) }
    #expect((Self.state(limit: 100, spent: amount / 2, reserved: amount - amount / 2).warning(adding: .zero) == nil) == (text == nil))
  }

  @Test("the percentage is rounded down, so that 80 is not said too early")
  func roundedDown() {
    #expect(Self.state(limit: 100).warning(adding: Money(micros: 79_999_999)) == nil)
  }

  @Test("a limit of zero says that nothing can be started")
  func zero() {
    #expect(Self.state(limit: 0).warning(adding: .zero)?.contains("nothing can be started") == true)
    #expect(!Self.state(limit: 0).isWithin(Money(micros: 1)))
  }

  @Test("the refusal says what is needed and what is left")
  func refusal() {
    let refusal = BudgetExceeded(needed: Self.usd(5), remaining: Self.usd(2))
    #expect(refusal.code == .budgetExceeded)
    #expect(refusal.explanation.contains("$5.0000") && refusal.explanation.contains("$2.0000"))
    #expect(refusal.field == nil && refusal.retryAfterSeconds == nil)
  }
}

@Suite("Budget day")
struct BudgetDayTests {
  @Test(
    "a moment falls on the day of the installation's time zone",
    arguments: [
      ("2026-01-31T23:30:00Z", "UTC", "2026-01-31"), ("2026-01-31T23:30:00Z", "Europe/Berlin", "2026-02-01"),
      ("2026-01-01T04:59:59Z", "America/New_York", "2025-12-31"), ("2026-01-01T05:00:00Z", "America/New_York", "2026-01-01"),
      ("2026-01-31T10:00:00Z", "Pacific/Kiritimati", "2026-02-01"), ("2024-02-29T12:00:00Z", "UTC", "2024-02-29"),
      ("0987-03-04T12:00:00Z", "UTC", "0987-03-04"),
    ])
  func zones(moment: String, zone: String, day: String) throws {
    let date = try #require(Date(rfc3339: moment))
    #expect(BudgetDay.name(of: date, in: try #require(TimeZone(identifier: zone))) == day)
  }

  @Test(
    "the short and the long day of a change of clocks each are one day",
    arguments: [
      ("2026-03-29", 23), ("2026-10-25", 25), ("2026-03-30", 24),
    ])
  func changeOfClocks(day: String, hours: Int) throws {
    let zone = try #require(TimeZone(identifier: "Europe/Berlin"))
    let noon = try #require(Date(rfc3339: day + "T11:00:00Z"))
    let hoursOfDay = (-30...30).filter { BudgetDay.name(of: noon.addingTimeInterval(Double($0) * 3600), in: zone) == day }
    #expect(hoursOfDay.count == hours)
  }
}

import BatchReports
import Foundation
import Testing

@Suite("Money")
struct MoneyTests {
  @Test(
    "an amount is rounded half to even at a millionth",
    arguments: [
      ("0.0000005", 0), ("0.0000015", 2), ("0.0000025", 2), ("0.00000251", 3), ("-0.0000015", -2), ("-0.0000025", -2), ("1.2345678", 1_234_568),
      ("0", 0), ("450", 450_000_000),
    ])
  func rounding(text: String, micros: Int64) throws {
    let usd = try #require(Decimal(string: text))
    #expect(Money(usd: usd)?.micros == micros)
  }

  @Test(
    "large amounts are exact to the last millionth",
    arguments: [
      Int64(999_999_999_999_999_999), -999_999_999_999_999_999, 9_007_199_254_740_993, 1, -1, 123_456_789_012_345_678,
    ])
  func large(micros: Int64) {
    let money = Money(micros: micros)
    #expect(Money(usd: money.usd) == money)
  }

  @Test(
    "a price of one piece is shown with all of its decimals, four at least",
    arguments: [
      (Int64(0), "$0.0000"), (34_000, "$0.0340"), (34_001, "$0.034001"), (34_010, "$0.03401"), (34_099, "$0.034099"), (34_950, "$0.03495"),
      (1_450_000_090, "$1,450.00009"), (-34_001, "−$0.034001"),
    ])
  func unit(micros: Int64, text: String) {
    #expect(Money(micros: micros).unitDollars == text)
  }

  @Test("what is no finite amount below a trillion is none")
  func refused() throws {
    #expect(Money(usd: Decimal(1_000_000_000_000)) == nil)
    #expect(Money(usd: Decimal(-1_000_000_000_000)) == nil)
    #expect(Money(usd: Decimal.nan) == nil)
    #expect(Money(usd: Decimal.greatestFiniteMagnitude) == nil)
  }

  @Test(
    "four decimals are shown, rounded half to even",
    arguments: [
      (Int64(0), "0.0000", "$0.0000"), (50, "0.0000", "$0.0000"), (150, "0.0002", "$0.0002"), (151, "0.0002", "$0.0002"), (250, "0.0002", "$0.0002"),
      (1_450_000_000, "1450.0000", "$1,450.0000"), (-150, "-0.0002", "−$0.0002"), (-1_234_567_891_200, "-1234567.8912", "−$1,234,567.8912"),
      (99_999_950, "100.0000", "$100.0000"), (-40, "0.0000", "$0.0000"),
    ])
  func shown(micros: Int64, plain: String, dollars: String) {
    #expect(Money(micros: micros).plain == plain)
    #expect(Money(micros: micros).dollars == dollars)
  }

  @Test("the largest and smallest integers can be shown")
  func extremes() {
    #expect(Money(micros: .max).plain == "9223372036854.7758")
    #expect(Money(micros: .min).plain == "-9223372036854.7758")
    #expect(Money(micros: .max).dollars == "$9,223,372,036,854.7758")
  }

  @Test(
    "JSON carries a number of dollars with at most four decimals",
    arguments: [
      (Int64(54_000_000), "54"), (50_000, "0.05"), (123, "0.0001"), (450_123_456, "450.1235"), (-2_500_000, "-2.5"), (0, "0"),
      (999_999_999_999_999_900, "999999999999.9999"),
    ])
  func json(micros: Int64, text: String) throws {
    #expect(String(decoding: try JSONEncoder().encode([Money(micros: micros)]), as: UTF8.self) == "[\(text)]")
  }

  @Test("JSON numbers are read exactly, and what is no amount is refused")
  func decoding() throws {
    let read = { (text: String) in try JSONDecoder().decode([Money].self, from: Data(text.utf8)) }
    #expect(try read("[0.1, 450, 0.000001, 1e-6, -3.25]").map(\.micros) == [100_000, 450_000_000, 1, 1, -3_250_000])
    #expect(throws: DecodingError.self) { try read("[1e30]") }
    #expect(throws: DecodingError.self) { try read("[\"1\"]") }
    #expect(throws: DecodingError.self) { try read("[null]") }
  }

  @Test("sums, differences and multiples are exact")
  func arithmetic() {
    let cent = Money(micros: 10_000)
    #expect(cent + cent - cent == cent)
    #expect(cent * 1000 == Money(micros: 10_000_000))
    #expect([cent, cent, cent].reduce(.zero, +) == cent * 3)
    #expect(Money(micros: -1) < .zero)
  }

  @Test(
    "thousands are grouped",
    arguments: [
      (Int64(0), "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (-1000, "−1,000"), (-12, "−12"), (100_000, "100,000"),
    ])
  func grouping(value: Int64, text: String) {
    #expect(Grouping.thousands(value) == text)
    #expect(Grouping.thousands(Int(value)) == text)
  }
}

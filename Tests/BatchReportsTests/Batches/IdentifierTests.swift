import BatchReports
import Foundation
import Testing

@Suite("Identifiers and times")
struct IdentifierTests {
  @Test("an id is of version 7 and sorts by its millisecond")
  func version7() throws {
    let early = UUID.version7(at: Date(timeIntervalSince1970: 1_700_000_000))
    let late = UUID.version7(at: Date(timeIntervalSince1970: 1_700_000_000.001))
    #expect(early.text < late.text)
    #expect(early.text.dropFirst(14).first == "7")
    #expect(try #require(early.text.dropFirst(19).first).isHexDigit && "89ab".contains(try #require(early.text.dropFirst(19).first)))
    #expect(early.text.hasPrefix("018bcfe5-6800-7"))
    #expect(Set((0..<1000).map { _ in UUID.version7(at: .distantPast) }).count == 1000)
  }

  @Test("milliseconds make the way to rows and back")
  func milliseconds() {
    for value in [Int64(0), 1, 1_772_452_800_123, -5] { #expect(Date(milliseconds: value).milliseconds == value) }
  }

  @Test("times are written as RFC 3339 with milliseconds, and read with and without")
  func rfc3339() throws {
    let date = Date(milliseconds: 1_772_452_800_123)
    #expect(date.rfc3339 == "2026-03-02T12:00:00.123Z")
    #expect(Date(rfc3339: "2026-03-02T12:00:00.123Z")?.milliseconds == date.milliseconds)
    #expect(Date(rfc3339: "2026-03-02T14:00:00+02:00")?.milliseconds == 1_772_452_800_000)
    #expect(Date(rfc3339: "2026-03-02")?.rfc3339 == "2026-03-02T00:00:00.000Z")
  }

  @Test("what is no time is none", arguments: ["", "yesterday", "2026-13-01", "2026-02-30", "2026-03-02x", "12:00", "2026-03-02T25:00:00Z"])
  func notTimes(text: String) {
    #expect(Date(rfc3339: text) == nil)
  }
}

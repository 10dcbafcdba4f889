import BatchReports
import Foundation
import Testing

@Suite("Priority, planned start and auto-pause")
struct SteeringTests {
  @Test("a start is an RFC 3339 time or a local one, which the zone's clocks decide")
  func moments() throws {
    let berlin = try #require(TimeZone(identifier: "Europe/Berlin"))
    let nine = try #require(Date(rfc3339: "2026-11-22T09:00:00Z"))
    for (text, zone) in [
      ("2026-11-22T09:00:00Z", berlin), ("2026-11-22T10:00:00+01:00", .gmt), ("2026-11-22T10:00", berlin), ("2026-11-22T10:00:00", berlin),
      ("2026-11-22T09:00", .gmt),
    ] { #expect(try PlannedStart.moment(text, in: zone) == nine, "\(text)") }
    // On 29 March 2026 the clocks of Berlin skip the hour from two to three.
    #expect(try PlannedStart.moment("2026-03-29T02:30", in: berlin) == Date(rfc3339: "2026-03-29T01:30:00Z"))
    for text in ["", "tomorrow", "2026-11-22", "2026-02-30T09:00", "2026-11-22T24:00", "2026-11-22T09:60", "2026-11-22 09:00", "2026-11-22T9:00"] {
      #expect(throws: InvalidInput.self, "\(text)") { try PlannedStart.moment(text, in: .gmt) }
    }
  }

  @Test("a start lies ahead, by at most 30 days")
  func horizon() throws {
    let now = Date(timeIntervalSince1970: 1_772_452_800)
    try PlannedStart.check(now.addingTimeInterval(1), now: now)
    try PlannedStart.check(now.addingTimeInterval(30 * 86_400), now: now)
    for seconds in [-1, 0, 30 * 86_400 + 1] as [Double] {
      #expect { try PlannedStart.check(now.addingTimeInterval(seconds), now: now) } throws: { ($0 as? InvalidInput)?.field == "start_at" }
    }
  }

  @Test("a priority is low, normal or high, and higher ones weigh more")
  func priority() throws {
    for priority in BatchPriority.allCases { #expect(try BatchPriority(field: priority.rawValue) == priority) }
    #expect { try BatchPriority(field: "urgent") } throws: { ($0 as? InvalidInput)?.field == "priority" }
    #expect(BatchPriority.low.weight < BatchPriority.normal.weight && BatchPriority.normal.weight < BatchPriority.high.weight)
    #expect(Set(BatchPriority.allCases.map(\.label)).count == 3)
    #expect(try BatchOrder(maxConcurrent: 5, retryCount: 3).priority == .normal)
  }

  @Test("a measure is reached by a whole window with that share of failures")
  func measure() {
    let rule = AutoPause(percent: 80, window: 20)
    #expect(rule.isReached(failed: 16, of: 20))
    #expect(!rule.isReached(failed: 15, of: 20))
    #expect(!rule.isReached(failed: 19, of: 19))
  }

  @Test("faults that may be ours are the passing ones, our own, and names that are not found")
  func faults() {
    #expect(LeadErrorCode.allCases.filter(\.mayBeOurs).contains(.timeout))
    #expect(LeadErrorCode.internal.mayBeOurs && LeadErrorCode.dnsFailed.mayBeOurs)
    for code in [LeadErrorCode.noWebsite, .privateAddress, .tooLarge, .notHTML, .tooManyRedirects] { #expect(!code.mayBeOurs, "\(code)") }
    for code in LeadErrorCode.allCases where code.isTransient { #expect(code.mayBeOurs) }
  }
}

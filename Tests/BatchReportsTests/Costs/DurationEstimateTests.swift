import BatchReports
import Foundation
import Testing

@Suite("Duration estimate")
struct EstimateTests {
  @Test("until a batch has been measured 2 s a lead are assumed, and said so")
  func assumed() {
    let none = RecentThroughput(batches: 0, leads: 0, failed: 0, busySeconds: 0)
    let estimate = DurationEstimate(leads: 100, concurrency: 5, recent: none)
    #expect(estimate.seconds == 40)
    #expect(estimate.basis.contains("No batch has finished yet"))
    #expect(none.failureRate == 0)
  }

  @Test("later the measured time of a lead counts, shared among the leads that run at once")
  func measured() {
    let recent = RecentThroughput(batches: 3, leads: 200, failed: 20, busySeconds: 100)
    #expect(recent.failureRate == 0.1)
    #expect(DurationEstimate(leads: 1000, concurrency: 10, recent: recent).seconds == 50)
    #expect(DurationEstimate(leads: 1000, concurrency: 10, recent: recent).basis.contains("0.50 s a lead"))
    #expect(DurationEstimate(leads: 2, concurrency: 100, recent: recent).seconds == 1)
    #expect(DurationEstimate(leads: 10, concurrency: 0, recent: recent).seconds == 5)
  }
}

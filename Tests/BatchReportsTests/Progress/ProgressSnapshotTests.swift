import BatchReports
import Foundation
import Testing

@Suite("Progress snapshot")
struct ProgressSnapshotTests {
  static let start = Date(timeIntervalSince1970: 1_772_452_800)

  static func batch(_ state: BatchState = .processing, counts: BatchCounts, change: (inout Batch) -> Void = { _ in }) -> Batch {
    var batch = Batch(
      key: 1, id: UUID.version7(), owner: UUID.version7(), ownerEmail: "a@example.com", name: "", description: "",
      template: TemplateReference(name: "website-audit", version: "v2"), rateCardVersion: 1, state: state, stateReason: "", isPrivate: false,
      counts: counts, seq: 7, maxConcurrent: 5, retryCount: 3, maxFailurePercent: nil, maxFailureCount: nil,
      estimated: Money(micros: 450_000_000), estimatedLow: .zero, estimatedHigh: Money(micros: 450_000_000), perReport: Money(micros: 450_000),
      actual: Money(micros: 54_000_000), createdAt: start.addingTimeInterval(-10), startedAt: start, finishedAt: nil, pausedAt: nil,
      pausedSeconds: 0)
    change(&batch)
    return batch
  }

  static func snapshot(_ batch: Batch, rate: Double? = nil, after seconds: Double) -> ProgressSnapshot {
    ProgressSnapshot(batch: batch, currentLeads: [], recentErrors: [], recentRate: rate, now: start.addingTimeInterval(seconds))
  }

  static let counts = BatchCounts(total: 1000, pending: 871, processing: 5, retrying: 2, completed: 115, failed: 5, skipped: 0, cancelled: 2)

  @Test("the figures are those of the rows")
  func figures() {
    let snapshot = Self.snapshot(Self.batch(counts: Self.counts), after: 60.24)
    #expect(snapshot.type == "progress" && snapshot.seq == 7 && snapshot.status == .processing)
    #expect(snapshot.processed == 120 && snapshot.total == 1000 && snapshot.percentage == 12)
    #expect(snapshot.successCount == 115 && snapshot.failureCount == 5 && snapshot.retryingCount == 2 && snapshot.inFlight == 5)
    #expect(snapshot.skippedCount == 0 && snapshot.cancelledCount == 2)
    #expect(snapshot.elapsedSeconds == 60.2)
    #expect(snapshot.currentRatePerSecond == 1.99)
    #expect(snapshot.estimatedRemainingSeconds == (878 / (120 / 60.24) * 10).rounded() / 10)
    #expect(snapshot.timestamp == "2026-03-02T12:01:00.240Z")
  }

  @Test("the rate of late is preferred to the mean")
  func recentRate() {
    let snapshot = Self.snapshot(Self.batch(counts: Self.counts), rate: 4, after: 60)
    #expect(snapshot.currentRatePerSecond == 4)
    #expect(snapshot.estimatedRemainingSeconds == 219.5)
  }

  @Test("before the first lead is done there is no guess at the time left")
  func noRate() {
    let fresh = Self.snapshot(Self.batch(.pending, counts: BatchCounts(total: 3, pending: 3)) { $0.startedAt = nil }, after: 5)
    #expect(fresh.elapsedSeconds == 0 && fresh.estimatedRemainingSeconds == nil && fresh.currentRatePerSecond == 0 && fresh.percentage == 0)
    #expect(Self.snapshot(Self.batch(counts: BatchCounts(total: 3, processing: 3)), after: 5).estimatedRemainingSeconds == nil)
  }

  @Test("pauses do not count as time of work, neither past ones nor the present one")
  func pauses() {
    let counts = BatchCounts(total: 10, pending: 5, completed: 5)
    let resumed = Self.batch(counts: counts) { $0.pausedSeconds = 40 }
    #expect(Self.snapshot(resumed, after: 100).elapsedSeconds == 60)
    let paused = Self.batch(.paused, counts: counts) {
      $0.pausedSeconds = 10
      $0.pausedAt = Self.start.addingTimeInterval(50)
    }
    for later in [50.0, 100, 5000] {
      let snapshot = Self.snapshot(paused, rate: 3, after: later)
      #expect(snapshot.elapsedSeconds == 40)
      #expect(snapshot.currentRatePerSecond == 0 && snapshot.estimatedRemainingSeconds == nil)
    }
  }

  @Test("a terminal batch stands still: mean rate, nothing left")
  func terminal() {
    let done = Self.batch(.completed, counts: BatchCounts(total: 100, completed: 100)) { $0.finishedAt = Self.start.addingTimeInterval(50) }
    let snapshot = Self.snapshot(done, rate: 99, after: 5000)
    #expect(snapshot.elapsedSeconds == 50 && snapshot.currentRatePerSecond == 2 && snapshot.estimatedRemainingSeconds == 0)
    #expect(snapshot.percentage == 100)
  }

  @Test("a clock that goes backwards gives no negative time")
  func backwards() {
    #expect(Self.snapshot(Self.batch(counts: Self.counts), after: -60).elapsedSeconds == 0)
    #expect(Self.snapshot(Self.batch(counts: Self.counts) { $0.pausedSeconds = 99 }, after: 60).elapsedSeconds == 0)
  }

  @Test("the percentage is exact to a tenth, rises, and is 100 only at the end")
  func percentage() {
    for total in [1, 3, 7, 29, 100, 999, 1000, 2000, 10_000] {
      var last = -1.0
      for done in 0...total {
        let percentage = BatchCounts(total: total, pending: total - done, completed: done).percentage
        #expect(percentage == Double(done * 1000 / total) / 10)
        #expect(percentage >= last && (percentage == 100) == (done == total))
        last = percentage
      }
    }
    #expect(BatchCounts(total: 0).percentage == 100)
  }

  @Test("the message has the names of the contract, and is read back as it was")
  func json() throws {
    var snapshot = Self.snapshot(Self.batch(counts: Self.counts), after: 60)
    snapshot.currentLeads = [.init(id: "1", name: "Fish & Chips")]
    snapshot.recentErrors = [.init(leadID: "2", leadName: "n", code: "http_5xx", message: "m", attempts: 3, at: "t")]
    let data = try JSONEncoder().encode(snapshot)
    let object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(
      Set(object.keys) == [
        "type", "batch_id", "seq", "timestamp", "status", "status_reason", "processed", "total", "percentage", "success_count", "failure_count",
        "skipped_count", "cancelled_count", "retrying_count", "in_flight", "current_leads", "elapsed_seconds", "estimated_remaining_seconds",
        "current_rate_per_second", "actual_cost_usd", "estimated_cost_usd", "projected_cost_usd", "approved_cost_usd", "recent_errors",
      ])
    let errors = try #require(object["recent_errors"] as? [[String: Any]])
    #expect(Set(try #require(errors.first).keys) == ["lead_id", "lead_name", "code", "message", "attempts", "at"])
    #expect(try JSONDecoder().decode(ProgressSnapshot.self, from: data) == snapshot)
  }
}

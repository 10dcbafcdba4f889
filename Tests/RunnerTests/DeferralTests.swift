import BatchReports
import Foundation
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Runner

@Suite("Engine: leads that come too early, and waits that websites ask for")
struct DeferralTests {
  @Test("a lead whose website is busy comes again without having used up a try, and holds up no others")
  func notYet() async throws {
    let desk = try await BatchDesk(leads: 20)
    let counts = Mutex<[Int: Int]>([:])
    let pipeline = ScriptedPipeline { claim in
      let count = counts.withLock { counts in
        counts[claim.position, default: 0] += 1
        return counts[claim.position] ?? 0
      }
      return claim.position < 10 && count <= 3 ? .throwing(NotYet(seconds: 0.1)) : .report(score: 1)
    }
    let engine = desk.engine(pipeline)
    let batch = try await desk.start(nil, BatchDesk.order(maxConcurrent: 1, retryCount: 0), now: Date())
    let ended = try await desk.ended(batch)
    try await engine.stop()
    #expect(ended.state == .completed && ended.counts.completed == 20)
    #expect(pipeline.calls.count == 50 && pipeline.calls.allSatisfy { $0.attempt == 1 })
    #expect(try await desk.number("SELECT count(*) FROM attempt") == 20)
    #expect(pipeline.record.peakTotal == 1)
    // The ten that could go did so before those that came again.
    let firstReports = pipeline.calls.prefix(20).map(\.position)
    #expect(Set(firstReports).count == 20)
  }

  @Test("a Retry-After is stored as the lead's next attempt")
  func retryAfter() async throws {
    let desk = try await BatchDesk(leads: 1)
    let pipeline = ScriptedPipeline { _ in .throwing(LeadFailure(.http429, "Slow down.", retryAfter: 40)) }
    let engine = desk.engine(pipeline, policy: RetryPolicy(delay: 1, factor: 2, maximumDelay: 60))
    let batch = try await desk.start(now: Date())
    try await eventually("it waits for its retry") { try await desk.batch(batch.id).counts.retrying == 1 }
    try await engine.stop()
    #expect(
      try await desk.number("SELECT due_at - attempt.finished_at FROM batch_lead JOIN attempt USING (batch_key, position) WHERE batch_key = ?", [batch.key])
        == 40_000)
    #expect(pipeline.calls.count == 1)
  }
}

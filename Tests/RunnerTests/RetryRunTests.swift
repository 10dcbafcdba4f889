import BatchReports
import Foundation
import Runner
import Storage
import TestSupport
import Testing

@Suite("Engine and retries by people")
struct RetryRunTests {
  @Test("a retried lead has all of its tries again, and the attempts go on being numbered")
  func fresh() async throws {
    let desk = try await BatchDesk(leads: 3)
    // The first lead never answers well, the second does at its fifth try: two tries into the retry.
    let pipeline = ScriptedPipeline { claim in
      switch claim.position {
      case 0: .fail(.timeout)
      case 1: claim.attempt < 5 ? .fail(.http5xx) : .report(score: 70)
      default: .report(score: 90)
      }
    }
    let engine = desk.engine(pipeline)
    let batch = try await desk.start(nil, BatchDesk.order(retryCount: 2), now: Date())
    let first = try await desk.ended(batch)
    #expect(first.state == .completedWithErrors && first.counts.failed == 2)
    #expect(try await desk.batches.leads(of: first, limit: 9).leads.map(\.attempts) == [3, 3, 1])
    _ = try await desk.batches.retry(batch.id, RetryOrder(scope: .failed, isApproved: true), by: desk.operatorAccount, now: Date())
    engine.runner.nudge()
    let second = try await desk.ended(batch)
    let leads = try await desk.batches.leads(of: second, limit: 9).leads
    #expect(second.state == .completedWithErrors && second.counts == BatchCounts(total: 3, completed: 2, failed: 1))
    #expect(leads.map(\.attempts) == [6, 5, 1] && leads.map(\.state) == [.failed, .completed, .completed])
    let tries = try await desk.batches.attempts(ofLead: leads[0].leadID, visibleTo: desk.viewer)
    #expect(tries.map(\.number) == [6, 5, 4, 3, 2, 1])
    #expect(tries.map(\.outcome) == ["failed", "retrying", "retrying", "failed", "retrying", "retrying"])
    #expect(second.actual == second.perReport * 2)
    try await engine.stop()
  }
}

import BatchReports
import Foundation
import Storage
import TestSupport
import Testing

@testable import Runner

/// Random faults from fixed seeds; afterwards every lead, try, report and charge is counted.
@Suite("Engine: chaos", .serialized)
struct ChaosTests {
  /// The same lead and try fare alike in every run.
  private static func chance(_ seed: UInt64, _ claim: WorkQueue.Claim) -> Double {
    var random = SeededRandom(seed: seed &+ UInt64(claim.position) &* 1_000_003 &+ UInt64(claim.attempt) &* 7_919)
    return Double.random(in: 0..<1, using: &random)
  }

  /// What the rows must say of a batch that has ended.
  private func expectSound(_ batch: Batch, _ desk: BatchDesk, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    let key = batch.key
    #expect(batch.counts.open == 0, sourceLocation: sourceLocation)
    for table in ["report", "charge"] {
      let rows = try await desk.number("SELECT count(*) FROM \(table) WHERE batch_key = ?", [key])
      let leads = try await desk.number("SELECT count(DISTINCT position) FROM \(table) WHERE batch_key = ?", [key])
      #expect(rows == batch.counts.completed && leads == rows, "\(table)", sourceLocation: sourceLocation)
    }
    #expect(batch.actual == batch.perReport * batch.counts.completed, sourceLocation: sourceLocation)
    let tries = try await desk.number("SELECT count(*) FROM attempt WHERE batch_key = ?", [key])
    #expect(try await desk.number("SELECT total(attempts) FROM batch_lead WHERE batch_key = ?", [key]) == tries, sourceLocation: sourceLocation)
    for state in ["completed", "failed", "cancelled"] {
      let leads = try await desk.number("SELECT count(*) FROM batch_lead WHERE batch_key = ? AND state = ?", [key, state])
      let counter = ["completed": batch.counts.completed, "failed": batch.counts.failed, "cancelled": batch.counts.cancelled][state]
      #expect(leads == counter, "\(state)", sourceLocation: sourceLocation)
    }
    #expect(try await desk.number("SELECT total(reserved) FROM budget_day") == 0, sourceLocation: sourceLocation)
  }

  @Test("10, 50 and 90 % of tries failing at random: every lead ends as its tries say, and is counted once", arguments: [10, 50, 90])
  func failures(percent: Int) async throws {
    for round in 0..<Soak.rounds(1, 20) {
      let seed = UInt64(percent * 100 + round)
      let count = Soak.rounds(300, 2000)
      let desk = try await BatchDesk(leads: count)
      let codes: [LeadErrorCode] = [.timeout, .http5xx, .connectFailed, .http429, .dnsFailed, .internal]
      let pipeline = ScriptedPipeline { claim in
        let chance = Self.chance(seed, claim)
        return chance * 100 < Double(percent) ? .fail(codes[Int(chance * 100_000) % codes.count]) : .report(score: Int(chance * 100))
      }
      let engine = desk.engine(pipeline, total: 40, policy: RetryPolicy(delay: 0.001, factor: 1, maximumDelay: 0.002))
      let batch = try await desk.start(nil, BatchDesk.order(maxConcurrent: 40, retryCount: 2), now: Date())
      let ended = try await desk.ended(batch)
      try await engine.stop()
      #expect(ended.counts.completed + ended.counts.failed == count)
      try await expectSound(ended, desk)
      // What the script says by itself, without the engine.
      let calls = Dictionary(grouping: pipeline.calls, by: \.position)
      #expect(calls.count == count)
      for (_, tries) in calls {
        #expect(tries.map(\.attempt) == Array(1...tries.count) && tries.count <= 3)
        for earlier in tries.dropLast() { #expect(Self.chance(seed, earlier) * 100 < Double(percent)) }
      }
    }
  }

  @Test("pauses, resumes and cancels that race the end of leads lose and double none")
  func races() async throws {
    let desk = try await BatchDesk(leads: 12)
    let engine = desk.engine(ScriptedPipeline { _ in .report(score: 1) })
    var random = SeededRandom(seed: 31)
    for _ in 0..<Soak.rounds(30, 1000) {
      let batch = try await desk.start(nil, BatchDesk.order(maxConcurrent: 4), now: Date())
      let until = Int.random(in: 0...12, using: &random)
      let cancels = Bool.random(using: &random)
      try await eventually("it has come so far") { try await desk.batch(batch.id).counts.processed >= until }
      await withTaskGroup(of: Void.self) { group in
        group.addTask { _ = try? await desk.batches.pause(batch.id, reason: "", by: desk.admin, now: Date()) }
        if cancels { group.addTask { _ = try? await desk.batches.cancel(batch.id, reason: "", by: desk.admin, now: Date()) } }
      }
      if try await desk.batch(batch.id).state == .paused {
        // Its last leads in flight may have ended it meanwhile.
        do { _ = try await desk.batches.resume(batch.id, reason: "", by: desk.admin, now: Date()) } catch is InvalidTransition {}
      }
      let ended = try await desk.ended(batch)
      #expect(cancels || ended.state == .completed)
      try await expectSound(ended, desk)
    }
    try await engine.stop()
  }

  @Test("two starts of one quote at once make one batch, and both are told of it")
  func twoStarts() async throws {
    let desk = try await BatchDesk(leads: 5)
    for round in 0..<Soak.rounds(20, 500) {
      let quote = try await desk.preview(now: Date()).quote
      let order = try BatchDesk.order("round \(round)")
      let ids = try await withThrowingTaskGroup(of: UUID.self) { group in
        for _ in 0..<2 {
          group.addTask {
            try await desk.batches.place(.init(quote: quote.id, order: order, isApproved: true), by: desk.operatorAccount, now: Date()).id
          }
        }
        return try await group.reduce(into: Set<UUID>()) { $0.insert($1) }
      }
      #expect(ids.count == 1)
      let batch = try await desk.batch(try #require(ids.first))
      _ = try await desk.batches.cancel(batch.id, reason: "", by: desk.admin, now: Date())
    }
    #expect(try await desk.number("SELECT count(*) FROM batch") == Soak.rounds(20, 500))
    #expect(try await desk.number("SELECT total(reserved) FROM budget_day") == 0)
  }

  @Test("an engine that is cut off again and again in mid-batch loses and doubles none")
  func cutOffs() async throws {
    for round in 0..<Soak.rounds(1, 20) {
      var random = SeededRandom(seed: UInt64(round))
      let count = Soak.rounds(200, 2000)
      let desk = try await BatchDesk(leads: count)
      let batch = try await desk.start(nil, BatchDesk.order(maxConcurrent: 20, retryCount: 5), now: Date())
      let seed = UInt64.random(in: 0...1_000_000, using: &random)
      for _ in 0..<6 {
        let engine = desk.engine(
          ScriptedPipeline { Self.chance(seed, $0) < 0.2 ? .fail(.timeout) : .report(score: 1) },
          policy: RetryPolicy(delay: 0.001, factor: 1, maximumDelay: 0.002))
        let until = Int.random(in: 0..<count, using: &random)
        try await eventually("it has come so far") {
          let now = try await desk.batch(batch.id)
          return now.counts.processed >= until || now.state.isTerminal
        }
        await engine.cutOff()
      }
      let last = desk.engine(ScriptedPipeline { _ in .report(score: 1) })
      let ended = try await desk.ended(batch)
      try await last.stop()
      #expect(ended.counts.completed + ended.counts.failed == count)
      try await expectSound(ended, desk)
    }
  }
}

import BatchReports
import Foundation
import GRDB
import Storage
import TestSupport
import Testing

@testable import Runner

/// What becomes of each try by a seed alone, and so of each lead: the model knows nothing of the engine.
private struct Chaos: Sendable {
  static let codes: [LeadErrorCode] = [.timeout, .http5xx, .connectFailed, .http429, .dnsFailed, .internal]
  /// Those of them that are worth another try.
  static let passing: Set<LeadErrorCode> = [.timeout, .http5xx, .connectFailed, .http429]

  var seed: UInt64
  /// Of tries that fail.
  var percent: Int

  /// A lead as its rows must show it.
  struct Fate: Sendable, Hashable {
    var state: String
    var code: String?
    var score: Int?
    /// How each try ended, and its error.
    var tries: [String] = []
  }

  private func chance(_ position: Int, _ attempt: Int) -> Double {
    var random = SeededRandom(seed: seed &+ UInt64(position) &* 1_000_003 &+ UInt64(attempt) &* 7_919)
    return Double.random(in: 0..<1, using: &random)
  }

  func step(_ position: Int, _ attempt: Int) -> ScriptedPipeline.Step {
    let chance = chance(position, attempt)
    return chance * 100 < Double(percent) ? .fail(Self.codes[Int(chance * 100_000) % Self.codes.count]) : .report(score: Int(chance * 100))
  }

  var pipeline: ScriptedPipeline { ScriptedPipeline { step($0.position, $0.attempt) } }

  func fate(_ position: Int, retryCount: Int) -> Fate {
    var fate = Fate(state: "")
    for attempt in 1...retryCount + 1 {
      switch step(position, attempt) {
      case .fail(let code) where Self.passing.contains(code) && attempt <= retryCount: fate.tries.append("retrying \(code.rawValue)")
      case .fail(let code):
        fate.tries.append("failed \(code.rawValue)")
        (fate.state, fate.code) = ("failed", code.rawValue)
        return fate
      case .report(let score):
        fate.tries.append("completed")
        (fate.state, fate.score) = ("completed", score)
        return fate
      default: break
      }
    }
    return fate
  }

  /// Compares each lead of a batch that has ended with its fate.
  func expectFates(_ batch: Batch, _ desk: BatchDesk, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    let found = try await desk.database.pool.read { db in
      let tries = Dictionary(
        grouping: try Row.fetchAll(
          db, sql: "SELECT position, number, outcome, error_code FROM attempt WHERE batch_key = ? ORDER BY number", arguments: [batch.key])
      ) { $0["position"] as Int }
      return try Row.fetchAll(db, sql: "SELECT * FROM batch_lead WHERE batch_key = ?", arguments: [batch.key]).map { lead in
        let own = tries[lead["position"]] ?? []
        let words = own.map { row in ([row["outcome"]] + [row["error_code"] as String?].compactMap { $0 }).joined(separator: " ") }
        return Found(
          position: lead["position"], fate: Fate(state: lead["state"], code: lead["error_code"], score: lead["score"], tries: words),
          attempts: lead["attempts"], numbers: own.map { $0["number"] })
      }
    }
    let strange = found.filter { lead in
      let expected = fate(lead.position, retryCount: batch.retryCount)
      return lead.fate != expected || lead.numbers != Array(1...expected.tries.count) || lead.attempts != expected.tries.count
    }
    let first = strange.first.map { "\($0) instead of \(fate($0.position, retryCount: batch.retryCount))" } ?? ""
    #expect(found.count == batch.counts.total && strange.isEmpty, "\(strange.count), first \(first)", sourceLocation: sourceLocation)
  }

  /// The same with some work after each report, so that a cut-off meets leads in flight.
  struct Working: ReportPipeline {
    var scripted: ScriptedPipeline

    func report(for claim: WorkQueue.Claim) async throws -> Report {
      let report = try await scripted.report(for: claim)
      try await Task.sleep(for: .milliseconds(1 + claim.position % 5))
      return report
    }
  }

  /// A lead as its rows show it.
  private struct Found: Sendable {
    var position: Int
    var fate: Fate
    var attempts: Int
    var numbers: [Int]
  }
}

/// Random faults from fixed seeds; afterwards every lead, try, report and charge is counted.
@Suite("Engine: chaos", .serialized)
struct ChaosTests {
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
      let chaos = Chaos(seed: UInt64(percent * 100 + round), percent: percent)
      let count = Soak.rounds(300, 2000)
      let desk = try await BatchDesk(leads: count)
      let pipeline = chaos.pipeline
      let engine = desk.engine(pipeline, total: 40, policy: RetryPolicy(delay: 0.001, factor: 1, maximumDelay: 0.002))
      let batch = try await desk.start(nil, BatchDesk.order(maxConcurrent: 40, retryCount: 2), now: Date())
      let ended = try await desk.ended(batch)
      try await engine.stop()
      try await expectSound(ended, desk)
      try await chaos.expectFates(ended, desk)
      // No try was made that the rows do not tell of, and each only once.
      let calls = Dictionary(grouping: pipeline.calls, by: \.position).mapValues { $0.map(\.attempt).sorted() }
      #expect(calls == Dictionary(uniqueKeysWithValues: (0..<count).map { ($0, Array(1...chaos.fate($0, retryCount: 2).tries.count)) }))
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
      // Every try is a report here: who was not cancelled has one, at the first.
      for lead in try await desk.batches.leads(of: ended, limit: 20).leads {
        #expect(lead.state == .completed ? lead.attempts == 1 : cancels && lead.state == .cancelled && lead.attempts <= 1)
      }
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
      let chaos = Chaos(seed: UInt64.random(in: 0...1_000_000, using: &random), percent: 20)
      let policy = RetryPolicy(delay: 0.001, factor: 1, maximumDelay: 0.002)
      // The first cut-off meets twenty leads in flight for certain.
      let hanging = ScriptedPipeline { _ in .hang }
      let first = desk.engine(hanging, policy: policy)
      try await eventually("twenty hang") { first.runner.inFlightCount == 20 }
      await first.cutOff()
      var calls = hanging.calls.count
      for _ in 0..<6 {
        let pipeline = chaos.pipeline
        let engine = desk.engine(Chaos.Working(scripted: pipeline), policy: policy)
        let until = Int.random(in: 0..<count, using: &random)
        try await eventually("it has come so far") {
          let now = try await desk.batch(batch.id)
          return now.counts.processed >= until || now.state.isTerminal
        }
        await engine.cutOff()
        calls += pipeline.calls.count
      }
      let last = chaos.pipeline
      let engine = desk.engine(last, policy: policy)
      let ended = try await desk.ended(batch)
      try await engine.stop()
      try await expectSound(ended, desk)
      // A try that was cut off is given back and made again: whatever was cut off when, each lead ends by its own fate.
      try await chaos.expectFates(ended, desk)
      #expect(try await desk.number("SELECT count(*) FROM attempt") < calls + last.calls.count, "no cut-off has met a lead in flight")
    }
  }
}

import BatchReports
import Foundation
import GRDB
import Runner
import Storage
import TestSupport
import Testing

@Suite("Engine")
struct BatchRunnerTests {
  struct Strange: Error {}

  @Test("every kind of ending finds its row, and no failure stops another lead")
  func endings() async throws {
    let desk = try await BatchDesk(leads: 60)
    let pipeline = ScriptedPipeline { claim in
      switch claim.position % 6 {
      case 0: .fail(.dnsFailed)
      case 1: .throwing(Strange())
      case 2: claim.attempt < 3 ? .fail(.timeout) : .report(score: 60)
      case 3: .fail(.http5xx)
      case 4: .report(score: 400)
      default: .report(score: 90)
      }
    }
    let engine = desk.engine(pipeline)
    let batch = try await desk.start(nil, BatchDesk.order(maxConcurrent: 7, retryCount: 2), now: Date())
    let done = try await desk.ended(batch)
    #expect(done.state == .completedWithErrors && done.counts == BatchCounts(total: 60, completed: 20, failed: 40))
    #expect(done.actual == done.perReport * 20)
    let leads = try await desk.batches.leads(of: done, limit: 100).leads
    let expected: [(LeadErrorCode?, Int)] = [(.dnsFailed, 1), (.internal, 1), (nil, 3), (.http5xx, 3), (.internal, 1), (nil, 1)]
    for lead in leads {
      #expect(lead.errorCode == expected[lead.position % 6].0)
      #expect(lead.attempts == expected[lead.position % 6].1)
      guard lead.state == .completed else { continue }
      let place = try #require(try await desk.batches.reportPlace(of: lead, in: done)).place
      #expect(try engine.archive.report(of: lead.leadID, batch: done.id, at: place).score == lead.score)
    }
    #expect(pipeline.calls.count == 100)
    #expect(pipeline.record.peak[batch.key].map { $0 <= 7 } == true)
    try await engine.stop()
  }

  @Test("never more leads at once than a batch or the whole may have, and as many as they may")
  func concurrency() async throws {
    let desk = try await BatchDesk(leads: 60)
    let gate = ScriptedPipeline.Gate()
    let pipeline = ScriptedPipeline { $0.position < 20 ? .wait(gate) : .report(score: 1) }
    let engine = desk.engine(pipeline, total: 9)
    let first = try await desk.start(Array(1...30), BatchDesk.order(maxConcurrent: 4), now: Date())
    let second = try await desk.start(Array(31...60), BatchDesk.order(maxConcurrent: 100), now: Date())
    try await eventually("all slots are taken") { pipeline.record.running.values.reduce(0, +) == 9 }
    gate.open()
    #expect(try await desk.ended(first).counts.completed == 30)
    #expect(try await desk.ended(second).counts.completed == 30)
    #expect(pipeline.record.peak[first.key] == 4)
    #expect(pipeline.record.peakTotal == 9)
    try await engine.stop()
  }

  @Test("a lead that waits for its retry holds no slot, and runs when its time has come")
  func retryHoldsNoSlot() async throws {
    let desk = try await BatchDesk(leads: 5)
    let clock = TestClock(BatchDesk.noon)
    let pipeline = ScriptedPipeline { $0.position == 0 && $0.attempt == 1 ? .fail(.timeout) : .report(score: 1) }
    let engine = desk.engine(pipeline, policy: RetryPolicy(delay: 100, factor: 2, maximumDelay: 100), now: { clock.now })
    let batch = try await desk.start(nil, BatchDesk.order(maxConcurrent: 1))
    try await eventually("the others are done") { try await desk.batch(batch.id).counts.completed == 4 }
    let waiting = try await desk.batch(batch.id)
    #expect(waiting.counts.retrying == 1 && waiting.state == .processing)
    #expect(pipeline.calls.map(\.position) == [0, 1, 2, 3, 4])
    clock.advance(by: 74)
    engine.runner.nudge()
    try await eventually("the engine has looked") { try await desk.queue.pulse().heartbeat.map { $0 >= clock.now } == true }
    #expect(pipeline.calls.count == 5)
    clock.advance(by: 2)
    #expect(try await desk.ended(batch).state == .completed)
    #expect(pipeline.calls.map(\.attempt) == [1, 1, 1, 1, 1, 2])
    try await engine.stop()
  }

  @Test("a website that hangs runs into the time-out and is tried again")
  func timeout() async throws {
    let desk = try await BatchDesk(leads: 1)
    let engine = desk.engine(ScriptedPipeline { $0.attempt == 1 ? .hang : .report(score: 5) }, timeout: 0.05)
    let done = try await desk.ended(desk.start(now: Date()))
    #expect(done.state == .completed)
    let lead = try #require(try await desk.batches.leads(of: done, limit: 1).leads.first)
    let attempts = try await desk.batches.attempts(ofLead: lead.leadID, visibleTo: desk.admin)
    #expect(attempts.map(\.outcome) == ["completed", "retrying"] && attempts.last?.errorCode == .timeout)
    try await engine.stop()
  }

  @Test("a pipeline that calls itself cancelled fails once and does not run for ever")
  func cancelsItself() async throws {
    let desk = try await BatchDesk(leads: 1)
    let pipeline = ScriptedPipeline { _ in .throwing(CancellationError()) }
    let engine = desk.engine(pipeline)
    let done = try await desk.ended(desk.start(now: Date()))
    #expect(done.counts.failed == 1)
    #expect(pipeline.calls.count == 1)
    try await engine.stop()
  }

  @Test("while reports cannot be written no lead is lost or charged, and all go on by themselves when they can")
  func cannotWrite() async throws {
    let desk = try await BatchDesk(leads: 8)
    let reports = desk.folder.appendingPathComponent("reports")
    try Data("in the way".utf8).write(to: reports)
    let pipeline = ScriptedPipeline { _ in .report(score: 1) }
    let engine = desk.engine(pipeline)
    let batch = try await desk.start(nil, BatchDesk.order(maxConcurrent: 3), now: Date())
    try await eventually("three reports are made") { pipeline.calls.count == 3 }
    #expect(try await desk.batch(batch.id).counts == BatchCounts(total: 8, pending: 5, processing: 3))
    #expect(try await desk.number("SELECT count(*) FROM charge") == 0)
    try FileManager.default.removeItem(at: reports)
    let done = try await desk.ended(batch)
    #expect(done.counts == BatchCounts(total: 8, completed: 8) && done.actual == done.perReport * 8)
    #expect(pipeline.calls.count == 8)
    try await engine.stop()
  }

  @Test("a small batch behind a large one is served at once")
  func fairness() async throws {
    let desk = try await BatchDesk(leads: 1010)
    let gate = ScriptedPipeline.Gate()
    let large = try await desk.start(Array(1...1000), BatchDesk.order(maxConcurrent: 10), now: Date())
    let pipeline = ScriptedPipeline { $0.batchKey == large.key && $0.position < 10 ? .wait(gate) : .report(score: 1) }
    let engine = desk.engine(pipeline, total: 10)
    try await eventually("the large one has every slot") { pipeline.record.running.values.reduce(0, +) == 10 }
    let small = try await desk.start(Array(1001...1010), BatchDesk.order(maxConcurrent: 10), now: Date())
    gate.open()
    #expect(try await desk.ended(small).state == .completed)
    let before = pipeline.calls.lastIndex { $0.batchKey == small.key }.map { pipeline.calls[..<$0].count { $0.batchKey == large.key } }
    #expect(before.map { $0 < 100 } == true)
    #expect(try await desk.ended(large).counts.completed == 1000)
    try await engine.stop()
  }

  @Test("outcomes that cannot be written are kept until they can, and no lead runs twice")
  func writeFailure() async throws {
    let desk = try await BatchDesk(leads: 6)
    try await desk.database.pool.write {
      try $0.execute(sql: "CREATE TRIGGER broken BEFORE INSERT ON attempt BEGIN SELECT raise(ABORT, 'the disk is full'); END")
    }
    let pipeline = ScriptedPipeline { _ in .report(score: 1) }
    let engine = desk.engine(pipeline)
    let batch = try await desk.start(nil, BatchDesk.order(maxConcurrent: 3), now: Date())
    try await eventually("the first leads have run") { pipeline.calls.count == 3 && engine.runner.inFlightCount == 0 }
    #expect(try await desk.batch(batch.id).counts.processing == 3)
    try await desk.database.pool.write { try $0.execute(sql: "DROP TRIGGER broken") }
    #expect(try await desk.ended(batch).counts.completed == 6)
    #expect(Set(pipeline.calls.map(\.position)).count == 6 && pipeline.calls.count == 6)
    try await engine.stop()
  }

  @Test("an engine with nothing to do stands still")
  func idle() async throws {
    let desk = try await BatchDesk(leads: 3)
    let looks = Looks()
    let engine = desk.engine(ScriptedPipeline { _ in .report(score: 1) }, now: { looks.look() })
    try await desk.ended(desk.start(now: Date()))
    let seen = Looks()
    try await eventually("it looks no more") {
      let before = looks.count
      for _ in 0..<60 { try await Task.sleep(for: .milliseconds(5)) }
      _ = seen.look()
      return looks.count <= before + 1
    }
    #expect(seen.count < 10)
    try await engine.stop()
  }
}

import BatchReports
import Foundation
import GRDB
import Storage
import TestSupport
import Testing

@testable import Runner

@Suite("Engine: controls, stops and crashes")
struct EngineControlTests {
  @Test("a cancel calls hanging leads back, and the engine goes on with others")
  func cancel() async throws {
    let desk = try await BatchDesk(leads: 12)
    let hanging = try await desk.start(Array(1...10), BatchDesk.order(maxConcurrent: 4), now: Date())
    let pipeline = ScriptedPipeline { $0.batchKey == hanging.key && $0.position > 1 ? .hang : .report(score: 1) }
    let engine = desk.engine(pipeline, total: 4)
    try await eventually("two are done and four hang") { try await desk.batch(hanging.id).counts.completed == 2 && engine.runner.inFlightCount == 4 }
    let (batch, receipt) = try await desk.batches.cancel(hanging.id, reason: "", by: desk.operatorAccount, now: Date())
    #expect(batch.state == .cancelling && receipt.inFlight == 4)
    let ended = try await desk.ended(hanging)
    #expect(ended.state == .cancelled && ended.counts == BatchCounts(total: 10, completed: 2, cancelled: 8))
    #expect(try await desk.number("SELECT count(*) FROM attempt WHERE outcome = 'cancelled'") == 4)
    #expect(try await desk.ended(desk.start([11, 12], now: Date())).state == .completed)
    try await engine.stop()
  }

  @Test("while batch processing is switched off, leads in flight end and no others are taken; an engine that starts then waits with its lease")
  func switchedOff() async throws {
    let desk = try await BatchDesk(leads: 8)
    let features = FeatureFlags(database: desk.database)
    func set(_ isOn: Bool) async throws { try await features.set(.batchProcessing, isOn: isOn, reason: "", by: desk.admin, now: Date()) }
    let gate = ScriptedPipeline.Gate()
    let pipeline = ScriptedPipeline { $0.position < 2 ? .wait(gate) : .report(score: 1) }
    try await set(false)
    let engine = desk.engine(pipeline, features: features)
    let batch = try await desk.start(nil, BatchDesk.order(maxConcurrent: 2), now: Date())
    try await set(true)
    try await eventually("two are in flight") { engine.runner.inFlightCount == 2 }
    #expect(engine.runner.holdsLease)
    try await set(false)
    gate.open()
    try await eventually("they have ended") { try await desk.batch(batch.id).counts.completed == 2 && engine.runner.inFlightCount == 0 }
    engine.runner.nudge()
    try await eventually("the engine has looked again") { try await desk.batch(batch.id).counts.pending == 6 }
    #expect(pipeline.calls.count == 2)
    try await set(true)
    #expect(try await desk.ended(batch).counts.completed == 8)
    try await engine.stop()
  }

  @Test("leads in flight are called back when their batch has failed too often")
  func failedBatch() async throws {
    let desk = try await BatchDesk(leads: 5)
    let batch = try await desk.start(nil, BatchDesk.order(maxFailureCount: 0), now: Date())
    let engine = desk.engine(ScriptedPipeline { $0.position == 0 ? .fail(.dnsFailed) : .hang })
    let ended = try await desk.ended(batch)
    #expect(ended.state == .failed && ended.counts == BatchCounts(total: 5, failed: 1, cancelled: 4))
    try await eventually("nothing is in flight") { engine.runner.inFlightCount == 0 }
    let seq = ended.seq
    try await engine.stop()
    #expect(try await desk.batch(batch.id).seq == seq)
  }

  @Test("a pause lets leads in flight end and takes no new ones, until the batch is resumed")
  func pause() async throws {
    let desk = try await BatchDesk(leads: 10)
    let gate = ScriptedPipeline.Gate()
    let pipeline = ScriptedPipeline { $0.position < 3 ? .wait(gate) : .report(score: 1) }
    let engine = desk.engine(pipeline)
    let batch = try await desk.start(nil, BatchDesk.order(maxConcurrent: 3), now: Date())
    try await eventually("three are in flight") { engine.runner.inFlightCount == 3 }
    _ = try await desk.batches.pause(batch.id, reason: "", by: desk.admin, now: Date())
    gate.open()
    try await eventually("they have ended") { try await desk.batch(batch.id).counts.completed == 3 }
    #expect(try await desk.batch(batch.id).counts == BatchCounts(total: 10, pending: 7, completed: 3))
    #expect(pipeline.calls.count == 3)
    _ = try await desk.batches.resume(batch.id, reason: "", by: desk.admin, now: Date())
    #expect(try await desk.ended(batch).counts.completed == 10)
    try await engine.stop()
  }

  @Test("a stop waits for leads that end in their grace, and gives back those that hang; the try does not count")
  func stop() async throws {
    let desk = try await BatchDesk(leads: 6)
    let pipeline = ScriptedPipeline { $0.position < 2 ? .report(score: 1) : .hang }
    let engine = desk.engine(pipeline)
    let batch = try await desk.start(nil, BatchDesk.order(maxConcurrent: 3), now: Date())
    try await eventually("three hang") { try await desk.batch(batch.id).counts.completed == 2 && engine.runner.inFlightCount == 3 }
    try await engine.stop()
    let left = try await desk.batch(batch.id)
    #expect(left.counts == BatchCounts(total: 6, pending: 4, completed: 2) && left.state == .processing)
    #expect(try await desk.number("SELECT total(crashes) + total(CASE WHEN state = 'pending' THEN attempts END) FROM batch_lead") == 0)
    #expect(!engine.runner.holdsLease)
    let next = desk.engine(ScriptedPipeline { _ in .report(score: 1) })
    #expect(try await desk.ended(batch).counts.completed == 6)
    try await next.stop()
  }

  @Test("a stop does not last longer than the leads do")
  func quickStop() async throws {
    let desk = try await BatchDesk(leads: 1)
    let gate = ScriptedPipeline.Gate()
    let looks = Looks()
    let engine = desk.engine(ScriptedPipeline { _ in .wait(gate) }, grace: 600, now: { looks.look() })
    let batch = try await desk.start(now: Date())
    try await eventually("it is in flight") { engine.runner.inFlightCount == 1 }
    async let stopped: Void = engine.stop()
    try await eventually("the engine knows") { engine.runner.isStopping }
    let seen = looks.count
    engine.runner.nudge()
    try await eventually("the engine has looked") { looks.count > seen }
    gate.open()
    try await stopped
    #expect(try await desk.batch(batch.id).state == .completed)
  }

  @Test("an engine that is cut off with its process gives its leads back as well")
  func cutOff() async throws {
    let desk = try await BatchDesk(leads: 3)
    let engine = desk.engine(ScriptedPipeline { _ in .hang })
    let batch = try await desk.start(now: Date())
    try await eventually("three hang") { engine.runner.inFlightCount == 3 }
    await engine.cutOff()
    #expect(try await desk.batch(batch.id).counts == BatchCounts(total: 3, pending: 3))
    #expect(try await desk.number("SELECT total(crashes) + total(attempts) FROM batch_lead") == 0)
  }

  @Test("a second engine waits for the lease, and takes over when the first has gone")
  func takeOver() async throws {
    let desk = try await BatchDesk(leads: 4)
    let first = desk.engine(ScriptedPipeline { _ in .hang })
    try await eventually("the first holds the lease") { first.runner.holdsLease }
    let second = RunningEngine(try desk.secondDatabase(), folder: desk.folder, ScriptedPipeline { _ in .report(score: 1) })
    let batch = try await desk.start(now: Date())
    try await eventually("the leads hang") { first.runner.inFlightCount == 4 }
    #expect(!second.runner.holdsLease)
    try await first.stop()
    #expect(try await desk.ended(batch).counts.completed == 4)
    #expect(second.runner.holdsLease)
    // A third that never gets the lease stops all the same.
    let third = desk.engine(ScriptedPipeline { _ in .hang })
    try await third.stop()
    try await second.stop()
  }

  @Test("an engine whose epoch is over stops by itself")
  func lostLease() async throws {
    let desk = try await BatchDesk(leads: 1)
    let engine = desk.engine(ScriptedPipeline { _ in .hang })
    try await eventually("it runs") { engine.runner.holdsLease }
    _ = try await desk.queue.beginEpoch(now: Date())
    if case .success = await engine.ending() { Issue.record("it should have ended with an error") }
    #expect(!engine.runner.holdsLease)
  }

  @Test("what a crash leaves is taken up again, and each lead counts exactly once", arguments: [1, 40, 90])
  func crash(after done: Int) async throws {
    let desk = try await BatchDesk(leads: 100)
    let gate = ScriptedPipeline.Gate()
    let pipeline = ScriptedPipeline { $0.position >= done ? .wait(gate) : .report(score: 1) }
    let engine = desk.engine(pipeline)
    let batch = try await desk.start(nil, BatchDesk.order(maxConcurrent: 10), now: Date())
    try await eventually("it is in the midst") { try await desk.batch(batch.id).counts.completed == done && engine.runner.inFlightCount == min(10, 100 - done) }
    // The rows at this moment are what a killed process leaves behind.
    let image = desk.folder.appendingPathComponent("crashed")
    try FileManager.default.createDirectory(at: image, withIntermediateDirectories: true)
    let path = image.appendingPathComponent("test.sqlite").path
    try await desk.database.pool.vacuum(into: path)
    gate.open()
    try await engine.stop()
    let copy = try AppDatabase(path: path)
    let again = ScriptedPipeline { _ in .report(score: 2) }
    let second = RunningEngine(copy, folder: image, again)
    let store = BatchStore(database: copy, budget: BudgetBook(database: copy, dailyLimit: nil, timeZone: .gmt), maxLeads: 1000)
    try await eventually("the copy ends") { try await store.find(batch.id, visibleTo: desk.admin)?.state.isTerminal == true }
    try await second.stop()
    let ended = try #require(try await store.find(batch.id, visibleTo: desk.admin))
    #expect(ended.state == .completed && ended.counts.completed == 100 && ended.actual == ended.perReport * 100)
    #expect(again.calls.count == 100 - done)
    let inFlight = min(10, 100 - done)
    let (charges, crashed, attempts) = try await copy.pool.read { db in
      (
        try Int.fetchOne(db, sql: "SELECT count(*) FROM charge"), try Int.fetchOne(db, sql: "SELECT count(*) FROM attempt WHERE outcome = 'crashed'"),
        try Int.fetchOne(db, sql: "SELECT count(*) FROM attempt")
      )
    }
    #expect(charges == 100 && crashed == inFlight && attempts == 100 + inFlight)
  }

  @Test("cancels that race the end of leads leave no lead open and no money held")
  func races() async throws {
    let desk = try await BatchDesk(leads: 8)
    let engine = desk.engine(ScriptedPipeline { _ in .report(score: 1) })
    var random = SeededRandom(seed: 9)
    for _ in 0..<40 {
      let batch = try await desk.start(nil, BatchDesk.order(maxConcurrent: 4), now: Date())
      let until = Int.random(in: 0...8, using: &random)
      try await eventually("it has come so far") { try await desk.batch(batch.id).counts.processed >= until }
      do { _ = try await desk.batches.cancel(batch.id, reason: "", by: desk.admin, now: Date()) } catch is InvalidTransition {}
      let ended = try await desk.ended(batch)
      #expect(ended.counts.open == 0 && ended.actual == ended.perReport * ended.counts.completed)
      #expect(ended.state == (ended.counts.cancelled > 0 ? .cancelled : ended.state))
    }
    #expect(try await desk.number("SELECT total(reserved) FROM budget_day") == 0)
    try await eventually("nothing is in flight") { engine.runner.inFlightCount == 0 }
    try await engine.stop()
  }
}

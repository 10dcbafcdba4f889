import BatchReports
import Foundation
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Runner

@Suite("Engine: shares, planned starts and its own pauses")
struct SteeringTests {
  @Test("a batch of 10 leads behind one of 1000 is done while that has hardly begun")
  func small() async throws {
    let desk = try await BatchDesk(leads: 1010)
    let large = try await desk.start(Array(1...1000), BatchDesk.order(maxConcurrent: 100), now: Date())
    let gate = ScriptedPipeline.Gate()
    let pipeline = ScriptedPipeline { $0.batchKey == large.key && $0.position < 10 ? .wait(gate) : .report(score: 1) }
    let engine = desk.engine(pipeline, total: 10)
    try await eventually("the large one holds every slot") { engine.runner.inFlightCount == 10 }
    let small = try await desk.start(Array(1001...1010), BatchDesk.order(maxConcurrent: 100), now: Date())
    gate.open()
    try await desk.ended(small)
    let last = try #require(pipeline.calls.lastIndex { $0.batchKey == small.key })
    #expect(pipeline.calls[...last].count { $0.batchKey == large.key } < 200)
    #expect(try await desk.ended(large).state == .completed)
    try await engine.stop()
  }

  @Test("a change of leads at once takes effect while the batch runs, up and down")
  func concurrency() async throws {
    let desk = try await BatchDesk(leads: 20)
    let batch = try await desk.start(nil, BatchDesk.order(maxConcurrent: 2), now: Date())
    let gates = (0..<20).map { _ in ScriptedPipeline.Gate() }
    let engine = desk.engine(ScriptedPipeline { .wait(gates[$0.position]) })
    func set(_ number: Int) async throws {
      _ = try await desk.batches.setConcurrency(batch.id, to: number, reason: "", by: desk.admin, now: Date())
    }
    try await eventually("two are in flight") { engine.runner.inFlightCount == 2 }
    try await set(6)
    try await eventually("six are in flight") { engine.runner.inFlightCount == 6 }
    try await set(1)
    for gate in gates[0..<5] { gate.open() }
    try await eventually("five have ended") { try await desk.batch(batch.id).counts.completed == 5 }
    #expect(try await desk.batch(batch.id).counts.processing == 1)
    for gate in gates { gate.open() }
    #expect(try await desk.ended(batch).counts.completed == 20)
    try await engine.stop()
  }

  @Test("a planned batch begins when its time has come")
  func planned() async throws {
    let desk = try await BatchDesk(leads: 3)
    let start = Date()
    let offset = Mutex(0.0)
    let pipeline = ScriptedPipeline { _ in .report(score: 1) }
    let looks = Looks()
    let engine = desk.engine(pipeline, now: { looks.look().addingTimeInterval(offset.withLock { $0 }) })
    let batch = try await desk.start(nil, BatchOrder(maxConcurrent: 5, retryCount: 0, startAt: start.addingTimeInterval(7200)), now: start)
    let before = looks.count
    try await eventually("the engine has looked at it") { looks.count > before + 2 }
    #expect(pipeline.calls.isEmpty)
    offset.withLock { $0 = 7200 }
    #expect(try await desk.ended(batch).state == .completed)
    try await engine.stop()
  }

  @Test("a batch whose leads fail one after the other pauses, and goes on with its resume")
  func failing() async throws {
    let desk = try await BatchDesk(leads: 60)
    let isDown = Mutex(true)
    let batch = try await desk.start(nil, BatchDesk.order(maxConcurrent: 4, retryCount: 0), now: Date())
    let pipeline = ScriptedPipeline { _ in isDown.withLock { $0 } ? .fail(.connectFailed) : .report(score: 1) }
    let engine = desk.engine(pipeline, autoPause: AutoPause(percent: 80, window: 20))
    try await eventually("it is paused") { try await desk.batch(batch.id).isPausedByEngine }
    try await eventually("nothing is in flight") { engine.runner.inFlightCount == 0 }
    let failed = pipeline.calls.count
    #expect(20...24 ~= failed)
    isDown.withLock { $0 = false }
    _ = try await desk.batches.resume(batch.id, reason: "", by: desk.admin, now: Date())
    let counts = try await desk.ended(batch).counts
    #expect(counts.failed == failed && counts.completed == 60 - failed)
    try await engine.stop()
  }

  @Test("a batch of which leads hang pauses; another that moves does not")
  func stalled() async throws {
    let desk = try await BatchDesk(leads: 6)
    let hanging = try await desk.start([1, 2, 3], BatchDesk.order(maxConcurrent: 2), now: Date())
    let gate = ScriptedPipeline.Gate()
    let engine = desk.engine(ScriptedPipeline { $0.batchKey == hanging.key ? .wait(gate) : .report(score: 1) }, stallSeconds: 2)
    try await eventually("it is paused") { try await desk.batch(hanging.id).isPausedByEngine }
    #expect(try await desk.batch(hanging.id).counts.processing == 2)
    #expect(try await desk.ended(desk.start([4, 5, 6], now: Date())).state == .completed)
    gate.open()
    _ = try await desk.batches.resume(hanging.id, reason: "", by: desk.admin, now: Date())
    #expect(try await desk.ended(hanging).state == .completed)
    try await engine.stop()
  }

  @Test("a batch that is being cancelled ends without a lead that does not come back, and what that brings later counts for nothing")
  func deaf() async throws {
    let desk = try await BatchDesk(leads: 4)
    let gate = ScriptedPipeline.Gate()
    let engine = desk.engine(ScriptedPipeline { $0.position < 2 && $0.batchKey == 1 ? .deaf(gate) : .report(score: 1) }, stallSeconds: 2)
    let batch = try await desk.start([1, 2, 3], BatchDesk.order(maxConcurrent: 3), now: Date())
    try await eventually("one is done and two are in flight") { try await desk.batch(batch.id).counts.completed == 1 }
    let (cancelling, receipt) = try await desk.batches.cancel(batch.id, reason: "", by: desk.admin, now: Date())
    #expect(cancelling.state == .cancelling && receipt.inFlight == 2)
    let ended = try await desk.ended(batch)
    #expect(ended.state == .cancelled && ended.counts == BatchCounts(total: 3, completed: 1, cancelled: 2))
    #expect(engine.runner.inFlightCount == 2)
    let history = try await desk.batches.history(of: batch)
    #expect(history.map(\.action).suffix(2) == ["batch.leads_given_up", "batch.cancelled"])
    #expect(history.first { $0.action == "batch.leads_given_up" }?.reason.hasPrefix("2 leads did not end within") == true)
    #expect(try await desk.number("SELECT total(reserved) FROM budget_day") == 0)
    // The others' batches go on meanwhile, and its leads can be taken up again.
    #expect(try await desk.ended(desk.start([4], now: Date())).state == .completed)
    gate.open()
    try await eventually("they have come back") { engine.runner.inFlightCount == 0 }
    try await engine.stop()
    #expect(try await desk.batch(batch.id).counts == ended.counts)
    #expect(try await desk.number("SELECT count(*) FROM charge WHERE batch_key = ?", [batch.key]) == 1)
    #expect(try await desk.number("SELECT count(*) FROM attempt WHERE batch_key = ? AND outcome = 'cancelled'", [batch.key]) == 2)
    #expect(try await desk.brokenMoney() == [])
  }

  @Test("leads that were given up take no slot from others, health tells of them, and says so no more once they have come back")
  func givenUp() async throws {
    let desk = try await BatchDesk(leads: 4)
    let gate = ScriptedPipeline.Gate()
    defer { gate.open() }
    let engine = desk.engine(ScriptedPipeline { $0.batchKey == 1 ? .deaf(gate) : .report(score: 1) }, total: 2, stallSeconds: 2)
    let batch = try await desk.start([1, 2], BatchDesk.order(maxConcurrent: 2), now: Date())
    try await eventually("both slots are taken") { engine.runner.inFlightCount == 2 }
    _ = try await desk.batches.cancel(batch.id, reason: "", by: desk.admin, now: Date())
    #expect(try await desk.ended(batch).state == .cancelled)
    #expect(try await desk.ended(desk.start([3, 4], now: Date())).state == .completed)
    #expect(engine.runner.inFlightCount == 2 && engine.runner.deafCount == 2 && engine.runner.fault == nil)
    #expect(engine.runner.notice?.hasPrefix("2 leads were called back and do not end.") == true)
    gate.open()
    try await eventually("they have come back") { engine.runner.inFlightCount == 0 }
    #expect(engine.runner.notice == nil)
    try await engine.stop()
  }

  @Test("an engine ends without leads that do not come back when they are called: they are given back and run again", arguments: [true, false])
  func deafAtEnd(inOrder: Bool) async throws {
    let desk = try await BatchDesk(leads: 3)
    let gate = ScriptedPipeline.Gate()
    let batch = try await desk.start(nil, BatchDesk.order(maxConcurrent: 3), now: Date())
    let engine = desk.engine(ScriptedPipeline { _ in .deaf(gate) }, deafGrace: 0.1)
    try await eventually("they are in flight") { engine.runner.inFlightCount == 3 }
    async let end: Void = inOrder ? engine.stop() : engine.cutOff()
    defer { gate.open() }
    try await eventually("it has ended without them") { engine.runner.inFlightCount == 0 && !engine.runner.holdsLease }
    try await end
    #expect(try await desk.batch(batch.id).counts == BatchCounts(total: 3, pending: 3))
    #expect(try await desk.number("SELECT total(attempts) + total(crashes) FROM batch_lead") == 0)
    let next = desk.engine(ScriptedPipeline { _ in .report(score: 1) })
    #expect(try await desk.ended(batch).counts.completed == 3)
    // What they bring now counts for nothing.
    gate.open()
    try await next.stop()
    #expect(try await desk.number("SELECT count(*) FROM charge") == 3)
    #expect(try await desk.number("SELECT count(*) FROM attempt") == 3)
  }
}

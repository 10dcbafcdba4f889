import BatchReports
import Foundation
import TestSupport
import Testing

@testable import Storage

@Suite("Planned starts")
struct PlannedStartTests {
  private static let noon = BatchDesk.noon
  private static let later = noon.addingTimeInterval(3600)

  private static func planned(_ desk: BatchDesk, at moment: Date = later) async throws -> Batch {
    try await desk.start(nil, BatchOrder(maxConcurrent: 5, retryCount: 3, startAt: moment))
  }

  @Test("the engine takes nothing before the time, knows when to look, and takes all from then on")
  func waits() async throws {
    let desk = try await BatchDesk()
    let batch = try await Self.planned(desk)
    #expect(batch.state == .pending && batch.scheduledAt == Self.later && batch.isScheduled(at: Self.noon))
    let epoch = try await desk.queue.beginEpoch(now: Self.noon)
    let early = try await desk.advance([], claiming: 9, epoch: epoch, now: Self.later.addingTimeInterval(-0.001))
    #expect(early.claims == [] && early.nextDue == Self.later)
    #expect(try await desk.claim(9, epoch: epoch, now: Self.later).count == 3)
    let begun = try await desk.batch(batch.id)
    #expect(begun.state == .processing && begun.startedAt == Self.later && !begun.isScheduled(at: Self.noon))
  }

  @Test("its budget is reserved on the day of the order, and its charges count there")
  func budget() async throws {
    let desk = try await BatchDesk(dailyLimit: Money(micros: 1_000_000))
    let tomorrow = Self.noon.addingTimeInterval(86_400)
    _ = try await Self.planned(desk, at: tomorrow)
    #expect(try await desk.budget.state(at: Self.noon).reserved == Money(micros: 150_000))
    let epoch = try await desk.queue.beginEpoch(now: tomorrow)
    let claims = try await desk.claim(9, epoch: epoch, now: tomorrow)
    try await desk.advance(claims.map { $0.succeeds() }, epoch: epoch, now: tomorrow)
    #expect(try await desk.budget.state(at: Self.noon).spentToday == Money(micros: 150_000))
    #expect(try await desk.budget.state(at: tomorrow).spentToday == .zero)
  }

  @Test("a time that has passed or is too far ahead starts nothing", arguments: [0, -60, 30 * 86_400 + 60])
  func refused(seconds: Double) async throws {
    let desk = try await BatchDesk()
    await #expect { try await Self.planned(desk, at: Self.noon.addingTimeInterval(seconds)) } throws: { ($0 as? InvalidInput)?.field == "start_at" }
    #expect(try await desk.number("SELECT count(*) FROM batch") == 0)
    #expect(try await desk.budget.state(at: Self.noon).reserved == .zero)
  }

  @Test("the same quote sent again after the time still answers with its batch")
  func repeated() async throws {
    let desk = try await BatchDesk()
    let quote = try await desk.preview().quote
    let start = BatchStore.Start(quote: quote.id, order: try BatchOrder(maxConcurrent: 5, retryCount: 3, startAt: Self.later), isApproved: true)
    let batch = try await desk.batches.place(start, by: desk.operatorAccount, now: Self.noon)
    #expect(try await desk.batches.place(start, by: desk.operatorAccount, now: Self.later.addingTimeInterval(60)).id == batch.id)
  }

  @Test("it can be started before its time, once, by those who may control it")
  func startNow() async throws {
    let desk = try await BatchDesk()
    let batch = try await Self.planned(desk)
    await #expect(throws: AccessRefusal.notYours) {
      try await desk.batches.startNow(batch.id, reason: "", by: desk.otherOperator, now: Self.noon)
    }
    let started = try await desk.batches.startNow(batch.id, reason: "why", by: desk.operatorAccount, now: Self.noon)
    #expect(started.state == .pending && started.scheduledAt == nil)
    let line = try #require(try await desk.batches.history(of: batch).last)
    #expect(line.action == "batch.start_now" && line.reason == "why")
    // A second press finds done what it asks for.
    #expect(try await desk.batches.startNow(batch.id, reason: "", by: desk.operatorAccount, now: Self.noon) == started)
    #expect(try await desk.batches.history(of: batch).count { $0.action == "batch.start_now" } == 1)
    _ = try await desk.batches.pause(batch.id, reason: "", by: desk.operatorAccount, now: Self.noon)
    await #expect(throws: PlannedStart.Missing()) {
      try await desk.batches.startNow(batch.id, reason: "", by: desk.operatorAccount, now: Self.noon)
    }
    _ = try await desk.batches.resume(batch.id, reason: "", by: desk.operatorAccount, now: Self.noon)
    let epoch = try await desk.queue.beginEpoch(now: Self.noon)
    #expect(try await desk.claim(9, epoch: epoch).count == 3)
  }

  @Test("paused before its time and resumed it waits again; resumed after its time it runs")
  func paused() async throws {
    let desk = try await BatchDesk()
    let batch = try await Self.planned(desk)
    try await ControlTests.apply(.paused, batch.id, desk, after: 1)
    #expect(try await ControlTests.apply(.resumed, batch.id, desk, after: 2).state == .pending)
    let epoch = try await desk.queue.beginEpoch(now: Self.noon)
    #expect(try await desk.claim(9, epoch: epoch).isEmpty)
    try await ControlTests.apply(.paused, batch.id, desk, after: 3)
    #expect(try await desk.claim(9, epoch: epoch, now: Self.later).isEmpty)
    #expect(try await ControlTests.apply(.resumed, batch.id, desk, after: 3601).state == .processing)
    #expect(try await desk.claim(9, epoch: epoch, now: Self.later.addingTimeInterval(2)).count == 3)
  }

  @Test("cancelled before its time it ends at once and gives its budget back")
  func cancelled() async throws {
    let desk = try await BatchDesk()
    let batch = try await Self.planned(desk)
    #expect(try await ControlTests.apply(.cancelled, batch.id, desk).state == .cancelled)
    #expect(try await desk.budget.state(at: Self.noon).reserved == .zero)
  }
}

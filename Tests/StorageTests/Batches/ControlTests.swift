import BatchReports
import Foundation
import GRDB
import TestSupport
import Testing

@testable import Storage

@Suite("Controls")
struct ControlTests {
  enum Control: String, CaseIterable { case paused, resumed, cancelled }

  @discardableResult
  static func apply(_ control: Control, _ id: UUID, _ desk: BatchDesk, by account: Account? = nil, after seconds: Double = 0) async throws -> Batch {
    let now = BatchDesk.noon.addingTimeInterval(seconds)
    let actor = account ?? desk.operatorAccount
    return switch control {
    case .paused: try await desk.batches.pause(id, reason: "why", by: actor, now: now)
    case .resumed: try await desk.batches.resume(id, reason: "why", by: actor, now: now)
    case .cancelled: try await desk.batches.cancel(id, reason: "why", by: actor, now: now).batch
    }
  }

  /// A batch of three leads in that state, with one lead in flight where the state allows it.
  static func batch(in state: BatchState, _ desk: BatchDesk) async throws -> Batch {
    let batch = try await desk.start(nil, BatchDesk.order(maxFailureCount: state == .failed ? 0 : nil))
    if state == .pending { return batch }
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    let isEnd = state == .completed || state == .completedWithErrors
    let claims = try await desk.claim(isEnd ? 3 : 1, epoch: epoch)
    switch state {
    case .pending, .processing: break
    case .paused: try await apply(.paused, batch.id, desk)
    case .cancelling: try await apply(.cancelled, batch.id, desk)
    case .cancelled:
      try await apply(.cancelled, batch.id, desk)
      try await desk.advance([claims[0].ends(.cancelled)], epoch: epoch)
    case .completed: try await desk.advance(claims.map { $0.succeeds() }, epoch: epoch)
    case .completedWithErrors: try await desk.advance([claims[0].fails()] + claims.dropFirst().map { $0.succeeds() }, epoch: epoch)
    case .failed: try await desk.advance([claims[0].fails()], epoch: epoch)
    }
    let reached = try await desk.batch(batch.id)
    #expect(reached.state == state)
    return reached
  }

  @Test("every control in every state does what the contract says, or is refused and changes nothing", arguments: BatchState.allCases, Control.allCases)
  func everyState(state: BatchState, control: Control) async throws {
    let desk = try await BatchDesk()
    let before = try await Self.batch(in: state, desk)
    let expected: BatchState? =
      switch (control, state) {
      case (.paused, .pending), (.paused, .processing): .paused
      case (.resumed, .paused): .processing
      case (.cancelled, .pending): .cancelled
      case (.cancelled, .processing), (.cancelled, .paused): .cancelling
      default: nil
      }
    guard let expected else {
      await #expect(throws: InvalidTransition(action: control.rawValue, state: state)) { try await Self.apply(control, before.id, desk) }
      #expect(try await desk.batch(before.id) == before)
      return
    }
    let after = try await Self.apply(control, before.id, desk)
    #expect(after.state == expected)
    #expect(after.seq > before.seq)
    let lines = try await desk.batches.history(of: after)
    #expect(lines.contains { $0.actor == "operator@example.com" && $0.reason == "why" })
  }

  @Test("viewers and other operators control nothing, admins everything", arguments: Control.allCases)
  func roles(control: Control) async throws {
    let desk = try await BatchDesk()
    let batch = try await desk.start()
    if control == .resumed { try await Self.apply(.paused, batch.id, desk) }
    for account in [desk.viewer, desk.otherOperator] {
      await #expect(throws: AccessRefusal.notYours) { try await Self.apply(control, batch.id, desk, by: account) }
    }
    #expect(try await desk.batch(batch.id).state == (control == .resumed ? .paused : .pending))
    try await Self.apply(control, batch.id, desk, by: desk.admin)
    await #expect(throws: NoSuchBatch.self) { try await Self.apply(control, .version7(), desk) }
  }

  @Test("a private batch is not even there for others")
  func privacy() async throws {
    let desk = try await BatchDesk()
    let batch = try await desk.start(nil, BatchDesk.order(isPrivate: true))
    for account in [desk.viewer, desk.otherOperator] {
      #expect(try await desk.batches.find(batch.id, visibleTo: account) == nil)
      await #expect(throws: NoSuchBatch(id: batch.id)) { try await Self.apply(.cancelled, batch.id, desk, by: account) }
      #expect(try await desk.batches.history(BatchFilter(), visibleTo: account, limit: 10, cursor: nil).totalCount == 0)
    }
    for account in [desk.operatorAccount, desk.admin] {
      #expect(try await desk.batches.find(batch.id, visibleTo: account) != nil)
      #expect(try await desk.batches.history(BatchFilter(), visibleTo: account, limit: 10, cursor: nil).batches.count == 1)
    }
    #expect(NoSuchBatch(id: batch.id).code == .notFound)
    #expect(NoSuchBatch(id: batch.id).explanation.contains(batch.id.text))
  }

  @Test("time spent paused is taken out, however often and however it ends")
  func pausedTime() async throws {
    let desk = try await BatchDesk()
    let batch = try await desk.start()
    try await Self.apply(.paused, batch.id, desk, after: 1)
    try await Self.apply(.resumed, batch.id, desk, after: 50)
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    let claims = try await desk.claim(3, epoch: epoch, now: BatchDesk.noon.addingTimeInterval(100))
    #expect(try await desk.batch(batch.id).startedAt == BatchDesk.noon.addingTimeInterval(100))
    try await Self.apply(.paused, batch.id, desk, after: 110)
    try await Self.apply(.resumed, batch.id, desk, after: 140)
    let going = try await desk.batch(batch.id)
    #expect(going.pausedSeconds == 30)
    #expect(going.elapsedSeconds(at: BatchDesk.noon.addingTimeInterval(150)) == 20)
    try await Self.apply(.paused, batch.id, desk, after: 160)
    try await desk.advance(claims.map { $0.succeeds() }, epoch: epoch, now: BatchDesk.noon.addingTimeInterval(200))
    let done = try await desk.batch(batch.id)
    #expect(done.state == .completed && done.pausedAt == nil)
    #expect(done.elapsedSeconds(at: .distantFuture) == 30)
  }

  @Test("a clock that goes backwards during a pause takes no time away")
  func backwards() async throws {
    let desk = try await BatchDesk()
    let batch = try await Self.batch(in: .paused, desk)
    let resumed = try await Self.apply(.resumed, batch.id, desk, after: -500)
    #expect(resumed.pausedSeconds == 0)
    try await Self.apply(.paused, batch.id, desk, after: -600)
    #expect(try await Self.apply(.cancelled, batch.id, desk, after: -900).pausedSeconds == 0)
  }

  @Test("a receipt says what was charged, what is in flight and what comes back")
  func receipt() async throws {
    let desk = try await BatchDesk(leads: 10, dailyLimit: Money(micros: 600_000))
    let batch = try await desk.start()
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    let claims = try await desk.claim(5, epoch: epoch)
    try await desk.advance([claims[0].succeeds(), claims[1].succeeds(), claims[2].fails()], epoch: epoch)
    let foreseen = BatchStore.receipt(of: try await desk.batch(batch.id))
    #expect(foreseen == .init(charged: Money(micros: 100_000), inFlight: 2, released: Money(micros: 300_000), neverBegun: 5))
    let (cancelling, receipt) = try await desk.batches.cancel(batch.id, reason: "", by: desk.operatorAccount, now: BatchDesk.noon)
    #expect(cancelling.state == .cancelling)
    #expect(receipt == foreseen)
    // What the receipt says is so: only the share of the two leads in flight is still held.
    #expect(try await desk.budget.state(at: BatchDesk.noon).reserved == Money(micros: 100_000))
    #expect(try await desk.number("SELECT count(*) FROM audit WHERE action = 'batch.cancel' AND detail LIKE '%\"released\":\"$0.3000\"%'") == 1)
    #expect(cancelling.counts == BatchCounts(total: 10, processing: 2, completed: 2, failed: 1, cancelled: 5))
    try await desk.advance([claims[3].succeeds(), claims[4].ends(.cancelled)], epoch: epoch)
    let ended = try await desk.batch(batch.id)
    #expect(ended.state == .cancelled && ended.actual == Money(micros: 100_000))
    #expect(BatchStore.receipt(of: ended).released == Money(micros: 400_000))
    let budget = try await desk.budget.state(at: BatchDesk.noon)
    #expect(budget.reserved == .zero && budget.spentToday == Money(micros: 100_000))
  }

  @Test("a cancelled batch went through cancelling, and both moves are in the trail")
  func trail() async throws {
    let desk = try await BatchDesk()
    let batch = try await desk.start()
    try await Self.apply(.cancelled, batch.id, desk)
    let lines = try await desk.batches.history(of: batch)
    #expect(lines.map(\.action) == ["batch.start", "batch.cancel", "batch.cancelled"])
    #expect(lines.last?.actor == "engine")
    #expect(try await desk.budget.state(at: BatchDesk.noon).reserved == .zero)
  }

  @Test("a cancel that races the last outcomes leaves one of two true stories")
  func race() async throws {
    let desk = try await BatchDesk(leads: 2)
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    var ends: [BatchState: Int] = [:]
    for _ in 0..<200 {
      let batch = try await desk.start()
      let claims = try await desk.claim(2, epoch: epoch)
      #expect(claims.count == 2)
      async let advanced = desk.advance(claims.map { $0.succeeds() }, epoch: epoch)
      async let cancelled: Batch? = {
        do { return try await Self.apply(.cancelled, batch.id, desk) } catch is InvalidTransition { return nil }
      }()
      let wasCancelled = try await cancelled != nil
      _ = try await advanced
      let end = try await desk.batch(batch.id)
      ends[end.state, default: 0] += 1
      #expect(end.state == (wasCancelled ? .cancelled : .completed))
      #expect(end.actual == (wasCancelled ? .zero : Money(micros: 100_000)))
      #expect(end.counts == (wasCancelled ? BatchCounts(total: 2, cancelled: 2) : BatchCounts(total: 2, completed: 2)))
    }
    let budget = try await desk.budget.state(at: BatchDesk.noon)
    #expect(budget.reserved == .zero)
    #expect(budget.spentToday == Money(micros: 100_000) * (ends[.completed] ?? 0))
  }
}

import BatchReports
import Foundation
import GRDB
import TestSupport
import Testing

@testable import Storage

@Suite("Adjusting a batch on its way")
struct AdjustingTests {
  private static let noon = BatchDesk.noon

  enum Adjustment: String, CaseIterable {
    case concurrency, priority

    func apply(_ id: UUID, _ desk: BatchDesk, by account: Account? = nil) async throws -> Batch {
      let actor = account ?? desk.operatorAccount
      switch self {
      case .concurrency: return try await desk.batches.setConcurrency(id, to: 9, reason: "why", by: actor, now: noon)
      case .priority: return try await desk.batches.setPriority(id, to: .high, reason: "why", by: actor, now: noon)
      }
    }
  }

  @Test("each adjustment in each state changes the row and the trail, or is refused", arguments: BatchState.allCases, Adjustment.allCases)
  func everyState(state: BatchState, adjustment: Adjustment) async throws {
    let desk = try await BatchDesk()
    let before = try await ControlTests.batch(in: state, desk)
    guard [.pending, .processing, .paused].contains(state) else {
      await #expect(throws: InvalidTransition(action: "changed", state: state)) { try await adjustment.apply(before.id, desk) }
      #expect(try await desk.batch(before.id) == before)
      return
    }
    let after = try await adjustment.apply(before.id, desk)
    #expect(after.state == state && after.seq > before.seq)
    #expect(adjustment == .concurrency ? after.maxConcurrent == 9 : after.priority == .high)
    let lines = try await desk.batches.history(of: after)
    #expect(lines.last?.action == "batch.\(adjustment.rawValue)" && lines.last?.reason == "why" && lines.last?.actor == "operator@example.com")
    // The same again is no change, and leaves no trace.
    #expect(try await adjustment.apply(before.id, desk) == after)
    #expect(try await desk.batches.history(of: after).count == lines.count)
  }

  @Test("viewers and other operators adjust nothing, admins everything", arguments: Adjustment.allCases)
  func roles(adjustment: Adjustment) async throws {
    let desk = try await BatchDesk()
    let batch = try await desk.start()
    for account in [desk.viewer, desk.otherOperator] {
      await #expect(throws: AccessRefusal.notYours) { try await adjustment.apply(batch.id, desk, by: account) }
    }
    #expect(try await desk.batch(batch.id) == batch)
    _ = try await adjustment.apply(batch.id, desk, by: desk.admin)
    await #expect(throws: NoSuchBatch.self) { try await adjustment.apply(.version7(), desk) }
  }

  @Test("leads at once go from 1 to 100", arguments: [0, 101, -1])
  func range(number: Int) async throws {
    let desk = try await BatchDesk()
    let batch = try await desk.start()
    await #expect { try await desk.batches.setConcurrency(batch.id, to: number, reason: "", by: desk.admin, now: Self.noon) } throws: {
      ($0 as? InvalidInput)?.field == "max_concurrent"
    }
    #expect(try await desk.batch(batch.id).maxConcurrent == 5)
  }

  @Test("a smaller number lets leads in flight end and takes none until they are fewer")
  func fewer() async throws {
    let desk = try await BatchDesk(leads: 6)
    let batch = try await desk.start()
    let epoch = try await desk.queue.beginEpoch(now: Self.noon)
    let claims = try await desk.claim(9, epoch: epoch)
    #expect(claims.count == 5)
    _ = try await desk.batches.setConcurrency(batch.id, to: 2, reason: "", by: desk.admin, now: Self.noon)
    for claim in claims.prefix(3) { #expect(try await desk.advance([claim.succeeds()], claiming: 9, epoch: epoch).claims == []) }
    #expect(try await desk.advance([claims[3].succeeds()], claiming: 9, epoch: epoch).claims.count == 1)
    #expect(try await desk.batch(batch.id).counts.processing == 2)
  }

  @Test("the weight of a batch's priority is told to whoever shares the slots out")
  func weight() async throws {
    let desk = try await BatchDesk(leads: 4)
    let keys = try await desk.leadKeys()
    let low = try await desk.start([keys[0]], BatchOrder(maxConcurrent: 5, retryCount: 0, priority: .low))
    let high = try await desk.start([keys[1]], BatchOrder(maxConcurrent: 5, retryCount: 0, priority: .high))
    let epoch = try await desk.queue.beginEpoch(now: Self.noon)
    _ = try await desk.queue.advance(recording: [], epoch: epoch, now: Self.noon) { running in
      #expect(running.map(\.key) == [low.key, high.key] && running.map(\.weight) == [1, 4])
      return [:]
    }
  }

  @Test("the schema takes no other priority, and no engine's pause of a batch that runs")
  func schema() async throws {
    let desk = try await BatchDesk()
    let batch = try await desk.start()
    for change in ["priority = 'urgent'", "paused_by_engine = 1", "paused_by_engine = 2", "recent_ends = NULL"] {
      await #expect(throws: DatabaseError.self, "\(change)") {
        try await desk.database.pool.write { try $0.execute(sql: "UPDATE batch SET \(change) WHERE key = ?", arguments: [batch.key]) }
      }
    }
  }
}

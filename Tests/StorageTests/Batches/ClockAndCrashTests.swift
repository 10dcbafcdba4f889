import BatchReports
import Foundation
import Storage
import TestSupport
import Testing

@Suite("Clocks that are set back, and leads that kill the process")
struct ClockAndCrashTests {
  static let noon = BatchDesk.noon
  static let ahead = noon.addingTimeInterval(86_400)

  @Test("a batch that was placed while the clock was ahead runs once it is right again", arguments: [true, false])
  func placedAhead(afterRestart: Bool) async throws {
    let desk = try await BatchDesk(leads: 3)
    var epoch = try await desk.queue.beginEpoch(now: Self.ahead)
    _ = try await desk.start(now: Self.ahead)
    if afterRestart { epoch = try await desk.queue.beginEpoch(now: Self.noon) }
    #expect(try await desk.claim(3, epoch: epoch, now: Self.noon).count == 3)
  }

  @Test("leads that wait for a retry or for their host come again too")
  func waiting() async throws {
    let desk = try await BatchDesk(leads: 2)
    let epoch = try await desk.queue.beginEpoch(now: Self.ahead)
    _ = try await desk.start(now: Self.ahead)
    let claims = try await desk.claim(2, epoch: epoch, now: Self.ahead)
    let later = Self.ahead.addingTimeInterval(30)
    try await desk.advance(
      [claims[0].ends(.retry(LeadFailure(.timeout, "Slow."), dueAt: later)), claims[1].ends(.deferred(until: later))], epoch: epoch, now: Self.ahead)
    #expect(try await desk.claim(2, epoch: epoch, now: Self.noon).count == 2)
  }

  @Test("a small correction of the clock shortens no wait, and a planned start keeps its time")
  func kept() async throws {
    let desk = try await BatchDesk(leads: 2)
    let epoch = try await desk.queue.beginEpoch(now: Self.noon)
    _ = try await desk.start([1], now: Self.noon)
    let claim = try #require(try await desk.claim(1, epoch: epoch).first)
    let due = Self.noon.addingTimeInterval(30)
    try await desk.advance([claim.ends(.retry(LeadFailure(.timeout, "Slow."), dueAt: due))], epoch: epoch)
    #expect(try await desk.claim(1, epoch: epoch, now: Self.noon.addingTimeInterval(-1)).isEmpty)
    let planned = try BatchOrder(maxConcurrent: 5, retryCount: 3, startAt: Self.noon.addingTimeInterval(3600))
    _ = try await desk.start([2], planned, now: Self.noon)
    let back = Self.noon.addingTimeInterval(-7200)
    #expect(try await desk.claim(5, epoch: epoch, now: back).map(\.leadKey) == [1])
  }

  @Test("a lead that kills the process takes no neighbour with it: after two crashes such leads run one at a time")
  func poison() async throws {
    let desk = try await BatchDesk(leads: 10)
    let batch = try await desk.start(nil, try BatchDesk.order(maxConcurrent: 50))
    for crash in 0..<2 {
      let epoch = try await desk.queue.beginEpoch(now: Self.noon)
      #expect(try await desk.claim(50, epoch: epoch).map(\.crashes) == Array(repeating: crash, count: 10))
    }
    var epoch = try await desk.queue.beginEpoch(now: Self.noon)
    let poison = 4
    while true {
      let claims = try await desk.claim(50, epoch: epoch)
      if claims.isEmpty { break }
      #expect(claims.count == 1)
      #expect(try await desk.claim(50, epoch: epoch).isEmpty)
      if claims[0].position == poison {
        epoch = try await desk.queue.beginEpoch(now: Self.noon)
      } else {
        try await desk.advance(claims.map { $0.succeeds() }, epoch: epoch)
      }
    }
    let done = try await desk.batch(batch.id)
    #expect(done.state == .completedWithErrors && done.counts == BatchCounts(total: 10, completed: 9, failed: 1))
    #expect(try await desk.leadStates(done)[poison] == .failed)
  }

  @Test("leads that never crashed run beside one that did twice")
  func besides() async throws {
    let desk = try await BatchDesk(leads: 6)
    _ = try await desk.start(nil, try BatchDesk.order(maxConcurrent: 50))
    for _ in 0..<2 {
      let epoch = try await desk.queue.beginEpoch(now: Self.noon)
      _ = try await desk.claim(2, epoch: epoch)
    }
    let epoch = try await desk.queue.beginEpoch(now: Self.noon)
    let claims = try await desk.claim(50, epoch: epoch)
    #expect(claims.count { $0.crashes == 2 } <= 1 && claims.count { $0.crashes < 2 } >= 4)
  }
}

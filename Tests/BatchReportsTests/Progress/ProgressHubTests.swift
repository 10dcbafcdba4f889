import BatchReports
import Foundation
import Testing

@Suite("Progress hub")
struct ProgressHubTests {
  static func snapshot(_ seq: Int64, _ state: BatchState = .processing) -> ProgressSnapshot {
    let batch = ProgressSnapshotTests.batch(state, counts: ProgressSnapshotTests.counts) { $0.seq = seq }
    return ProgressSnapshotTests.snapshot(batch, after: Double(seq))
  }

  let hub = ProgressHub()
  let id = UUID.version7()
  let other = UUID.version7()

  @Test("a listener gets only the newest of what it has not taken")
  func newestWins() throws {
    let mailbox = hub.listen(to: id)
    for seq in Int64(1)...5 { try hub.publish(Self.snapshot(seq), of: id) }
    #expect(mailbox.take().map(\.snapshot.seq) == [5])
    #expect(mailbox.take().isEmpty)
    try hub.publish(Self.snapshot(6), of: id)
    #expect(mailbox.take().map(\.snapshot.seq) == [6])
  }

  @Test("a smaller seq is refused, the same one replaces")
  func smaller() throws {
    let mailbox = hub.listen(to: id)
    try hub.publish(Self.snapshot(5), of: id)
    try hub.publish(Self.snapshot(4), of: id)
    #expect(hub.newest(of: id)?.snapshot.seq == 5)
    #expect(mailbox.take().map(\.snapshot.seq) == [5])
    try hub.publish(Self.snapshot(3), of: id)
    #expect(mailbox.take().isEmpty)
    try hub.publish(Self.snapshot(5, .paused), of: id)
    #expect(mailbox.take().map(\.snapshot.status) == [.paused])
    #expect(hub.held(of: id, after: 0).count == 1)
  }

  @Test("the last hundred of a batch are held, oldest first")
  func held() throws {
    for seq in Int64(1)...130 { try hub.publish(Self.snapshot(seq), of: id) }
    #expect(hub.held(of: id, after: 0).map(\.snapshot.seq) == Array(31...130))
    #expect(hub.held(of: id, after: 127).map(\.snapshot.seq) == [128, 129, 130])
    #expect(hub.held(of: id, after: 130).isEmpty)
    #expect(hub.held(of: other, after: 0).isEmpty)
  }

  @Test("one listens to a batch or to all, and hears nothing else")
  func topics() throws {
    let one = hub.listen(to: id)
    let all = hub.listen()
    try hub.publish(Self.snapshot(1), of: other)
    try hub.publish(Self.snapshot(2), of: id)
    #expect(one.take().map(\.batchID) == [id])
    #expect(Set(all.take().map(\.batchID)) == [id, other])
    #expect(hub.interest.batches == [id])
    #expect(hub.interest.all)
    all.close()
    #expect(!hub.interest.all)
  }

  @Test("after its end a mailbox hears nothing, and its signals end")
  func close() async throws {
    let mailbox = hub.listen(to: id)
    #expect(hub.listenerCount == 1)
    try hub.publish(Self.snapshot(1), of: id)
    mailbox.close()
    mailbox.close()
    #expect(hub.listenerCount == 0)
    try hub.publish(Self.snapshot(2), of: id)
    #expect(mailbox.take().map(\.snapshot.seq) == [1])
    var signals = 0
    for await _ in mailbox.signals { signals += 1 }
    #expect(signals <= 1)
  }

  @Test("a signal comes for what is put while nobody waits, and for what is put while somebody does")
  func signals() async throws {
    let mailbox = hub.listen(to: id)
    var iterator = mailbox.signals.makeAsyncIterator()
    try hub.publish(Self.snapshot(1), of: id)
    #expect(await iterator.next() != nil)
    #expect(mailbox.take().count == 1)
    async let later: Void = { _ = try hub.publish(Self.snapshot(2), of: id) }()
    #expect(await iterator.next() != nil)
    try await later
    #expect(mailbox.take().map(\.snapshot.seq) == [2])
  }

  @Test("with many publishers at once a listener never sees a smaller seq, and the last one arrives")
  func concurrent() async throws {
    for round in 0..<20 {
      let hub = ProgressHub()
      let mailbox = hub.listen(to: id)
      let reader = Task {
        var seen: [Int64] = []
        for await _ in mailbox.signals {
          seen += mailbox.take().map(\.snapshot.seq)
          if seen.last == 400 { break }
        }
        return seen
      }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for lane in Int64(0)..<4 {
          group.addTask { for seq in stride(from: lane + 1, through: 400, by: 4) { try hub.publish(Self.snapshot(seq), of: id) } }
        }
        try await group.waitForAll()
      }
      let seen = await reader.value
      #expect(seen == seen.sorted(), "round \(round)")
      #expect(seen.last == 400)
      mailbox.close()
    }
  }

  @Test("when publishers race, every one of many listeners is left with the newest")
  func newestForAll() async throws {
    for round in 0..<150 {
      let hub = ProgressHub()
      let mailboxes = (0..<300).map { _ in hub.listen(to: id) }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for seq in Int64(1)...8 { group.addTask { try hub.publish(Self.snapshot(seq), of: id) } }
        try await group.waitForAll()
      }
      #expect(mailboxes.allSatisfy { $0.take().map(\.snapshot.seq) == [8] }, "round \(round)")
    }
  }

  @Test("batches that ended are forgotten unless somebody listens")
  func forget() throws {
    try hub.publish(Self.snapshot(1), of: id)
    try hub.publish(Self.snapshot(1), of: other)
    let live = UUID.version7()
    try hub.publish(Self.snapshot(1), of: live)
    let mailbox = hub.listen(to: other)
    hub.forget(except: [live])
    #expect(hub.newest(of: id) == nil)
    #expect(hub.newest(of: other) != nil)
    #expect(hub.newest(of: live) != nil)
    mailbox.close()
  }

  @Test("the JSON is encoded once and says whether it is the last")
  func json() throws {
    let message = try hub.publish(Self.snapshot(3, .completed), of: id)
    #expect(message.isTerminal)
    #expect(message.json.contains("\"seq\":3") && message.json.contains("\"status\":\"completed\""))
    #expect(!message.json.contains("\\/"))
  }
}

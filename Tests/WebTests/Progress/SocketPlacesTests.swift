import BatchReports
import Foundation
import TestSupport
import Testing

@testable import Web

@Suite struct SocketPlacesTests {
  private let now = BatchDesk.noon

  @Test("Each account has its own places, and one too many is refused until one leaves")
  func limit() throws {
    let places = SocketPlaces(limit: 2)
    let (one, other) = (UUID(), UUID())
    let first = try places.take(one, at: now)
    let second = try places.take(one, at: now)
    #expect(throws: RequestRefusal.rateLimited(retryAfterSeconds: 10)) { try places.take(one, at: now) }
    let third = try places.take(other, at: now)
    #expect(places.count == 3)
    first.leave()
    first.leave()
    #expect(places.count == 2)
    let fourth = try places.take(one, at: now)
    for place in [second, third, fourth] { place.leave() }
    #expect(places.count == 0)
  }

  @Test("A place that is let go of is free, though nobody left it")
  func dropped() throws {
    let places = SocketPlaces(limit: 1)
    let account = UUID()
    for _ in 0..<3 {
      let place = try places.take(account, at: now)
      #expect(places.count == 1)
      withExtendedLifetime(place) {}
    }
    #expect(places.count == 0)
  }

  @Test("Sockets that are opened and closed without end are refused after a while")
  func rate() throws {
    let places = SocketPlaces(limit: 2)
    let account = UUID()
    for _ in 0..<60 { try places.take(account, at: now).leave() }
    #expect(throws: RequestRefusal.rateLimited(retryAfterSeconds: 1)) { try places.take(account, at: now) }
    try places.take(account, at: now.addingTimeInterval(1)).leave()
  }
}

@Suite struct SharedMessagesTests {
  @Test("All sockets get the same frames of a message, and none gets those of another")
  func sharing() throws {
    let (hub, messages) = (ProgressHub(), SharedMessages())
    var batch = sampleBatch
    let mailbox = hub.listen()
    var texts: Set<String> = []
    for seq in 1...200 {
      batch.seq = Int64(seq)
      if seq == 200 { batch.state = .completed }
      let snapshot = ProgressSnapshot(batch: batch, currentLeads: [], recentErrors: [], recentRate: nil, now: BatchDesk.noon)
      let message = try hub.publish(snapshot, of: batch.id)
      let shared = messages.shared(message)
      #expect(shared === messages.shared(message))
      #expect(shared.text == message.json)
      texts.insert(shared.text)
    }
    #expect(texts.count == 200)
    mailbox.close()
  }

  private var sampleBatch: Batch {
    Batch(
      key: 1, id: UUID(), owner: UUID(), ownerEmail: "a@example.com", name: "", description: "", template: .init(name: "website-audit", version: "v1"),
      rateCardVersion: 1, state: .processing, stateReason: "", isPrivate: false, counts: BatchCounts(total: 1, pending: 1), seq: 1,
      maxConcurrent: 1, retryCount: 0, maxFailurePercent: nil, maxFailureCount: nil, estimated: .zero, estimatedLow: .zero, estimatedHigh: .zero,
      perReport: .zero, actual: .zero, createdAt: BatchDesk.noon, startedAt: nil, finishedAt: nil, pausedAt: nil, pausedSeconds: 0)
  }

  @Test(
    "Only a ping is a ping",
    arguments: [
      (#"{"type":"ping"}"#, true), (#"{"type":"ping","id":1}"#, true), (#"{"type":"pong"}"#, false), ("ping", false), ("", false), ("[]", false),
    ])
  func pings(_ text: String, _ isPing: Bool) { #expect(ClientPing.isPing(text) == isPing) }
}

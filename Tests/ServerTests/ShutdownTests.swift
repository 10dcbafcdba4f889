import Foundation
import Storage
import TestSupport
import Testing

@testable import BatchReportsServer

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

@Suite(.serialized) struct ShutdownTests {
  @Test("a server that is stopped in mid-batch ends within 10 s, gives its leads back untried, and a restart finishes them")
  func inMidBatch() async throws {
    let quick = try TestSite { _ in .page }
    let slow = try TestSite(address: "127.0.0.2") { _ in .hold }
    defer {
      quick.stop()
      slow.stop()
    }
    let folder = try DataFolder()
    // One at a time is all that we ask of one host; the others wait for it.
    let websites = (0..<4).map { quick.url("/\($0)") } + (0..<5).map { slow.url("/\($0)") }
    let (leads, token) = try await folder.prepare(websites: websites)
    let allowed = ["BATCH_ALLOW_PRIVATE_HOSTS": "true"]
    let first = try await RunningServer.start(folder, allowed)
    let batch = try await first.api(token).start(leads, concurrency: 9)
    try await eventually("four are done and the others in flight") {
      try await first.api(token).processed(batch) == 4 && slow.heldCount == 1
    }
    #expect(try await first.stop() < 10)
    let states = try folder.rows("SELECT state, attempts, epoch FROM batch_lead ORDER BY position")
    #expect(states.filter { $0["state"] == "completed" }.count == 4)
    let released = states.filter { $0["state"] == "pending" }
    #expect(released.count == 5)
    #expect(released.allSatisfy { $0["attempts"] == 0 && $0["epoch"] == nil as Int? })
    #expect(try folder.rows("SELECT * FROM batch WHERE state = 'processing'").count == 1)

    slow.letGo()
    let second = try await RunningServer.start(folder, allowed)
    #expect(try await second.api(token).end(of: batch) == "completed")
    #expect(try await second.api(token).leads(of: batch).allSatisfy { $0["attempts"] as? Int == 1 })
    try expectEachLeadOnce(batch, of: 9, in: folder)
    try await second.stop()
  }

  @Test("a server stops at once although a browser keeps its connection open")
  func keptConnection() async throws {
    let folder = try DataFolder()
    let server = try await RunningServer.start(folder)
    let browser = URLSession(configuration: .ephemeral)
    let url = try #require(URL(string: "http://127.0.0.1:\(server.port)/ready"))
    let (_, response) = try await browser.data(from: url)
    #expect((response as? HTTPURLResponse)?.statusCode == 200)
    #expect(try await server.stop() < 9)
    browser.invalidateAndCancel()
  }
}

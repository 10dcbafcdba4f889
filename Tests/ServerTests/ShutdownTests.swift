import Foundation
import Storage
import TestSupport
import Testing

@testable import BatchReportsServer

@Suite struct ShutdownTests {
  @Test("a server that is stopped in mid-batch ends within 10 s, gives its leads back untried, and a restart finishes them")
  func inMidBatch() async throws {
    let site = try TestSite { $0.hasPrefix("/held") ? .hold : .page }
    defer { site.stop() }
    let folder = try DataFolder()
    let websites = (0..<8).map { site.url($0 < 4 ? "/quick\($0)" : "/held\($0)") }
    let (leads, token) = try await folder.prepare(websites: websites)
    let allowed = ["BATCH_ALLOW_PRIVATE_HOSTS": "true"]
    let first = try await RunningServer.start(folder, allowed)
    let batch = try await first.api(token).start(leads, concurrency: 8)
    try await eventually("four are done and four wait for their website") {
      try await first.api(token).processed(batch) == 4 && site.heldCount == 4
    }
    #expect(try await first.stop() < 10)
    let states = try folder.rows("SELECT state, attempts, epoch FROM batch_lead ORDER BY position")
    #expect(states.filter { $0["state"] == "completed" }.count == 4)
    let released = states.filter { $0["state"] == "pending" }
    #expect(released.count == 4)
    #expect(released.allSatisfy { $0["attempts"] == 0 && $0["epoch"] == nil as Int? })
    #expect(try folder.rows("SELECT * FROM batch WHERE state = 'processing'").count == 1)

    site.letGo()
    let second = try await RunningServer.start(folder, allowed)
    #expect(try await second.api(token).end(of: batch) == "completed")
    #expect(try await second.api(token).leads(of: batch).allSatisfy { $0["attempts"] as? Int == 1 })
    try expectEachLeadOnce(batch, of: 8, in: folder)
    try await second.stop()
  }

  @Test("a server that has nothing to do stops at once, with an open keep-alive connection too")
  func idle() async throws {
    let folder = try DataFolder()
    let server = try await RunningServer.start(folder)
    #expect(try await server.stop() < 5)
  }
}

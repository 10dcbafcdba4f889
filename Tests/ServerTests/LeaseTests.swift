import Foundation
import Storage
import TestSupport
import Testing
import WebTestSupport

@testable import BatchReportsServer

@Suite(.serialized) struct LeaseTests {
  private let allowed = ["BATCH_ALLOW_PRIVATE_HOSTS": "true"]

  private func engine(_ server: RunningServer, says text: String) async throws -> Bool {
    try await TestClient(port: server.port).send("GET", "/health", headers: [("Accept", "application/json")]).text.contains(text)
  }

  @Test("a second server on the folder serves pages and starts batches, but the first runs them, until it stops")
  func takesOver() async throws {
    let site = try TestSite { $0.hasPrefix("/held") ? .hold : .page }
    defer { site.stop() }
    let folder = try DataFolder()
    let (leads, token) = try await folder.prepare(websites: [site.url("/a"), site.url("/b"), site.url("/held")])
    let first = try await RunningServer.start(folder, allowed)
    try await eventually("the first runs the engine") { try await self.engine(first, says: "runs in this process") }
    let second = try await RunningServer.start(folder, allowed)
    try await eventually("the second waits") { try await self.engine(second, says: "waits for another process") }

    let batch = try await second.api(token).start(leads, concurrency: 1)
    try await eventually("the first works on the third lead, and the second sees it") {
      try await second.api(token).processed(batch) == 2 && site.heldCount == 1
    }
    #expect(try await engine(second, says: "waits for another process"))
    #expect(try folder.rows("SELECT epoch FROM engine").map { $0["epoch"] as Int } == [1])

    try await first.stop()
    try await eventually("the second has taken over") { try await self.engine(second, says: "runs in this process") }
    site.letGo()
    #expect(try await second.api(token).end(of: batch) == "completed")
    #expect(try folder.rows("SELECT epoch FROM engine").map { $0["epoch"] as Int } == [2])
    try expectEachLeadOnce(batch, of: 3, in: folder)
    try await second.stop()
  }

  @Test("a process in which batches are switched off starts and runs none, and leaves them to one that may")
  func switchedOff() async throws {
    let site = try TestSite { _ in .page }
    defer { site.stop() }
    let folder = try DataFolder()
    let (leads, token) = try await folder.prepare(websites: [site.url("/")])
    let pages = try await RunningServer.start(folder, allowed.merging(["ENABLE_BATCH_PROCESSING": "false"]) { $1 })
    #expect(try await engine(pages, says: "switched off"))
    let refused = try await pages.api(token).post("/api/batch/start", ["lead_ids": leads.map(\.text), "cost_approved": true])
    #expect(refused.status == 503)
    #expect(try refused.json()["code"] as? String == "unavailable")
    #expect(try folder.rows("SELECT count(*) AS batches FROM batch").map { $0["batches"] as Int } == [0])
    let worker = try await RunningServer.start(folder, allowed)
    let batch = try await worker.api(token).start(leads)
    #expect(try await pages.api(token).end(of: batch) == "completed")
    try await worker.stop()
    try await pages.stop()
  }
}

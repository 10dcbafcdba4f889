import BatchReports
import Foundation
import Synchronization
import TestSupport
import Testing
import WebTestSupport

@testable import Web

@Suite(.serialized) struct TemplateCoverageTests {
  /// A copy of Templates/ in which each file leaves its name in the page.
  private final class MarkedTemplates {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("templates-\(UUID().uuidString)")
    let names: Set<String>

    init() throws {
      try FileManager.default.copyItem(at: ProjectFolder.root.appendingPathComponent("Templates"), to: folder)
      let files = (FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []).filter { $0.hasSuffix(".mustache") }
      for file in files {
        let url = folder.appendingPathComponent(file)
        let text = try String(contentsOf: url, encoding: .utf8)
        try Data((text + "<!--template:\(file.dropLast(9))-->").utf8).write(to: url)
      }
      names = Set(files.map { String($0.dropLast(9)) })
    }

    deinit { try? FileManager.default.removeItem(at: folder) }
  }

  private static func seen(in answer: TestResponse) -> Set<String> {
    Set(answer.text.matches(of: /<!--template:([a-z0-9_\/-]+)-->/).map { String($0.output.1) })
  }

  /// Visits every page, in the states in which it shows its parts.
  private static func visit(_ server: ReportServer) async throws -> Set<String> {
    let admin = try await server.browser(server.desk.admin)
    var seen: Set<String> = []
    func get(_ paths: String..., by browser: TestBrowser? = nil) async throws {
      for path in paths { seen.formUnion(Self.seen(in: try await (browser ?? admin).get(path))) }
    }
    let ended = try await server.finished("Ended", [1, 2], failing: [1])
    let live = try await server.start("Live", [3])
    let ids = try await server.desk.leadIDs().map(\.text)
    try await get(
      "/", "/leads", "/leads/import", "/leads/\(ids[0])", "/batches", "/batches?q=ended&status=x", "/batches/new", "/health", "/offline", "/nowhere")
    try await get("/batches/\(ended.id.text)", "/batches/\(ended.id.text)/retry", "/batches/\(live.id.text)", "/batches/\(live.id.text)/cancel")
    try await get("/batches/\(ended.id.text)/leads/\(ids[0])/charges", "/analytics", "/analytics?days=x")
    try await get("/batches/\(live.id.text)/adjust", "/batches/bulk?batch=\(live.id.text)")
    try await server.desk.cards.add(dearer(at: server.clock.now.addingTimeInterval(86_400)))
    try await get("/settings/rates/1/withdraw", "/settings/rates/2/withdraw")
    try await get(
      "/settings", "/settings/rates", "/settings/rates/new", "/settings/budget", "/settings/templates", "/settings/accounts", "/settings/tokens",
      "/settings/features", "/settings/providers", "/settings/audit")
    try await get("/login", "/login/link?token=none", by: server.server.stranger)
    try await server.services.selections.add([1, 2], for: server.desk.admin.id)
    try await get("/batches/new")
    try await get(try #require(try await admin.post("/batches/preview").header("location")))
    for version in ["v1", "v2", "v3"] {
      let quote = try await server.desk.preview([4], template: version, now: server.clock.now).quote
      let batch = try await server.desk.batches.place(
        .init(quote: quote.id, order: try BatchDesk.order(), isApproved: true), by: server.desk.operatorAccount, now: server.clock.now)
      let engine = try await server.engine()
      for claim in try await engine.claim(5) {
        try await engine.complete(claim) { report in
          guard version == "v3" else { return }
          report.providers = [
            ProviderPart(.screenshotone, facts: [Fact(name: "Size", value: "1 KB")], image: Data([0xFF, 0xD8])),
            ProviderPart(.openai, facts: [], text: "All is well."), ProviderPart(.hunter, notMeasured: "it is not switched on"),
          ]
        }
      }
      try await get("/batches/\(batch.id.text)/leads/\(ids[3])/report", "/batches/\(batch.id.text)/leads/\(ids[3])/report?download=1")
    }
    let spent = try await Self.spent(server)
    try await get("/batches/\(spent.id.text)", "/batches/\(spent.id.text)/resume", "/settings/budget")
    return seen
  }

  /// A batch that is paused because its money is spent, with a call of which nobody knows what it cost.
  private static func spent(_ server: ReportServer) async throws -> Batch {
    let (desk, now) = (server.desk, server.clock.now)
    let batch = try await desk.startPaid(desk.addLeads(2), approved: 60_000, now: now)
    let epoch = try await desk.queue.beginEpoch(now: now)
    let claims = try await desk.claim(1, epoch: epoch, now: now)
    let ledger = desk.ledger(now: now)
    for claim in claims where claim.batchKey == batch.key {
      let intent = try await ledger.intend(claim, step: "hunter", provider: "hunter")
      try await ledger.settle(intent, of: claim, .unresolved(note: "The connection broke."))
    }
    try await desk.advance(claims.map { $0.succeeds() }, claiming: 1, epoch: epoch, now: now)
    return batch
  }

  @Test("Every template is shown by some page, and no page asks for a name that nobody offers")
  func coverage() async throws {
    let marked = try MarkedTemplates()
    let (folder, names) = (marked.folder, marked.names)
    let missing = Mutex(Set<String>())
    let all = Mutex(Set<String>())
    let templates = try Templates(folder: folder) { template, name in missing.withLock { _ = $0.insert("\(template): \(name)") } }
    try await ReportServer.run(leads: 4, dailyLimit: Money(micros: 10_000_000), health: [HealthCheck("engine") { .init(isWell: true) }]) {
      $0.templates = templates
    } _: { server in
      let seen = try await Self.visit(server)
      all.withLock { $0 = seen }
    }
    #expect(names.subtracting(all.withLock { $0 }).sorted() == [])
    #expect(missing.withLock { $0 }.sorted() == [])
    withExtendedLifetime(marked) {}
  }
}

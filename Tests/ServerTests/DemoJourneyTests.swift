import BatchReports
import DemoSites
import Foundation
import Storage
import TestSupport
import Testing
import WebTestSupport

@testable import BatchReportsServer

@Suite(.serialized) struct DemoJourneyTests {
  /// Signs in by the link that the demo prints, as a browser does.
  private func signIn(_ server: RunningServer) async throws -> TestBrowser {
    let token = try #require(server.signInToken)
    let stranger = TestBrowser(client: TestClient(port: server.port))
    let page = try await stranger.get("/login/link?token=\(token)")
    #expect(page.status == 200)
    let entered = try await stranger.post("/login/link", [("token", token), ("csrf", stranger.cookies["form"] ?? "")])
    #expect(entered.status == 303)
    return TestBrowser(
      client: stranger.client, cookies: stranger.cookies, csrf: try csrf(in: try await stranger.get("/settings/tokens").text))
  }

  private func csrf(in page: String) throws -> String {
    String(try #require(page.firstMatch(of: /name="csrf" value="([^"]+)"/)).1)
  }

  private func find(_ pattern: Regex<(Substring, Substring)>, in text: String?) throws -> String {
    String(try #require(text?.firstMatch(of: pattern)).1)
  }

  @Test("a demo on an empty folder leads from the sign-in link by forms to a report that can be read")
  func wholeJourney() async throws {
    let folder = try DataFolder()
    let server = try await RunningServer.start(folder, isDemo: true)
    let browser = try await signIn(server)
    let leads = try await LeadStore(database: server.installation.database).page(LeadFilter(), limit: 500).leads
    #expect(leads.count == 200)
    let sites = SampleSites(port: try #require(server.demoPort))
    let picked = leads.filter { sites.isQuick($0) }.prefix(4)
    let ticks = picked.flatMap { [("shown", $0.id.text), ("lead", $0.id.text)] }
    #expect(try await browser.post("/selection", [("action", "save"), ("return_to", "/leads")] + ticks).status == 303)
    let quoted = try await browser.post("/batches/preview", [("max_concurrent", "4"), ("retry_count", "0")])
    let quote = try find(/\/batches\/new\?quote=([0-9a-f-]{36})$/, in: quoted.header("location"))
    let preview = try await browser.get("/batches/new?quote=\(quote)")
    #expect(preview.status == 200)
    #expect(preview.text.contains("4"))
    let refused = try await browser.post("/batches", [("quote", quote)])
    #expect(refused.status == 422)
    let started = try await browser.post("/batches", [("quote", quote), ("cost_approved", "true"), ("name", "First")])
    let batch = try find(/\/batches\/([0-9a-f-]{36})$/, in: started.header("location"))
    try await eventually("the batch ends", within: 90) {
      let status = try await browser.get("/api/batch/\(batch)/status").json()["status"] as? String
      return status == "completed" || status == "completed_with_errors"
    }
    let rows = try #require(try await browser.get("/api/batch/\(batch)/leads").json()["leads"] as? [[String: Any]])
    let report = try #require(rows.compactMap { $0["report_url"] as? String }.first)
    let page = try await browser.get(report)
    #expect(page.status == 200)
    #expect(page.text.contains("<h1") && page.text.contains("What other sources say"))
    let spent = try folder.rows("SELECT provider, count(*) AS calls FROM charge WHERE kind = 'provider' GROUP BY provider")
    #expect(Set(spent.map { $0["provider"] as String }).isSuperset(of: ["pagespeed", "openai"]))
    let settings = try await browser.get("/settings/providers").text
    #expect(settings.contains("PageSpeed Insights") && settings.contains("127.0.0.1:") && !settings.contains("demo-key"))
    #expect(try await browser.get("/batches").text.contains("First"))
    try expectEachLeadOnce(batch, of: 4, in: folder)
    try await server.stop()
  }

  @Test("a second start on the same folder keeps the demo's port, its leads and its accounts, and signs in anew")
  func restart() async throws {
    let folder = try DataFolder()
    let first = try await RunningServer.start(folder, isDemo: true)
    let before = try await leadIDs(first)
    try await first.stop()
    let second = try await RunningServer.start(folder, isDemo: true)
    #expect(second.demoPort == first.demoPort)
    #expect(try await leadIDs(second) == before)
    #expect(try folder.rows("SELECT * FROM account").count == 1)
    #expect(second.signInToken != first.signInToken)
    #expect(try await signIn(second).get("/").status == 200)
    try await second.stop()
  }

  @Test("a demo whose port is taken by another program says so instead of serving leads without websites")
  func portTaken() async throws {
    let folder = try DataFolder()
    let first = try await RunningServer.start(folder, isDemo: true)
    await #expect(throws: (any Error).self) { try await RunningServer.start(folder, isDemo: true) }
    try await first.stop()
  }

  private func leadIDs(_ server: RunningServer) async throws -> Set<UUID> {
    Set(try await LeadStore(database: server.installation.database).page(LeadFilter(), limit: 500).leads.map(\.id))
  }
}

/// The demo's leads whose websites answer at once.
private struct SampleSites {
  private let quick: Set<UUID>

  init(port: Int) { quick = Set(SampleLeads.all(port: port, now: Date()).filter { $0.siteKind == .good }.map(\.id)) }

  func isQuick(_ lead: Lead) -> Bool { quick.contains(lead.id) }
}

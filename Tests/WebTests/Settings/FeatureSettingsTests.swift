import BatchReports
import Foundation
import Storage
import TestSupport
import Testing
import WebTestSupport

@testable import Web

@Suite("Feature settings")
struct FeatureSettingsTests {
  @Test("An admin switches a feature with a reason; others may not even look")
  func switching() async throws {
    try await ReportServer.run { server in
      let admin = try await server.browser(server.desk.admin)
      let page = try await admin.get("/settings/features").text
      for flag in FeatureFlag.allCases { #expect(page.contains(flag.rawValue) && page.contains(flag.title)) }
      #expect(page.contains("As the environment says"))
      let done = try await admin.post(
        "/settings/features", [("feature", "BATCH_RUNNER_WS_DEBUG"), ("action", "on"), ("reason", "<b>look</b>")])
      #expect(done.status == 303)
      #expect(try await server.services.features.isOn(.socketLog))
      let after = try await admin.get("/settings/features").text
      #expect(after.contains("is switched on.") && after.contains(server.desk.admin.email))
      #expect(try await admin.get("/settings/audit").text.contains("&lt;b&gt;look&lt;/b&gt;"))

      for (fields, reason) in [
        ([("feature", "NOTHING"), ("action", "on")], "There is no such feature."),
        ([("feature", "BATCH_RUNNER_WS_DEBUG"), ("action", "maybe")], "Choose one of the buttons."),
        ([("feature", "BATCH_RUNNER_WS_DEBUG"), ("action", "off"), ("reason", String(repeating: "x", count: 501))], "at most 500 characters"),
      ] {
        let refused = try await admin.post("/settings/features", fields)
        #expect(refused.status == 422 && refused.text.contains(reason))
      }
      for account in [server.desk.operatorAccount, server.desk.viewer] {
        let browser = try await server.browser(account)
        #expect(try await browser.get("/settings/features").status == 403)
        #expect(try await browser.post("/settings/features", [("feature", "BATCH_RUNNER_WS_DEBUG"), ("action", "off")]).status == 403)
      }
    }
  }

  @Test("Without batch processing a start is refused with the reason, by form and by API, and nothing is lost")
  func noProcessing() async throws {
    try await ReportServer.run { server in
      let desk = server.desk
      try await server.services.features.set(.batchProcessing, isOn: false, reason: "", by: desk.admin, now: server.clock.now)
      let quote = try await desk.quotes.preview(
        .init(leads: .ids(try await desk.leadIDs()), maxConcurrent: 5, retryCount: 3), for: desk.operatorAccount, now: server.clock.now
      ).quote.id.text
      let browser = try await server.browser(desk.operatorAccount)
      let refused = try await browser.post("/batches", [("quote", quote), ("cost_approved", "true"), ("name", "My batch")])
      #expect(refused.status == 503 && refused.text.contains("switched off here") && refused.text.contains("My batch"))
      let answer = try await browser.postJSON("/api/batch/start", #"{"quote": "\#(quote)", "cost_approved": true}"#)
      try expectProblem(answer, 503, "unavailable")
      #expect(answer.header("retry-after") == "60")

      try await server.services.features.set(.batchProcessing, isOn: true, reason: "", by: desk.admin, now: server.clock.now)
      #expect(try await browser.post("/batches", [("quote", quote), ("cost_approved", "true"), ("name", "My batch")]).status == 303)
    }
  }

  @Test("Without its pages the product still has its API and its settings")
  func noPages() async throws {
    try await ReportServer.run { server in
      try await server.services.features.set(.batchRunnerPages, isOn: false, reason: "", by: server.desk.admin, now: server.clock.now)
      let admin = try await server.browser(server.desk.admin)
      for path in ["/", "/leads", "/leads/import", "/batches", "/batches/new"] {
        let page = try await admin.get(path)
        #expect(page.status == 503 && page.text.contains("switched off here"), "\(path)")
      }
      #expect(try await admin.post("/selection", [("action", "clear")]).status == 503)
      for path in ["/settings", "/settings/features", "/api/batch", "/api/leads", "/health"] {
        #expect(try await admin.get(path).status == 200, "\(path)")
      }
      #expect(try await admin.post("/settings/features", [("feature", "ENABLE_BATCH_RUNNER_UI"), ("action", "on")]).status == 303)
      #expect(try await admin.get("/batches").status == 200)
    }
  }
}

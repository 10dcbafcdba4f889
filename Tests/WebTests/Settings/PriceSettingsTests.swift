import BatchReports
import Foundation
import TestSupport
import Testing
import WebTestSupport

@testable import Web

@Suite(.serialized) struct PriceSettingsTests {
  @Test("The budget shows the limit, what is left and the last days")
  func budget() async throws {
    try await ReportServer.run(dailyLimit: Money(micros: 1_000_000)) { server in
      let browser = try await server.browser(server.desk.viewer)
      #expect(try await browser.get("/settings/budget").text.contains("$1.0000"))
      _ = try await server.finished("", [1])
      _ = try await server.start("", [2, 3])
      let text = try await browser.get("/settings/budget").text
      #expect(text.contains("2026-11-21"))
      for amount in ["$0.0500", "$0.1000", "$0.8500"] { #expect(text.contains(amount)) }
    }
    try await ReportServer.run { server in
      let text = try await server.browser(server.desk.viewer).get("/settings/budget").text
      #expect(text.contains("<dd>none</dd>") && !text.contains("role=\"img\" aria-label=\"Of"))
    }
  }

  @Test("An admin makes a template the latest, retires and restores one; each lands in the audit trail")
  func templates() async throws {
    try await ReportServer.run { server in
      let browser = try await server.browser(server.desk.admin)
      func change(_ action: String, _ version: String) async throws {
        let answer = try await browser.post("/settings/templates", [("action", action), ("template_version", version)])
        #expect(answer.status == 303)
        #expect(answer.header("location") == "/settings/templates")
      }
      try await change("make_latest", "v1")
      #expect(try await server.desk.templates.latest().reference.version == "v1")
      try await change("retire", "website-audit:v2")
      let page = try await browser.get("/settings/templates").text
      #expect(page.contains("website-audit:v2 is changed."))
      #expect(page.contains("Retired") && page.contains("aria-label=\"Restore website-audit v2\""))
      try await change("restore", "v2")
      #expect(try await server.desk.templates.all().map(\.status) == [.active, .active, .active])
      #expect(try await server.desk.number("SELECT count(*) FROM audit WHERE subject_type = 'template'") == 3)
    }
  }

  @Test(
    "A change of templates that cannot be is refused with its reason",
    arguments: [
      ("retire", "v3", "Make another version the latest before retiring this one."), ("retire", "v9", "There is no report template"),
      ("retire", "", "There is no report template"), ("explode", "v1", "Choose one of the buttons."),
    ])
  func refused(_ action: String, _ version: String, _ reason: String) async throws {
    try await ReportServer.run { server in
      let page = try await server.browser(server.desk.admin).post("/settings/templates", [("action", action), ("template_version", version)])
      #expect(page.status == 422)
      #expect(page.text.contains(reason))
      #expect(page.text.contains("aria-label=\"Retire website-audit v1\""))
    }
  }

  @Test("Others read the templates and change none")
  func roles() async throws {
    try await ReportServer.run { server in
      for account in [server.desk.viewer, server.desk.operatorAccount] {
        let browser = try await server.browser(account)
        let page = try await browser.get("/settings/templates").text
        #expect(page.contains("website-audit") && !page.contains("Make latest"))
        #expect(try await browser.post("/settings/templates", [("action", "make_latest"), ("template_version", "v1")]).status == 403)
      }
      let admin = try await server.browser(server.desk.admin)
      #expect(try await admin.post("/settings/templates", [("csrf", ""), ("action", "make_latest"), ("template_version", "v1")]).status == 403)
      #expect(try await server.desk.templates.latest().reference.version == "v3")
    }
  }
}

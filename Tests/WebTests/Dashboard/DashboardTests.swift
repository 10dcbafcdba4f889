import BatchReports
import Foundation
import TestSupport
import Testing
import WebTestSupport

@testable import Web

@Suite(.serialized) struct DashboardTests {
  @Test("A fresh installation shows the three steps")
  func fresh() async throws {
    try await ReportServer.run(leads: 0) { server in
      let page = try await server.browser(server.desk.operatorAccount).get("/")
      #expect(page.status == 200)
      #expect(page.text.contains("Three steps to the first reports"))
      #expect(try await server.client.send("GET", "/", headers: [("Accept", "text/html")]).header("location") == "/login")
    }
  }

  @Test("Without a batch the dashboard is idle")
  func idle() async throws {
    try await ReportServer.run(leads: 1) { server in
      let text = try await server.browser(server.desk.viewer).get("/").text
      #expect(!text.contains("Three steps"))
      #expect(text.contains("Nothing runs."))
      #expect(text.contains("No batch has finished yet."))
      #expect(text.contains("<p class=\"lede\">2026-11-21</p>"))
      #expect(!text.contains("New batch</a>"))
      #expect(try await server.browser(server.desk.operatorAccount).get("/").text.contains("New batch</a>"))
    }
  }

  @Test("A busy dashboard shows queue, rate, live and ended batches, and only what the account may see")
  func busy() async throws {
    let checks = [HealthCheck("engine") { .init(isWell: true, detail: "runs <here>") }]
    try await ReportServer.run(leads: 12, health: checks) { server in
      _ = try await server.finished("Ended <1>", [1, 2], failing: [1])
      _ = try await server.start("Secret", [12], isPrivate: true)
      let batch = try await server.start("Running", Array(3...11))
      let engine = try await server.engine()
      let claims = try await engine.claim(5, of: batch)
      #expect(claims.count == 5)
      server.clock.advance(by: 10)
      for claim in claims.prefix(2) { try await engine.complete(claim) }
      let text = try await server.browser(server.desk.viewer).get("/").text
      #expect(text.contains("<dt>Queue</dt><dd>4</dd>"))
      #expect(text.contains("<dt>In flight</dt><dd>3</dd><dd class=\"note\">1 batch running or queued</dd>"))
      #expect(text.contains("<dt>Reports per minute</dt><dd>12.0</dd>"))
      #expect(text.contains("<dt>Failure rate</dt><dd>50.0 %</dd><dd class=\"note\">of 2 leads in 1 batch</dd>"))
      #expect(text.contains("Ended &lt;1&gt;") && text.contains("Running") && !text.contains("Secret"))
      #expect(text.contains("left: <span data-live=\"remaining\">35 s</span>"))
      #expect(text.contains("runs &lt;here&gt;") && text.contains(">OK</span>"))
      #expect(text.contains("data-socket=\"/api/batch/ws\""))
      #expect(try await server.browser(server.desk.admin).get("/").text.contains("Secret"))
    }
  }

  @Test("Reports per minute count reports, not leads that failed")
  func reportRate() async throws {
    try await ReportServer.run(leads: 9) { server in
      let batch = try await server.start()
      let engine = try await server.engine()
      let claims = try await engine.claim(5, of: batch)
      server.clock.advance(by: 10)
      for claim in claims.prefix(2) { try await engine.complete(claim) }
      try await engine.end(claims.dropFirst(2).map { $0.fails() })
      #expect(try await server.browser(server.desk.viewer).get("/").text.contains("<dt>Reports per minute</dt><dd>12.0</dd>"))
    }
  }

  @Test("Alerts tell of a component that is down, of many failures, and of a budget that is nearly used or passed")
  func alerts() async throws {
    let checks = [HealthCheck("engine") { .init(isWell: false, detail: "No lease.") }]
    try await ReportServer.run(leads: 24, dailyLimit: Money(micros: 1_000_000), health: checks) { server in
      _ = try await server.finished("Poor", Array(1...20), failing: Set(0..<6))
      _ = try await server.start("Held", Array(21...24))
      let text = try await server.browser(server.desk.viewer).get("/").text
      #expect(text.contains("<strong>engine is down.</strong> No lease."))
      #expect(text.contains("<strong>Many leads fail.</strong> 30.0 % of the last 20 leads failed."))
      #expect(text.contains("<strong>Budget.</strong> 90 % of today&#39;s budget is used."))
      #expect(text.contains("aria-label=\"Of $1.0000, $0.7000 is spent and $0.2000 reserved\""))
    }
    try await ReportServer.run(leads: 3, dailyLimit: Money(micros: 100_000)) { server in
      let quote = try await server.desk.preview(by: server.desk.admin, now: server.clock.now).quote
      _ = try await server.desk.batches.place(
        .init(quote: quote.id, order: try BatchDesk.order(overrunReason: "Asked for"), isApproved: true), by: server.desk.admin, now: server.clock.now)
      let text = try await server.browser(server.desk.viewer).get("/").text
      #expect(text.contains("<strong>Budget.</strong> Today&#39;s budget of $0.1000 is passed: $0.1500 is spent or reserved."))
    }
  }
}

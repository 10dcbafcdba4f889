import BatchReports
import Foundation
import TestSupport
import Testing
import WebTestSupport

@Suite(.serialized) struct AnalyticsTests {
  @Test("The page shows what was spent, each chart with its table, and how far the estimates were off")
  func page() async throws {
    try await ReportServer.run(leads: 6) { server in
      let empty = try await server.browser(server.desk.viewer).get("/analytics")
      #expect(empty.status == 200 && empty.text.contains("Nothing was spent.") && empty.text.contains("No batch of these days has ended."))
      _ = try await server.finished("Spring <sale>", [1, 2, 3, 4], failing: [1])
      _ = try await server.finished("Secret", [5, 6], isPrivate: true)
      let page = try await server.browser(server.desk.viewer).get("/analytics?days=7").text
      for text in [
        "The last 7 days, today included.", "<dt>Spent</dt><dd>$0.2500</dd>", "Spring &lt;sale&gt;", "website-audit:v3", "operator@example.com",
        "1 private batch of others ended, not listed here.</p>",
        "<dt>A delivered report</dt><dd>$0.0500</dd>", "Base cost of reports", "Estimate and actual cost of each batch", "<rect class=\"behind\"",
        "Our last 2 estimates were off by ", "aria-current=\"true\">7 days</a>", "2026-11-21: $0.2500",
      ] { #expect(page.contains(text), "\(text)") }
      #expect(!page.contains("Secret") && !page.contains("Finance CSV"))
      let admin = try await server.browser(server.desk.admin).get("/analytics").text
      #expect(admin.contains("Secret") && admin.contains("/analytics/finance.csv?days=30"))
    }
  }

  @Test("Throughput, causes and statuses stand there day by day, on the page and in the API")
  func throughput() async throws {
    try await ReportServer.run(leads: 6) { server in
      let browser = try await server.browser(server.desk.viewer)
      let empty = try await browser.get("/analytics").text
      for text in ["No lead was processed.", "No lead was worked on.", "No batch was placed on these days."] { #expect(empty.contains(text), "\(text)") }
      #expect(!empty.contains("Failures over time"))
      _ = try await server.finished("Spring", [1, 2, 3, 4], failing: [1])
      let page = try await browser.get("/analytics?days=2").text
      for text in [
        "Leads processed by day; the tallest bar is 4 leads.", "2026-11-21: 4 leads", "Seconds of work on a lead; the tallest bar is",
        "Domain name not found; the tallest bar is 1 lead.", "<li>Domain name not found: <span class=\"num\">1</span></li>",
        "<tr><th scope=\"row\">2026-11-21</th><td class=\"num\">4</td><td class=\"num\">3</td><td class=\"num\">1</td><td class=\"num\">0</td>",
        "<tr><th scope=\"row\">2026-11-20</th><td class=\"num\">0</td><td class=\"num\">0</td><td class=\"num\">0</td><td class=\"num\">0</td><td class=\"num\">–</td>",
        "<th scope=\"row\">Report reused</th><td class=\"num\">0</td>", "Completed with errors",
      ] { #expect(page.contains(text), "\(text)") }
      let json = try await server.caller(server.desk.viewer).get("/api/batch/analytics?days=2").json()
      let days = try #require(json["by_day"] as? [[String: Any]])
      #expect(days.map { $0["processed"] as? Int } == [0, 4] && days.map { $0["failed"] as? Int } == [0, 1])
      #expect(days[1]["completed"] as? Int == 3 && days[1]["skipped"] as? Int == 0 && days[1]["by_error_code"] as? [String: Int] == ["dns_failed": 1])
      #expect(days[0]["seconds_per_lead"] is NSNull && days[1]["seconds_per_lead"] is Double)
      #expect((json["totals"] as? [String: Any])?["seconds_per_lead"] is Double && json["by_status"] as? [String: Int] == ["completed_with_errors": 1])
    }
  }

  @Test("Days that cannot be are refused, and the page shows the usual ones", arguments: ["0", "366", "x", "-1"])
  func days(text: String) async throws {
    try await ReportServer.run { server in
      let page = try await server.browser(server.desk.viewer).get("/analytics?days=\(text)")
      #expect(page.status == 422 && page.text.contains("Look back on 1 to 365 days.") && page.text.contains("The last 30 days"))
      #expect(try await server.caller(server.desk.viewer).get("/api/batch/analytics?days=\(text)").status == 422)
      #expect(try await server.browser(server.desk.admin).get("/analytics/finance.csv?days=\(text)").status == 422)
    }
  }

  @Test("Strangers see nothing, and only an admin has the finance file")
  func roles() async throws {
    try await ReportServer.run { (server) async throws in
      #expect(try await server.client.send("GET", "/api/batch/analytics").status == 401)
      #expect(try await server.client.send("GET", "/analytics/finance.csv").status == 303)
      #expect(try await server.browser(server.desk.operatorAccount).get("/analytics/finance.csv").status == 403)
    }
  }

  @Test("The finance file has one row a charge and sums to the ledger")
  func finance() async throws {
    try await ReportServer.run(leads: 600) { (server) async throws in
      let batch = try await server.start("=Sum()")
      let engine = try await server.engine()
      while case let claims = try await engine.claim(100), !claims.isEmpty { try await engine.end(claims.map { $0.succeeds() }) }
      let answer = try await server.browser(server.desk.admin).get("/analytics/finance.csv?days=1")
      #expect(answer.status == 200 && answer.header("content-type") == "text/csv; charset=utf-8")
      #expect(answer.header("content-disposition") == "attachment; filename=\"finance-1-days.csv\"")
      let lines = answer.text.split(separator: "\r\n")
      #expect(lines.count == 601 && lines[0].contains("status,day,charged_at,kind,provider"))
      #expect(lines[1].hasPrefix("charged,2026-11-21,") && lines[1].contains(",'=Sum(),"))
      let sum = lines.dropFirst().reduce(Decimal(0)) { $0 + (Decimal(string: String($1.split(separator: ",", omittingEmptySubsequences: false)[9])) ?? 0) }
      #expect(sum == (try await server.desk.batch(batch.id)).actual.usd && sum == 24)
    }
  }

  @Test("A lead's cost on the batch's page leads to its charges, which sum to it")
  func charges() async throws {
    try await ReportServer.run(leads: 3) { server in
      let batch = try await server.finished("Spring", failing: [2])
      let browser = try await server.browser(server.desk.viewer)
      let page = try await browser.get("/batches/\(batch.id.text)").text
      let ids = try await server.desk.leadIDs().map(\.text)
      #expect(page.contains("<a href=\"/batches/\(batch.id.text)/leads/\(ids[0])/charges\""))
      let charged = try await browser.get("/batches/\(batch.id.text)/leads/\(ids[0])/charges")
      #expect(charged.status == 200 && charged.text.contains("Report delivered") && charged.text.contains("$0.0500 in this batch, by rate card version 1."))
      #expect(try await browser.get("/batches/\(batch.id.text)/leads/\(ids[2])/charges").text.contains("Nothing was charged for this lead."))
      #expect(try await browser.get("/batches/\(batch.id.text)/leads/\(UUID().text)/charges").status == 404)
      let secret = try await server.finished("Secret", [1], isPrivate: true)
      #expect(try await browser.get("/batches/\(secret.id.text)/leads/\(ids[0])/charges").status == 404)
    }
  }

  @Test("A batch that runs shows what it cost, what it will have cost and what was approved")
  func projection() async throws {
    try await ReportServer.run(leads: 4) { server in
      let batch = try await server.start()
      let engine = try await server.engine()
      for claim in try await engine.claim(1, of: batch) { try await engine.complete(claim) }
      let page = try await server.browser(server.desk.viewer).get("/batches/\(batch.id.text)").text
      #expect(page.contains("<dd data-live=\"cost\">$0.0500</dd><dd class=\"note\">of $0.2000 quoted</dd>"))
      #expect(page.contains("<dt>Projected</dt><dd data-live=\"projected\">$0.2000</dd>"))
      #expect(page.contains("<dt>Approved</dt><dd>$0.2000</dd>"))
      let status = try await server.caller(server.desk.viewer).get("/api/batch/\(batch.id.text)").json()
      let progress = try #require(status["progress"] as? [String: Any])
      #expect(progress["projected_cost_usd"] as? Double == 0.2 && progress["approved_cost_usd"] as? Double == 0.2)
    }
  }
}

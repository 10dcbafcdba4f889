import BatchReports
import Foundation
import Storage
import TestSupport
import Testing
import WebTestSupport

@testable import Web

@Suite(.serialized) struct ReuseWebTests {
  @Test("the form offers reuse, the preview says what it saves, and the batch page links the reports that were reused")
  func byForm() async throws {
    try await ReportServer.run(leads: 3) { server in
      let earlier = try await server.finished("Earlier", [1, 2])
      server.clock.advance(by: 7200)
      let account = server.desk.operatorAccount
      let browser = try await server.browser(account)
      try await server.services.selections.add(try await server.desk.leadKeys(), for: account.id)
      #expect(try await browser.get("/batches/new").text.contains(#"<option value="7">Yes, up to 7 days old</option>"#))
      let sealed = try #require(try await browser.post("/batches/preview", [("reuse_days", "7")]).header("location"))
      let preview = try await browser.get(sealed).text
      #expect(preview.contains("2 leads have a report of the last 7 days: they are reused, which saves about $0.1000. 1 new report will be made."))
      #expect(preview.contains(#"<option value="7" selected>"#) && preview.contains("Start 1 report</button>"))
      let quote = try #require(sealed.split(separator: "=").last.map(String.init))
      let other = try await browser.post("/batches", [("quote", quote), ("cost_approved", "true"), ("reuse_days", "")])
      #expect(other.status == 409 && other.text.contains("This is the price with that") && other.text.contains("Start 3 reports</button>"))
      let started = try await browser.post("/batches", [("quote", quote), ("cost_approved", "true")])
      let url = try #require(started.header("location"))
      let page = try await browser.get(url).text
      #expect(page.contains("$0.1000 saved by reuse") && page.contains("<dd>up to 7 days old</dd>") && page.contains("reused</span>"))
      let lead = try #require(try await server.desk.leadIDs().first)
      let report = try await browser.get("\(url)/leads/\(lead.text)/report")
      #expect(report.status == 200 && report.text.contains("This batch reused the report of") && report.text.contains("<h1>Lead 0</h1>"))
      let own = try await browser.get("/batches/\(earlier.id.text)/leads/\(lead.text)/report").text
      #expect(!own.contains("This batch reused the report of"))
      let csv = try await browser.get("/api\(url.replacingOccurrences(of: "batches", with: "batch"))/results.csv").text
      #expect(csv.split(whereSeparator: \.isNewline).filter { $0.contains(",skipped,") && $0.contains("/report") }.count == 2)
    }
  }

  @Test("a number of days that is none keeps the form, with the reason beside the field")
  func refusedForm() async throws {
    try await ReportServer.run(leads: 1) { server in
      let account = server.desk.operatorAccount
      try await server.services.selections.add(try await server.desk.leadKeys(), for: account.id)
      let answer = try await server.browser(account).post("/batches/preview", [("reuse_days", "soon")])
      #expect(answer.status == 422 && answer.text.contains(#"id="reuse_days-error""#) && answer.text.contains("a whole number of days from 1 to 365"))
    }
  }

  @Test("the API prices and starts with reuse; a batch with nothing to run is completed in the answer")
  func byAPI() async throws {
    try await ReportServer.run(leads: 2) { server in
      _ = try await server.finished("Earlier")
      server.clock.advance(by: 3600)
      let caller = try await server.caller(server.desk.operatorAccount)
      let ids = try await server.desk.leadIDs().map { "\"\($0.text)\"" }.joined(separator: ",")
      let preview = try await caller.post("/api/batch/preview", "{\"lead_ids\": [\(ids)], \"reuse_days\": 3}").json()
      #expect(preview["reused_count"] as? Int == 2 && preview["saved_usd"] as? Double == 0.1 && preview["estimated_cost_usd"] as? Double == 0)
      let answer = try await caller.post(
        "/api/batch/start", "{\"lead_ids\": [\(ids)], \"reuse_days\": 3, \"estimated_cost_usd\": 0, \"cost_approved\": true}")
      let batch = try answer.json()
      #expect(answer.status == 201 && batch["status"] as? String == "completed" && batch["saved_usd"] as? Double == 0.1 && batch["reuse_days"] as? Int == 3)
      let progress = batch["progress"] as? [String: Any]
      #expect(progress?["skipped_count"] as? Int == 2 && progress?["processed"] as? Int == 2)
      let refused = try await caller.post("/api/batch/preview", "{\"lead_ids\": [\(ids)], \"reuse_days\": 999}")
      #expect(refused.status == 422)
    }
  }
}

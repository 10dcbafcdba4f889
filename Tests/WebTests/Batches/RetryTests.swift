import BatchReports
import Foundation
import TestSupport
import Testing
import WebTestSupport

@testable import Web

@Suite(.serialized) struct RetryTests {
  @Test("The API retries failed leads for the approved price, once per run", arguments: ["/api", "/api/v1"])
  func api(_ base: String) async throws {
    try await ReportServer.run(leads: 4) { server in
      let caller = try await server.caller(server.desk.operatorAccount)
      let batch = try await server.finished(failing: [0, 2])
      let path = "\(base)/batch/\(batch.id.text)/retry"
      let refused = try await caller.post(path, #"{"scope": "failed"}"#)
      try expectProblem(refused, 422, "cost_not_approved")
      #expect(try (refused.json()["detail"] as? String) == "Approve $0.1000 at most to retry these leads.")
      #expect(try refused.json()["expected_cost_usd"] as? Double == 0.1)
      let price = try await caller.get(path + "?scope=failed").json()
      #expect(price["lead_count"] as? Int == 2 && price["run"] as? Int == 1)
      #expect(price["estimated_cost_usd"] as? Double == 0.1 && price["expected_cost_usd"] as? Double == 0.1)
      let changed = try await caller.post(path, #"{"scope": "failed", "cost_approved": true, "estimated_cost_usd": 0.15}"#)
      try expectProblem(changed, 409, "quote_changed")
      #expect(try changed.json()["estimated_cost_usd"] as? Double == 0.1)
      #expect(try (changed.json()["detail"] as? String)?.contains("preview") == false)
      let body = #"{"scope": "failed", "run": 1, "cost_approved": true, "estimated_cost_usd": 0.1, "reason": "Once more"}"#
      let answer = try await caller.post(path, body)
      #expect(answer.status == 200)
      #expect(try answer.json()["status"] as? String == "processing")
      #expect(try answer.json()["run"] as? Int == 2)
      #expect(try answer.json()["finished_at"] is NSNull)
      let again = try await caller.post(path, body)
      #expect(again.status == 200)
      #expect(try again.json()["run"] as? Int == 2)
      try expectProblem(try await caller.post(path, #"{"scope": "failed", "cost_approved": true}"#), 409, "invalid_transition")
      #expect(server.nudgeCount == 2)
      let engine = try await server.engine()
      for claim in try await engine.claim(5, of: batch) { try await engine.complete(claim) }
      let status = try await caller.get("\(base)/batch/\(batch.id.text)")
      #expect(try status.json()["status"] as? String == "completed")
      #expect(try status.json()["actual_cost_usd"] as? Double == 0.2)
      let nothing = try await caller.post(path, #"{"scope": "failed", "cost_approved": true}"#)
      try expectProblem(nothing, 409, "invalid_transition")
      #expect(try (nothing.json()["detail"] as? String)?.contains("nothing to retry") == true)
    }
  }

  @Test("The API takes one error code, chosen leads or the form's fields, and refuses what means no failed lead")
  func scopes() async throws {
    try await ReportServer.run(leads: 4) { server in
      let caller = try await server.caller(server.desk.admin)
      let batch = try await server.finished(failing: [0, 2])
      let ids = try await server.desk.leadIDs()
      let path = "/api/batch/\(batch.id.text)/retry"
      for (body, field) in [
        ("{}", "scope"), (#"{"scope": "all"}"#, "scope"), (#"{"scope": "error_code"}"#, "error_code"),
        (#"{"scope": "error_code", "error_code": "odd"}"#, "error_code"),
        (#"{"scope": "error_code", "error_code": "timeout", "cost_approved": true}"#, "error_code"), (#"{"scope": "leads"}"#, "lead_ids"),
        (#"{"scope": "leads", "lead_ids": ["x"]}"#, "lead_ids"),
        (#"{"scope": "leads", "lead_ids": ["\#(ids[1].text)"], "cost_approved": true}"#, "lead_ids"),
        (#"{"scope": "failed", "reason": "\#(String(repeating: "r", count: 501))"}"#, "reason"),
      ] {
        try expectProblem(try await caller.post(path, body), 422, "invalid_input", field: field)
      }
      try expectProblem(try await caller.get(path), 422, "invalid_input", field: "scope")
      try expectProblem(try await caller.get(path + "?scope=error_code&error_code=timeout"), 422, "invalid_input", field: "error_code")
      #expect(try await caller.get(path + "?scope=leads&lead_ids=\(ids[0].text)&lead_ids=\(ids[2].text)").json()["lead_count"] as? Int == 2)
      func form(_ price: String) async throws -> TestResponse {
        try await server.client.send(
          "POST", path, headers: [try await server.bearer(server.desk.admin), ("Content-Type", "application/x-www-form-urlencoded")],
          body: Data("scope=leads&lead=\(ids[2].text)&cost_approved=true\(price)".utf8))
      }
      try expectProblem(try await form("&estimated_cost_usd=0.02"), 409, "quote_changed")
      for price in ["cheap", "0.05x", "-1"] {
        try expectProblem(try await form("&estimated_cost_usd=\(price)"), 422, "invalid_input", field: "estimated_cost_usd")
      }
      #expect(try await form("&estimated_cost_usd=0.0500").status == 200)
      #expect(try await server.desk.leadStates(batch) == [.failed, .completed, .pending, .completed])
    }
  }

  @Test("Viewers and other operators retry nothing, by API and by page; a private batch is not found")
  func roles() async throws {
    try await ReportServer.run { server in
      let open = try await server.finished(failing: [0])
      let secret = try await server.finished("", [1], isPrivate: true, failing: [0])
      for (account, batch, status) in [
        (server.desk.viewer, open, 403), (server.desk.otherOperator, open, 403), (server.desk.otherOperator, secret, 404),
      ] {
        let (caller, browser) = (try await server.caller(account), try await server.browser(account))
        #expect(try await caller.post("/api/batch/\(batch.id.text)/retry", #"{"scope": "failed", "cost_approved": true}"#).status == status)
        #expect(try await browser.get("/batches/\(batch.id.text)/retry").status == status)
        #expect(try await caller.get("/api/batch/\(batch.id.text)/retry?scope=failed").status == status)
        #expect(try await browser.post("/batches/\(batch.id.text)/retry", [("scope", "failed"), ("cost_approved", "true")]).status == status)
        if status == 403 { #expect(!(try await browser.get("/batches/\(batch.id.text)").text.contains("/retry"))) }
      }
      #expect(try await server.desk.batch(open.id).run == 1)
      #expect(try await server.browser(server.desk.operatorAccount).post("/batches/\(open.id.text)/retry", [("csrf", "")]).status == 403)
    }
  }

  @Test("The pages lead from the failures to the price, and from the price to the running batch; a second click makes no second retry")
  func pages() async throws {
    try await ReportServer.run(leads: 4) { server in
      let browser = try await server.browser(server.desk.operatorAccount)
      let batch = try await server.finished("Spring", failing: [1, 3])
      let url = "/batches/\(batch.id.text)"
      let ids = try await server.desk.leadIDs()
      let detail = try await browser.get(url).text
      #expect(detail.contains("href=\"\(url)/retry\">Retry failed…"))
      #expect(detail.contains("href=\"\(url)/retry?scope=error_code&amp;error_code=dns_failed\""))
      #expect(detail.contains("aria-label=\"Retry 2 leads, about $0.1000…: Domain name not found\">Retry 2 leads, about $0.1000…</a>"))
      #expect(detail.contains("name=\"lead\" value=\"\(ids[1].text)\" aria-label=\"Retry Lead 1\""))
      #expect(!detail.contains("value=\"\(ids[0].text)\""))

      let page = try await browser.get(url + "/retry?scope=leads&lead=\(ids[3].text)")
      #expect(page.status == 200)
      for text in [
        "Retry failed leads?", "The chosen lead", "<dd>1 lead</dd>", "<dt>Costs about</dt><dd>$0.0500</dd><dd class=\"note\">nothing like it has run before",
        "<dt>At most</dt><dd>$0.0500</dd>", "</a> <span class=\"count\">2</span> <span class=\"muted small\">about $0.1000</span>",
        "name=\"lead\" value=\"\(ids[3].text)\"",
      ] {
        #expect(page.text.contains(text), "\(text)")
      }
      #expect(page.text.contains("name=\"run\" value=\"1\""))
      #expect(try await browser.get(url + "/retry?scope=error_code&error_code=dns_failed").text.contains("Failed leads: Domain name not found"))
      let all = try await browser.get(url + "/retry").text
      #expect(all.contains("All failed leads") && all.contains("I approve <span class=\"num\">$0.1000</span>"))

      let fields = [("scope", "failed"), ("run", "1"), ("error_code", ""), ("reason", "Fixed <it>")]
      let unapproved = try await browser.post(url + "/retry", fields)
      #expect(unapproved.status == 422)
      #expect(unapproved.text.contains("Approve $0.1000 at most") && unapproved.text.contains("value=\"Fixed &lt;it&gt;\""))
      for _ in 1...2 {
        let answer = try await browser.post(url + "/retry", fields + [("cost_approved", "true")])
        #expect(answer.status == 303)
        #expect(answer.header("location") == url)
      }
      let running = try await browser.get(url).text
      #expect(running.contains("Its failed leads are being tried again.") && running.contains("Failed leads retried"))
      #expect(running.contains("“Fixed &lt;it&gt;”") && !running.contains("\(url)/retry"))
      #expect(try await server.desk.batch(batch.id).run == 2)
      #expect(try await browser.get(url + "/retry").status == 409)

      let engine = try await server.engine()
      let claims = try await engine.claim(5, of: batch)
      try await engine.complete(claims[0])
      try await engine.end([claims[1].fails(.timeout)])
      let lead = try await browser.get("/leads/\(ids[3].text)").text
      #expect(lead.contains("data-label=\"Try\" class=\"num\">2</td>") && lead.contains("data-label=\"Try\" class=\"num\">1</td>"))
      #expect(try await browser.get(url).text.contains("<td role=\"cell\" data-label=\"Attempts\" class=\"num extra\">2</td>"))
    }
  }

  @Test("A choice that means no failed lead shows the reason above the offer to retry all")
  func badChoice() async throws {
    try await ReportServer.run(leads: 3) { server in
      let browser = try await server.browser(server.desk.admin)
      let batch = try await server.finished(failing: [1])
      let url = "/batches/\(batch.id.text)/retry"
      let ids = try await server.desk.leadIDs()
      for (query, reason) in [
        ("scope=leads", "Tick at least one failed or cancelled lead."), ("scope=leads&lead=\(ids[0].text)", "did not fail in this batch"),
        ("scope=error_code&error_code=timeout", "No lead of this batch failed with this code."), ("scope=odd", "scope has to be failed"),
      ] {
        let page = try await browser.get(url + "?" + query)
        #expect(page.status == 422)
        #expect(page.text.contains(reason) && page.text.contains("All failed leads"), "\(query)")
        let fields = query.split(separator: "&").map { $0.split(separator: "=").map(String.init) }.map { ($0[0], $0[1]) }
        let posted = try await browser.post(url, fields + [("cost_approved", "true")])
        #expect(posted.status == 422)
        #expect(posted.text.contains(reason), "\(query)")
      }
      let long = try await browser.post(url, [("scope", "failed"), ("cost_approved", "true"), ("reason", String(repeating: "r", count: 501))])
      #expect(long.status == 422)
      #expect(long.text.contains("The reason can have at most 500 characters."))
      #expect(try await server.desk.batch(batch.id).run == 1)
    }
  }

  @Test("Whatever refuses a retry, what was typed stays; where nothing can be retried the reason stands above a way back")
  func typedTextStays() async throws {
    try await ReportServer.run(leads: 4) { server in
      let browser = try await server.browser(server.desk.operatorAccount)
      let batch = try await server.finished("Spring", failing: [0, 1])
      let url = "/batches/\(batch.id.text)"
      let fields = [("scope", "error_code"), ("error_code", "dns_failed"), ("cost_approved", "true"), ("reason", "Typed <long>")]
      func refused(_ extra: [(String, String)], _ status: Int, _ reason: String) async throws {
        let page = try await browser.post(url + "/retry", fields + extra)
        #expect(page.status == status && page.text.contains(reason), "\(reason): \(page.status)")
        #expect(page.text.contains("value=\"Typed &lt;long&gt;\"") && page.text.contains("name=\"error_code\" value=\"dns_failed\""), "\(reason)")
      }
      try await refused([("run", "7")], 409, "This batch was retried meanwhile.")
      try await refused([("estimated_cost_usd", "0.02")], 409, "These leads cost $0.1000 at most now")
      try await refused([("run", "x")], 422, "Give a whole number")
      let other = try await server.start("Other")
      try await refused([], 409, "You already have a live batch over these leads")
      _ = try await server.desk.batches.cancel(other.id, reason: "", by: server.desk.admin, now: server.clock.now)
      try await server.services.features.set(.batchProcessing, isOn: false, reason: "", by: server.desk.admin, now: server.clock.now)
      try await refused([], 503, "class=\"error-summary\"")
      try await server.services.features.set(.batchProcessing, isOn: true, reason: "", by: server.desk.admin, now: server.clock.now)
      #expect(try await browser.post(url + "/retry", fields + [("run", "1")]).status == 303)
      let live = try await browser.post(url + "/retry", fields)
      #expect(live.status == 409 && live.text.contains("href=\"\(url)\">Back to the batch</a>"))
      #expect(live.text.contains("This batch is running, so it cannot be retried.") && !live.text.contains("cost_approved"))
    }
  }

  @Test("A cancelled batch's page offers to take up what never ran, and a stale form says that it was retried already")
  func takeUp() async throws {
    try await ReportServer.run(leads: 3) { server in
      let browser = try await server.browser(server.desk.operatorAccount)
      let batch = try await server.start("Spring")
      let url = "/batches/\(batch.id.text)"
      let engine = try await server.engine()
      try await engine.complete(try await engine.claim(1)[0])
      _ = try await browser.post(url + "/cancel")
      let ids = try await server.desk.leadIDs()
      let detail = try await browser.get(url).text
      #expect(detail.contains("href=\"\(url)/retry?scope=unfinished\">Take up cancelled…</a>") && !detail.contains("Retry failed…"))
      #expect(detail.contains("name=\"lead\" value=\"\(ids[2].text)\"") && !detail.contains("name=\"lead\" value=\"\(ids[0].text)\""))
      #expect(detail.contains("Ticks count for this page only.") && detail.contains("Select all its leads again, finished ones too"))
      let page = try await browser.get(url + "/retry").text
      #expect(page.contains("<h1>Take up cancelled leads?</h1>") && page.contains("<dd>2 leads</dd>") && page.contains("<dd>$0.1000</dd>"))
      let fields = [("scope", "unfinished"), ("run", "1"), ("cost_approved", "true"), ("estimated_cost_usd", "0.1000")]
      #expect(try await browser.post(url + "/retry", fields).header("location") == url)
      let running = try await browser.get(url).text
      #expect(running.contains("Its cancelled leads are being taken up.") && running.contains("Cancelled leads taken up"))
      for claim in try await engine.claim(5, of: batch) { try await engine.complete(claim) }
      #expect(try await server.desk.batch(batch.id).state == .completed)
      let nudges = server.nudgeCount
      #expect(try await browser.post(url + "/retry", fields).header("location") == url)
      #expect(try await browser.get(url).text.contains("This was retried already, and the batch has ended since: completed."))
      #expect(server.nudgeCount == nudges)
    }
  }

  @Test("Past the budget an operator is told so, and an admin is asked why")
  func budget() async throws {
    try await ReportServer.run(leads: 4, dailyLimit: Money(micros: 200_000)) { server in
      let batch = try await server.finished("", [1, 2], failing: [0])
      _ = try await server.start("", [2, 3, 4])
      let url = "/batches/\(batch.id.text)/retry"
      let browser = try await server.browser(server.desk.operatorAccount)
      let page = try await browser.get(url).text
      #expect(page.contains("tone-danger") && !page.contains("cost_approved"))
      #expect(try await browser.post(url, [("scope", "failed"), ("cost_approved", "true"), ("overrun_reason", "Please")]).status == 409)
      let admin = try await server.browser(server.desk.admin)
      #expect(try await admin.get(url).text.contains("Why may this pass the budget?"))
      let refused = try await admin.post(url, [("scope", "failed"), ("cost_approved", "true")])
      #expect(refused.status == 409)
      #expect(try await admin.post(url, [("scope", "failed"), ("cost_approved", "true"), ("overrun_reason", "It may")]).status == 303)
      #expect(try await server.desk.batch(batch.id).state == .processing)
    }
  }
}

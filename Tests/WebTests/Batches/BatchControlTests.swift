import BatchReports
import Foundation
import TestSupport
import Testing
import WebTestSupport

@testable import Web

@Suite(.serialized) struct BatchControlTests {
  @Test("The API pauses, resumes and cancels; a cancel gives a receipt", arguments: ["/api", "/api/v1"])
  func api(_ base: String) async throws {
    try await ReportServer.run { server in
      let caller = try await server.caller(server.desk.operatorAccount)
      let batch = try await server.start()
      let path = base + "/batch/\(batch.id.text)"
      let paused = try await caller.post(path + "/pause", #"{"reason": " Lunch "}"#)
      #expect(paused.status == 200)
      #expect(try paused.json()["status"] as? String == "paused")
      #expect(try paused.json()["status_reason"] as? String == "Lunch")
      let resumed = try await caller.post(path + "/resume")
      #expect(try resumed.json()["status"] as? String == "processing")
      #expect(try resumed.json()["receipt"] == nil)
      let engine = try await server.engine()
      let claims = try await engine.claim(2)
      try await engine.complete(claims[0])
      let cancelling = try await caller.post(path + "/cancel", #"{"reason": null}"#)
      #expect(cancelling.status == 202)
      #expect(try cancelling.json()["status"] as? String == "cancelling")
      let receipt = try #require(try cancelling.json()["receipt"] as? [String: Any])
      #expect(receipt["charged_usd"] as? Double == 0.05)
      #expect(receipt["in_flight"] as? Int == 1)
      #expect(receipt["released_usd"] as? Double == 0.05)
      #expect(server.nudgeCount == 3)
    }
  }

  @Test("A cancel with nothing in flight is done at once")
  func cancelAtOnce() async throws {
    try await ReportServer.run { server in
      let caller = try await server.caller(server.desk.admin)
      let batch = try await server.start()
      let answer = try await caller.post("/api/batch/\(batch.id.text)/cancel", "", headers: [])
      #expect(answer.status == 200)
      #expect(try answer.json()["status"] as? String == "cancelled")
      #expect((try answer.json()["receipt"] as? [String: Any])?["released_usd"] as? Double == 0.15)
    }
  }

  @Test("What does not fit the state is an invalid transition, by API and by page")
  func invalidTransition() async throws {
    try await ReportServer.run { server in
      let caller = try await server.caller(server.desk.operatorAccount)
      let browser = try await server.browser(server.desk.operatorAccount)
      let ended = try await server.finished()
      for action in ["pause", "resume", "cancel"] {
        try expectProblem(try await caller.post("/api/batch/\(ended.id.text)/\(action)"), 409, "invalid_transition")
        let answer = try await browser.post("/batches/\(ended.id.text)/\(action)")
        #expect(answer.status == 303 && answer.header("location") == "/batches/\(ended.id.text)")
        let page = try await browser.get("/batches/\(ended.id.text)").text
        #expect(page.contains("<div class=\"notice tone-warning\" role=\"status\"><p>This batch is completed, so it cannot be"))
      }
      #expect(try await browser.get("/batches/\(ended.id.text)/cancel").header("location") == "/batches/\(ended.id.text)")
      let bearer = try await server.bearer(server.desk.operatorAccount)
      #expect(try await server.client.send("GET", "/batches/\(ended.id.text)/cancel", headers: [bearer]).status == 409)
      #expect(server.nudgeCount == 0)
    }
  }

  @Test("A second press says plainly that it is done already")
  func secondPress() async throws {
    try await ReportServer.run { server in
      let browser = try await server.browser(server.desk.operatorAccount)
      let batch = try await server.start()
      _ = try await server.engine().claim(1)
      let url = "/batches/\(batch.id.text)"
      for (action, words) in [("resume", "running already"), ("pause", "paused already"), ("cancel", "being cancelled already")] {
        _ = try await browser.post("\(url)/\(action)")
        #expect(try await browser.post("\(url)/\(action)").header("location") == url)
        #expect(try await browser.get(url).text.contains("This batch is \(words)."), "\(action)")
      }
    }
  }

  @Test("Pause, resume and start now keep their quick button, and take a reason that the history shows")
  func quickReasons() async throws {
    try await ReportServer.run { server in
      let browser = try await server.browser(server.desk.operatorAccount)
      let order = try BatchOrder(
        maxConcurrent: 7, retryCount: 3, maxFailurePercent: 12.5, isPrivate: true, priority: .high, startAt: server.clock.now.addingTimeInterval(600))
      let batch = try await server.desk.start(nil, order, now: server.clock.now)
      let url = "/batches/\(batch.id.text)"
      for action in ["pause", "resume", "start-now"] {
        let form = try #require(try await browser.get(url).text.components(separatedBy: "action=\"\(url)/\(action)\"").last)
        #expect(form.components(separatedBy: "</form>")[0].contains("<input name=\"reason\" maxlength=\"500\""), "\(action)")
        #expect(try await browser.post("\(url)/\(action)", [("reason", "Why \(action)")]).status == 303)
      }
      let lines = try await server.desk.batches.history(of: batch)
      #expect(lines.map(\.reason) == ["", "Why pause", "Why resume", "Why start-now"])
      let detail = try #require(lines.first?.detail)
      for (name, value) in ["priority": "high", "max_concurrent": "7", "max_failure_percent": "12.5", "private": "yes"] {
        #expect(detail[name] == value, "\(name)")
      }
      #expect(detail["max_failure_count"] == nil)
      for hidden in ["a\0b", "a\u{202E}b"] { #expect(try await browser.post(url + "/pause", [("reason", hidden)]).status == 422) }
    }
  }

  @Test("Viewers may control nothing and operators only their own; a private batch is not even found")
  func roles() async throws {
    try await ReportServer.run { server in
      let open = try await server.start()
      let secret = try await server.start("", [1], isPrivate: true)
      for (account, batch, status) in [
        (server.desk.viewer, open, 403), (server.desk.otherOperator, open, 403), (server.desk.otherOperator, secret, 404),
      ] {
        let (caller, browser) = (try await server.caller(account), try await server.browser(account))
        for action in ["pause", "resume", "cancel"] {
          #expect(try await caller.post("/api/batch/\(batch.id.text)/\(action)").status == status)
          #expect(try await browser.post("/batches/\(batch.id.text)/\(action)").status == status)
        }
        #expect(try await browser.get("/batches/\(batch.id.text)/cancel").status == status)
      }
      #expect(try await server.browser(server.desk.viewer).post("/batches/\(open.id.text)/rerun").status == 403)
      #expect(try await server.browser(server.desk.otherOperator).post("/batches/\(secret.id.text)/rerun").status == 404)
      #expect(try await server.desk.batch(open.id).state == .pending)
    }
  }

  @Test("The page before a cancel counts reports as done and charged, and failures apart")
  func cancelPageCounts() async throws {
    try await ReportServer.run(leads: 6) { server in
      let batch = try await server.start()
      let engine = try await server.engine()
      let browser = try await server.browser(server.desk.operatorAccount)
      #expect(!(try await browser.get("/batches/\(batch.id.text)/cancel").text.contains("Failed or skipped")))
      let claims = try await engine.claim(5, of: batch)
      try await engine.complete(claims[0])
      try await engine.end([claims[1].fails(), claims[2].fails()])
      let text = try await browser.get("/batches/\(batch.id.text)/cancel").text
      #expect(text.contains("<dt>Done, kept and charged</dt><dd>1</dd><dd class=\"note\">$0.0500</dd>"))
      #expect(text.contains("<dt>Failed or skipped</dt><dd>2</dd><dd class=\"note\">not charged</dd>"))
    }
  }

  @Test("A reason may be JSON, a form or missing; one that is too long or no JSON is refused")
  func reasons() async throws {
    try await ReportServer.run { server in
      let caller = try await server.caller(server.desk.operatorAccount)
      let batch = try await server.start()
      let path = "/api/batch/\(batch.id.text)"
      let long = #"{"reason": "\#("r" + String(repeating: "\u{301}", count: 500))"}"#
      for action in ["pause", "resume", "cancel"] {
        try expectProblem(try await caller.post("\(path)/\(action)", long), 422, "invalid_input", field: "reason")
        try expectProblem(try await caller.post("\(path)/\(action)", "{"), 422, "invalid_input")
        try expectProblem(try await caller.post("\(path)/\(action)", #"{"reason": 7}"#), 422, "invalid_input", field: "reason")
      }
      let text = try await server.client.send(
        "POST", path + "/pause", headers: [try await server.bearer(server.desk.operatorAccount), ("Content-Type", "text/plain")], body: Data("x".utf8))
      try expectProblem(text, 415, "unsupported_media_type")
      let form = try await server.client.send(
        "POST", path + "/pause",
        headers: [try await server.bearer(server.desk.operatorAccount), ("Content-Type", "application/x-www-form-urlencoded")],
        body: Data("reason=Lunch".utf8))
      #expect(try form.json()["status_reason"] as? String == "Lunch")
    }
  }

  @Test("The pages pause, resume and cancel, each with a notice on the batch's page")
  func pages() async throws {
    try await ReportServer.run { server in
      let browser = try await server.browser(server.desk.operatorAccount)
      let batch = try await server.start("Spring")
      let url = "/batches/\(batch.id.text)"
      func notice(_ answer: TestResponse) async throws -> String {
        #expect(answer.status == 303)
        #expect(answer.header("location") == url)
        return try await browser.get(url).text
      }
      #expect(try await notice(browser.post(url + "/pause", [("reason", "Lunch")])).contains("Paused. Leads in flight finish; nothing new begins."))
      #expect(try await browser.get(url).text.contains("“Lunch”"))
      #expect(try await notice(browser.post(url + "/resume")).contains("Running again."))
      let engine = try await server.engine()
      let claims = try await engine.claim(1)
      let page = try await browser.get(url + "/cancel")
      #expect(page.status == 200)
      #expect(page.text.contains("Cancel this batch?"))
      #expect(page.text.contains("$0.1000 returned to the budget"))
      let long = String(repeating: "r", count: 501)
      let refused = try await browser.post(url + "/cancel", [("reason", long)])
      #expect(refused.status == 422)
      #expect(refused.text.contains("The reason can have at most 500 characters."))
      #expect(refused.text.contains("value=\"\(long)\""))
      #expect(try await browser.post(url + "/pause", [("reason", long)]).status == 422)
      let shown = try await notice(browser.post(url + "/cancel", [("reason", "Wrong <leads>")]))
      #expect(shown.contains("Cancelled. $0.0000 is charged, $0.1000 goes back to the budget. 1 lead is still in flight and will end."))
      #expect(shown.contains("“Wrong &lt;leads&gt;”"))
      #expect(shown.contains("Cancelling"))
      try await engine.end([claims[0].ends(.cancelled)])
      let ended = try await browser.get(url).text
      #expect(ended.contains("0 reports done and charged $0.0000. 3 cancelled: $0.1500 went back to the budget."))
      #expect(server.nudgeCount == 3)
    }
  }

  @Test("A form without its token changes nothing")
  func forgery() async throws {
    try await ReportServer.run { server in
      let browser = try await server.browser(server.desk.operatorAccount)
      let batch = try await server.start()
      for path in ["/batches/\(batch.id.text)/pause", "/batches/\(batch.id.text)/cancel", "/batches/\(batch.id.text)/rerun", "/batches", "/batches/preview"] {
        #expect(try await browser.post(path, [("csrf", "")]).status == 403)
        #expect(try await browser.post(path, headers: [("Origin", "https://evil.example")]).status == 403)
      }
      let json = try await browser.send("POST", "/api/batch/\(batch.id.text)/cancel", headers: [("Content-Type", "application/json")], body: Data("{}".utf8))
      try expectProblem(json, 403, "forbidden")
      #expect(try await server.desk.batch(batch.id).state == .pending)
    }
  }

  @Test("Running again selects the batch's leads anew and leads to the price")
  func rerun() async throws {
    try await ReportServer.run(leads: 4) { server in
      let keys = try await server.desk.leadKeys()
      let batch = try await server.finished("Spring", [keys[2], keys[0]])
      let browser = try await server.browser(server.desk.otherOperator)
      try await server.services.selections.add([keys[3]], for: server.desk.otherOperator.id)
      let answer = try await browser.post("/batches/\(batch.id.text)/rerun")
      #expect(answer.status == 303)
      #expect(answer.header("location") == "/batches/new")
      #expect(Set(try await server.services.selections.selection(of: server.desk.otherOperator.id).leads.keys) == [keys[0], keys[2]])
      #expect(try await browser.get("/batches/new").text.contains("2 leads are selected as in “Spring”."))
    }
  }
}

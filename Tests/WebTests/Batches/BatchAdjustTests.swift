import BatchReports
import Foundation
import TestSupport
import Testing
import WebTestSupport

@testable import Web

@Suite(.serialized) struct BatchAdjustTests {
  @Test("The API changes leads at once and priority, by JSON or by form", arguments: ["/api", "/api/v1"])
  func api(_ base: String) async throws {
    try await ReportServer.run { server in
      let caller = try await server.caller(server.desk.operatorAccount)
      let batch = try await server.start()
      let path = base + "/batch/\(batch.id.text)"
      let wider = try await caller.post(path + "/concurrency", #"{"max_concurrent": 100, "reason": " Urgent "}"#)
      #expect(wider.status == 200)
      #expect(try wider.json()["max_concurrent"] as? Int == 100)
      let urgent = try await caller.post(path + "/priority", #"{"priority": "high"}"#)
      #expect(try urgent.json()["priority"] as? String == "high")
      let type = ("Content-Type", "application/x-www-form-urlencoded")
      let form = try await server.client.send(
        "POST", path + "/concurrency", headers: [try await server.bearer(server.desk.operatorAccount), type], body: Data("max_concurrent=7&reason=x".utf8))
      #expect(try form.json()["max_concurrent"] as? Int == 7)
      #expect(server.nudgeCount == 3)
      #expect(try await server.desk.batches.history(of: batch).map(\.reason) == ["", "Urgent", "", "x"])
    }
  }

  @Test("What is missing, wrong, too long, too late or not theirs is refused, and changes nothing")
  func refusals() async throws {
    try await ReportServer.run { server in
      let caller = try await server.caller(server.desk.operatorAccount)
      let batch = try await server.start()
      let path = "/api/batch/\(batch.id.text)"
      let long = String(repeating: "r", count: 501)
      for (call, body, field) in [
        ("concurrency", "{}", "max_concurrent"), ("concurrency", #"{"max_concurrent": 0}"#, "max_concurrent"),
        ("concurrency", #"{"max_concurrent": "5"}"#, "max_concurrent"), ("concurrency", #"{"max_concurrent": 5, "reason": "\#(long)"}"#, "reason"),
        ("priority", "{}", "priority"), ("priority", #"{"priority": "urgent"}"#, "priority"),
        ("priority", #"{"priority": "low", "reason": "\#(long)"}"#, "reason"), ("start-now", #"{"reason": "\#(long)"}"#, "reason"),
      ] { try expectProblem(try await caller.post("\(path)/\(call)", body), 422, "invalid_input", field: field) }
      #expect(try await caller.post("\(path)/start-now").status == 200)
      let secret = try await server.start("", [1], isPrivate: true)
      let ended = try await server.finished("", [2])
      for (call, body) in [("concurrency", #"{"max_concurrent": 9}"#), ("priority", #"{"priority": "low"}"#), ("start-now", "{}")] {
        try expectProblem(try await caller.post("/api/batch/\(ended.id.text)/\(call)", body), 409, "invalid_transition")
        for (account, target, status) in [
          (server.desk.viewer, batch, 403), (server.desk.otherOperator, batch, 403), (server.desk.otherOperator, secret, 404),
        ] {
          let (other, browser) = (try await server.caller(account), try await server.browser(account))
          #expect(try await other.post("/api/batch/\(target.id.text)/\(call)", body).status == status)
          #expect(try await browser.post("/batches/\(target.id.text)/\(call)", [("max_concurrent", "9"), ("priority", "low")]).status == status)
          #expect(try await browser.get("/batches/\(target.id.text)/adjust").status == status)
        }
      }
      #expect(try await server.desk.batch(batch.id) == batch)
    }
  }

  @Test("The page changes both, each with its reason, and a refused form comes back filled in")
  func page() async throws {
    try await ReportServer.run { server in
      let browser = try await server.browser(server.desk.operatorAccount)
      let batch = try await server.start("Spring")
      let url = "/batches/\(batch.id.text)"
      #expect(try await browser.get(url).text.contains("href=\"\(url)/adjust\""))
      #expect(!(try await server.browser(server.desk.viewer).get(url).text.contains("/adjust\"")))
      let page = try await browser.get(url + "/adjust").text
      #expect(page.contains("name=\"max_concurrent\" type=\"number\" inputmode=\"numeric\" min=\"1\" max=\"100\" required value=\"5\""))
      #expect(page.contains("<option value=\"normal\" selected>Normal</option>"))
      func notice(_ answer: TestResponse) async throws -> String {
        #expect(answer.status == 303 && answer.header("location") == url)
        return try await browser.get(url).text
      }
      let one = try await notice(browser.post(url + "/concurrency", [("max_concurrent", "1"), ("reason", "Their host <asked>")]))
      #expect(one.contains("1 lead at once from now on.") && one.contains("<dt>Leads at once</dt><dd>1</dd>"))
      #expect(one.contains("<strong>Leads at once: 5 → 1</strong>") && one.contains("“Their host &lt;asked&gt;”"))
      let low = try await notice(browser.post(url + "/priority", [("priority", "low")]))
      #expect(low.contains("Low priority from now on.") && low.contains("<dt>Priority</dt><dd>Low</dd>"))
      #expect(low.contains("<strong>Priority: normal → low</strong>"))
      let refused = try await browser.post(url + "/concurrency", [("max_concurrent", "101"), ("reason", "kept")])
      #expect(refused.status == 422)
      #expect(refused.text.contains("value=\"101\"") && refused.text.contains("value=\"kept\""))
      #expect(refused.text.contains("href=\"#max_concurrent\"") && refused.text.contains("id=\"max_concurrent-error\""))
      #expect(try await browser.post(url + "/concurrency").status == 422)
      let long = String(repeating: "r", count: 501)
      let tooLong = try await browser.post(url + "/priority", [("priority", "high"), ("reason", long)])
      #expect(tooLong.status == 422 && tooLong.text.contains("href=\"#priority_reason\"") && tooLong.text.contains("value=\"\(long)\""))
      #expect(tooLong.text.contains("<option value=\"high\" selected>"))
      #expect(try await browser.post(url + "/priority", [("priority", "urgent")]).status == 422)
      for path in ["/concurrency", "/priority", "/start-now"] { #expect(try await browser.post(url + path, [("csrf", "")]).status == 403) }
      let after = try await server.desk.batch(batch.id)
      #expect(after.maxConcurrent == 1 && after.priority == .low)
      _ = try await server.desk.batches.cancel(batch.id, reason: "", by: server.desk.admin, now: server.clock.now)
      #expect(try await browser.get(url + "/adjust").header("location") == url)
      #expect(try await browser.get(url).text.contains("This batch is cancelled, so it cannot be changed."))
    }
  }

  @Test("A batch that the engine paused says why, on its page, on the dashboard and by the API")
  func autoPaused() async throws {
    try await ReportServer.run { server in
      let batch = try await server.start("Spring <sale>")
      let engine = try await server.engine()
      _ = try await engine.claim(2)
      let epoch = Int64(try await server.desk.number("SELECT epoch FROM engine"))
      try await server.desk.queue.pauseStalled(batch.key, after: 600, epoch: epoch, now: server.clock.now)
      let browser = try await server.browser(server.desk.operatorAccount)
      let url = "/batches/\(batch.id.text)"
      let page = try await browser.get(url).text
      #expect(page.contains("<h3>Paused by the engine</h3>") && page.contains("No lead has ended for 10 minutes while 2 leads are in flight."))
      #expect(page.components(separatedBy: "action=\"\(url)/resume\"").count == 2)
      #expect(page.contains("by the engine,"))
      let dashboard = try await browser.get("/").text
      #expect(dashboard.contains("<strong>“Spring &lt;sale&gt;” was paused.</strong>") && dashboard.contains("href=\"\(url)\">Look and resume</a>"))
      let status = try await server.caller(server.desk.viewer).get("/api/batch/\(batch.id.text)")
      #expect(try status.json()["auto_paused"] as? Bool == true)
      #expect(try await browser.post(url + "/resume").status == 303)
      #expect(!(try await browser.get("/").text.contains("was paused.")))
      #expect(try await server.caller(server.desk.viewer).get("/api/batch/\(batch.id.text)").json()["auto_paused"] as? Bool == false)
    }
  }
}

import BatchReports
import Foundation
import TestSupport
import Testing
import WebTestSupport

@testable import Web

@Suite(.serialized) struct BulkTests {
  /// Two batches of the operator, one of them ended, one of another operator, and a private one of theirs.
  private static func batches(_ server: ReportServer) async throws -> (mine: Batch, second: Batch, ended: Batch, theirs: Batch, secret: Batch) {
    let ended = try await server.finished("Ended", [1])
    return (
      try await server.start("First", [2]), try await server.start("Second", [3]), ended,
      try await server.start("Theirs", [4], by: server.desk.otherOperator),
      try await server.start("Secret", [5], isPrivate: true, by: server.desk.otherOperator)
    )
  }

  @Test("The API changes what it may, each by itself, and says of the others why not")
  func api() async throws {
    try await ReportServer.run(leads: 5) { server in
      let all = try await Self.batches(server)
      let caller = try await server.caller(server.desk.operatorAccount)
      let ids = [all.mine, all.ended, all.theirs, all.secret, all.second, all.mine].map(\.id.text)
      func bulk(_ action: String) async throws -> [[String: Any]] {
        let list = ids.map { "\"\($0)\"" }.joined(separator: ",")
        let answer = try await caller.post("/api/batch/bulk", #"{"action": "\#(action)", "batch_ids": [\#(list)], "reason": " Storm "}"#)
        #expect(answer.status == 200)
        let body = try answer.json()
        #expect(body["action"] as? String == action && body["changed_count"] as? Int == 2)
        return try #require(body["results"] as? [[String: Any]])
      }
      let paused = try await bulk("pause")
      #expect(paused.compactMap { $0["batch_id"] as? String } == Array(ids.prefix(5)))
      #expect(paused.map { $0["changed"] as? Bool } == [true, false, false, false, true])
      #expect(paused.map { $0["code"] as? String } == [nil, "invalid_transition", "forbidden", "not_found", nil])
      #expect(paused.map { $0["status"] as? String } == ["paused", "completed", "pending", nil, "paused"])
      #expect(try await server.desk.batch(all.mine.id).stateReason == "Storm")
      #expect(try await server.desk.batches.history(of: all.mine).last?.reason == "Storm")
      #expect(try await bulk("resume").first?["status"] as? String == "processing")
      let cancelled = try await bulk("cancel")
      #expect((cancelled[0]["receipt"] as? [String: Any])?["released_usd"] as? Double == 0.05)
      #expect(cancelled[1]["receipt"] == nil)
      for batch in [all.theirs, all.secret] { #expect(try await server.desk.batch(batch.id) == batch) }
    }
  }

  @Test("A bulk call without batches, with too many, with what is none or by a viewer is refused")
  func refusals() async throws {
    try await ReportServer.run { server in
      let batch = try await server.start()
      let caller = try await server.caller(server.desk.operatorAccount)
      let many = (0...200).map { _ in "\"\(UUID().text)\"" }.joined(separator: ",")
      for (body, field) in [
        (#"{"action": "pause", "batch_ids": []}"#, "batch_ids"), (#"{"action": "pause", "batch_ids": [\#(many)]}"#, "batch_ids"),
        (#"{"action": "stop", "batch_ids": ["\#(batch.id.text)"]}"#, "action"), (#"{"action": "pause", "batch_ids": ["x"]}"#, "batch_ids.0"),
        (#"{"batch_ids": []}"#, "action"),
        (#"{"action": "pause", "batch_ids": ["\#(batch.id.text)"], "reason": "\#(String(repeating: "r", count: 501))"}"#, "reason"),
      ] { try expectProblem(try await caller.post("/api/batch/bulk", body), 422, "invalid_input", field: field) }
      let viewer = try await server.caller(server.desk.viewer)
      let body = #"{"action": "pause", "batch_ids": ["\#(batch.id.text)"]}"#
      try expectProblem(try await viewer.post("/api/batch/bulk", body), 403, "forbidden")
      #expect(try await server.browser(server.desk.viewer).post("/batches/bulk", [("action", "pause"), ("batch", batch.id.text)]).status == 403)
      #expect(try await server.browser(server.desk.viewer).get("/batches/bulk?batch=\(batch.id.text)").status == 403)
      #expect(try await server.browser(server.desk.operatorAccount).post("/batches/bulk", [("csrf", ""), ("action", "pause")]).status == 403)
      #expect(try await server.desk.batch(batch.id) == batch)
    }
  }

  @Test("Only live batches that the account may control have a tick box")
  func boxes() async throws {
    try await ReportServer.run(leads: 5) { server in
      let all = try await Self.batches(server)
      func ticks(_ account: Account) async throws -> Set<String> {
        let text = try await server.browser(account).get("/batches").text
        #expect(text.contains("Pause ticked") == text.contains("name=\"batch\""))
        return Set(text.matches(of: /name="batch" value="([^"]+)"/).map { String($0.output.1) })
      }
      #expect(try await ticks(server.desk.viewer) == [])
      #expect(try await ticks(server.desk.operatorAccount) == [all.mine.id.text, all.second.id.text])
      #expect(try await ticks(server.desk.admin) == Set([all.mine, all.second, all.theirs, all.secret].map(\.id.text)))
    }
  }

  @Test("The page pauses and resumes the ticked ones, leads back to the list as it was, and says what was left")
  func page() async throws {
    try await ReportServer.run(leads: 5) { server in
      let all = try await Self.batches(server)
      let browser = try await server.browser(server.desk.operatorAccount)
      let back = "/batches?q=i&refresh=off"
      #expect(try await browser.get(back).text.contains("name=\"return_to\" value=\"/batches?q=i&amp;refresh=off\""))
      func send(_ action: String, _ batches: [Batch], _ extra: [(String, String)] = []) async throws -> TestResponse {
        try await browser.post("/batches/bulk", [("action", action), ("return_to", back)] + batches.map { ("batch", $0.id.text) } + extra)
      }
      let paused = try await send("pause", [all.mine, all.second], [("reason", "Storm")])
      #expect(paused.status == 303 && paused.header("location") == back)
      #expect(try await browser.get(back).text.contains("2 batches paused."))
      #expect(try await server.desk.batch(all.second.id).stateReason == "Storm")
      _ = try await send("pause", [all.mine, all.theirs, all.secret])
      let left = try await browser.get(back).text
      #expect(left.contains("No batch was paused. 3 were left as they are: “First”: paused. “Theirs”: "))
      #expect(left.contains("\(all.secret.id.text.prefix(8)): not found.") && !left.contains("Secret"))
      _ = try await send("resume", [all.mine])
      #expect(try await browser.get(back).text.contains("1 batch resumed."))
      let elsewhere = try await browser.post("/batches/bulk", [("action", "resume"), ("batch", all.second.id.text), ("return_to", "//evil")])
      #expect(elsewhere.header("location") == "/batches")
    }
  }

  @Test("A refused bulk form comes back with its ticks and its reason")
  func refusedForm() async throws {
    try await ReportServer.run(leads: 5) { server in
      let all = try await Self.batches(server)
      let browser = try await server.browser(server.desk.operatorAccount)
      let none = try await browser.post("/batches/bulk", [("action", "pause"), ("reason", "Storm"), ("return_to", "/batches?q=first")])
      #expect(none.status == 422 && none.text.contains("Tick at least one batch.") && none.text.contains("value=\"Storm\""))
      #expect(none.text.contains("href=\"#batch_ids\"") && none.text.contains("id=\"batch_ids\"") && none.text.contains("value=\"first\""))
      let long = String(repeating: "r", count: 501)
      let refused = try await browser.post("/batches/bulk", [("action", "cancel"), ("reason", long), ("batch", all.mine.id.text)])
      #expect(refused.status == 422 && refused.text.contains("value=\"\(long)\" aria-invalid=\"true\" aria-describedby=\"reason-error\""))
      #expect(refused.text.contains("id=\"reason-error\"") && none.text.contains("id=\"batch_ids-error\""))
      // The page stands at /batches/bulk: what it refreshes from, and its links about that, are the list's.
      #expect(none.text.contains("data-url=\"/batches?q=first\"") && none.text.contains("href=\"/batches?q=first\">Refresh every 5 s"))
      let form = try #require(none.text.components(separatedBy: "action=\"/batches/bulk\"").last)
      // Return in the reason presses the form's first button, which does nothing.
      #expect(form.firstMatch(of: /<button[^>]*>/)?.output.contains("name=\"action\" value=\"\" tabindex=\"-1\"") == true)
      let entered = try await browser.post("/batches/bulk", [("action", ""), ("batch", all.mine.id.text)])
      #expect(entered.status == 422 && entered.text.contains("Choose a button"))
      #expect(refused.text.contains("value=\"\(all.mine.id.text)\" aria-label=\"Tick First\" checked"))
      #expect(refused.text.contains("value=\"\(all.second.id.text)\" aria-label=\"Tick Second\">"))
      #expect(try await browser.post("/batches/bulk", [("action", "stop"), ("batch", all.mine.id.text)]).status == 422)
      #expect(try await server.desk.batch(all.mine.id) == all.mine)
    }
  }

  @Test("A fault half-way ends it with what was done, by API and by page, and the engine is told")
  func fault() async throws {
    try await ReportServer.run(leads: 5) { server in
      let batches = [try await server.start("One", [1]), try await server.start("Two", [2]), try await server.start("Three", [3])]
      try await server.desk.database.pool.write { db in
        try db.execute(
          sql: "CREATE TRIGGER broken BEFORE UPDATE ON batch WHEN old.key = \(batches[1].key) BEGIN SELECT raise(ABORT, 'a fault'); END")
      }
      let list = batches.map { "\"\($0.id.text)\"" }.joined(separator: ",")
      let caller = try await server.caller(server.desk.operatorAccount)
      let answer = try await caller.post("/api/batch/bulk", #"{"action": "pause", "batch_ids": [\#(list)]}"#)
      #expect(answer.status == 200)
      let results = try #require(try answer.json()["results"] as? [[String: Any]])
      #expect(results.map { $0["changed"] as? Bool } == [true, false, false])
      #expect(results.map { $0["code"] as? String } == [nil, "unavailable", "unavailable"])
      #expect(server.nudgeCount == 1)
      #expect(try await server.desk.batch(batches[2].id).state == .pending)
      let browser = try await server.browser(server.desk.operatorAccount)
      _ = try await browser.post("/batches/bulk", [("action", "cancel"), ("confirmed", "true")] + batches.map { ("batch", $0.id.text) })
      let page = try await browser.get("/batches").text
      #expect(page.contains("1 batch cancelled.") && page.contains("2 were left as they are:") && page.contains("The server met a fault here"))
    }
  }

  @Test("A cancel of several asks first, with what it will do, and then does it")
  func cancel() async throws {
    try await ReportServer.run(leads: 5) { server in
      let all = try await Self.batches(server)
      let browser = try await server.browser(server.desk.operatorAccount)
      let ticked = [all.mine, all.second, all.ended].map { ("batch", $0.id.text) }
      let asked = try await browser.post("/batches/bulk", [("action", "cancel"), ("reason", "Wrong <leads>")] + ticked)
      #expect(asked.status == 303)
      #expect(try await server.desk.batch(all.mine.id).state == .pending)
      let page = try await browser.get(try #require(asked.header("location")))
      #expect(page.status == 200 && page.text.contains("<h1>Cancel 2 batches?</h1>"))
      #expect(page.text.contains("1 ticked batch cannot be cancelled and will be left alone."))
      #expect(page.text.contains("<dd class=\"note\">$0.1000 returned to the budget</dd>") && page.text.contains("value=\"Wrong &lt;leads&gt;\""))
      #expect(page.text.components(separatedBy: "name=\"batch\"").count == 3)
      let done = try await browser.post(
        "/batches/bulk", [("action", "cancel"), ("confirmed", "true"), ("reason", "Wrong"), ("return_to", "/batches")] + ticked.prefix(2))
      #expect(done.status == 303 && done.header("location") == "/batches")
      let receipt = "2 batches cancelled. $0.0000 is charged, $0.1000 goes back to the budget."
      #expect(try await browser.get("/batches").text.contains(receipt))
      #expect(try await server.desk.batch(all.second.id).state == .cancelled)
      let nothing = try await browser.get("/batches/bulk?batch=\(all.ended.id.text)").text
      #expect(nothing.contains("Cancel 0 batches?") && nothing.contains("Back to the batches") && !nothing.contains("name=\"confirmed\""))
      #expect(try await browser.get("/batches/bulk").header("location") == "/batches")
    }
  }
}

import BatchReports
import Foundation
import TestSupport
import Testing
import WebTestSupport

@testable import Web

@Suite(.serialized) struct PlannedStartPageTests {
  @Test("The form takes priority and a local time, the page says when it starts, and it can be started at once")
  func page() async throws {
    let berlin = try #require(TimeZone(identifier: "Europe/Berlin"))
    try await ReportServer.run(timeZone: berlin) { server in
      let browser = try await server.browser(server.desk.operatorAccount)
      let quote = try await server.desk.preview(now: server.clock.now).quote
      let form = try await browser.get("/batches/new?quote=\(quote.id.text)").text
      #expect(form.contains("name=\"start_at\" type=\"datetime-local\"") && form.contains("Europe/Berlin, at most 30 days ahead."))
      func start(_ at: String, _ priority: String = "high") async throws -> TestResponse {
        try await browser.post(
          "/batches",
          [("quote", quote.id.text), ("cost_approved", "true"), ("name", "Night run"), ("priority", priority), ("start_at", at)])
      }
      // The test's clock stands at nine in the morning UTC, ten in Berlin.
      for at in ["2026-11-21T09:59", "2026-12-22T10:00", "soon"] {
        let refused = try await start(at)
        #expect(refused.status == 422)
        #expect(refused.text.contains("id=\"start_at-error\"") && refused.text.contains("value=\"\(at)\""))
        #expect(refused.text.contains("<option value=\"high\" selected>High</option>"))
      }
      let both = try await start("soon", "urgent").text
      #expect(both.contains("id=\"start_at-error\"") && both.contains("id=\"priority-error\""))
      #expect(try await server.desk.number("SELECT count(*) FROM batch") == 0)
      let url = try #require(try await start("2026-11-21T12:30").header("location"))
      let page = try await browser.get(url).text
      #expect(page.contains("It starts on <time datetime=\"2026-11-21T11:30:00.000Z\">21 Nov 2026, 12:30</time>"))
      #expect(page.contains("in 2 h 30 min") && page.contains("<dt>Priority</dt><dd>High</dd>") && page.contains("/start-now\""))
      for path in ["/", "/batches"] { #expect(try await browser.get(path).text.contains("starts <time datetime=\"2026-11-21T11:30:00.000Z\">")) }
      let viewer = try await server.browser(server.desk.viewer).get(url).text
      #expect(viewer.contains("It starts on") && !viewer.contains("/start-now\""))
      #expect(try await browser.post(url + "/start-now").header("location") == url)
      let started = try await browser.get(url).text
      #expect(started.contains("It starts now.") && started.contains("Started before its time") && !started.contains("It starts on"))
      #expect(try await browser.post(url + "/start-now").header("location") == url)
      #expect(try await browser.get(url).text.contains("It waits for no planned time: it is queued already."))
      #expect(try await browser.post(url + "/pause").status == 303)
      #expect(try await browser.post(url + "/start-now").header("location") == url)
      #expect(try await browser.get(url).text.contains("This batch has no planned start."))
    }
  }

  @Test("A planned batch that was paused and resumed waits for its time again")
  func resumed() async throws {
    try await ReportServer.run { server in
      let browser = try await server.browser(server.desk.operatorAccount)
      let order = try BatchOrder(maxConcurrent: 5, retryCount: 3, startAt: server.clock.now.addingTimeInterval(600))
      let batch = try await server.desk.start(nil, order, now: server.clock.now)
      let url = "/batches/\(batch.id.text)"
      #expect(try await browser.post(url + "/pause").status == 303)
      #expect(try await browser.get(url).text.contains("It is planned to start on 21 Nov 2026, 09:10. Resumed before, it waits for that time"))
      #expect(try await browser.post(url + "/resume").status == 303)
      #expect(try await browser.get(url).text.contains("Waiting for its time again."))
    }
  }

  @Test("The API takes both, tells both, and refuses what is none")
  func api() async throws {
    try await ReportServer.run { server in
      let caller = try await server.caller(server.desk.operatorAccount)
      func start(_ extra: String) async throws -> TestResponse {
        let quote = try await server.desk.preview(now: server.clock.now).quote
        return try await caller.post("/api/batch/start", #"{"quote": "\#(quote.id.text)", "cost_approved": true, \#(extra)}"#)
      }
      for at in ["2026-11-21T08:59:59Z", "2027-01-01T00:00:00Z", "tomorrow", "2026-11-22"] {
        try expectProblem(try await start("\"start_at\": \"\(at)\""), 422, "invalid_input", field: "start_at")
      }
      try expectProblem(try await start(#""priority": "urgent""#), 422, "invalid_input", field: "priority")
      let planned = try await start(#""priority": "low", "start_at": "2026-11-21T11:00:00+01:00""#)
      #expect(planned.status == 201)
      let body = try planned.json()
      #expect(body["status"] as? String == "pending" && body["priority"] as? String == "low")
      #expect(body["scheduled_at"] as? String == "2026-11-21T10:00:00.000Z" && body["started_at"] is NSNull)
      let id = try #require(body["batch_id"] as? String)
      let now = try await caller.post("/api/batch/\(id)/start-now", #"{"reason": "Ready"}"#)
      #expect(now.status == 200)
      #expect(try now.json()["scheduled_at"] is NSNull)
      #expect(try await caller.post("/api/batch/\(id)/cancel").status == 200)
    }
  }
}

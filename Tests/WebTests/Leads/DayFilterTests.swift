import BatchReports
import Foundation
import Testing
import WebTestSupport

@testable import Web

/// Days in filters are the days that pages show.
@Suite struct DayFilterTests {
  @Test("A lead and a batch shown with a day are found by that day, on pages and in the API")
  func newYork() async throws {
    let zone = try #require(TimeZone(identifier: "America/New_York"))
    try await ReportServer.run(leads: 1, timeZone: zone) { server in
      let evening = try #require(Date(rfc3339: "2026-11-21T02:00:00Z"))
      try await server.desk.database.pool.write { try $0.execute(sql: "UPDATE lead SET created_at = ?", arguments: [evening.milliseconds]) }
      server.clock.advance(by: evening.timeIntervalSince(server.clock.now))
      _ = try await server.start("Evening")
      let browser = try await server.browser(server.desk.operatorAccount)
      let caller = try await server.caller(server.desk.operatorAccount)
      let leads = try await browser.get("/leads?from=2026-11-20&to=2026-11-20").text
      #expect(leads.contains("Lead 0") && leads.contains("20 Nov 2026"))
      #expect(leads.contains("Created from 2026-11-20") && leads.contains("Created to 2026-11-20"))
      #expect(try await !browser.get("/leads?from=2026-11-21").text.contains("Lead 0"))
      #expect(try await caller.get("/api/leads?from=2026-11-20&to=2026-11-20").text.contains("Lead 0"))
      #expect(try await !caller.get("/api/leads?from=2026-11-21").text.contains("Lead 0"))
      let filter = #"{"filter":{"from":"2026-11-20","to":"2026-11-20"}}"#
      #expect(try await caller.post("/api/batch/preview", filter).text.contains(#""lead_count":1"#))
      for found in ["created_after=2026-11-20&created_before=2026-11-20", "created_before=2026-11-20"] {
        #expect(try await browser.get("/batches?" + found).text.contains("Evening"))
        #expect(try await caller.get("/api/batch?" + found).text.contains("Evening"))
      }
      #expect(try await !browser.get("/batches?created_after=2026-11-21").text.contains("Evening"))
      #expect(try await !caller.get("/api/batch?created_after=2026-11-21").text.contains("Evening"))
    }
  }
}

import BatchReports
import Foundation
import Storage
import TestSupport
import Testing
import WebTestSupport

@testable import Web

@Suite(.serialized) struct StartAPITests {
  @Test("Listed leads are priced and started in one call", arguments: ["/api", "/api/v1"])
  func byLeads(_ base: String) async throws {
    try await ReportServer.run { server in
      let caller = try await server.caller(server.desk.operatorAccount)
      let answer = try await caller.post(
        base + "/batch/start",
        """
        {"lead_ids": \(list(try await server.desk.leadIDs())), "template_version": "v1", "estimated_cost_usd": 0.15, "cost_approved": true,
         "name": "Spring", "description": "All of them", "max_concurrent": 7, "retry_count": 1, "max_failure_percent": 12.5,
         "max_failure_count": 2, "private": true}
        """)
      #expect(answer.status == 201)
      let json = try answer.json()
      let id = try #require(json["batch_id"] as? String)
      #expect(answer.header("location") == "/api/batch/\(id)")
      #expect(json["websocket_url"] as? String == "/api/batch/\(id)/progress")
      #expect(json["status"] as? String == "pending")
      #expect(json["name"] as? String == "Spring")
      #expect(json["template_version"] as? String == "website-audit:v1")
      #expect(json["private"] as? Bool == true)
      #expect(json["started_at"] is NSNull)
      #expect((json["progress"] as? [String: Any])?["total"] as? Int == 3)
      #expect(server.nudgeCount == 1)
      let batch = try await server.desk.batch(try #require(UUID(uuidString: id)))
      #expect(batch.maxConcurrent == 7)
      #expect(batch.retryCount == 1)
      #expect(batch.maxFailurePercent == 12.5)
      #expect(batch.maxFailureCount == 2)
      #expect(batch.description == "All of them")
    }
  }

  @Test("A quote keeps its settings, and the same quote again answers with the batch that it made")
  func byQuote() async throws {
    try await ReportServer.run { server in
      let caller = try await server.caller(server.desk.operatorAccount)
      let preview = try await caller.post(
        "/api/batch/preview", #"{"lead_ids": \#(list(try await server.desk.leadIDs())), "max_concurrent": 9, "retry_count": 0}"#
      ).json()
      let quote = try #require(preview["quote"] as? String)
      let first = try await caller.post("/api/batch/start", #"{"quote": "\#(quote)", "cost_approved": true}"#)
      #expect(first.status == 201)
      #expect(try first.json()["max_concurrent"] as? Int == 9)
      #expect(try first.json()["retry_count"] as? Int == 0)
      let again = try await caller.post("/api/batch/start", #"{"quote": "\#(quote)", "cost_approved": true, "name": "Another"}"#)
      #expect(again.status == 201)
      #expect(try again.json()["batch_id"] as? String == (try first.json()["batch_id"] as? String))
      #expect(try await server.desk.number("SELECT count(*) FROM batch") == 1)
      server.clock.advance(by: Quote.lifetime + 1)
      #expect(try await caller.post("/api/batch/start", #"{"quote": "\#(quote)", "cost_approved": true}"#).status == 201)
    }
  }

  @Test("An Idempotency-Key makes one batch, and refuses another request")
  func idempotency() async throws {
    try await ReportServer.run { server in
      let caller = try await server.caller(server.desk.operatorAccount)
      let body = #"{"lead_ids": \#(list(try await server.desk.leadIDs())), "estimated_cost_usd": 0.15, "cost_approved": true}"#
      let answers = try await withThrowingTaskGroup(of: TestResponse.self) { group in
        for _ in 0..<8 { group.addTask { try await caller.post("/api/batch/start", body, headers: [("Idempotency-Key", "spring-1")]) } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(answers.map(\.status) == Array(repeating: 201, count: 8))
      #expect(Set(try answers.map { try $0.json()["batch_id"] as? String }).count == 1)
      #expect(try await server.desk.number("SELECT count(*) FROM batch") == 1)
      let other = try await caller.post("/api/batch/start", body + " ", headers: [("Idempotency-Key", "spring-1")])
      try expectProblem(other, 409, "idempotency_conflict")
      let empty = try await caller.post("/api/batch/start", body, headers: [("Idempotency-Key", String(repeating: "x", count: 201))])
      try expectProblem(empty, 422, "invalid_input", field: "Idempotency-Key")
      let another = try await server.caller(server.desk.otherOperator)
      #expect(try await another.post("/api/batch/start", body, headers: [("Idempotency-Key", "spring-1")]).status == 201)
    }
  }

  @Test("A price that has changed is refused with the new preview, which can be started at once")
  func quoteChanged() async throws {
    try await ReportServer.run { server in
      let caller = try await server.caller(server.desk.operatorAccount)
      let quote = try await server.desk.preview(now: server.clock.now).quote.id.text
      try await server.desk.cards.add(dearer(at: server.clock.now))
      let answer = try await caller.post("/api/batch/start", #"{"quote": "\#(quote)", "cost_approved": true}"#)
      try expectProblem(answer, 409, "quote_changed", field: "quote")
      let preview = try #require(try answer.json()["preview"] as? [String: Any])
      #expect(preview["estimated_cost_usd"] as? Double == 0.21)
      #expect(preview["lead_count"] as? Int == 3)
      #expect((preview["valid_lead_ids"] as? [String])?.count == 3)
      let fresh = try #require(preview["quote"] as? String)
      #expect(fresh != quote)
      #expect(try await caller.post("/api/batch/start", #"{"quote": "\#(fresh)", "cost_approved": true, "estimated_cost_usd": 0.21}"#).status == 201)
    }
  }

  @Test("Another template or another approved cost than the quote's is a changed price too")
  func otherTerms() async throws {
    try await ReportServer.run { server in
      let caller = try await server.caller(server.desk.operatorAccount)
      let quote = try await server.desk.preview(now: server.clock.now).quote.id.text
      for other in [#""template_version": "v1""#, #""estimated_cost_usd": 0.14"#] {
        let answer = try await caller.post("/api/batch/start", #"{"quote": "\#(quote)", "cost_approved": true, \#(other)}"#)
        try expectProblem(answer, 409, "quote_changed", field: "quote")
      }
      let byLeads = try await caller.post(
        "/api/batch/start", #"{"lead_ids": \#(list(try await server.desk.leadIDs())), "cost_approved": true, "estimated_cost_usd": 0.1}"#)
      try expectProblem(byLeads, 409, "quote_changed", field: "quote")
      #expect(try await server.desk.number("SELECT count(*) FROM batch") == 0)
    }
  }

  @Test("What cannot be started is refused with its code and the member at fault, and nothing is written")
  func refusals() async throws {
    try await ReportServer.run { server in
      let caller = try await server.caller(server.desk.operatorAccount)
      let ids = try await server.desk.leadIDs()
      let quote = try await server.desk.preview(now: server.clock.now).quote.id.text
      let foreign = try await server.desk.preview(by: server.desk.otherOperator, now: server.clock.now).quote.id.text
      let expired = try await server.desk.preview(now: server.clock.now.addingTimeInterval(-Quote.lifetime)).quote.id.text
      let cases: [(body: String, status: Int, code: String, field: String)] = [
        (#"{"quote": "\#(quote)"}"#, 422, "cost_not_approved", "cost_approved"),
        (#"{"quote": "\#(quote)", "cost_approved": false}"#, 422, "cost_not_approved", "cost_approved"),
        (#"{"quote": "\#(expired)", "cost_approved": true}"#, 409, "quote_expired", "quote"),
        (#"{"quote": "\#(foreign)", "cost_approved": true}"#, 409, "quote_expired", "quote"),
        (#"{"quote": "\#(UUID.version7().text)", "cost_approved": true}"#, 409, "quote_expired", "quote"),
        (#"{"quote": "x", "cost_approved": true}"#, 422, "invalid_input", "quote"),
        (#"{"cost_approved": true}"#, 422, "invalid_input", "quote"),
        (#"{"quote": "\#(quote)", "lead_ids": [], "cost_approved": true}"#, 422, "invalid_input", "quote"),
        (#"{"lead_ids": \#(list(ids)), "cost_approved": true}"#, 422, "invalid_input", "estimated_cost_usd"),
        (#"{"lead_ids": \#(list(ids)), "cost_approved": true, "estimated_cost_usd": null}"#, 422, "invalid_input", "estimated_cost_usd"),
        (#"{"lead_ids": \#(list(ids + [UUID.version7()])), "cost_approved": true, "estimated_cost_usd": 1}"#, 422, "unknown_leads", "lead_ids"),
        (#"{"lead_ids": [], "cost_approved": true, "estimated_cost_usd": 0}"#, 422, "no_leads", "lead_ids"),
        (#"{"lead_ids": \#(list(ids + ids)), "cost_approved": true, "estimated_cost_usd": 1}"#, 422, "duplicate_leads", "lead_ids"),
        (#"{"quote": "\#(quote)", "cost_approved": true, "template_version": "v8"}"#, 422, "unknown_template", "template_version"),
        (#"{"quote": "\#(quote)", "cost_approved": true, "max_concurrent": 101}"#, 422, "invalid_input", "max_concurrent"),
        (#"{"quote": "\#(quote)", "cost_approved": true, "retry_count": -1}"#, 422, "invalid_input", "retry_count"),
        (#"{"quote": "\#(quote)", "cost_approved": true, "max_failure_percent": 101}"#, 422, "invalid_input", "max_failure_percent"),
        (#"{"quote": "\#(quote)", "cost_approved": true, "max_failure_count": -1}"#, 422, "invalid_input", "max_failure_count"),
        (#"{"quote": "\#(quote)", "cost_approved": true, "name": "\#(String(repeating: "n", count: 121))"}"#, 422, "invalid_input", "name"),
        (#"{"quote": "\#(quote)", "cost_approved": "yes"}"#, 422, "invalid_input", "cost_approved"),
      ]
      for (body, status, code, field) in cases {
        try expectProblem(try await caller.post("/api/batch/start", body), status, code, field: field)
      }
      try expectProblem(try await server.caller(server.desk.viewer).post("/api/batch/start", "{}"), 403, "forbidden")
      #expect(try await server.desk.number("SELECT count(*) FROM batch") == 0)
      #expect(server.nudgeCount == 0)
    }
  }

  @Test("The same leads again are refused while a batch over them is live")
  func inProgress() async throws {
    try await ReportServer.run { server in
      let caller = try await server.caller(server.desk.operatorAccount)
      let batch = try await server.start("First")
      let body = #"{"lead_ids": \#(list(try await server.desk.leadIDs().reversed())), "cost_approved": true, "estimated_cost_usd": 0.15}"#
      let answer = try await caller.post("/api/batch/start", body)
      try expectProblem(answer, 409, "batch_in_progress")
      #expect(answer.text.contains(batch.id.text))
      _ = try await server.desk.batches.cancel(batch.id, reason: "", by: server.desk.operatorAccount, now: server.clock.now)
      #expect(try await caller.post("/api/batch/start", body).status == 201)
    }
  }

  @Test("The budget refuses what it cannot hold, unless an admin says why it may be passed")
  func budget() async throws {
    try await ReportServer.run(dailyLimit: Money(micros: 100_000)) { server in
      let ids = try await server.desk.leadIDs()
      let body = #"{"lead_ids": \#(list(ids)), "cost_approved": true, "estimated_cost_usd": 0.15, "overrun_reason": "The boss said so."}"#
      try expectProblem(try await server.caller(server.desk.operatorAccount).post("/api/batch/start", body), 409, "budget_exceeded")
      let admin = try await server.caller(server.desk.admin)
      let silent = #"{"lead_ids": \#(list(ids)), "cost_approved": true, "estimated_cost_usd": 0.15}"#
      try expectProblem(try await admin.post("/api/batch/start", silent), 409, "budget_exceeded")
      #expect(try await admin.post("/api/batch/start", body).status == 201)
      #expect(try await server.desk.number("SELECT count(*) FROM audit WHERE reason = 'The boss said so.'") == 1)
    }
  }
}

/// A rate card with a base cost of $0.07, in force from now.
func dearer(at now: Date) -> RateCard {
  RateCard(
    version: 0, validFrom: now, author: "admin@example.com", note: "Dearer", baseCost: Money(micros: 70_000), providerPrices: [:],
    blendedRate: Money(micros: 450_000), tiers: [.init(minimumCount: 1, percent: 0)])
}

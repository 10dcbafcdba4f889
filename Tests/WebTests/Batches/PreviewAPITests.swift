import BatchReports
import Foundation
import TestSupport
import Testing
import WebTestSupport

@testable import Web

@Suite(.serialized) struct PreviewAPITests {
  @Test("A program that previews without end is slowed down, account by account")
  func rate() async throws {
    try await ReportServer.run { server in
      let caller = try await server.caller(server.desk.operatorAccount)
      for _ in 0..<1000 { #expect(try await caller.post("/api/batch/preview", "{}").status == 422) }
      let refused = try await caller.post("/api/batch/preview", "{}")
      try expectProblem(refused, 429, "rate_limited")
      #expect(refused.header("retry-after") == "1")
      #expect(try await server.browser(server.desk.operatorAccount).post("/batches/preview").status == 429)
      #expect(try await server.caller(server.desk.admin).post("/api/batch/preview", "{}").status == 422)
      server.clock.advance(by: 1)
      #expect(try await caller.post("/api/batch/preview", "{}").status == 422)
    }
  }

  @Test("A preview has exactly the members of the contract, with null for what there is not", arguments: ["/api", "/api/v1"])
  func members(_ base: String) async throws {
    try await ReportServer.run { server in
      let caller = try await server.caller(server.desk.operatorAccount)
      let ids = try await server.desk.leadIDs()
      let answer = try await caller.post(base + "/batch/preview", #"{"lead_ids": \#(list(ids)), "template_version": "v1", "max_concurrent": 3}"#)
      #expect(answer.status == 200)
      #expect(answer.header("content-type") == "application/json")
      let json = try answer.json()
      #expect(
        Set(json.keys) == [
          "lead_count", "valid_lead_ids", "unknown_lead_ids", "template_version", "estimated_cost_usd", "cost_low_usd", "cost_high_usd",
          "cost_per_lead_usd", "cost_breakdown", "provider_breakdown", "estimated_duration_seconds", "budget", "quote", "quote_expires_at",
          "expected_reports", "estimate_accuracy", "history_batches", "providers_off", "sample_of", "rest_count", "reuse_days", "reused_count", "saved_usd",
        ])
      #expect(json["lead_count"] as? Int == 3)
      #expect(json["valid_lead_ids"] as? [String] == ids.map(\.text))
      #expect(json["unknown_lead_ids"] as? [String] == [])
      #expect(json["template_version"] as? String == "website-audit:v1")
      #expect(json["estimated_cost_usd"] as? Double == 0.15)
      #expect(json["cost_high_usd"] as? Double == 0.15)
      #expect(json["expected_reports"] as? Int == 3 && json["history_batches"] as? Int == 0 && json["estimate_accuracy"] is NSNull)
      #expect(json["cost_per_lead_usd"] as? Double == 0.05)
      #expect(json["estimated_duration_seconds"] as? Double == 2)
      #expect(json["quote_expires_at"] as? String == "2026-11-21T09:30:00.000Z")
      let breakdown = try #require(json["cost_breakdown"] as? [String: Double])
      #expect(breakdown == ["base_cost_usd": 0.15, "provider_cost_usd": 0, "volume_discount_usd": 0, "total_cost_usd": 0.15])
      let provider = try #require((json["provider_breakdown"] as? [[String: Any]])?.first)
      #expect(Set(provider.keys) == ["provider", "calls", "unit_cost_usd", "total_cost_usd"])
      let budget = try #require(json["budget"] as? [String: Any])
      #expect(
        Set(budget.keys) == ["daily_limit_usd", "spent_today_usd", "reserved_usd", "remaining_usd", "is_within_budget", "warning"])
      #expect(budget["daily_limit_usd"] is NSNull)
      #expect(budget["remaining_usd"] is NSNull)
      #expect(budget["warning"] is NSNull)
      #expect(budget["is_within_budget"] as? Bool == true)
    }
  }

  @Test("A preview shows what is left of the budget, and warns when the batch would pass it")
  func budget() async throws {
    try await ReportServer.run(dailyLimit: Money(micros: 100_000)) { server in
      let caller = try await server.caller(server.desk.operatorAccount)
      let json = try await caller.post("/api/batch/preview", #"{"lead_ids": \#(list(try await server.desk.leadIDs()))}"#).json()
      let budget = try #require(json["budget"] as? [String: Any])
      #expect(budget["daily_limit_usd"] as? Double == 0.1)
      #expect(budget["remaining_usd"] as? Double == 0.1)
      #expect(budget["is_within_budget"] as? Bool == false)
      #expect(budget["warning"] as? String == "This batch would pass today's budget of $0.1000: $0.1000 is left.")
    }
  }

  @Test("Leads that do not exist are listed beside those that do")
  func unknownLeads() async throws {
    try await ReportServer.run(leads: 1) { server in
      let caller = try await server.caller(server.desk.operatorAccount)
      let known = try await server.desk.leadIDs()
      let stranger = UUID.version7()
      let json = try await caller.post("/api/batch/preview", #"{"lead_ids": \#(list([stranger] + known))}"#).json()
      #expect(json["lead_count"] as? Int == 1)
      #expect(json["valid_lead_ids"] as? [String] == known.map(\.text))
      #expect(json["unknown_lead_ids"] as? [String] == [stranger.text])
    }
  }

  @Test("A filter takes the leads that it matches, by the fields of the lead list")
  func filter() async throws {
    try await ReportServer.run(leads: 2) { server in
      try await server.desk.addLeads(1, withWebsite: false)
      let caller = try await server.caller(server.desk.operatorAccount)
      func count(_ filter: String) async throws -> Int? {
        try await caller.post("/api/batch/preview", #"{"filter": \#(filter)}"#).json()["lead_count"] as? Int
      }
      #expect(try await count("{}") == 3)
      #expect(try await count(#"{"has_website": true, "status": null, "tier": "unscored"}"#) == 2)
      #expect(try await count(#"{"has_website": "no"}"#) == 1)
    }
  }

  @Test("What cannot be priced is refused with its code and the member at fault")
  func refusals() async throws {
    try await ReportServer.run(leads: 3, maxLeads: 2) { server in
      let caller = try await server.caller(server.desk.operatorAccount)
      let ids = try await server.desk.leadIDs()
      try await server.desk.templates.set(.init(name: "website-audit", version: "v1"), status: .retired, by: server.desk.admin, now: server.clock.now)
      let cases: [(body: String, status: Int, code: String, field: String)] = [
        (#"{"lead_ids": []}"#, 422, "no_leads", "lead_ids"),
        (#"{"lead_ids": \#(list([ids[0], ids[0]]))}"#, 422, "duplicate_leads", "lead_ids"),
        (#"{"lead_ids": ["\#(ids[0].text)", "\#(ids[0].text.uppercased())"]}"#, 422, "duplicate_leads", "lead_ids"),
        (#"{"lead_ids": \#(list(ids))}"#, 422, "too_many_leads", "lead_ids"),
        (#"{"lead_ids": \#(list([UUID.version7()]))}"#, 422, "unknown_leads", "lead_ids"),
        (#"{"lead_ids": ["\#(ids[0].text)", "x"]}"#, 422, "invalid_input", "lead_ids.1"),
        (#"{"lead_ids": [7]}"#, 422, "invalid_input", "lead_ids.0"),
        (#"{"lead_ids": "x"}"#, 422, "invalid_input", "lead_ids"),
        (#"{}"#, 422, "invalid_input", "lead_ids"),
        (#"{"lead_ids": \#(list([ids[0]])), "filter": {}}"#, 422, "invalid_input", "lead_ids"),
        (#"{"filter": {}}"#, 422, "too_many_leads", "lead_ids"),
        (#"{"filter": {"q": "nobody-at-all"}}"#, 422, "no_leads", "lead_ids"),
        (#"{"filter": {"tier": "E"}}"#, 422, "invalid_input", "filter.tier"),
        (#"{"filter": {"statuss": "new"}}"#, 422, "invalid_input", "filter.statuss"),
        (#"{"filter": {"tier": 1}}"#, 422, "invalid_input", "filter.tier"),
        (#"{"lead_ids": \#(list([ids[0]])), "template_version": "v9"}"#, 422, "unknown_template", "template_version"),
        (#"{"lead_ids": \#(list([ids[0]])), "template_version": "No such!"}"#, 422, "unknown_template", "template_version"),
        (#"{"lead_ids": \#(list([ids[0]])), "template_version": "v1"}"#, 422, "template_retired", "template_version"),
        (#"{"lead_ids": \#(list([ids[0]])), "max_concurrent": 0}"#, 422, "invalid_input", "max_concurrent"),
        (#"{"lead_ids": \#(list([ids[0]])), "retry_count": 6}"#, 422, "invalid_input", "retry_count"),
      ]
      for (body, status, code, field) in cases {
        let answer = try await caller.post("/api/batch/preview", body)
        try expectProblem(answer, status, code, field: field)
      }
      try expectProblem(try await caller.post("/api/batch/preview", "{nonsense"), 422, "invalid_input")
      let csv = try await server.client.send(
        "POST", "/api/batch/preview", headers: [try await server.bearer(server.desk.operatorAccount), ("Content-Type", "text/csv")], body: Data("x".utf8))
      try expectProblem(csv, 415, "unsupported_media_type")
      let large = try await caller.post("/api/batch/preview", String(repeating: " ", count: StartAPI.bodyLimit + 1))
      try expectProblem(large, 413, "payload_too_large")
    }
  }

  @Test("A viewer may not preview, a stranger even less, and a cookie needs the form's token")
  func access() async throws {
    try await ReportServer.run { server in
      let body = #"{"lead_ids": \#(list(try await server.desk.leadIDs()))}"#
      try expectProblem(try await server.caller(server.desk.viewer).post("/api/batch/preview", body), 403, "forbidden")
      let stranger = try await server.client.send(
        "POST", "/api/batch/preview", headers: [("Content-Type", "application/json")], body: Data(body.utf8))
      try expectProblem(stranger, 401, "unauthenticated")
      let browser = try await server.browser(server.desk.operatorAccount)
      #expect(try await browser.postJSON("/api/batch/preview", body).status == 200)
      let untold = try await browser.send("POST", "/api/batch/preview", headers: [("Content-Type", "application/json")], body: Data(body.utf8))
      try expectProblem(untold, 403, "forbidden")
    }
  }
}

/// Ids as a JSON array.
func list(_ ids: [UUID]) -> String { "[" + ids.map { "\"\($0.text)\"" }.joined(separator: ", ") + "]" }

/// Checks that an answer is a problem with this status and code, and about this field.
func expectProblem(
  _ answer: TestResponse, _ status: Int, _ code: String, field: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  #expect(answer.status == status, "\(answer.text)", sourceLocation: sourceLocation)
  #expect(answer.header("content-type") == "application/problem+json", sourceLocation: sourceLocation)
  let json = try answer.json()
  #expect(json["code"] as? String == code, "\(answer.text)", sourceLocation: sourceLocation)
  #expect(json["status"] as? Int == status, sourceLocation: sourceLocation)
  #expect(json["type"] as? String == "urn:batchreports:problem:\(code)", sourceLocation: sourceLocation)
  #expect((json["detail"] as? String)?.isEmpty == false, sourceLocation: sourceLocation)
  if let field {
    let fields = (json["errors"] as? [[String: Any]])?.compactMap { $0["field"] as? String }
    #expect(fields == [field], "\(answer.text)", sourceLocation: sourceLocation)
  }
}

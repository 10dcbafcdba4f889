import BatchReports
import Foundation
import TestSupport
import Testing
import WebTestSupport

@testable import Web

@Suite(.serialized) struct BatchAPITests {
  private static let batchMembers: Set<String> = [
    "batch_id", "name", "description", "status", "run", "status_reason", "template_version", "rate_card_version", "private", "created_by", "created_at",
    "started_at", "finished_at", "paused_at", "max_concurrent", "retry_count", "max_failure_percent", "max_failure_count", "estimated_cost_usd",
    "cost_low_usd", "cost_high_usd", "actual_cost_usd", "websocket_url", "progress", "current_leads", "recent_errors", "priority",
    "scheduled_at", "auto_paused", "reuse_days", "saved_usd", "reserve_spent",
  ]
  private static let progressMembers: Set<String> = [
    "type", "batch_id", "seq", "timestamp", "status", "status_reason", "processed", "total", "percentage", "success_count", "failure_count", "skipped_count",
    "cancelled_count", "retrying_count", "in_flight", "current_leads", "elapsed_seconds", "estimated_remaining_seconds",
    "current_rate_per_second", "actual_cost_usd", "estimated_cost_usd", "projected_cost_usd", "approved_cost_usd", "recent_errors",
  ]

  @Test("A batch tells its progress, leads in flight, errors and causes", arguments: ["/api", "/api/v1"])
  func status(_ base: String) async throws {
    try await ReportServer.run(leads: 4) { server in
      let caller = try await server.caller(server.desk.viewer)
      let batch = try await server.start("Spring")
      let engine = try await server.engine()
      let claims = try await engine.claim(3)
      server.clock.advance(by: 10)
      try await engine.complete(claims[0])
      try await engine.end([claims[1].ends(.failed(LeadFailure(.http5xx, "The site answered 503.")))])
      for path in ["/batch/\(batch.id.text)", "/batch/\(batch.id.text)/status"] {
        let answer = try await caller.get(base + path)
        #expect(answer.status == 200)
        let json = try answer.json()
        #expect(Set(json.keys) == Self.batchMembers.union(["error_summary"]))
        #expect(json["status"] as? String == "processing")
        #expect(json["error_summary"] as? [String: Int] == ["http_5xx": 1])
        #expect(json["actual_cost_usd"] as? Double == 0.05)
        #expect(json["estimated_cost_usd"] as? Double == 0.2)
        #expect(json["started_at"] as? String == "2026-11-21T09:00:00.000Z")
        #expect(json["finished_at"] is NSNull)
        #expect(json["max_failure_count"] is NSNull)
        let progress = try #require(json["progress"] as? [String: Any])
        #expect(Set(progress.keys) == Self.progressMembers)
        #expect(progress["processed"] as? Int == 2)
        #expect(progress["percentage"] as? Double == 50)
        #expect(progress["in_flight"] as? Int == 1)
        #expect(progress["elapsed_seconds"] as? Double == 10)
        let current = try #require(json["current_leads"] as? [[String: String]])
        #expect(current.map { $0["name"] } == [claims[2].leadName])
        let error = try #require((json["recent_errors"] as? [[String: Any]])?.first)
        #expect(Set(error.keys) == ["lead_id", "lead_name", "code", "message", "attempts", "at"])
        #expect(error["code"] as? String == "http_5xx")
      }
    }
  }

  @Test("An unknown batch and another's private one are not found; its starter and admins see it")
  func notFound() async throws {
    try await ReportServer.run { server in
      let batch = try await server.start("Secret", isPrivate: true)
      let paths = ["", "/status", "/leads", "/results.csv", "/errors.csv"]
      for account in [server.desk.viewer, server.desk.otherOperator] {
        let caller = try await server.caller(account)
        for path in paths { try expectProblem(try await caller.get("/api/batch/\(batch.id.text)\(path)"), 404, "not_found") }
      }
      for account in [server.desk.operatorAccount, server.desk.admin] {
        let caller = try await server.caller(account)
        for path in paths { #expect(try await caller.get("/api/batch/\(batch.id.text)\(path)").status == 200) }
      }
      let caller = try await server.caller(server.desk.admin)
      for id in [UUID.version7().text, "x"] {
        for path in paths { try expectProblem(try await caller.get("/api/batch/\(id)\(path)"), 404, "not_found") }
      }
      #expect(try await server.client.send("GET", "/api/batch/\(batch.id.text)").status == 401)
    }
  }

  @Test("The list gives what the account may see, newest first, by filter and page")
  func list() async throws {
    try await ReportServer.run(leads: 6) { server in
      let keys = try await server.desk.leadKeys()
      _ = try await server.finished("Spring 1", [keys[0]])
      _ = try await server.finished("Spring 2", [keys[1]], failing: [0], by: server.desk.otherOperator)
      server.clock.advance(by: 86_400)
      _ = try await server.start("Autumn", [keys[2]])
      _ = try await server.start("Secret", [keys[3]], isPrivate: true)
      let viewer = try await server.caller(server.desk.viewer)
      func names(_ query: String, _ caller: APICaller? = nil) async throws -> [String] {
        let json = try await (caller ?? viewer).get("/api/batch" + query).json()
        return (json["batches"] as? [[String: Any]] ?? []).compactMap { $0["name"] as? String }
      }
      #expect(try await names("") == ["Autumn", "Spring 2", "Spring 1"])
      #expect(try await names("", server.caller(server.desk.operatorAccount)) == ["Secret", "Autumn", "Spring 2", "Spring 1"])
      #expect(try await names("?status=completed") == ["Spring 1"])
      #expect(try await names("?status=completed&status=pending") == ["Autumn", "Spring 1"])
      #expect(try await names("?created_by=other@example.com") == ["Spring 2"])
      #expect(try await names("?q=spring") == ["Spring 2", "Spring 1"])
      #expect(try await names("?template_version=v3&limit=500") == ["Autumn", "Spring 2", "Spring 1"])
      #expect(try await names("?template_version=website-audit:v1") == [])
      #expect(try await names("?created_after=2026-11-22") == ["Autumn"])
      #expect(try await names("?created_before=2026-11-21") == ["Spring 2", "Spring 1"])
      #expect(try await names("?created_after=2026-11-21T09:00:01Z&created_before=2026-11-22T09:00:00Z") == [])
      let json = try await viewer.get("/api/v1/batch?limit=2").json()
      #expect(json["total_count"] as? Int == 3)
      let page = try #require(json["page_info"] as? [String: Any])
      #expect(page["has_more"] as? Bool == true)
      let cursor = try #require(page["next_cursor"] as? String)
      #expect(try await names("?limit=2&cursor=\(cursor)") == ["Spring 1"])
      let first = try #require((json["batches"] as? [[String: Any]])?.first)
      #expect(Set(first.keys) == Self.batchMembers)
      let last = try #require(try await viewer.get("/api/batch?limit=2&cursor=\(cursor)").json()["page_info"] as? [String: Any])
      #expect(last["has_more"] as? Bool == false)
      #expect(last["next_cursor"] is NSNull)
    }
  }

  @Test(
    "A filter that cannot be read is a problem that names the field",
    arguments: [
      ("?status=x", "status"), ("?created_after=yesterday", "created_after"), ("?created_before=2026-02-30", "created_before"),
      ("?template_version=No!", "template_version"), ("?limit=0", "limit"), ("?limit=501", "limit"), ("?cursor=zzz", "cursor"),
    ])
  func badFilter(_ query: String, _ field: String) async throws {
    try await ReportServer.run(leads: 0) { server in
      try expectProblem(try await server.caller(server.desk.viewer).get("/api/batch" + query), 422, "invalid_input", field: field)
    }
  }

  @Test("A batch's leads come in their order, by status, cause and page")
  func leads() async throws {
    try await ReportServer.run(leads: 5) { server in
      let caller = try await server.caller(server.desk.viewer)
      let batch = try await server.start()
      let engine = try await server.engine()
      let claims = try await engine.claim(4)
      try await engine.complete(claims[0])
      try await engine.end([
        claims[1].ends(.failed(LeadFailure(.dnsFailed, "No such domain."))),
        claims[2].ends(.retry(LeadFailure(.timeout, "Too slow."), dueAt: server.clock.now.addingTimeInterval(60))),
      ])
      let path = "/api/batch/\(batch.id.text)/leads"
      let all = try #require(try await caller.get(path).json()["leads"] as? [[String: Any]])
      #expect(all.compactMap { $0["status"] as? String } == ["completed", "failed", "retrying", "processing", "pending"])
      #expect(
        Set(all[0].keys) == [
          "lead_id", "lead_name", "status", "attempts", "error_code", "error_message", "report_url", "score", "cost_usd", "duration_ms",
          "processed_at", "next_attempt_at",
        ])
      #expect(all[0]["report_url"] as? String == "/batches/\(batch.id.text)/leads/\(claims[0].leadID.text)/report")
      #expect(all[0]["score"] as? Int == 72)
      #expect(all[0]["cost_usd"] as? Double == 0.05)
      #expect(all[0]["duration_ms"] as? Int == 1000)
      #expect(all[0]["error_code"] is NSNull)
      #expect(all[1]["error_code"] as? String == "dns_failed")
      #expect(all[1]["report_url"] is NSNull)
      #expect(all[2]["next_attempt_at"] as? String == "2026-11-21T09:01:00.000Z")
      func statuses(_ query: String) async throws -> [String] {
        (try await caller.get(path + query).json()["leads"] as? [[String: Any]] ?? []).compactMap { $0["status"] as? String }
      }
      #expect(try await statuses("?status=retrying") == ["retrying"])
      #expect(try await statuses("?error_code=dns_failed") == ["failed"])
      #expect(try await statuses("?status=completed&error_code=dns_failed") == [])
      let page = try #require(try await caller.get(path + "?limit=2").json()["page_info"] as? [String: Any])
      #expect(try await statuses("?limit=2&cursor=\(try #require(page["next_cursor"] as? String))") == ["retrying", "processing"])
      for (query, field) in [("?status=x", "status"), ("?error_code=x", "error_code"), ("?limit=x", "limit"), ("?cursor=x", "cursor")] {
        try expectProblem(try await caller.get(path + query), 422, "invalid_input", field: field)
      }
    }
  }

  @Test("Templates are listed, the latest first, retired ones too")
  func templates() async throws {
    try await ReportServer.run { server in
      try await server.desk.templates.set(.init(name: "website-audit", version: "v1"), status: .retired, by: server.desk.admin, now: server.clock.now)
      let json = try await server.caller(server.desk.viewer).get("/api/templates").json()
      let templates = try #require(json["templates"] as? [[String: Any]])
      #expect(templates.compactMap { $0["version"] as? String } == ["v3", "v2", "v1"])
      #expect(templates.compactMap { $0["is_latest"] as? Bool } == [true, false, false])
      #expect(templates.compactMap { $0["status"] as? String } == ["active", "active", "retired"])
      #expect(templates[0]["sections"] as? [String] == ["found", "fast", "safe", "usable", "trusted"])
      #expect(templates[0]["providers"] as? [String] == ["page_fetch"] + PaidProvider.allCases.map(\.rawValue))
      #expect(templates[1]["providers"] as? [String] == ["page_fetch"])
    }
  }
}

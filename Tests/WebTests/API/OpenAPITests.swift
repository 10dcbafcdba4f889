import BatchReports
import Foundation
import TestSupport
import Testing
import WebTestSupport

@testable import Web

@Suite(.serialized) struct OpenAPITests {
  private static func description() throws -> APIDescription {
    APIDescription(document: try JSONValue(Data(contentsOf: ProjectFolder.root.appendingPathComponent("Public/openapi.json"))))
  }

  @Test("Everyone can read the description, under both bases")
  func served() async throws {
    try await ReportServer.run { server in
      for path in ["/api/openapi.json", "/api/v1/openapi.json"] {
        let answer = try await server.client.send("GET", path)
        #expect(answer.status == 200)
        #expect(answer.header("content-type") == "application/json")
        #expect(try JSONValue(answer.body)["openapi"]?.text == "3.1.0")
      }
    }
  }

  @Test("Every call of the router is described, and every call that is described is there, under both bases")
  func routes() async throws {
    let described = try Self.description().operations
    try await ReportServer.run { server in
      let routes = buildRouter(server.server.dependencies, server.services).routes
      for base in ["/api", "/api/v1"] {
        let present = routes.compactMap { route -> APIDescription.Operation? in
          let path = route.path.description
          guard path.hasPrefix(base + "/"), base == "/api/v1" || !path.hasPrefix("/api/v1/"), route.method != .head else { return nil }
          return .init(method: route.method.rawValue, path: String(path.dropFirst(base.count)))
        }
        #expect(Set(present) == described)
      }
    }
  }

  @Test("The description is whole: references lead somewhere, names are unique, path values are declared")
  func whole() throws {
    let description = try Self.description()
    for reference in description.references {
      #expect(description.resolved(.object(["$ref": .text(reference)])) != .null, "\(reference)")
    }
    let schemas = (description.document["components"]?["schemas"]?.members ?? [:]).keys
    for name in schemas { #expect(description.references.contains("#/components/schemas/\(name)"), "\(name) is not used") }
    var names: Set<String> = []
    for operation in description.operations {
      let call = try #require(description.description(operation))
      #expect(names.insert(try #require(call["operationId"]?.text)).inserted)
      #expect(call["summary"]?.text?.isEmpty == false)
      #expect(call["responses"]?.members.isEmpty == false)
      let declared = (call["parameters"]?.list ?? []).map(description.resolved).filter { $0["in"] == .text("path") }.compactMap { $0["name"]?.text }
      #expect(declared == operation.path.matches(of: /\{(\w+)\}/).map { String($0.output.1) })
      if operation.method == "POST" { #expect(call["requestBody"] != nil) }
    }
    let codes = try #require(description.document["components"]?["schemas"]?["Problem"]?["properties"]?["code"]?["description"]?.text)
    for code in RefusalCode.allCases { #expect(codes.contains(code.rawValue), "\(code.rawValue)") }
  }

  @Test("The names and limits of the description are those of the program")
  func choices() throws {
    let schemas = try #require(try Self.description().document["components"]?["schemas"])
    func values(_ schema: String, _ property: String) -> Set<String> {
      Set((schemas[schema]?["properties"]?[property]?["enum"]?.list ?? []).compactMap(\.text))
    }
    #expect(values("Batch", "status") == Set(BatchState.allCases.map(\.rawValue)))
    #expect(values("Batch", "priority") == Set(BatchPriority.allCases.map(\.rawValue)))
    #expect(values("BulkRequest", "action") == Set(BulkControl.Action.allCases.map(\.rawValue)))
    #expect(values("BatchLead", "status") == Set(BatchLeadState.allCases.map(\.rawValue)))
    #expect(values("BatchLead", "error_code") == Set(LeadErrorCode.allCases.map(\.rawValue)))
    #expect(values("RetryRequest", "error_code") == Set(LeadErrorCode.allCases.map(\.rawValue)))
    #expect(values("Lead", "status") == Set(Lead.Status.allCases.map(\.rawValue)))
    #expect(Set((schemas["LeadFilter"]?["properties"]?.members ?? [:]).keys) == Set(LeadListQuery.filterNames))
    let concurrency = schemas["StartRequest"]?["properties"]?["max_concurrent"]
    #expect(concurrency?["minimum"] == .number(Double(BatchOrder.concurrencyRange.lowerBound)))
    #expect(concurrency?["maximum"] == .number(Double(BatchOrder.concurrencyRange.upperBound)))
  }

  @Test("Real answers are as described, member by member")
  func answers() async throws {
    let description = try Self.description()
    try await ReportServer.run(leads: 6, dailyLimit: Money(micros: 250_000), socketsPerAccount: 0) { server in
      let admin = try await server.caller(server.desk.admin)
      let viewer = try await server.caller(server.desk.viewer)
      let keys = try await server.desk.leadKeys()
      let ids = try await server.desk.leadIDs()
      func check(_ method: String, _ path: String, _ answer: TestResponse, _ status: Int) throws {
        #expect(answer.status == status, "\(method) \(path): \(answer.text)")
        #expect(try description.faults(answer, to: .init(method: method, path: path)) == [], "\(method) \(path)")
      }
      func post(_ path: String, _ body: String, _ status: Int, _ caller: APICaller) async throws {
        try check("POST", path, try await caller.post("/api" + path, body), status)
      }
      let batch = try await server.start("Described", Array(keys[0...2]), retryCount: 1)
      let engine = try await server.engine()
      let claims = try await engine.claim(3)
      server.clock.advance(by: 3)
      try await engine.complete(claims[0])
      try await engine.end([claims[1].ends(.failed(LeadFailure(.dnsFailed, "No such domain.")))])
      for path in ["/leads", "/templates", "/batch", "/health", "/openapi.json"] {
        try check("GET", path, try await viewer.get("/api/v1" + path), 200)
      }
      for path in ["", "/status", "/leads", "/results.csv", "/errors.csv"] {
        try check("GET", "/batch/{id}" + path, try await viewer.get("/api/batch/\(batch.id.text)\(path)"), 200)
        try check("GET", "/batch/{id}" + path, try await viewer.get("/api/batch/\(UUID().uuidString)\(path)"), 404)
      }
      let charges = "/leads/\(ids[0].text)/charges"
      try check("GET", "/batch/{id}/leads/{lead_id}/charges", try await viewer.get("/api/batch/\(batch.id.text)\(charges)"), 200)
      try check("GET", "/batch/{id}/leads/{lead_id}/charges", try await viewer.get("/api/batch/\(UUID().uuidString)\(charges)"), 404)
      for (query, status) in [("", 200), ("?days=0", 422)] {
        try check("GET", "/batch/analytics", try await viewer.get("/api/batch/analytics\(query)"), status)
      }
      for path in ["/leads", "/batch"] { try check("GET", path, try await viewer.get("/api\(path)?limit=0"), 422) }
      for path in ["/leads", "/templates", "/batch", "/batch/ws"] { try check("GET", path, try await server.client.send("GET", "/api" + path), 401) }
      let type = ("Content-Type", "text/csv")
      let csv = try await server.client.send(
        "POST", "/api/leads/import", headers: [try await server.bearer(server.desk.admin), type], body: Data("name,website\nOak,\n,x\nElm,no where\n".utf8))
      try check("POST", "/leads/import", csv, 200)
      try await post("/leads/import", "{}", 415, admin)
      try await post("/leads/import", "{}", 403, viewer)
      try await post("/batch/preview", #"{"lead_ids": \#(list(Array(ids[3...5])))}"#, 200, admin)
      try await post("/batch/preview", "{}", 422, admin)
      try await post("/batch/preview", "{}", 403, viewer)
      try await post("/batch/start", #"{"lead_ids": \#(list(Array(ids[3...5]))), "cost_approved": true, "estimated_cost_usd": 0.15}"#, 409, admin)
      try await post("/batch/start", #"{"lead_ids": ["\#(ids[3].text)"], "cost_approved": true, "estimated_cost_usd": 9}"#, 409, admin)
      try await post("/batch/start", "{}", 422, admin)
      try await post("/batch/start", "{}", 403, viewer)
      let whole = #"{"lead_ids": ["\#(ids[3].text)"], "cost_approved": true, "estimated_cost_usd": 0.05, "max_failure_count": 1}"#
      try await post("/batch/start", whole, 201, admin)
      for (action, body, status) in [
        ("concurrency", #"{"max_concurrent": 3}"#, 200), ("priority", #"{"priority": "low"}"#, 200), ("start-now", "{}", 200),
        ("concurrency", "{}", 422), ("priority", "{}", 422),
      ] {
        try check("POST", "/batch/{id}/\(action)", try await admin.post("/api/batch/\(batch.id.text)/\(action)", body), status)
        try check("POST", "/batch/{id}/\(action)", try await viewer.post("/api/batch/\(batch.id.text)/\(action)", body), 403)
        try check("POST", "/batch/{id}/\(action)", try await admin.post("/api/batch/\(UUID().uuidString)/\(action)", body), status == 422 ? 422 : 404)
      }
      for action in ["pause", "resume"] {
        try await post("/batch/bulk", #"{"action": "\#(action)", "batch_ids": ["\#(batch.id.text)", "\#(UUID().text)"]}"#, 200, admin)
      }
      try await post("/batch/bulk", #"{"action": "pause", "batch_ids": []}"#, 422, admin)
      try await post("/batch/bulk", #"{"action": "pause", "batch_ids": []}"#, 403, viewer)
      for (action, status) in [("pause", 200), ("resume", 200), ("cancel", 202), ("cancel", 409)] {
        try check("POST", "/batch/{id}/\(action)", try await admin.post("/api/batch/\(batch.id.text)/\(action)"), status)
        try check("POST", "/batch/{id}/\(action)", try await viewer.post("/api/batch/\(batch.id.text)/\(action)"), 403)
        try check("POST", "/batch/{id}/\(action)", try await admin.post("/api/batch/\(UUID().uuidString)/\(action)"), 404)
      }
      try check("GET", "/rate-cards", try await viewer.get("/api/rate-cards"), 200)
      try await post("/rate-cards", "{}", 422, admin)
      try await post("/rate-cards", "{}", 403, viewer)
      try await post("/rate-cards", #"{"note": "same", "volume_tiers": [{"from": 1, "discount_percent": 0}]}"#, 201, admin)
      let tomorrow = server.clock.now.addingTimeInterval(86_400).rfc3339
      try await post(
        "/rate-cards", #"{"note": "dearer", "valid_from": "\#(tomorrow)", "volume_tiers": [{"from": 1, "discount_percent": 0}]}"#, 201, admin)
      for (caller, version, body, status) in [
        (viewer, 3, #"{"reason": "x"}"#, 403), (admin, 9, #"{"reason": "x"}"#, 404), (admin, 1, #"{"reason": "x"}"#, 409), (admin, 3, "{}", 422),
        (admin, 3, #"{"reason": "x"}"#, 200),
      ] {
        try check("POST", "/rate-cards/{version}/withdraw", try await caller.post("/api/rate-cards/\(version)/withdraw", body), status)
      }
      let retry = #"{"scope": "failed", "run": 1, "cost_approved": true}"#
      try await engine.end([claims[2].ends(.cancelled)])
      for (caller, id, query, status) in [
        (viewer, batch.id, "?scope=failed", 403), (admin, UUID(), "?scope=failed", 404), (admin, batch.id, "", 422), (admin, batch.id, "?scope=failed", 200),
      ] {
        try check("GET", "/batch/{id}/retry", try await caller.get("/api/batch/\(id.uuidString)/retry\(query)"), status)
      }
      for (body, status) in [(#"{"scope": "failed"}"#, 422), (#"{"scope": "failed", "cost_approved": true, "estimated_cost_usd": 9}"#, 409)] {
        try check("POST", "/batch/{id}/retry", try await admin.post("/api/batch/\(batch.id.text)/retry", body), status)
      }
      func off(_ isOff: Bool) async throws {
        try await server.services.features.set(.batchProcessing, isOn: !isOff, reason: "", by: server.desk.admin, now: server.clock.now)
      }
      try await off(true)
      try await post("/batch/start", whole, 503, admin)
      try check("POST", "/batch/{id}/retry", try await admin.post("/api/batch/\(batch.id.uuidString)/retry", retry), 503)
      try await off(false)
      for (caller, id, status) in [(viewer, batch.id, 403), (admin, UUID(), 404), (admin, batch.id, 200)] {
        try check("POST", "/batch/{id}/retry", try await caller.post("/api/batch/\(id.uuidString)/retry", retry), status)
      }
      for path in ["/batch/ws", "/batch/{id}/progress"] {
        let address = "/api" + path.replacing("{id}", with: batch.id.text)
        let bearer = try await server.bearer(server.desk.viewer)
        try check("GET", path, try await server.socket(address, [bearer]).handshake, 429)
        try check("GET", path, try await server.socket(address, [bearer, ("Origin", "https://evil.example")]).handshake, 403)
      }
    }
  }

  @Test("The check itself finds what is missing, extra or of another type")
  func checker() throws {
    let description = try Self.description()
    let call = APIDescription.Operation(method: "GET", path: "/templates")
    func faults(_ body: String, status: Int = 200, type: String = "application/json") throws -> [String] {
      try description.faults(.json(body, status: status, type: type), to: call)
    }
    #expect(try faults(#"{"templates": []}"#) == [])
    #expect(try faults("{}") == [".templates is missing"])
    #expect(try faults(#"{"templates": [], "more": 1}"#) == [".more is not documented"])
    #expect(try faults(#"{"templates": 1}"#) == [".templates: [\"integer\", \"number\"] is none of [\"array\"]"])
    #expect(try faults(#"{"templates": [{"is_latest": 1}]}"#).contains(".templates[0].is_latest: [\"integer\", \"number\"] is none of [\"boolean\"]"))
    #expect(try faults(#"{"templates": [{"status": "gone"}]}"#).contains { $0.hasPrefix(".templates[0].status") })
    #expect(try faults("{}", status: 418) == ["status 418 is not documented"])
    #expect(try faults("{}", type: "text/html") == ["the type text/html is not documented"])
  }
}

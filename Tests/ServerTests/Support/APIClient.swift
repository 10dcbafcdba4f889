import BatchReports
import Foundation
import TestSupport
import Testing
import WebTestSupport

/// A program that calls the JSON API with a bearer token.
struct APIClient: Sendable {
  let port: Int
  let token: String

  func get(_ path: String) async throws -> TestResponse {
    try await TestClient(port: port).send("GET", path, headers: [("Authorization", "Bearer \(token)")])
  }

  func post(_ path: String, _ body: [String: Any]) async throws -> TestResponse {
    try await TestClient(port: port).send(
      "POST", path, headers: [("Authorization", "Bearer \(token)"), ("Content-Type", "application/json")],
      body: try JSONSerialization.data(withJSONObject: body))
  }

  /// Prices and starts a batch over these leads and returns its id. One page a lead is asked for, unless another template is named.
  func start(_ leads: [UUID], concurrency: Int = 5, template: String = "v1", _ more: [String: Any] = [:]) async throws -> String {
    let preview = try await post("/api/batch/preview", ["lead_ids": leads.map(\.text), "template_version": template])
    #expect(preview.status == 200, "\(preview.text)")
    let quote = try #require(try preview.json()["quote"] as? String)
    let order: [String: Any] = ["quote": quote, "cost_approved": true, "max_concurrent": concurrency]
    let response = try await post("/api/batch/start", order.merging(more) { $1 })
    #expect(response.status == 201, "\(response.text)")
    return try #require(try response.json()["batch_id"] as? String)
  }

  func batch(_ id: String) async throws -> [String: Any] {
    let response = try await get("/api/batch/\(id)")
    #expect(response.status == 200, "\(response.text)")
    return try response.json()
  }

  func status(_ id: String) async throws -> String { try #require(try await batch(id)["status"] as? String) }

  func processed(_ id: String) async throws -> Int {
    let progress = try await batch(id)["progress"] as? [String: Any]
    return try #require(progress?["processed"] as? Int)
  }

  /// Waits for the batch's end and returns the status that it ended with.
  @discardableResult
  func end(of id: String, within seconds: Double = 90) async throws -> String {
    try await eventually("batch \(id) ends", within: seconds) {
      ["completed", "completed_with_errors", "failed", "cancelled"].contains(try await status(id))
    }
    return try await status(id)
  }

  func leads(of id: String) async throws -> [[String: Any]] {
    try #require(try await get("/api/batch/\(id)/leads?limit=500").json()["leads"] as? [[String: Any]])
  }
}

import Foundation
import Testing
import WebTestSupport

@testable import Web

@Suite struct HealthTests {
  @Test("Health tells each component, 200 while all are well and 503 with Retry-After when one is not")
  func health() async throws {
    try await TestServer.run { (server) async throws in
      for path in ["/health", "/api/health", "/api/v1/health"] {
        let response = try await server.client.send("GET", path)
        #expect(response.status == 200)
        let json = try response.json()
        #expect(json["status"] as? String == "ok")
        #expect((json["components"] as? [String: [String: String]])?["database"]?["status"] == "ok")
      }
    }
    try await TestServer.run(configure: {
      $0.healthChecks = [HealthCheck("engine") { .init(isWell: false, detail: "No <lease>.") }]
    }) { (server) async throws in
      let response = try await server.client.send("GET", "/health")
      #expect(response.status == 503)
      #expect(response.header("retry-after") == "5")
      let components = try response.json()["components"] as? [String: [String: String]]
      #expect(components?["engine"] == ["status": "failing", "detail": "No <lease>."])
      #expect(try await server.client.send("GET", "/ready").status == 200)
      let page = try await server.stranger.get("/health")
      #expect(page.status == 503)
      #expect(page.text.contains("No &lt;lease&gt;."))
    }
  }

  @Test("Metrics count requests by class of status and read the gauges that were registered")
  func metrics() async throws {
    try await TestServer.run { (server) async throws in
      server.dependencies.metrics.register(.init(name: "queue_depth", help: "Leads waiting.") { 42 })
      server.dependencies.metrics.register(.init(name: "unknown_now", help: "Not known.") { nil })
      for path in ["/ready", "/nowhere", "/nowhere"] { _ = try await server.client.send("GET", path) }
      let text = try await server.client.send("GET", "/metrics").text
      #expect(text.contains("http_requests_total{status=\"2xx\"} 1\n"))
      #expect(text.contains("http_requests_total{status=\"4xx\"} 2\n"))
      #expect(text.contains("# TYPE queue_depth gauge\nqueue_depth 42.0\n"))
      #expect(!text.contains("unknown_now"))
      #expect(text.contains("process_resident_memory_bytes "))
    }
  }

  @Test("The offline page is the same for everyone")
  func offline() async throws {
    try await TestServer.run { (server) async throws in
      let browser = try await server.browser(.admin)
      let text = try await browser.get("/offline").text
      #expect(text.contains("You are offline"))
      #expect(!text.contains("admin@example.com"))
    }
  }
}

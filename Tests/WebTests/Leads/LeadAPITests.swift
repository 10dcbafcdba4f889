import BatchReports
import Foundation
import Testing
import WebTestSupport

@testable import Web

@Suite(.serialized) struct LeadAPITests {
  @Test("A lead has every member of the contract, with null for what is not known", arguments: ["/api", "/api/v1"])
  func members(_ base: String) async throws {
    try await LeadsServer.run { server in
      try await server.add([LeadDraft(name: "Bare"), LeadDraft(name: "Full", score: 64, tags: ["b", "a"])])
      let answer = try await server.operatorBrowser().send("GET", base + "/leads")
      #expect(answer.status == 200)
      #expect(answer.header("content-type") == "application/json")
      let json = try answer.json()
      let leads = try #require(json["leads"] as? [[String: Any]])
      #expect(
        Set(leads[0].keys) == [
          "id", "name", "website", "email", "phone", "contact_name", "city", "region", "industry", "source", "status", "score", "tier",
          "enrichment_status", "created_at", "updated_at", "tags", "reported_at",
        ])
      #expect(leads[0]["name"] as? String == "Full")
      #expect(leads[0]["score"] as? Int == 64)
      #expect(leads[0]["tier"] as? String == "B")
      #expect(leads[0]["created_at"] as? String == "2026-11-21T09:00:01.000Z")
      #expect(leads[1]["score"] is NSNull)
      #expect(leads[1]["reported_at"] is NSNull)
      #expect(leads[1]["tier"] as? String == "unscored")
      #expect(json["total_count"] as? Int == 2)
      #expect(json["total_is_exact"] as? Bool == true)
      #expect((json["page_info"] as? [String: Any])?["has_more"] as? Bool == false)
    }
  }

  @Test("Following the cursors lists every matching lead once, in the order asked for")
  func paging() async throws {
    try await LeadsServer.run { server in
      try await server.add(25)
      try await server.add([LeadDraft(name: "Another")])
      let browser = try await server.operatorBrowser()
      var names: [String] = []
      var cursor = ""
      repeat {
        let json = try await browser.send("GET", "/api/leads?q=lead&sort=created&limit=10" + cursor).json()
        #expect(json["total_count"] as? Int == 25)
        names += (json["leads"] as? [[String: Any]] ?? []).compactMap { $0["name"] as? String }
        let page = try #require(json["page_info"] as? [String: Any])
        let next = page["next_cursor"] as? String
        #expect(page["has_more"] as? Bool == (next != nil))
        cursor = next.map { "&cursor=\($0)" } ?? ""
      } while !cursor.isEmpty
      #expect(names == (1...25).map { "Lead \($0)" })
    }
  }

  @Test(
    "Input that cannot be read is a problem that names the field",
    arguments: [
      ("status=x", "status"), ("limit=501", "limit"), ("limit=0", "limit"), ("limit=ten", "limit"), ("cursor=abc", "cursor"),
      ("sort=status", "sort"),
      ("from=2026-13-01", "from"),
    ])
  func refused(_ query: String, _ field: String) async throws {
    try await LeadsServer.run { server in
      let answer = try await server.operatorBrowser().send("GET", "/api/leads?" + query)
      #expect(answer.status == 422)
      #expect(answer.header("content-type") == "application/problem+json")
      let errors = try #require(try answer.json()["errors"] as? [[String: Any]])
      #expect(errors.compactMap { $0["field"] as? String } == [field])
    }
  }

  @Test("A stranger gets 401 and a bearer token gets in")
  func access() async throws {
    try await LeadsServer.run { server in
      let stranger = try await server.client.send("GET", "/api/leads")
      #expect(stranger.status == 401)
      let header = try await server.bearer(server.desk.viewer)
      #expect(try await server.client.send("GET", "/api/leads?limit=500", headers: [header]).status == 200)
    }
  }
}

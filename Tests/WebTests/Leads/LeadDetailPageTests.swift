import BatchReports
import Foundation
import Testing
import WebTestSupport

@testable import Web

@Suite(.serialized) struct LeadDetailPageTests {
  @Test("The page shows the lead's facts, and hostile ones as text")
  func facts() async throws {
    try await LeadsServer.run { server in
      let lead = try await server.add([
        LeadDraft(
          name: "<h1>Bluebird", website: "https://bluebird.example/?a=1&b=2", email: "hello@bluebird.example", phone: "+44 1273 555 010",
          contactName: "Ada \"Moore\"", city: "Brighton", region: "ES", industry: "Bakery", source: "fair", status: .customer, score: 87,
          tags: ["</span><script>"])
      ])[0]
      let page = try await server.operatorBrowser().get("/leads/\(lead.id.text)")
      #expect(page.status == 200)
      #expect(page.text.contains("<title>&lt;h1&gt;Bluebird"))
      #expect(!page.text.contains("<script>"))
      for fact in [
        "https://bluebird.example/?a=1&amp;b=2", "hello@bluebird.example", "+44 1273 555 010", "Ada &quot;Moore&quot;", "Brighton, ES",
        "Bakery", "87 (tier A)", "21 Nov 2026, 09:00",
      ] {
        #expect(page.text.contains("<dd>\(fact)</dd>"), "\(fact)")
      }
      #expect(page.text.contains("No report yet."))
      #expect(page.text.contains("Not tried yet."))
      #expect(page.text.contains("Add to the selection"))
    }
  }

  @Test("A lead without facts says that it has no website and no score")
  func bare() async throws {
    try await LeadsServer.run { server in
      let lead = try await server.add([LeadDraft(name: "Bare")])[0]
      let page = try await server.browser(server.desk.viewer).get("/leads/\(lead.id.text)")
      #expect(page.text.contains("<dd>No website</dd>"))
      #expect(page.text.contains("<dd>Unscored</dd>"))
      #expect(!page.text.contains("<dt>Email</dt>"))
    }
  }

  @Test("Reports and tries are listed, but not those of a batch that is private to others")
  func history() async throws {
    try await LeadsServer.run { server in
      let lead = try await server.add(1)[0]
      let shared = try await server.report(on: lead, score: 61, failingFirst: true)
      let hidden = try await server.report(on: lead, score: 33, isPrivate: true)
      let mine = try await server.operatorBrowser().get("/leads/\(lead.id.text)").text
      #expect(mine.contains("/batches/\(shared.id.text)/leads/\(lead.id.text)/report"))
      #expect(mine.contains("/batches/\(hidden.id.text)/leads/\(lead.id.text)/report"))
      #expect(mine.contains("The site answered 503."))
      #expect(mine.contains(">Failed</span>"))
      #expect(mine.contains(">Done</span>"))
      #expect(mine.contains(">2.5 s</td>"))
      let others = try await server.browser(server.desk.viewer).get("/leads/\(lead.id.text)").text
      #expect(others.contains(shared.id.text))
      #expect(!others.contains(hidden.id.text))
    }
  }

  @Test("A lead that is not there is a page that is not there", arguments: ["0193f3a1-7c50-7d6e-9f1a-0b5b2f0c6000", "nonsense", "..%2f"])
  func unknown(_ id: String) async throws {
    try await LeadsServer.run { server in
      let answer = try await server.operatorBrowser().get("/leads/\(id)")
      #expect(answer.status == 404)
    }
  }

  @Test("A lead can be selected and unselected from its page")
  func select() async throws {
    try await LeadsServer.run { server in
      let lead = try await server.add(2)[1]
      let browser = try await server.operatorBrowser()
      let fields = [("return_to", "/leads/\(lead.id.text)"), ("action", "save"), ("shown", lead.id.text)]
      let added = try await browser.post("/selection", fields + [("lead", lead.id.text)])
      #expect(added.header("location") == "/leads/\(lead.id.text)")
      let page = try await browser.get("/leads/\(lead.id.text)").text
      #expect(page.contains("Remove from the selection"))
      #expect(page.contains("1 lead selected."))
      try await browser.post("/selection", fields)
      #expect(try await server.selected(server.desk.operatorAccount).isEmpty)
    }
  }
}

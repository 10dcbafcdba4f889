import BatchReports
import Foundation
import Testing
import WebTestSupport

@testable import Web

@Suite(.serialized) struct LeadListPageTests {
  @Test("An empty installation says so and offers the import to operators")
  func empty() async throws {
    try await LeadsServer.run { server in
      let page = try await server.operatorBrowser().get("/leads")
      #expect(page.status == 200)
      #expect(page.text.contains("No leads yet"))
      #expect(page.text.contains("href=\"/leads/import\""))
      let viewer = try await server.browser(server.desk.viewer).get("/leads")
      #expect(!viewer.text.contains("href=\"/leads/import\""))
      #expect(
        try await server.client.send("GET", "/leads", headers: [("Accept", "text/html")]).header("location")?.hasPrefix("/login") == true)
    }
  }

  @Test("Rows show a lead's facts, and hostile ones as text")
  func hostile() async throws {
    try await LeadsServer.run { server in
      let evil = "<script>alert(1)</script>{{csrf}}\"'\u{301}"
      try await server.add([
        LeadDraft(
          name: evil, website: "https://evil.example", city: "<b>Austin", region: "TX", industry: "A&B", source: "\"><img src=x>",
          status: .qualified,
          score: 87, tags: ["<i>tag"])
      ])
      let page = try await server.operatorBrowser().get("/leads")
      #expect(page.status == 200)
      #expect(!page.text.contains("<script>alert"))
      #expect(!page.text.contains("<img src=x>"))
      #expect(!page.text.contains("<b>Austin"))
      #expect(!page.text.contains("<i>tag"))
      #expect(page.text.contains("&lt;script&gt;alert(1)&lt;/script&gt;{{csrf}}&quot;&#39;\u{301}"))
      #expect(page.text.contains("&lt;b&gt;Austin, TX"))
      #expect(page.text.contains(">Qualified</span>"))
      #expect(page.text.contains("21 Nov 2026</time>"))
      #expect(page.text.contains("1 lead</p>"))
    }
  }

  @Test("A filter narrows the table, counts both numbers and shows a chip for each field")
  func filter() async throws {
    try await LeadsServer.run { server in
      try await server.add([
        LeadDraft(name: "Bluebird Bakery", website: "https://a.example", source: "fair", status: .new, score: 90, tags: ["q4"]),
        LeadDraft(name: "Kowalski Plumbing", source: "fair", status: .contacted, score: 10),
        LeadDraft(name: "Oak Bakery", website: "https://c.example", source: "import", status: .new),
      ])
      let browser = try await server.operatorBrowser()
      let page = try await browser.get(
        "/leads?q=bakery&status=new&has_website=true&source=fair&tier=A&tag=q4&reported=no&from=2026-11-01&to=2026-11-30")
      #expect(page.status == 200)
      #expect(page.text.contains("1 of 3 leads"))
      #expect(page.text.contains("Bluebird Bakery"))
      #expect(!page.text.contains("Oak Bakery"))
      for label in [
        "Search: bakery", "Status: New", "Tier: A", "Created from 2026-11-01", "Created to 2026-11-30", "Source: fair", "Tag: q4",
        "Website: yes", "Report: no",
      ] {
        #expect(page.text.contains(">\(label)</a>"), "\(label)")
      }
      #expect(page.text.contains("<option value=\"fair\" selected>"))
      #expect(page.text.contains("<option value=\"yes\" selected>Has one</option>"))
      #expect(page.text.contains("name=\"tag\" value=\"q4\""))
      let none = try await browser.get("/leads?q=nobody")
      #expect(none.text.contains("0 of 3 leads"))
      #expect(none.text.contains("No lead matches this filter"))
      let unknown = try await browser.get("/leads?source=%3Cnowhere%3E")
      #expect(unknown.text.contains("<option value=\"&lt;nowhere&gt;\" selected>"))
    }
  }

  @Test("A filter that cannot be read comes back filled in, with the reason and 422")
  func refused() async throws {
    try await LeadsServer.run { server in
      try await server.add(2)
      let browser = try await server.operatorBrowser()
      let page = try await browser.get("/leads?from=2026-13-99&q=lead&status=%3Cx%3E")
      #expect(page.status == 422)
      #expect(page.text.contains("from has to be a date such as 2026-01-31."))
      #expect(page.text.contains("href=\"#from\""))
      #expect(page.text.contains("value=\"2026-13-99\" aria-invalid=\"true\""))
      #expect(page.text.contains("<option value=\"&lt;x&gt;\" selected>"))
      #expect(page.text.contains("2 leads"))
      #expect(!page.text.contains("<tbody"))
      let sort = try await browser.get("/leads?sort=size")
      #expect(sort.status == 422)
      #expect(sort.text.contains("sort has to be one of"))
      #expect(sort.text.contains("Lead 2"))
      let cursor = try await browser.get("/leads?cursor=nonsense")
      #expect(cursor.status == 422)
      #expect(cursor.text.contains("This cursor does not belong to this list"))
      #expect(cursor.text.contains("Lead 2"))
    }
  }

  @Test("Columns are sorted by links that turn the order around, and say which way they are sorted")
  func sorting() async throws {
    try await LeadsServer.run { server in
      try await server.add([LeadDraft(name: "Beta", score: 10), LeadDraft(name: "Alpha", score: 90), LeadDraft(name: "Gamma")])
      let browser = try await server.operatorBrowser()
      func order(_ url: String) async throws -> [String] {
        let text = try await browser.get(url).text
        return text.ranges(of: /aria-label="Select (Alpha|Beta|Gamma)"/).map { String(text[$0].dropFirst(19).dropLast()) }
      }
      #expect(try await order("/leads") == ["Gamma", "Alpha", "Beta"])
      #expect(try await order("/leads?sort=name") == ["Alpha", "Beta", "Gamma"])
      #expect(try await order("/leads?sort=-name") == ["Gamma", "Beta", "Alpha"])
      #expect(try await order("/leads?sort=-score") == ["Alpha", "Beta", "Gamma"])
      let newest = try await browser.get("/leads?status=new").text
      #expect(newest.contains("aria-sort=\"descending\"><a href=\"/leads?status=new&amp;sort=created\">Created</a>"))
      #expect(newest.contains("<a href=\"/leads?status=new&amp;sort=name\">Lead</a>"))
      let named = try await browser.get("/leads?sort=name").text
      #expect(named.contains("aria-sort=\"ascending\"><a href=\"/leads?sort=-name\">Lead</a>"))
      #expect(named.contains("<a href=\"/leads\">Created</a>"))
      #expect(named.ranges(of: "aria-sort").count == 1)
    }
  }

  @Test("Paging forwards and back shows every lead once, with the filter kept")
  func paging() async throws {
    try await LeadsServer.run { server in
      try await server.add(120)
      let browser = try await server.operatorBrowser()
      func names(_ text: String) -> [String] { text.matches(of: /aria-label="Select (Lead \d+)"/).map { String($0.1) } }
      func link(_ relation: String, _ text: String) -> String? {
        let links = text.matches(of: /href="([^"]+)" rel="([a-z]+)"/)
        return links.first { $0.2 == relation }.map { String($0.1).replacing("&amp;", with: "&") }
      }
      var url: String? = "/leads?status=new"
      var seen: [[String]] = []
      var last = ""
      while let next = url {
        last = try await browser.get(next).text
        seen.append(names(last))
        url = link("next", last)
        if let url { #expect(url.hasPrefix("/leads?status=new&cursor=")) }
      }
      #expect(seen.map(\.count) == [50, 50, 20])
      #expect(seen.flatMap { $0 } == (1...120).reversed().map { "Lead \($0)" })
      #expect(last.contains("20 of 120 shown"))
      #expect(link("start", last) == "/leads?status=new")
      let back = try await browser.get(try #require(link("prev", last)))
      #expect(names(back.text) == seen[1])
      let first = try await browser.get("/leads")
      #expect(first.text.contains("1–50 of 120"))
      #expect(link("prev", first.text) == nil)
    }
  }

  @Test("A page behind the last lead leads back to the first")
  func behindTheEnd() async throws {
    try await LeadsServer.run { server in
      let leads = try await server.add(51)
      let browser = try await server.operatorBrowser()
      let next = try #require(try await server.services.leads.page(LeadFilter(), limit: 50).nextCursor)
      try await server.desk.database.pool.write { try $0.execute(sql: "DELETE FROM lead WHERE key = ?", arguments: [leads[0].key]) }
      let page = try await browser.get("/leads?cursor=\(next)")
      #expect(page.status == 303)
      #expect(page.header("location") == "/leads")
    }
  }

  @Test("Ticks are the account's own, and a selection above the limit offers to keep the first")
  func ticks() async throws {
    try await LeadsServer.run(maxLeads: 2) { server in
      let leads = try await server.add(3)
      let browser = try await server.operatorBrowser()
      try await server.services.selections.add(leads.prefix(2).map(\.key), for: server.desk.operatorAccount.id)
      let page = try await browser.get("/leads").text
      #expect(page.ranges(of: "\" checked>").count == 2)
      #expect(page.contains("<span data-selection-count>2</span>"))
      #expect(!page.contains("keep_first"))
      let other = try await server.browser(server.desk.viewer).get("/leads").text
      #expect(!other.contains("\" checked>"))
      try await server.services.selections.add([leads[2].key], for: server.desk.operatorAccount.id)
      let above = try await browser.get("/leads").text
      #expect(above.contains("value=\"keep_first\">Take the first 2 in this order"))
    }
  }

  @Test("The newest report is linked, but not one of a batch that is private to others")
  func reports() async throws {
    try await LeadsServer.run { server in
      let leads = try await server.add(2)
      let shared = try await server.report(on: leads[0], score: 61)
      let hidden = try await server.report(on: leads[1], score: 33, isPrivate: true)
      let mine = try await server.operatorBrowser().get("/leads").text
      #expect(mine.contains("/batches/\(shared.id.text)/leads/\(leads[0].id.text)/report"))
      #expect(mine.contains("/batches/\(hidden.id.text)/leads/\(leads[1].id.text)/report"))
      let others = try await server.browser(server.desk.otherOperator).get("/leads").text
      #expect(others.contains("<span class=\"score\">61</span>"))
      #expect(!others.contains(hidden.id.text))
      let admins = try await server.browser(server.desk.admin).get("/leads").text
      #expect(admins.contains(hidden.id.text))
    }
  }
}

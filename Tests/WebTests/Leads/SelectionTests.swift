import BatchReports
import Foundation
import Testing
import WebTestSupport

@testable import Web

@Suite(.serialized) struct SelectionTests {
  private func shown(_ leads: some Sequence<Lead>) -> [(String, String)] { leads.map { ("shown", $0.id.text) } }
  private func ticked(_ leads: some Sequence<Lead>) -> [(String, String)] { leads.map { ("lead", $0.id.text) } }

  @Test("Of the rows shown exactly the ticked ones are selected, and the answer leads back with the count")
  func save() async throws {
    try await LeadsServer.run { server in
      let leads = try await server.add(4)
      let browser = try await server.operatorBrowser()
      try await browser.post("/selection", [("action", "save")] + shown(leads) + ticked(leads[0...1]))
      let saved = try await browser.post(
        "/selection", [("action", "save"), ("return_to", "/leads?status=new&cursor=x")] + shown(leads[1...2]) + ticked([leads[2]]))
      #expect(saved.status == 303)
      #expect(saved.header("location") == "/leads?status=new&cursor=x")
      #expect(try await server.selected(server.desk.operatorAccount) == [leads[0].key, leads[2].key])
      #expect(try await browser.get("/leads").text.contains("2 leads selected."))
    }
  }

  @Test("Leads that were not shown, that nobody has and that are no ids change nothing")
  func foreign() async throws {
    try await LeadsServer.run { server in
      let leads = try await server.add(2)
      let browser = try await server.operatorBrowser()
      let strange = [("shown", "nonsense"), ("lead", "nonsense"), ("shown", UUID().uuidString), ("lead", UUID().uuidString)]
      let saved = try await browser.post("/selection", [("action", "save")] + shown([leads[0]]) + ticked(leads) + strange)
      #expect(saved.status == 303)
      #expect(saved.header("location") == "/leads")
      #expect(try await server.selected(server.desk.operatorAccount) == [leads[0].key])
    }
  }

  @Test("Two tabs with different pages lose none of each other's ticks")
  func twoTabs() async throws {
    try await LeadsServer.run { server in
      let leads = try await server.add(100)
      let tabs = [try await server.operatorBrowser(), try await server.operatorBrowser()]
      try await withThrowingTaskGroup(of: Int.self) { group in
        for (tab, page) in [leads[..<50], leads[50...]].enumerated() {
          for count in [10, 30, 50] {
            let fields = [("action", "save")] + shown(page) + ticked(page.prefix(count))
            group.addTask { try await tabs[tab].post("/selection", fields).status }
          }
        }
        for try await status in group { #expect(status == 303) }
      }
      for (tab, page) in [leads[..<50], leads[50...]].enumerated() {
        try await tabs[tab].post("/selection", [("action", "save")] + shown(page) + ticked(page.prefix(20)))
      }
      #expect(try await server.selected(server.desk.operatorAccount) == Set((leads[..<20] + leads[50..<70]).map(\.key)))
    }
  }

  @Test("All on the page are added to what was selected before")
  func addPage() async throws {
    try await LeadsServer.run { server in
      let leads = try await server.add(5)
      let browser = try await server.operatorBrowser()
      try await browser.post("/selection", [("action", "save")] + shown([leads[4]]) + ticked([leads[4]]))
      try await browser.post("/selection", [("action", "add_page")] + shown(leads[..<3]))
      #expect(try await server.selected(server.desk.operatorAccount) == Set((leads[..<3] + [leads[4]]).map(\.key)))
      #expect(try await browser.get("/leads").text.contains("All 3 leads on the page are selected: 4 in all."))
    }
  }

  @Test("All matching are found anew by the very filter, and the answer says how many it took")
  func addMatching() async throws {
    try await LeadsServer.run { server in
      try await server.add(60)
      let bakeries = try await server.add((1...70).map { LeadDraft(name: "Bakery \($0)", score: 85) })
      let other = try await server.add([LeadDraft(name: "Bakery without a score")])[0]
      let browser = try await server.operatorBrowser()
      try await browser.post("/selection", [("action", "save")] + shown([other]) + ticked([other]))
      let answer = try await browser.post(
        "/selection",
        [("action", "add_matching"), ("q", "bakery"), ("tier", "A"), ("sort", "name"), ("return_to", "/leads?q=bakery&tier=A&sort=name")])
      #expect(answer.status == 303)
      #expect(try await server.selected(server.desk.operatorAccount) == Set((bakeries + [other]).map(\.key)))
      #expect(try await browser.get("/leads").text.contains("All 70 matching leads are selected: 71 in all."))
      try await browser.post("/selection", [("action", "clear")])
      try await browser.post("/selection", [("action", "add_matching")])
      #expect(try await browser.get("/leads").text.contains("All 131 matching leads are selected: 131 in all."))
      try await browser.post("/selection", [("action", "add_matching"), ("q", "nobody")])
      #expect(try await browser.get("/leads").text.contains("There is no matching lead: 131 in all."))
      try await browser.post("/selection", [("action", "add_matching"), ("q", "without")])
      #expect(try await browser.get("/leads").text.contains("The one matching lead is selected: 131 in all."))
    }
  }

  @Test("The first that a batch can take stay, in the order shown, with the ticks of the page")
  func keepFirst() async throws {
    try await LeadsServer.run(maxLeads: 2) { server in
      let leads = try await server.add([LeadDraft(name: "C"), LeadDraft(name: "A"), LeadDraft(name: "D"), LeadDraft(name: "B")])
      let browser = try await server.operatorBrowser()
      try await browser.post("/selection", [("action", "add_page")] + shown(leads))
      let answer = try await browser.post("/selection", [("action", "keep_first"), ("sort", "name")] + shown([leads[1]]))
      #expect(answer.status == 303)
      #expect(try await server.selected(server.desk.operatorAccount) == [leads[0].key, leads[3].key])
      #expect(try await browser.get("/leads").text.contains("The first 2 leads in this order stay selected."))
    }
  }

  @Test("A script gets the count as JSON and no redirect")
  func json() async throws {
    try await LeadsServer.run { server in
      let leads = try await server.add(3)
      let browser = try await server.operatorBrowser()
      let body = ([("action", "save"), ("csrf", browser.csrf)] + shown(leads) + ticked(leads)).map { "\($0.0)=\($0.1)" }.joined(
        separator: "&")
      let script = try await browser.send(
        "POST", "/selection", headers: [("Accept", "application/json"), ("Content-Type", "application/x-www-form-urlencoded")],
        body: Data(body.utf8))
      #expect(script.status == 200)
      #expect(script.text == "{\"count\":3}")
    }
  }

  @Test(
    "A wrong action, filter or order is refused with 422, and nothing is selected",
    arguments: [
      [("action", "explode")], [], [("action", "add_matching"), ("tier", "Z")], [("action", "keep_first"), ("sort", "size")],
    ])
  func refused(_ fields: [(String, String)]) async throws {
    try await LeadsServer.run { server in
      try await server.add(2)
      let browser = try await server.operatorBrowser()
      #expect(try await browser.post("/selection", fields).status == 422)
      #expect(try await server.selected(server.desk.operatorAccount).isEmpty)
    }
  }

  @Test("A viewer may select; a stranger, a form without its token and a foreign page may not")
  func access() async throws {
    try await LeadsServer.run { server in
      let leads = try await server.add(1)
      let viewer = try await server.browser(server.desk.viewer)
      let fields = [("action", "save")] + shown(leads) + ticked(leads)
      #expect(try await viewer.post("/selection", fields).status == 303)
      #expect(try await viewer.post("/selection", fields + [("csrf", "wrong")]).status == 403)
      #expect(try await viewer.post("/selection", fields, headers: [("Origin", "https://evil.example")]).status == 403)
      let stranger = try await server.server.stranger.post("/selection", fields)
      #expect(stranger.header("location")?.hasPrefix("/login") == true)
      #expect(try await viewer.post("/selection", [("action", "clear"), ("return_to", "//evil.example")]).header("location") == "/leads")
      #expect(
        try await viewer.send(
          "POST", "/selection", headers: [("Content-Type", "application/json"), ("X-CSRF-Token", viewer.csrf)], body: Data("{}".utf8)
        ).status == 415)
    }
  }
}

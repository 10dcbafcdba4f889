import BatchReports
import Foundation
import TestSupport
import Testing
import WebTestSupport

@testable import Storage
@testable import Web

@Suite(.serialized) struct RateCardPageTests {
  /// A form that can be taken, with these fields changed; nil leaves a field out.
  static func fields(_ changes: [String: String?] = [:]) -> [(String, String)] {
    var fields: [String: String] = [
      "after": "1", "note": "New contract", "valid_from": "", "report_generation_base_cost": "0.07", "default_blended_rate": "0.4",
      "providers.hunter": "0.034", "providers.semrush": "", "volume_tiers.0.from": "1", "volume_tiers.0.to": "100", "volume_tiers.0.discount_percent": "0",
      "volume_tiers.1.from": "101", "volume_tiers.1.to": "", "volume_tiers.1.discount_percent": "12.5", "volume_tiers.2.from": "",
      "volume_tiers.2.to": "", "volume_tiers.2.discount_percent": "", "action": "add",
    ]
    for (name, value) in changes { fields[name] = value }
    return fields.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  @Test("Rates show the card in force, those to come and those that were, with author and note")
  func list() async throws {
    try await ReportServer.run { server in
      let browser = try await server.browser(server.desk.viewer)
      let first = try await browser.get("/settings/rates")
      #expect(first.status == 200)
      #expect(first.text.contains("Rate card 1") && first.text.contains("$0.0500") && first.text.contains("$0.4500"))
      #expect(first.text.contains("1 to 100") && first.text.contains("501 and more") && first.text.contains("20 %"))
      #expect(!first.text.contains("New rate card") && !first.text.contains("Coming"))
      var card = dearer(at: server.clock.now)
      card.providerPrices = ["maps": Money(micros: 2_000), "<places>": Money(micros: 3_000), "hunter": Money(micros: 4_000)]
      card.overrides = ["website-audit:v2": ["hunter": Money(micros: 1_000)]]
      try await server.desk.cards.add(card)
      card.validFrom = server.clock.now.addingTimeInterval(86_400)
      card.note = "Next year’s <prices>"
      try await server.desk.cards.add(card)
      let second = try await browser.get("/settings/rates").text
      #expect(second.contains("Rate card 2") && second.contains("$0.0700") && second.contains("admin@example.com"))
      #expect(second.contains("&lt;places&gt;") && second.contains("$0.0020") && second.contains("Hunter in website-audit:v2"))
      #expect(second.contains("<h2 id=\"coming\">Coming</h2>") && second.contains("Next year’s &lt;prices&gt;"))
      #expect(second.contains("In force") && second.contains("Past"))
    }
  }

  @Test("An admin's form is filled in with the card in force, or with another one; what it adds holds at once and is in the audit trail")
  func add() async throws {
    try await ReportServer.run { server in
      let browser = try await server.browser(server.desk.admin)
      #expect(try await browser.get("/settings/rates").text.contains("/settings/rates/new"))
      let form = try await browser.get("/settings/rates/new").text
      #expect(form.contains("name=\"report_generation_base_cost\" value=\"0.05\"") && form.contains("name=\"volume_tiers.2.from\" value=\"501\""))
      #expect(form.contains("name=\"volume_tiers.4.from\" value=\"\"") && form.contains("name=\"providers.data_axle\" value=\"\""))
      let batch = try await server.start()
      let answer = try await browser.post("/settings/rates", Self.fields())
      #expect(answer.status == 303 && answer.header("location") == "/settings/rates")
      let card = try await server.desk.cards.current(at: server.clock.now)
      #expect(card.version == 2 && card.author == "admin@example.com" && card.note == "New contract" && card.source == .page)
      #expect(card.baseCost.micros == 70_000 && card.providerPrices == ["hunter": Money(micros: 34_000)] && card.tiers.count == 2)
      #expect(try await browser.get("/settings/rates").text.contains("Rate card 2 is added."))
      #expect(try await server.desk.number("SELECT count(*) FROM audit WHERE action = 'rate_card.added' AND reason = 'New contract'") == 1)
      #expect(try await server.desk.batch(batch.id).rateCardVersion == 1)
      #expect(try await browser.get("/settings/rates/new?from=1").text.contains("name=\"report_generation_base_cost\" value=\"0.05\""))
      #expect(try await browser.get("/settings/rates/new?from=99").text.contains("name=\"report_generation_base_cost\" value=\"0.07\""))
    }
  }

  @Test("An admin withdraws a coming card with a reason, by page or API; others may not, and one that holds is refused")
  func withdraw() async throws {
    try await ReportServer.run { server in
      var card = dearer(at: server.clock.now.addingTimeInterval(86_400))
      try await server.desk.cards.add(card)
      card.note = "Another"
      try await server.desk.cards.add(card)
      let browser = try await server.browser(server.desk.admin)
      let (viewer, caller) = (try await server.browser(server.desk.viewer), try await server.caller(server.desk.admin))
      let path = "/settings/rates/2/withdraw"
      #expect(try await browser.get("/settings/rates").text.contains("href=\"\(path)\""))
      #expect(!(try await viewer.get("/settings/rates").text.contains(path)))
      for (method, status) in [(try await viewer.get(path), 403), (try await viewer.post(path, [("reason", "x")]), 403)] { #expect(method.status == status) }
      #expect(try await browser.get(path).text.contains("Why is it withdrawn?"))
      let refused = try await browser.post(path, [("reason", " ")])
      #expect(refused.status == 422 && refused.text.contains("Say why it is withdrawn") && refused.text.contains("id=\"reason-error\""))
      #expect(try await browser.post(path, [("reason", "No <contract>")]).header("location") == "/settings/rates")
      let page = try await browser.get("/settings/rates").text
      #expect(page.contains("Rate card 2 is withdrawn: it will not hold.") && page.contains("Withdrawn by admin@example.com"))
      #expect(page.contains("No &lt;contract&gt;"))
      #expect(!page.contains(path) && page.contains("/settings/rates/3/withdraw"))
      let again = try await browser.post(path, [("reason", "x")])
      #expect(again.status == 409 && again.text.contains("was withdrawn before") && again.text.contains("Only a card that is still to come"))
      #expect(try await browser.get("/settings/rates/99/withdraw").status == 404)
      #expect(try await browser.get("/settings/rates/x/withdraw").status == 404)

      try expectProblem(
        try await server.caller(server.desk.operatorAccount).post("/api/rate-cards/3/withdraw", #"{"reason": "x"}"#), 403, "forbidden")
      try expectProblem(try await caller.post("/api/rate-cards/3/withdraw", "{}"), 422, "invalid_input", field: "reason")
      try expectProblem(try await caller.post("/api/rate-cards/1/withdraw", #"{"reason": "x"}"#), 409, "invalid_transition")
      try expectProblem(try await caller.post("/api/rate-cards/9/withdraw", #"{"reason": "x"}"#), 404, "not_found")
      let answer = try await caller.post("/api/rate-cards/3/withdraw", #"{"reason": "Typed wrongly"}"#)
      #expect(answer.status == 200)
      #expect(try answer.json()["status"] as? String == "withdrawn")
      #expect(try (answer.json()["withdrawal"] as? [String: Any])?["reason"] as? String == "Typed wrongly")
      let cards = try await caller.get("/api/rate-cards").json()["rate_cards"] as? [[String: Any]]
      #expect(cards?.map { $0["status"] as? String } == ["withdrawn", "withdrawn", "current"] && cards?[2]["withdrawal"] is NSNull)
      server.clock.advance(by: 2 * 86_400)
      #expect(try await server.desk.cards.current(at: server.clock.now).version == 1)
    }
  }

  @Test("A card can be planned in the installation's time zone, and waits")
  func planned() async throws {
    try await ReportServer.run(timeZone: TimeZone(identifier: "America/New_York") ?? .gmt) { server in
      let browser = try await server.browser(server.desk.admin)
      #expect(try await browser.post("/settings/rates", Self.fields(["valid_from": "2026-12-01T00:00"])).status == 303)
      #expect(try await server.desk.cards.current(at: server.clock.now).version == 1)
      #expect(try await server.desk.cards.find(2)?.validFrom == Date(rfc3339: "2026-12-01T05:00:00Z"))
      #expect(try await browser.get("/settings/rates").text.contains("1 Dec 2026, 00:00"))
    }
  }

  @Test(
    "A form that cannot be taken comes back as it was typed, with the reason beside the field",
    arguments: [
      ("report_generation_base_cost", "-1", "cannot be negative"), ("report_generation_base_cost", "", "Give an amount in dollars"),
      ("default_blended_rate", "0,45", "is no amount"), ("default_blended_rate", "NaN", "is no amount"),
      ("providers.hunter", "99999", "can be at most"), ("providers.hunter", "0.0000001", "at most 6 decimals"),
      ("providers.nobody", "1", "There is no paid provider"), ("note", "", "Say in a few words"), ("valid_from", "soon", "Give a day and a time"),
      ("valid_from", "2020-01-01T00:00", "lies in the past"), ("volume_tiers.1.from", "100", "overlaps"),
      ("volume_tiers.1.from", "102", "No tier holds for 101"),
      ("volume_tiers.1.to", "500", "leave the end of the last one open"), ("volume_tiers.0.from", "2", "has to start at 1 lead"),
      ("volume_tiers.0.from", "x", "is no whole number"), ("volume_tiers.1.discount_percent", "101", "between 0 and 100"),
    ])
  func refused(_ field: String, _ text: String, _ reason: String) async throws {
    try await ReportServer.run { server in
      let page = try await server.browser(server.desk.admin).post("/settings/rates", Self.fields([field: text]))
      #expect(page.status == 422)
      #expect(page.text.contains(reason) && page.text.contains("id=\"\(field)-error\""), "\(field) \(text)")
      #expect(page.text.contains("name=\"\(field)\" value=\"\(text)\"") && (page.text.contains("value=\"12.5\"") || page.text.contains("value=\"0.034\"")))
      #expect(page.text.contains("href=\"#\(field)\""))
      #expect(try await server.desk.number("SELECT count(*) FROM rate_card") == 1)
    }
  }

  @Test("Missing tiers are refused; more rows can be had without a script, and nothing is added by that")
  func rows() async throws {
    try await ReportServer.run { server in
      let browser = try await server.browser(server.desk.admin)
      let none = Dictionary(uniqueKeysWithValues: ["from", "to", "discount_percent"].flatMap { part in (0...1).map { ("volume_tiers.\($0).\(part)", "") } })
      let page = try await browser.post("/settings/rates", Self.fields(none))
      #expect(page.status == 422 && page.text.contains("Volume tiers are missing"))
      let more = try await browser.post("/settings/rates", Self.fields(["action": "rows", "note": "kept"]))
      #expect(more.status == 200 && more.text.contains("name=\"volume_tiers.4.from\" value=\"\"") && more.text.contains("value=\"kept\""))
      #expect(try await server.desk.number("SELECT count(*) FROM rate_card") == 1)
    }
  }

  @Test("Of two admins who change the prices at once, the second is told and can send again")
  func meanwhile() async throws {
    try await ReportServer.run { server in
      let browser = try await server.browser(server.desk.admin)
      #expect(try await browser.post("/settings/rates", Self.fields()).status == 303)
      let second = try await browser.post("/settings/rates", Self.fields(["note": "mine"]))
      #expect(second.status == 422 && second.text.contains("Rate card 2 was added meanwhile") && second.text.contains("name=\"after\" value=\"2\""))
      #expect(try await browser.post("/settings/rates", Self.fields(["note": "mine", "after": "2"])).status == 303)
    }
  }

  @Test("Only admins change prices, by the page as by the API")
  func roles() async throws {
    try await ReportServer.run { server in
      for account in [server.desk.viewer, server.desk.operatorAccount] {
        let browser = try await server.browser(account)
        #expect(try await browser.get("/settings/rates").status == 200)
        #expect(try await browser.get("/settings/rates/new").status == 403)
        #expect(try await browser.post("/settings/rates", Self.fields()).status == 403)
        #expect(try await server.caller(account).post("/api/rate-cards", "{}").status == 403)
      }
      #expect(try await server.browser(server.desk.admin).post("/settings/rates", Self.fields(["csrf": "x"])).status == 403)
      #expect(try await server.client.send("GET", "/api/rate-cards").status == 401)
    }
  }

  @Test("Programs read the cards and add one by the document of the rates file")
  func api() async throws {
    try await ReportServer.run { server in
      let admin = try await server.caller(server.desk.admin)
      let document = """
        {"note": "by a program", "report_generation_base_cost": 0.070001, "providers": {"hunter": 0.034},
         "volume_tiers": [{"from": 1, "to": 10, "discount_percent": 0}, {"from": 11, "discount_percent": 5}]}
        """
      let added = try await admin.post("/api/rate-cards", document)
      #expect(added.status == 201)
      let card = try added.json()
      #expect(card["version"] as? Int == 2 && card["status"] as? String == "current" && card["author"] as? String == "admin@example.com")
      #expect(added.text.contains("0.070001"))
      let list = try await server.caller(server.desk.viewer).get("/api/v1/rate-cards").json()
      #expect((list["rate_cards"] as? [[String: Any]])?.map { $0["status"] as? String } == ["current", "past"])
      let wrong = [(#"{"#, "It is not JSON"), (#"{"note": "x"}"#, "Volume tiers are missing"), (#"{"note": "x", "note": "y"}"#, "stands twice")]
      for (text, reason) in wrong {
        let answer = try await admin.post("/api/rate-cards", text)
        #expect(answer.status == 422 && answer.text.contains(reason), "\(answer.text)")
      }
    }
  }

  @Test("A bad rates file is told on the rates page, the dashboard and by health, until it is mended")
  func alert() async throws {
    try await ReportServer.run { server in
      let url = server.desk.folder.appendingPathComponent("rates.json")
      let file = RatesFile(path: url.path, database: server.desk.database)
      var services = server.services
      services.ratesFile = file
      let alert = RatesFileAlert(file: file)
      try Data("{\"secret\": 1}".utf8).write(to: url)
      _ = await file.look(now: server.clock.now)
      let state = await alert.healthCheck.check()
      #expect(state.isWell && state.isNotice && state.word == "notice" && !state.detail.contains("secret"))
      try await TestServer.run(
        configure: { web in
          web.database = server.desk.database
          web.now = { server.clock.now }
          web.healthChecks = [alert.healthCheck]
        }, router: { [services] in buildRouter($0, services) }
      ) { inner in
        let browser = try await inner.browser(as: server.desk.viewer)
        #expect(try await browser.get("/settings/rates").text.contains("The rates file cannot be used."))
        #expect(try await browser.get("/settings/rates").text.contains("“secret” is no part of a rate card."))
        #expect(try await browser.get("/").text.contains("The rates file cannot be used; prices stay as they are."))
        let health = try await browser.get("/api/health")
        #expect(health.status == 200 && health.text.contains("\"notice\""))
        try Data("{\"volume_tiers\": [{\"from\": 1, \"discount_percent\": 0}]}".utf8).write(to: url)
        _ = await file.look(now: server.clock.now)
        #expect(try await browser.get("/settings/rates").text.contains("as it stands it is rate card 2"))
        #expect(try await !browser.get("/").text.contains("cannot be used"))
        #expect(try await !browser.get("/api/health").text.contains("notice"))
      }
    }
  }
}

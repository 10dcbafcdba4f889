import BatchReports
import Foundation
import TestSupport
import Testing
import WebTestSupport

@testable import Web

@Suite(.serialized) struct NewBatchPageTests {
  /// Selects all leads and seals their price; gives the address of the quote's page and the quote.
  private func quoted(_ server: ReportServer, _ browser: TestBrowser, _ fields: [(String, String)] = []) async throws -> (url: String, quote: String) {
    try await server.services.selections.add(try await server.desk.leadKeys(), for: server.desk.operatorAccount.id)
    let answer = try await browser.post("/batches/preview", fields)
    #expect(answer.status == 303, "\(answer.text)")
    let url = try #require(answer.header("location"))
    return (url, try #require(url.split(separator: "=").last.map(String.init)))
  }

  @Test("Without a selection the page says where to choose leads")
  func empty() async throws {
    try await ReportServer.run { server in
      let page = try await server.browser(server.desk.operatorAccount).get("/batches/new")
      #expect(page.status == 200)
      #expect(page.text.contains("No leads selected"))
      let refused = try await server.browser(server.desk.operatorAccount).post("/batches/preview")
      #expect(refused.status == 422)
      #expect(refused.text.contains("No lead is selected. Pick at least one."))
    }
  }

  @Test("A selection can be priced with the latest template and the standard settings")
  func choices() async throws {
    try await ReportServer.run { server in
      try await server.services.selections.add(try await server.desk.leadKeys(), for: server.desk.operatorAccount.id)
      let page = try await server.browser(server.desk.operatorAccount).get("/batches/new").text
      #expect(page.contains(#"<p class="grand">3</p>"#))
      #expect(page.contains(#"name="template_version" value="website-audit:v3" checked"#))
      #expect(page.contains(#"name="max_concurrent" type="number" inputmode="numeric" min="1" max="100" value="5""#))
      #expect(page.contains(#"name="retry_count" type="number" inputmode="numeric" min="0" max="5" value="3""#))
      #expect(page.contains("page fetch (free)"))
    }
  }

  @Test("The preview's button seals a price and its page shows how it is made")
  func preview() async throws {
    try await ReportServer.run(leads: 3, dailyLimit: Money(micros: 130_000)) { server in
      try await server.desk.addLeads(1, withWebsite: false)
      let browser = try await server.browser(server.desk.operatorAccount)
      let (url, quote) = try await quoted(server, browser, [("template_version", "website-audit:v1"), ("max_concurrent", "8"), ("retry_count", "0")])
      let page = try await browser.get(url + "&name=Spring")
      #expect(page.status == 200)
      #expect(page.text.contains("<p class=\"grand\">$0.1500</p>"))
      #expect(page.text.contains("for 4 leads, $0.0375 a lead"))
      #expect(page.text.contains(" to $0.1500</dd>"))
      #expect(page.text.contains("No batch of this template has ended yet"))
      #expect(!page.text.contains("Our last"))
      #expect(page.text.contains("website-audit:v1"))
      #expect(page.text.contains("1 lead has no website: they fail at once and cost nothing."))
      #expect(page.text.contains("21 Nov 2026, 09:30 (30 min)"))
      #expect(page.text.contains(#"value="\#(quote)""#))
      #expect(page.text.contains(#"name="name" maxlength="120" value="Spring""#))
      #expect(page.text.contains(#"max="100" value="8""#))
      #expect(page.text.contains("101 to 500"))
      #expect(page.text.contains("$0.0338"))
      #expect(page.text.contains("This batch needs $0.1500, and $0.1300 of today&#39;s budget is left."))
      #expect(!page.text.contains("I approve"))
      #expect(!page.text.contains("overrun_reason"))
    }
  }

  @Test("Ticks that the leads page sends along count before the price is made")
  func unsavedTicks() async throws {
    try await ReportServer.run { server in
      let browser = try await server.browser(server.desk.operatorAccount)
      let ids = try await server.desk.leadIDs().map(\.text)
      try await server.services.selections.add(Array(try await server.desk.leadKeys().prefix(1)), for: server.desk.operatorAccount.id)
      let answer = try await browser.post("/batches/preview", [("shown", ids[0]), ("shown", ids[1]), ("lead", ids[1]), ("shown", "x")])
      #expect(answer.status == 303)
      #expect(Set(try await server.services.selections.selection(of: server.desk.operatorAccount.id).leads.keys) == [2])
    }
  }

  @Test("Settings that cannot be are refused beside their fields, which keep what was typed")
  func refusedPreview() async throws {
    try await ReportServer.run(leads: 3, maxLeads: 2) { server in
      let browser = try await server.browser(server.desk.operatorAccount)
      try await server.services.selections.add([1], for: server.desk.operatorAccount.id)
      let page = try await browser.post(
        "/batches/preview", [("template_version", "website-audit:v1"), ("max_concurrent", "101"), ("retry_count", "many")])
      #expect(page.status == 422)
      #expect(page.text.contains(##"<a href="#max_concurrent">Leads at a time: a whole number from 1 to 100.</a>"##))
      #expect(page.text.contains(#"id="retry_count-error""#))
      #expect(page.text.contains(#"value="101""#))
      #expect(page.text.contains(#"value="website-audit:v1" checked"#))
      let unknown = try await browser.post("/batches/preview", [("template_version", "v9")])
      #expect(unknown.status == 422)
      #expect(unknown.text.contains("There is no report template “website-audit:v9”."))
      try await server.services.selections.add([2, 3], for: server.desk.operatorAccount.id)
      let many = try await browser.post("/batches/preview")
      #expect(many.status == 422)
      #expect(many.text.contains("3 leads are selected, and a batch takes at most 2."))
      #expect(many.text.contains("A batch takes at most 2 leads."))
    }
  }

  @Test("The start button makes the batch, once for each quote")
  func start() async throws {
    try await ReportServer.run { server in
      let browser = try await server.browser(server.desk.operatorAccount)
      let (_, quote) = try await quoted(server, browser, [("template_version", "v1"), ("max_concurrent", "8"), ("retry_count", "0")])
      let fields = [
        ("quote", quote), ("cost_approved", "true"), ("name", "Spring"), ("description", "For <all>"), ("private", "true"),
        ("max_failure_percent", "50"), ("max_failure_count", "2"),
      ]
      let answer = try await browser.post("/batches", fields)
      #expect(answer.status == 303)
      let url = try #require(answer.header("location"))
      let page = try await browser.get(url).text
      #expect(page.contains("<h1>Spring</h1>"))
      #expect(page.contains("For &lt;all&gt;"))
      #expect(page.contains("Private"))
      let id = try #require(url.split(separator: "/").last.flatMap { UUID(uuidString: String($0)) })
      let batch = try await server.desk.batch(id)
      #expect(batch.template.description == "website-audit:v1")
      #expect(batch.maxConcurrent == 8)
      #expect(batch.retryCount == 0)
      #expect(batch.maxFailurePercent == 50)
      #expect(batch.maxFailureCount == 2)
      #expect(try await browser.post("/batches", fields).header("location") == url)
      #expect(try await server.desk.number("SELECT count(*) FROM batch") == 1)
    }
  }

  @Test("A refused start comes back filled in, with the reason and its status")
  func refusedStart() async throws {
    try await ReportServer.run { server in
      let browser = try await server.browser(server.desk.operatorAccount)
      let (_, quote) = try await quoted(server, browser)
      let typed = [("quote", quote), ("name", "Kept <name>"), ("description", "Kept text"), ("private", "true"), ("max_failure_count", "7")]
      func refused(_ more: [(String, String)], _ status: Int, _ reason: String) async throws {
        let page = try await browser.post("/batches", typed + more)
        #expect(page.status == status)
        #expect(page.text.contains(reason), "\(page.text)")
        #expect(page.text.contains(#"value="Kept &lt;name&gt;""#))
        #expect(page.text.contains(">Kept text</textarea>"))
        #expect(page.text.contains(#"name="private" value="true" checked"#))
        #expect(page.text.contains(#"value="7""#))
      }
      try await refused([], 422, "Approve the cost of $0.1500 to start.")
      try await refused([("cost_approved", "true"), ("max_failure_percent", "lots")], 422, "Give a number from 0 to 100, or nothing.")
      try await refused([("cost_approved", "true"), ("max_concurrent", "0")], 422, "Leads at a time: a whole number from 1 to 100.")
      try await refused([("cost_approved", "true"), ("template_version", "v9")], 422, "There is no report template “website-audit:v9”.")
      try await refused([("cost_approved", "true"), ("template_version", "v1")], 409, "Check the new preview and approve it.")
      server.clock.advance(by: Quote.lifetime)
      try await refused([("cost_approved", "true")], 409, "The price had expired. This is the price now: check it and approve it.")
      #expect(try await server.desk.number("SELECT count(*) FROM batch") == 0)
    }
  }

  @Test("Previewing again keeps what was typed and prices the quote's own leads, not the selection of now")
  func previewAgain() async throws {
    try await ReportServer.run(leads: 4) { server in
      let browser = try await server.browser(server.desk.operatorAccount)
      let (url, quote) = try await quoted(server, browser)
      let form = try #require(try await browser.get(url).text.components(separatedBy: "action=\"/batches\"").last?.components(separatedBy: "</form>").first)
      #expect(form.contains("formaction=\"/batches/preview\" formnovalidate") && form.contains("name=\"template_version\" value=\"website-audit:v1\""))
      try await server.services.selections.replace(with: [1], for: server.desk.operatorAccount.id)
      let typed = [
        ("quote", quote), ("name", "Kept <name>"), ("description", "Kept text"), ("private", "true"), ("max_failure_count", "7"), ("priority", "high"),
      ]
      let again = try await browser.post(
        "/batches/preview", typed + [("template_version", "website-audit:v1"), ("max_concurrent", "9"), ("cost_approved", "true")])
      #expect(again.status == 200 && again.text.contains("for 4 leads") && again.text.contains("<dd><code>website-audit:v1</code></dd>"))
      #expect(again.text.contains("value=\"Kept &lt;name&gt;\"") && again.text.contains(">Kept text</textarea>") && again.text.contains("value=\"7\""))
      #expect(again.text.contains("name=\"private\" value=\"true\" checked") && again.text.contains("<option value=\"high\" selected>"))
      #expect(again.text.contains("max=\"100\" value=\"9\"") && !again.text.contains("required checked"))
      #expect(!again.text.contains("value=\"\(quote)\""))
      let refused = try await browser.post("/batches/preview", typed + [("max_concurrent", "101")])
      #expect(refused.status == 422 && refused.text.contains("value=\"Kept &lt;name&gt;\"") && refused.text.contains("for 4 leads"))
    }
  }

  @Test("A changed price is shown anew and has to be approved anew")
  func requote() async throws {
    try await ReportServer.run { server in
      let browser = try await server.browser(server.desk.operatorAccount)
      let (_, quote) = try await quoted(server, browser)
      try await server.desk.cards.add(dearer(at: server.clock.now))
      let page = try await browser.post("/batches", [("quote", quote), ("cost_approved", "true"), ("name", "Kept")])
      #expect(page.status == 409)
      #expect(page.text.contains("The price is $0.2100 now; it was $0.1500."))
      #expect(page.text.contains("I approve <span class=\"num\">$0.2100</span>"))
      #expect(!page.text.contains(#"value="true" required checked"#))
      let fresh = try #require(page.text.firstMatch(of: /name="quote" value="([^"]+)"/)).output.1
      #expect(String(fresh) != quote)
      #expect(try await browser.post("/batches", [("quote", String(fresh)), ("cost_approved", "true")]).status == 303)
    }
  }

  @Test("An expired price is made anew for the same leads, whatever is selected by then")
  func expired() async throws {
    try await ReportServer.run { server in
      let browser = try await server.browser(server.desk.operatorAccount)
      let (url, quote) = try await quoted(server, browser, [("max_concurrent", "8")])
      try await server.services.selections.replace(with: [1], for: server.desk.operatorAccount.id)
      server.clock.advance(by: Quote.lifetime)
      let old = try await browser.get(url).text
      #expect(old.contains("This price has expired.") && old.contains(">Preview the cost again</button>") && !old.contains("I approve"))
      let page = try await browser.post("/batches", [("quote", quote), ("name", "Kept"), ("max_failure_count", "7")])
      #expect(page.status == 409)
      for text in ["for 3 leads, $0.0500 a lead", #"value="Kept""#, #"value="7""#, #"value="8""#, "I approve <span class=\"num\">$0.1500</span>"] {
        #expect(page.text.contains(text), "\(text)")
      }
      #expect(!page.text.contains(#"value="true" required checked"#) && !page.text.contains(">Preview the cost again</button>"))
      let fresh = try #require(page.text.firstMatch(of: /name="quote" value="([^"]+)"/)).output.1
      let started = try await browser.post("/batches", [("quote", String(fresh)), ("cost_approved", "true"), ("name", "Kept")])
      #expect(started.status == 303)
      // A batch that was started in time stays the answer to its quote.
      #expect(try await browser.post("/batches", [("quote", String(fresh)), ("cost_approved", "true")]).header("location") == started.header("location"))
    }
  }

  @Test("A quote that is gone, foreign or nonsense leads back to the choices")
  func goneQuote() async throws {
    try await ReportServer.run { server in
      let browser = try await server.browser(server.desk.operatorAccount)
      let foreign = try await server.desk.preview(by: server.desk.otherOperator, now: server.clock.now).quote.id.text
      for quote in [foreign, UUID.version7().text] {
        let page = try await browser.get("/batches/new?quote=\(quote)")
        #expect(page.status == 409)
        #expect(page.text.contains("This price has expired. Preview the cost again."))
        #expect(try await browser.post("/batches", [("quote", quote), ("cost_approved", "true")]).status == 409)
      }
      #expect(try await browser.get("/batches/new?quote=x").status == 404)
      #expect(try await browser.post("/batches", [("cost_approved", "true")]).status == 409)
    }
  }

  @Test("The same leads again are refused while their batch is live")
  func inProgress() async throws {
    try await ReportServer.run { server in
      let browser = try await server.browser(server.desk.operatorAccount)
      let (_, quote) = try await quoted(server, browser)
      let batch = try await server.start()
      let page = try await browser.post("/batches", [("quote", quote), ("cost_approved", "true")])
      #expect(page.status == 409)
      #expect(page.text.contains("You already have a live batch over these leads: \(batch.id.text)."))
    }
  }

  @Test("An admin may pass the budget with a reason, an operator may not")
  func overrun() async throws {
    try await ReportServer.run(dailyLimit: Money(micros: 100_000)) { server in
      let admin = try await server.browser(server.desk.admin)
      try await server.services.selections.add(try await server.desk.leadKeys(), for: server.desk.admin.id)
      let url = try #require(try await admin.post("/batches/preview").header("location"))
      let quote = try #require(url.split(separator: "=").last.map(String.init))
      #expect(try await admin.get(url).text.contains("Why may this pass the budget?"))
      let silent = try await admin.post("/batches", [("quote", quote), ("cost_approved", "true")])
      #expect(silent.status == 409)
      #expect(silent.text.contains("This batch needs $0.1500, and $0.1000 of today&#39;s budget is left."))
      #expect(try await admin.post("/batches", [("quote", quote), ("cost_approved", "true"), ("overrun_reason", "Asked for")]).status == 303)
    }
  }

  @Test("A viewer reads the page and may neither preview nor start")
  func viewer() async throws {
    try await ReportServer.run { server in
      let browser = try await server.browser(server.desk.viewer)
      try await server.services.selections.add([1], for: server.desk.viewer.id)
      let choices = try await browser.get("/batches/new")
      #expect(choices.status == 200 && !choices.text.contains("Preview cost</button>"))
      for path in ["/batches/new", "/leads"] {
        #expect(try await browser.get(path).text.contains("Operators and admins can start batches."))
        #expect(try await !browser.get(path).text.contains("Preview cost"))
        #expect(try await server.browser(server.desk.operatorAccount).get("/leads").text.contains("Preview cost</button>"))
      }
      #expect(try await browser.post("/batches/preview").status == 403)
      #expect(try await browser.post("/batches", [("quote", UUID.version7().text)]).status == 403)
    }
  }
}

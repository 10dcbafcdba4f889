import BatchReports
import Foundation
import TestSupport
import Testing
import WebTestSupport

@Suite(.serialized) struct SampleTests {
  private static func quoted(_ server: ReportServer, _ browser: TestBrowser) async throws -> String {
    try await server.services.selections.add(try await server.desk.leadKeys(), for: server.desk.operatorAccount.id)
    return try #require(try await browser.post("/batches/preview").header("location"))
  }

  private static func id(_ url: String) throws -> String { try #require(url.split(separator: "=").last.map(String.init)) }

  @Test("A preview offers to run some first; the sample has its own price, and its page later offers the rest at the measured price")
  func journey() async throws {
    try await ReportServer.run(leads: 30) { server in
      let browser = try await server.browser(server.desk.operatorAccount)
      let url = try await Self.quoted(server, browser)
      let page = try await browser.get(url).text
      #expect(
        page.contains("Run some of these first</button>")
          && page.contains(#"name="sample_size" form="start" inputmode="numeric" autocomplete="off" value="10""#)
      )
      let form = [("quote", try Self.id(url)), ("sample_size", "10")]
      let sample = try #require(try await browser.post("/batches/sample", form).header("location"))
      // Sent twice it is the same price, and so makes one batch.
      #expect(try await browser.post("/batches/sample", form).header("location") == sample)
      let price = try await browser.get(sample).text
      #expect(price.contains("for 10 leads, $0.0500 a lead") && price.contains("20 leads are left for later") && !price.contains("Run some of these first"))
      let start = [("quote", try Self.id(sample)), ("cost_approved", "true"), ("name", "Try")]
      let batch = try #require(try await browser.post("/batches", start).header("location"))
      #expect(try await browser.post("/batches", start).header("location") == batch)
      #expect(try await server.desk.number("SELECT count(*) FROM batch") == 1)
      #expect(try await !browser.get(batch).text.contains("Run the other"))
      #expect(try await browser.post(batch + "/rest").status == 409)
      let engine = try await server.engine()
      while case let claims = try await engine.claim(5), !claims.isEmpty {
        try await engine.end(claims.map { $0.position < 5 ? $0.fails() : $0.succeeds() })
      }
      let ended = try await browser.get(batch).text
      #expect(ended.contains("A lead of this sample cost $0.0250 on average."))
      #expect(ended.contains("Run the other 20 at the measured price of about $"))
      let rest = try #require(try await browser.post(batch + "/rest").header("location"))
      #expect(rest.hasPrefix("/batches/new?quote="))
      #expect(try await browser.get(rest).text.contains("most of all from the sample of these leads"))
      #expect(try await server.services.selections.selection(of: server.desk.operatorAccount.id).count == 20)
      let viewer = try await server.browser(server.desk.viewer)
      #expect(try await !viewer.get(batch).text.contains("Run the other"))
      #expect(try await viewer.post(batch + "/rest").status == 403)
    }
  }

  @Test("A size that is none is refused beside its field, on the price's page; a price that is gone leads to the choices")
  func refused() async throws {
    try await ReportServer.run(leads: 30) { server in
      let browser = try await server.browser(server.desk.operatorAccount)
      let url = try await Self.quoted(server, browser)
      for size in ["4", "51", "x", "30"] {
        let page = try await browser.post("/batches/sample", [("quote", try Self.id(url)), ("sample_size", size)])
        #expect(page.status == 422 && page.text.contains(#"id="sample_size-error""#) && page.text.contains("$1.5000"))
      }
      for quote in [UUID.version7().text, "x"] {
        let page = try await browser.post("/batches/sample", [("quote", quote), ("sample_size", "10")])
        #expect(page.status == 409 && page.text.contains("This price has expired."))
      }
      server.clock.advance(by: Quote.lifetime)
      #expect(try await browser.post("/batches/sample", [("quote", try Self.id(url)), ("sample_size", "10")]).status == 409)
      #expect(try await server.browser(server.desk.viewer).post("/batches/sample", [("quote", try Self.id(url))]).status == 403)
    }
  }

  @Test("Programs sample and run the rest by the preview call")
  func api() async throws {
    try await ReportServer.run(leads: 20) { server in
      let caller = try await server.caller(server.desk.operatorAccount)
      let all = try await caller.post("/api/batch/preview", #"{"filter": {}}"#).json()
      let quote = try #require(all["quote"] as? String)
      #expect(all["sample_of"] is NSNull && all["rest_count"] as? Int == 0)
      let sample = try await caller.post("/api/batch/preview", #"{"sample_of": "\#(quote)", "sample_size": 6}"#).json()
      #expect(sample["lead_count"] as? Int == 6 && sample["sample_of"] as? String == quote && sample["rest_count"] as? Int == 14)
      let started = try await caller.post("/api/batch/start", #"{"quote": "\#(try #require(sample["quote"] as? String))", "cost_approved": true}"#).json()
      let batch = try #require(started["batch_id"] as? String)
      #expect(try await caller.post("/api/batch/preview", #"{"rest_of": "\#(batch)"}"#).status == 409)
      let engine = try await server.engine()
      while case let claims = try await engine.claim(5), !claims.isEmpty { try await engine.end(claims.map { $0.succeeds() }) }
      let rest = try await caller.post("/api/batch/preview", #"{"rest_of": "\#(batch)"}"#).json()
      #expect(rest["lead_count"] as? Int == 14 && rest["history_batches"] as? Int == 1)
      for (body, status) in [
        (#"{"sample_of": "x"}"#, 422), (#"{"rest_of": "x"}"#, 422), (#"{"rest_of": "\#(UUID().text)"}"#, 404),
        (#"{"sample_of": "\#(quote)", "filter": {}}"#, 422), (#"{"sample_of": "\#(quote)", "sample_size": 20}"#, 422),
        (#"{"sample_of": "\#(UUID().text)"}"#, 409),
      ] {
        #expect(try await caller.post("/api/batch/preview", body).status == status, "\(body)")
      }
    }
  }

  @Test("What was typed for the whole stands for the sample, and the rest of a private sample is private")
  func typed() async throws {
    try await ReportServer.run(leads: 30, dailyLimit: Money(micros: 1_450_000)) { server in
      let browser = try await server.browser(server.desk.operatorAccount)
      let url = try await Self.quoted(server, browser)
      let offered = try await browser.get(url).text
      #expect(offered.contains(#"<button form="start" formaction="/batches/sample" formnovalidate>"#) && offered.contains(#"name="sample_size" form="start""#))
      #expect(offered.contains(#"<button form="start" formaction="/batches/fitting" formnovalidate>"#))
      let form = [("quote", try Self.id(url)), ("name", "A & B"), ("description", "For <all>"), ("private", "true"), ("cost_approved", "true")]
      let options = [
        ("max_concurrent", "7"), ("retry_count", "1"), ("max_failure_percent", "12.5"), ("max_failure_count", "4"), ("priority", "high"),
        ("start_at", "2026-11-22T08:30"), ("reuse_days", "30"), ("overrun_reason", ""),
      ]
      for path in ["/batches/fitting", "/batches/sample"] {
        let location = try #require(try await browser.post(path, form + options + [("sample_size", "10")]).header("location"))
        let page = try await browser.get(location).text
        for (name, value) in options.prefix(4) + [options[5]] {
          #expect(page.contains(try Regex(#"name="\#(name)"[^>]* value="\#(value)""#)), "\(name)")
        }
        #expect(page.contains(#"<option value="high" selected"#) && page.contains(#"<option value="30" selected"#) && page.contains("<details open>"))
        #expect(page.contains(#"value="A &amp; B""#) && page.contains(">For &lt;all&gt;</textarea>") && page.contains(#"name="private" value="true" checked"#))
        #expect(!page.contains("required checked"))
        // The price is that of the settings beside it.
        let priced = try await server.desk.quotes.reopen(
          try #require(location.firstMatch(of: /quote=([0-9a-f-]{36})/).flatMap { UUID(uuidString: String($0.1)) }), for: server.desk.operatorAccount,
          now: server.clock.now)
        #expect(priced.quote.reuseDays == 30)
      }
      let refused = try await browser.post("/batches/sample", form + [("sample_size", "4")]).text
      #expect(refused.contains(#"value="A &amp; B""#) && refused.contains(#"name="private" value="true" checked"#) && !refused.contains("required checked"))
      let sample = try await server.desk.quotes.sample(
        of: try #require(UUID(uuidString: try Self.id(url))), size: 10, for: server.desk.operatorAccount, now: server.clock.now)
      let batch = try await server.desk.batches.place(
        .init(quote: sample.quote.id, order: try BatchDesk.order(isPrivate: true), isApproved: true), by: server.desk.operatorAccount,
        now: server.clock.now)
      let engine = try await server.engine()
      while case let claims = try await engine.claim(5), !claims.isEmpty {
        try await engine.end(claims.map { $0.position < 5 ? $0.fails() : $0.succeeds() })
      }
      let rest = try #require(try await browser.post("/batches/\(batch.id.text)/rest").header("location"))
      #expect(try await browser.get(rest).text.contains(#"name="private" value="true" checked"#))
      let placed = try await server.desk.batches.place(
        .init(
          quote: try #require(rest.firstMatch(of: /quote=([0-9a-f-]+)/).flatMap { UUID(uuidString: String($0.1)) }),
          order: try BatchDesk.order(), isApproved: true), by: server.desk.operatorAccount, now: server.clock.now)
      let page = try await browser.get("/batches/\(batch.id.text)").text
      #expect(page.contains("/batches/\(placed.id.text)\">a batch of their own</a>") && !page.contains("Run the other"))
    }
  }

  @Test("Taking the best of a sample keeps it a sample, with more leads left for later")
  func fitting() async throws {
    try await ReportServer.run(leads: 30, dailyLimit: Money(micros: 300_000)) { server in
      let browser = try await server.browser(server.desk.operatorAccount)
      let form = [("quote", try Self.id(try await Self.quoted(server, browser))), ("sample_size", "10")]
      let sample = try #require(try await browser.post("/batches/sample", form).header("location"))
      let fewer = try #require(try await browser.post("/batches/fitting", [("quote", try Self.id(sample))]).header("location"))
      let page = try await browser.get(fewer).text
      #expect(page.contains("for 6 leads") && page.contains("24 leads are left for later"))
    }
  }

  @Test("Five leads or fewer are not sampled")
  func few() async throws {
    try await ReportServer.run(leads: 5) { server in
      let browser = try await server.browser(server.desk.operatorAccount)
      #expect(try await !browser.get(try await Self.quoted(server, browser)).text.contains("Run some of these first"))
    }
  }
}

import BatchReports
import Foundation
import Storage
import TestSupport
import Testing
import WebTestSupport

/// What pages, files and refusals say of money is what the ledger says.
@Suite(.serialized) struct TrueAmountTests {
  /// A batch of two leads that call two providers; the first lead fails.
  private func paid(_ server: ReportServer) async throws -> Batch {
    let desk = server.desk
    let batch = try await desk.startPaid([1, 2], prices: ["hunter": 25_050, "semrush": 25_050], now: server.clock.now)
    let epoch = try await desk.queue.beginEpoch(now: server.clock.now)
    let claims = try await desk.claim(2, epoch: epoch, now: server.clock.now)
    let ledger = desk.ledger(now: server.clock.now)
    for claim in claims {
      for provider in ["hunter", "semrush"] {
        let intent = try await ledger.intend(claim, step: provider, provider: provider)
        try await ledger.settle(intent, of: claim, .charged(units: 1, externalID: nil, answer: Data("{}".utf8)))
      }
    }
    try await desk.advance(claims.map { $0.position == 0 ? $0.fails() : $0.succeeds() }, epoch: epoch, now: server.clock.now)
    return try await desk.batch(batch.id)
  }

  @Test("A failed lead's calls stand in the receipt, prices of a call have all decimals, and parts sum to what is shown")
  func receipt() async throws {
    try await ReportServer.run { server in
      let batch = try await paid(server)
      #expect(batch.state == .completedWithErrors && batch.actual == Money(micros: 150_200))
      let browser = try await server.browser(server.desk.viewer)
      let page = try await browser.get("/batches/\(batch.id.text)").text
      #expect(page.contains("1 report done and charged $0.1502. 1 lead failed, $0.0501 of it for their calls; the causes stand below."))
      let id = try await server.desk.leadIDs()[1].text
      let charges = try await browser.get("/batches/\(batch.id.text)/leads/\(id)/charges").text
      #expect(charges.contains("$0.02505") && charges.contains("$0.0251") && charges.contains("$0.0250<") && charges.contains("$0.1001"))
      let caller = try await server.caller(server.desk.viewer)
      let json = try await caller.get("/api/batch/\(batch.id.text)/leads/\(id)/charges")
      #expect(json.text.contains("0.02505") && json.status == 200)
      #expect(try await caller.get("/api/batch/\(batch.id.text)/results.csv").text.contains(",0.100100,"))
    }
  }

  @Test("A cancelled batch is not held against its estimate")
  func cancelled() async throws {
    try await ReportServer.run(leads: 4) { server in
      let batch = try await server.start()
      let engine = try await server.engine()
      for claim in try await engine.claim(1, of: batch) { try await engine.complete(claim) }
      _ = try await server.desk.batches.cancel(batch.id, reason: "", by: server.desk.operatorAccount, now: server.clock.now)
      let page = try await server.browser(server.desk.viewer).get("/batches/\(batch.id.text)").text
      #expect(page.contains("of $0.2000 quoted</dd>") && !page.contains("off by"))
    }
  }

  @Test("A changed price is told as the new preview has it, with what was learned meanwhile, by the API and on the page")
  func changed() async throws {
    try await ReportServer.run(leads: 20) { server in
      let desk = server.desk
      let quotes = [try await desk.preview(Array(1...10), now: server.clock.now), try await desk.preview(Array(1...10), now: server.clock.now)]
      _ = try await server.finished("", Array(11...20), failing: Set(0...8))
      try await desk.cards.add(dearer(at: server.clock.now))
      let sentence = "The price is $0.1400 now; it was $0.5000."
      let answer = try await server.caller(desk.operatorAccount).post("/api/batch/start", #"{"quote": "\#(quotes[0].quote.id.text)", "cost_approved": true}"#)
      try expectProblem(answer, 409, "quote_changed", field: "quote")
      let preview = try #require(try answer.json()["preview"] as? [String: Any])
      #expect(answer.text.contains(sentence) && preview["estimated_cost_usd"] as? Double == 0.14)
      let browser = try await server.browser(desk.operatorAccount)
      // Opened again, it is not offered.
      let page = try await browser.get("/batches/new?quote=\(quotes[1].quote.id.text)").text
      #expect(page.contains("The prices have changed: preview again.") && page.contains("Preview the cost again</button>") && !page.contains("I approve"))
      let again = try await browser.post("/batches", [("quote", quotes[1].quote.id.text)])
      #expect(again.status == 409 && again.text.contains(sentence) && again.text.contains("I approve <span class=\"num\">$0.1400</span>"))
    }
  }

  @Test("Fields that stand beside others for nothing are refused by the API")
  func fields() async throws {
    try await ReportServer.run(leads: 20) { server in
      let caller = try await server.caller(server.desk.operatorAccount)
      let quote = try await server.desk.preview(now: server.clock.now).quote.id.text
      for (field, value) in [("template_version", #""v1""#), ("max_concurrent", "3"), ("retry_count", "1"), ("reuse_days", "7")] {
        for source in [#""sample_of": "\#(quote)""#, #""rest_of": "\#(quote)""#] {
          let answer = try await caller.post("/api/batch/preview", #"{\#(source), "\#(field)": \#(value)}"#)
          try expectProblem(answer, 422, "invalid_input", field: field)
        }
      }
      try expectProblem(try await caller.post("/api/batch/preview", #"{"filter": {}, "sample_size": 5}"#), 422, "invalid_input", field: "sample_size")
      let other = try await caller.post("/api/batch/start", #"{"quote": "\#(quote)", "cost_approved": true, "reuse_days": 7}"#)
      try expectProblem(other, 422, "invalid_input", field: "reuse_days")
      #expect(try await server.desk.number("SELECT count(*) FROM batch") == 0)
      #expect(try await caller.post("/api/batch/start", #"{"quote": "\#(quote)", "cost_approved": true, "reuse_days": 0}"#).status == 201)
    }
  }
}

import BatchReports
import Foundation
import Storage
import TestSupport
import Testing
import WebTestSupport

@testable import Web

@Suite(.serialized) struct MoneyPageTests {
  @Test("A price over the budget offers what fits, and one click selects just that and shows its price")
  func fitting() async throws {
    try await ReportServer.run(leads: 6, dailyLimit: Money(micros: 200_000)) { server in
      let browser = try await server.browser(server.desk.operatorAccount)
      let preview = try await server.desk.preview(now: server.clock.now)
      let page = try await browser.get("/batches/new?quote=\(preview.quote.id.text)")
      #expect(page.text.contains("The best 4 leads by score fit.") && page.text.contains("Take the best 4 leads"))
      let refused = try await browser.post("/batches", [("quote", preview.quote.id.text), ("cost_approved", "true")])
      #expect(refused.status == 409 && refused.text.contains("Take the best 4 leads"))
      let taken = try await browser.post("/batches/fitting", [("quote", preview.quote.id.text)])
      #expect(taken.status == 303)
      let location = try #require(taken.header("location"))
      #expect(location.hasPrefix("/batches/new?quote="))
      let fresh = try await browser.get(location)
      #expect(fresh.text.contains("for 4 leads") && !fresh.text.contains("Take the best"))
      #expect(try await browser.get("/leads").text.contains("4"))
      let gone = try await browser.post("/batches/fitting", [("quote", "x")])
      #expect(gone.status == 409)
      let viewer = try await server.browser(server.desk.viewer)
      #expect(try await viewer.post("/batches/fitting", [("quote", preview.quote.id.text)]).status == 403)
    }
  }

  @Test("The API's refusal for want of budget says how many would fit")
  func fittingCount() async throws {
    try await ReportServer.run(leads: 6, dailyLimit: Money(micros: 200_000)) { server in
      let caller = try await server.caller(server.desk.operatorAccount)
      let preview = try await server.desk.preview(now: server.clock.now)
      let answer = try await caller.post("/api/batch/start", #"{"quote": "\#(preview.quote.id.text)", "cost_approved": true}"#)
      try expectProblem(answer, 409, "budget_exceeded")
      let json = try answer.json()
      #expect(json["fitting_lead_count"] as? Int == 4 && json["needed_usd"] as? Double == 0.3 && json["remaining_usd"] as? Double == 0.2)
    }
  }

  /// A batch whose money is spent, and one call without a known answer.
  private func spent(_ server: ReportServer) async throws -> (Batch, Int64) {
    let desk = server.desk
    let batch = try await desk.startPaid(approved: 110_000, now: server.clock.now)
    let epoch = try await desk.queue.beginEpoch(now: server.clock.now)
    let claims = try await desk.claim(2, epoch: epoch, now: server.clock.now)
    let ledger = desk.ledger(now: server.clock.now)
    let intent = try await ledger.intend(claims[0], step: "hunter", provider: "hunter")
    try await ledger.settle(intent, of: claims[0], .unresolved(note: "The connection broke."))
    try await desk.advance(claims.map { $0.succeeds() }, claiming: 5, epoch: epoch, now: server.clock.now)
    return (try await desk.batch(batch.id), intent.id)
  }

  @Test("A batch whose money is spent shows what its rest needs before it is resumed, and lost calls beside its cost")
  func resume() async throws {
    try await ReportServer.run(leads: 4) { server in
      let (batch, _) = try await spent(server)
      #expect(batch.state == .paused && batch.isReserveSpent)
      let browser = try await server.browser(server.desk.operatorAccount)
      let url = "/batches/\(batch.id.text)"
      let page = try await browser.get(url)
      #expect(page.text.contains("href=\"\(url)/resume\"") && page.text.contains("The money that was approved is spent"))
      #expect(page.text.contains("Calls without a known answer") && page.text.contains("1 call, $0.0100 at most"))
      #expect(page.text.contains("The connection broke."))
      let offer = try await browser.get(url + "/resume")
      #expect(offer.status == 200 && offer.text.contains("I approve <span class=\"num\">$0.1200</span>"))
      let refused = try await browser.post(url + "/resume", [("reason", "Go on")])
      #expect(refused.status == 422 && refused.text.contains("Approve another $0.1200 at most to resume.") && refused.text.contains("value=\"Go on\""))
      let stale = try await browser.post(url + "/resume", [("cost_approved", "true"), ("approved", "0.1")])
      #expect(stale.status == 409 && stale.text.contains("needs $0.1200 at most now; $0.1000 was approved") && !stale.text.contains("preview"))
      let caller = try await server.caller(server.desk.operatorAccount)
      try expectProblem(try await caller.post("/api/batch/\(batch.id.text)/resume"), 422, "cost_not_approved")
      let done = try await browser.post(url + "/resume", [("cost_approved", "true"), ("approved", "0.1200")])
      #expect(done.status == 303)
      #expect(try await server.desk.batch(batch.id).state == .processing)
    }
  }

  @Test("An admin settles lost calls with a reason, on the budget's page and by the API; others only see how many")
  func resolve() async throws {
    try await ReportServer.run(leads: 4) { server in
      let (batch, id) = try await spent(server)
      let admin = try await server.browser(server.desk.admin)
      let other = try await server.browser(server.desk.operatorAccount)
      let path = "/settings/budget/calls/\(id)"
      let theirs = try await other.get("/settings/budget")
      #expect(theirs.text.contains("1 call, $0.0100 at most") && !theirs.text.contains(path))
      #expect(try await other.post(path, [("outcome", "charged"), ("reason", "x")]).status == 403)
      #expect(try await admin.get("/settings/budget").text.contains("action=\"\(path)\""))
      let refused = try await admin.post(path, [("outcome", "charged"), ("reason", " ")])
      #expect(refused.status == 422 && refused.text.contains("Say how you know"))
      #expect(try await admin.post(path, [("reason", "x")]).status == 422)
      let caller = try await server.caller(server.desk.admin)
      let list = try await caller.get("/api/unresolved-calls")
      #expect(try list.json()["count"] as? Int == 1)
      try expectProblem(try await caller.post("/api/unresolved-calls/99", #"{"outcome": "charged", "reason": "x"}"#), 404, "not_found")
      try expectProblem(try await caller.post("/api/unresolved-calls/x", #"{"outcome": "charged", "reason": "x"}"#), 404, "not_found")
      try expectProblem(try await caller.post("/api/unresolved-calls/\(id)", #"{"outcome": "maybe", "reason": "x"}"#), 422, "invalid_input", field: "outcome")
      #expect(try await admin.post(path, [("outcome", "charged"), ("reason", "Invoice 7")]).status == 303)
      #expect(try await server.desk.batch(batch.id).actual == Money(micros: 110_000))
      let again = try await caller.post("/api/unresolved-calls/\(id)", #"{"outcome": "charged", "reason": "x"}"#)
      try expectProblem(again, 409, "invalid_transition")
      #expect(try await server.desk.brokenMoney() == [])
    }
  }

  @Test("From 80 % of the budget on, /health has a notice")
  func alert() async throws {
    let desk = try await BatchDesk(leads: 5, dailyLimit: Money(micros: 250_000))
    let check = BudgetAlert(budget: desk.budget, now: { BatchDesk.noon }).healthCheck
    #expect(await check.check() == .init(isWell: true, detail: "less than 80 % of today's budget is used"))
    _ = try await desk.start(Array(desk.leadKeys().prefix(4)))
    let state = await check.check()
    #expect(state.isWell && state.isNotice && state.detail.hasPrefix("80 % of today's budget is used."))
  }
}

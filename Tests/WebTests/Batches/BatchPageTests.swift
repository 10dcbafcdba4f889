import BatchReports
import Foundation
import TestSupport
import Testing
import WebTestSupport

@testable import Web

@Suite(.serialized) struct BatchPageTests {
  @Test("The page of a live batch shows progress, leads, failures by cause, errors, settings and history")
  func live() async throws {
    try await ReportServer.run(leads: 5) { server in
      let batch = try await server.start("Spring <sale>")
      let engine = try await server.engine()
      let claims = try await engine.claim(4)
      server.clock.advance(by: 61)
      try await engine.complete(claims[0])
      try await engine.end([
        claims[1].ends(.failed(LeadFailure(.dnsFailed, "No <such> domain."))),
        claims[2].ends(.retry(LeadFailure(.timeout, "Too slow."), dueAt: server.clock.now.addingTimeInterval(60))),
      ])
      let page = try await server.browser(server.desk.operatorAccount).get("/batches/\(batch.id.text)")
      #expect(page.status == 200)
      let text = page.text
      #expect(text.contains("<title>Spring &lt;sale&gt; – Batch Report Runner</title>"))
      #expect(text.contains("<strong data-live=\"percentage\">40.0 %</strong>"))
      #expect(text.contains("data-socket=\"/api/batch/\(batch.id.text)/progress\""))
      #expect(text.contains("<dd data-live=\"elapsed\">1 min 1 s</dd>"))
      #expect(text.contains("<dd data-live=\"cost\">$0.0500</dd><dd class=\"note\">of $0.2500 quoted</dd>"))
      #expect(text.contains("aria-valuetext=\"2 of 5 processed, 1 failed\""))
      #expect(text.contains("<rect data-segment=\"failed\" x=\"20\" y=\"0\" width=\"20\" height=\"1\"/>"))
      #expect(text.contains("<li>\(claims[3].leadName)</li>"))
      #expect(text.contains("Domain name not found"))
      #expect(text.contains("/batches/\(batch.id.text)?status=failed&amp;error_code=dns_failed#leads"))
      #expect(text.contains("No &lt;such&gt; domain."))
      #expect(text.contains("Waiting to retry") && text.contains("next try <time datetime=\"2026-11-21T09:02:01.000Z\">09:02:01</time>"))
      #expect(text.contains("<section class=\"panel\" data-region=\"settings\""))
      #expect(text.contains("<span class=\"score\">72</span> open"))
      #expect(text.contains("<dt>Started by</dt><dd>operator@example.com</dd>"))
      #expect(text.contains("<strong>Placed</strong> <span class=\"muted\">by operator@example.com, <time datetime=\"2026-11-21T09:00:00.000Z\">"))
      for control in ["/pause\"", "/cancel\"", "/rerun\"", "results.csv", "errors.csv"] { #expect(text.contains(control)) }
      #expect(!text.contains("/resume\""))
    }
  }

  @Test("A batch that runs and is held up says why, on its page, on the dashboard, and in each message")
  func heldUp() async throws {
    try await ReportServer.run(leads: 2) { server in
      let batch = try await server.start("Spring <sale>")
      let page = "/batches/\(batch.id.text)"
      let browser = try await server.browser(server.desk.operatorAccount)
      _ = try await server.engine().claim(1)
      #expect(try await browser.get(page).text.contains(" data-status=\"processing\" data-reason=\"\" "))
      try await server.desk.database.pool.write { db in
        try db.execute(sql: "UPDATE batch SET state_reason = 'The disk is <full>.', seq = seq + 1")
      }
      let text = try await browser.get(page).text
      #expect(text.contains("<h3>Held up</h3>\n<p>The disk is &lt;full&gt;.</p>") && text.contains(" data-reason=\"The disk is &lt;full&gt;.\" "))
      let dashboard = try await browser.get("/").text
      #expect(dashboard.contains("“Spring &lt;sale&gt;” is held up.") && dashboard.contains("The disk is &lt;full&gt;."))
      #expect(try await server.services.feed.snapshot(of: batch.id)?.statusReason == "The disk is <full>.")
      try await server.desk.database.pool.write { db in try db.execute(sql: "UPDATE batch SET state_reason = '', seq = seq + 1") }
      for path in [page, "/"] { #expect(try await !browser.get(path).text.lowercased().contains("held up")) }
      #expect(try await server.services.feed.snapshot(of: batch.id)?.statusReason == "")
    }
  }

  @Test("Controls are read and reached in the order in which they stand: before the state that is drawn below them")
  func order() async throws {
    try await ReportServer.run(leads: 1) { server in
      let batch = try await server.start()
      let text = try await server.browser(server.desk.operatorAccount).get("/batches/\(batch.id.text)").text
      let places = ["<h1>", "data-region=\"controls\"", "class=\"batch-state\"", "data-region=\"progress\""].map { text.range(of: $0)?.lowerBound }
      #expect(places.compactMap { $0 } == places.compactMap { $0 }.sorted() && !places.contains(nil))
    }
  }

  @Test("Controls are shown to those who may use them")
  func controls() async throws {
    try await ReportServer.run { server in
      let batch = try await server.start()
      let url = "/batches/\(batch.id.text)"
      let viewer = try await server.browser(server.desk.viewer).get(url).text
      for control in ["/pause\"", "/cancel\"", "/rerun\""] { #expect(!viewer.contains(control)) }
      let other = try await server.browser(server.desk.otherOperator).get(url).text
      #expect(other.contains("/rerun\"") && !other.contains("/pause\""))
      #expect(try await server.browser(server.desk.admin).get(url).text.contains("/pause\""))
      _ = try await server.desk.batches.pause(batch.id, reason: "Lunch", by: server.desk.admin, now: server.clock.now)
      let paused = try await server.browser(server.desk.operatorAccount).get(url).text
      #expect(paused.contains("/resume\"") && !paused.contains("/pause\""))
      #expect(paused.contains("<h3>Paused</h3>") && paused.contains("<p>Lunch</p>"))
    }
  }

  @Test("The leads of a batch are filtered and paged by the address")
  func leads() async throws {
    try await ReportServer.run(leads: 60) { server in
      let batch = try await server.finished("Big", failing: [3, 55])
      let browser = try await server.browser(server.desk.viewer)
      let url = "/batches/\(batch.id.text)"
      let first = try await browser.get(url).text
      #expect(first.contains("1–50 of 60"))
      #expect(first.contains("href=\"\(url)?cursor=49#leads\" rel=\"next\""))
      #expect(first.contains("58 reports done and charged $2.9000. 2 leads failed and cost nothing; the causes stand below."))
      let second = try await browser.get(url + "?cursor=49").text
      #expect(second.contains("51–60 of 60"))
      #expect(second.contains("rel=\"start\""))
      let failed = try await browser.get(url + "?status=failed&error_code=dns_failed").text
      #expect(failed.contains("2 leads shown"))
      #expect(failed.contains("Domain name not found (2)"))
      #expect(failed.contains("value=\"failed\" selected"))
      #expect(try await browser.get(url + "?status=skipped").text.contains("No lead of this batch matches."))
      #expect(try await browser.get(url + "?error_code=timeout").text.contains("Website took too long"))
      let reasons = [
        "status=x": "status has to be one of", "error_code=x": "There is no error code of that name.", "cursor=x": "This cursor is none that a list gave.",
      ]
      for (query, reason) in reasons {
        let page = try await browser.get(url + "?" + query)
        #expect(page.status == 422)
        #expect(page.text.contains(reason) && page.text.contains("1–50 of 60") && page.text.contains("<h1>Big</h1>"), "\(query)")
      }
    }
  }

  @Test("Every link and form of a page that does not refresh itself keeps it so, and the links about it keep filter and place")
  func refreshLinks() async throws {
    try await ReportServer.run(leads: 60) { server in
      let browser = try await server.browser(server.desk.viewer)
      let batch = try await server.start("Big", Array(try await server.desk.leadKeys().prefix(55)))
      let engine = try await server.engine()
      try await engine.end([try await engine.claim(1)[0].fails()])
      for key in 56...60 as ClosedRange<Int64> { _ = try await server.start("Small \(key)", [key]) }
      let url = "/batches/\(batch.id.text)"
      let hidden = #"<input type="hidden" name="refresh" value="off">"#
      let first = try await browser.get(url + "?status=pending&refresh=off").text
      for link in [
        "\(url)?status=pending&amp;cursor=50&amp;refresh=off#leads", "\(url)?status=failed&amp;error_code=dns_failed&amp;refresh=off#leads",
        "\(url)?refresh=off#leads", "?status=pending",
      ] { #expect(first.contains("href=\"\(link)\""), "\(link)") }
      #expect(first.contains(hidden))
      let second = try await browser.get(url + "?status=pending&cursor=50&refresh=off").text
      #expect(second.contains("href=\"\(url)?status=pending&amp;refresh=off#leads\" rel=\"start\""))
      let on = try await browser.get(url + "?status=pending&cursor=50").text
      #expect(on.contains("href=\"?status=pending&amp;cursor=50&amp;refresh=off\"") && !on.contains(hidden))
      let history = try await browser.get("/batches?q=small&status=&created_by=operator%40example.com&refresh=off").text
      #expect(history.contains("href=\"?q=small&amp;created_by=operator%40example.com\"") && history.contains(hidden))
      #expect(history.contains("href=\"/batches?refresh=off\">Clear filter"))
      #expect(try await browser.get("/batches?q=small").text.contains("href=\"?q=small&amp;refresh=off\""))
      #expect(try await browser.get("/batches?q=none&refresh=off").text.contains("<a href=\"/batches?refresh=off\">Show all batches</a>"))
      #expect(try await browser.get("/").text.contains("href=\"?refresh=off\""))
      #expect(try await browser.get("/?refresh=off").text.contains("href=\"?\""))
    }
  }

  @Test("A live page refreshes itself without JavaScript until that is turned off; an ended one never does")
  func refresh() async throws {
    try await ReportServer.run { server in
      let browser = try await server.browser(server.desk.viewer)
      let meta = "<noscript><meta http-equiv=\"refresh\" content=\"5\"></noscript>"
      let batch = try await server.start()
      let url = "/batches/\(batch.id.text)"
      let on = try await browser.get(url + "?status=pending").text
      #expect(on.contains(meta))
      #expect(on.contains("href=\"?status=pending&amp;refresh=off\""))
      let off = try await browser.get(url + "?status=pending&refresh=off").text
      #expect(!off.contains(meta))
      #expect(off.contains("href=\"?status=pending\""))
      for path in ["/batches", "/"] {
        #expect(try await browser.get(path).text.contains(meta))
        #expect(try await !browser.get(path + "?refresh=off").text.contains(meta))
      }
      _ = try await server.desk.batches.cancel(batch.id, reason: "", by: server.desk.admin, now: server.clock.now)
      for path in [url, "/batches", "/"] { #expect(try await !browser.get(path).text.contains(meta)) }
    }
  }

  @Test("Each ending has its receipt")
  func receipts() async throws {
    try await ReportServer.run { server in
      let browser = try await server.browser(server.desk.viewer)
      let done = try await server.finished("Done")
      #expect(try await browser.get("/batches/\(done.id.text)").text.contains("3 reports in 0 s for $0.1500, as quoted."))
      let order = try BatchDesk.order("Strict", maxFailureCount: 0)
      let strict = try await server.desk.start(nil, order, now: server.clock.now)
      let engine = try await server.engine()
      try await engine.end([try await engine.claim(1)[0].fails()])
      let page = try await browser.get("/batches/\(strict.id.text)").text
      #expect(page.contains("<h3>Stopped</h3>"))
      #expect(page.contains("1 leads failed, more than this batch tolerates. 0 reports done and charged $0.0000."))
      #expect(page.contains("by the engine,"))
    }
  }

  @Test("A batch that is private or does not exist is not found")
  func notFound() async throws {
    try await ReportServer.run { server in
      let secret = try await server.start(isPrivate: true)
      let viewer = try await server.browser(server.desk.viewer)
      for id in [secret.id.text, UUID.version7().text, "x"] {
        #expect(try await viewer.get("/batches/\(id)").status == 404)
        #expect(try await viewer.get("/batches/\(id)/cancel").status == 404)
      }
      #expect(try await server.browser(server.desk.admin).get("/batches/\(secret.id.text)").status == 200)
      let stranger = try await server.server.stranger.get("/batches/\(secret.id.text)")
      #expect(stranger.status == 303)
      #expect(stranger.header("location") == "/login?return_to=%2Fbatches%2F\(secret.id.text)")
    }
  }

  @Test("The history lists what the account may see, by filter and page")
  func history() async throws {
    try await ReportServer.run(leads: 3) { server in
      let browser = try await server.browser(server.desk.viewer)
      #expect(try await browser.get("/batches").text.contains("No batches yet"))
      _ = try await server.finished("Spring <1>", [1], failing: [0])
      _ = try await server.start("Secret", [2], isPrivate: true)
      _ = try await server.start("Autumn", [3], by: server.desk.otherOperator)
      let all = try await browser.get("/batches").text
      #expect(all.contains("2 batches, 1 running or queued"))
      #expect(all.contains("Spring &lt;1&gt;") && all.contains("Autumn") && !all.contains("Secret"))
      #expect(all.contains(">other@example.com</option>") && !all.contains("New batch</a>"))
      let filtered = try await browser.get("/batches?status=completed_with_errors&created_by=operator@example.com&q=spring&created_after=2026-11-21").text
      #expect(filtered.contains("1 batch of 1") && !filtered.contains("Autumn"))
      #expect(filtered.contains("Remove the filter created by: operator@example.com"))
      #expect(filtered.contains("value=\"2026-11-21\""))
      #expect(try await browser.get("/batches?q=winter").text.contains("No batch matches this filter"))
      #expect(try await server.browser(server.desk.admin).get("/batches").text.contains("3 batches, 2 running or queued"))
      #expect(try await server.browser(server.desk.operatorAccount).get("/batches").text.contains("New batch</a>"))
    }
  }

  @Test("The history pages through many batches, each once")
  func paging() async throws {
    try await ReportServer.run(leads: 53) { server in
      for key in try await server.desk.leadKeys() { _ = try await server.start("Batch \(key).", [key]) }
      let browser = try await server.browser(server.desk.viewer)
      var (url, names) = ("/batches?q=batch", [String]())
      while true {
        let page = try await browser.get(url).text
        names += page.matches(of: /">(Batch \d+\.)<\/a>/).map { String($0.output.1) }
        guard let next = page.firstMatch(of: /href="([^"]+)" rel="next"/) else { break }
        url = String(next.output.1).replacing("&amp;", with: "&")
      }
      #expect(names == (1...53).reversed().map { "Batch \($0)." })
    }
  }

  @Test(
    "A filter that cannot be read comes back with the reason",
    arguments: [
      ("status=x", "status has to be one of"), ("created_after=soon", "Give a date such as 2026-01-31."),
      ("template_version=No!", "There is no template of that name."), ("cursor=x", "This cursor is none that a list gave."),
    ])
  func badFilter(_ query: String, _ reason: String) async throws {
    try await ReportServer.run { server in
      let page = try await server.browser(server.desk.viewer).get("/batches?q=kept&" + query)
      #expect(page.status == 422)
      #expect(page.text.contains(reason))
      #expect(page.text.contains("value=\"kept\""))
    }
  }
}

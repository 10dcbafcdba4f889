import BatchReports
import Foundation
import GRDB
import TestSupport
import Testing
import WebTestSupport

@testable import Web

@Suite(.serialized) struct ReportPageTests {
  private func url(_ batch: Batch, _ lead: UUID) -> String { "/batches/\(batch.id.text)/leads/\(lead.text)/report" }

  @Test("A report shows its score, sections, findings by weight, first fixes and facts", arguments: ["v1", "v2", "v3"])
  func page(_ version: String) async throws {
    try await ReportServer.run(leads: 1) { server in
      let quote = try await server.desk.preview(template: version, now: server.clock.now).quote
      let batch = try await server.desk.batches.place(
        .init(quote: quote.id, order: try BatchDesk.order("Spring"), isApproved: true), by: server.desk.operatorAccount, now: server.clock.now)
      let engine = try await server.engine()
      let claim = try await engine.claim(1)[0]
      try await engine.complete(claim)
      let page = try await server.browser(server.desk.viewer).get(url(batch, claim.leadID))
      #expect(page.status == 200)
      let text = page.text
      #expect(text.contains("<h1>Lead 0</h1>"))
      #expect(text.contains("aria-label=\"Score 72 of 100: Good\""))
      #expect(text.contains("A good website with a few things to mend. Best: Found (90). Weakest: Safe (40)."))
      #expect(text.contains("2 to fix, 0 fine"))
      #expect(text.contains("Do this first"))
      #expect(text.contains("<strong>How:</strong> Ask your host."))
      #expect(text.contains("<span class=\"badge tone-neutral\">not measured</span>"))
      #expect(text.contains("1 check passed") && text.contains("2 checks did not apply or were not measured"))
      #expect(text.contains("<dt>Time to first byte</dt><dd>0.213 s</dd>"))
      #expect(text.contains("Styles were not computed."))
      #expect(text.contains("website-audit:\(version)"))
      let (worse, better) = (text.range(of: "The certificate has expired"), text.range(of: "A header is missing"))
      #expect(try #require(worse).lowerBound < (try #require(better)).lowerBound)
      #expect(text.contains("href=\"\(url(batch, claim.leadID))?download=1\""))
      #expect(text.contains("href=\"/batches/\(batch.id.text)\""))
    }
  }

  @Test("The download is one file that needs nothing else", arguments: ["v1", "v2", "v3"])
  func download(_ version: String) async throws {
    try await ReportServer.run(leads: 1) { server in
      let quote = try await server.desk.preview(template: version, now: server.clock.now).quote
      let batch = try await server.desk.batches.place(
        .init(quote: quote.id, order: try BatchDesk.order(), isApproved: true), by: server.desk.operatorAccount, now: server.clock.now)
      let engine = try await server.engine()
      let claim = try await engine.claim(1)[0]
      try await engine.complete(claim)
      let file = try await server.browser(server.desk.viewer).get(url(batch, claim.leadID) + "?download=1")
      #expect(file.status == 200)
      #expect(file.header("content-disposition") == "attachment; filename=\"website-report-\(claim.leadID.text.prefix(8)).html\"")
      #expect(file.text.contains("<style>") && file.text.contains("Lead 0"))
      for outside in ["<script", "<link rel=\"stylesheet\"", "src=\"", "csrf", "href=\"/"] { #expect(!file.text.contains(outside)) }
    }
  }

  @Test("What a website says of itself is never markup, on the page or in the download")
  func hostile() async throws {
    let attack = "\"><script>alert(1)</script><img src=x onerror=alert(2)>'{{csrf}}&amp;"
    try await ReportServer.run(leads: 1) { server in
      try await server.desk.database.pool.write { try $0.execute(sql: "UPDATE lead SET name = ?", arguments: [attack]) }
      let batch = try await server.start(attack)
      let engine = try await server.engine()
      let claim = try await engine.claim(1)[0]
      try await engine.complete(claim) { report in
        (report.leadName, report.website, report.finalURL) = (attack, attack, attack)
        report.findings = report.findings.map { finding in
          var finding = finding
          (finding.title, finding.advice, finding.evidence, finding.source) = (attack, attack, attack, attack)
          return finding
        }
        report.topFixes = [Fix(check: 1, title: attack, why: attack, how: attack)]
        report.facts = [Fact(name: attack, value: attack)]
        report.notMeasured = [NotMeasured(what: attack, why: attack)]
      }
      let browser = try await server.browser(server.desk.viewer)
      for path in [url(batch, claim.leadID), url(batch, claim.leadID) + "?download=1", "/batches/\(batch.id.text)"] {
        let page = try await browser.get(path)
        #expect(page.status == 200)
        #expect(page.text.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
        #expect(!page.text.contains("<script>alert") && !page.text.contains("<img src=x"))
        #expect(page.text.contains("{{csrf}}&amp;amp;"))
      }
    }
  }

  @Test("The verdict and the label follow the scores")
  func verdict() throws {
    func values(_ score: Int, _ sections: [(ReportSection, Int?)], fixes: Int = 0) -> PageValues {
      let fix = Fix(check: 1, title: "", why: "", how: "")
      let report = Report(
        leadID: UUID(), leadName: "", website: "", templateVersion: "", finalURL: "", fetchedAt: BatchDesk.noon, score: score,
        sections: sections.map { SectionScore(section: $0.0, score: $0.1, passed: 0, failed: 0) }, findings: [],
        topFixes: Array(repeating: fix, count: fixes), notMeasured: [], facts: [])
      return ReportValues(report: report, clock: WallClock(timeZone: .gmt)).pageValues
    }
    func text(_ values: PageValues, _ name: String) -> String? { if case .text(let text)? = values[name] { text } else { nil } }
    #expect(text(values(0, [(.safe, nil)]), "verdict") == "Nothing about this website could be measured.")
    #expect(text(values(90, [(.safe, 90), (.fast, 90)]), "verdict") == "This website is in very good shape.")
    #expect(text(values(50, [(.safe, 60), (.fast, 40)]), "verdict") == "A fair website that gives customers away. Best: Safe (60). Weakest: Fast (40).")
    #expect(text(values(49, [(.safe, 60), (.fast, 40)]), "verdict")?.hasPrefix("This website turns customers away.") == true)
    #expect((1...3).map { text(values(50, [], fixes: $0), "topFixesTitle") } == ["Do this first", "Do these two first", "Do these three first"])
    #expect([84, 85, 69, 70, 49, 50].map(ReportValues.label) == ["Good", "Very good", "Fair", "Good", "Poor", "Fair"])
    #expect([49, 50, 69, 70].map(ReportValues.tone) == ["danger", "warning", "warning", "success"])
  }

  @Test("There is no report of a lead that is not done, of a stranger's lead, or in a private batch")
  func notThere() async throws {
    try await ReportServer.run(leads: 2) { server in
      let batch = try await server.finished("", [1], failing: [0])
      let ids = try await server.desk.leadIDs()
      let viewer = try await server.browser(server.desk.viewer)
      let failed = try await viewer.get(url(batch, ids[0]))
      #expect(failed.status == 404)
      #expect(failed.text.contains("“Lead 0” has no report in this batch: it is failed."))
      for path in [url(batch, ids[1]), url(batch, UUID()), "/batches/\(batch.id.text)/leads/x/report", "/batches/x/leads/\(ids[0].text)/report"] {
        #expect(try await viewer.get(path).status == 404)
      }
      let secret = try await server.finished("", [2], isPrivate: true)
      #expect(try await viewer.get(url(secret, ids[1])).status == 404)
      #expect(try await server.browser(server.desk.operatorAccount).get(url(secret, ids[1])).status == 200)
      let program = try await server.caller(server.desk.viewer).get(url(batch, ids[0]))
      try expectProblem(program, 404, "not_found")
    }
  }

  @Test("A report whose file is missing or damaged says so")
  func damaged() async throws {
    try await ReportServer.run(leads: 2) { server in
      let batch = try await server.finished()
      let ids = try await server.desk.leadIDs()
      // The first stays as long as it was and is damaged, the second is cut off.
      let file = server.desk.folder.appendingPathComponent("reports/\(batch.id.text).jsonl")
      let size = try Data(contentsOf: file).count
      try Data(repeating: UInt8(ascii: "x"), count: size * 3 / 4).write(to: file)
      let browser = try await server.browser(server.desk.viewer)
      for (id, name) in zip(ids, ["Lead 0", "Lead 1"]) {
        let page = try await browser.get(url(batch, id))
        #expect(page.status == 404)
        #expect(page.text.contains("The report of “\(name)” is missing or damaged on the disk."))
      }
    }
  }
}

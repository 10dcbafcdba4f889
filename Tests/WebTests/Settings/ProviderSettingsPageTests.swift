import BatchReports
import Foundation
import TestSupport
import Testing
import WebTestSupport

@testable import Web

@Suite(.serialized) struct ProviderSettingsPageTests {
  @Test("Admins see which providers are on, and how to switch the others on; others see nothing")
  func page() async throws {
    try await ReportServer.run { server in
      let page = try await server.browser(server.desk.admin).get("/settings/providers")
      #expect(page.status == 200)
      for provider in PaidProvider.allCases {
        #expect(page.text.contains(provider.title) && page.text.contains("BATCH_\(provider.rawValue.uppercased())_KEY"))
      }
      #expect(page.text.contains("A lead waits for it") && page.text.contains("A report does without it"))
      for account in [server.desk.viewer, server.desk.operatorAccount] {
        #expect(try await server.browser(account).get("/settings/providers").status == 403)
      }
    }
  }

  @Test("One that does not answer says since when, and when it is tried again")
  func notice() {
    let now = BatchDesk.noon
    let state = ProviderState(provider: .semrush, host: "api.semrush.com", silentSince: now, nextProbe: now.addingTimeInterval(30))
    let later = now.addingTimeInterval(30).rfc3339
    #expect(state.notice == "Semrush has not answered since \(now.rfc3339). Leads that need it wait; it is tried again at \(later).")
    #expect(ProviderState(provider: .hunter, host: "x", silentSince: now, nextProbe: now).notice.contains("Reports are made without it"))
    #expect(ProviderState(provider: .hunter, host: "x").notice == "" && !ProviderState(provider: .hunter, host: nil).isOn)
  }

  @Test("What providers say is never markup in a report, and what was not measured says why")
  func report() async throws {
    let attack = "\"><script>alert(1)</script><img src=x onerror=alert(2)>"
    try await ReportServer.run(leads: 1) { server in
      let batch = try await server.start("Paid")
      let engine = try await server.engine()
      let claim = try await engine.claim(1)[0]
      try await engine.complete(claim) { report in
        report.providers = [
          ProviderPart(.dataAxle, facts: [Fact(name: attack, value: attack)]), ProviderPart(.openai, facts: [], text: attack),
          ProviderPart(.hunter, notMeasured: "it did not answer in time"),
          ProviderPart(.screenshotone, facts: [], image: Data([0xFF, 0xD8, 0xFF, 0xD9])),
        ]
      }
      let browser = try await server.browser(server.desk.viewer)
      let url = "/batches/\(batch.id.text)/leads/\(claim.leadID.text)/report"
      for path in [url, url + "?download=1"] {
        let text = try await browser.get(path).text
        #expect(text.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && !text.contains("<script>alert") && !text.contains("<img src=x"))
        #expect(text.contains("Not measured: it did not answer in time."))
        #expect(text.contains("data:image/jpeg;base64,/9j/2Q=="))
      }
    }
  }
}

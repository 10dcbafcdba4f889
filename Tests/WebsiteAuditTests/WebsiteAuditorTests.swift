import BatchReports
import Foundation
import HTTPFetch
import Testing

@testable import WebsiteAudit

@Suite("Auditing a website")
struct WebsiteAuditorTests {
  private static func page(_ change: (inout PageFixture) -> Void = { _ in }) -> ScriptedNetwork.Reply {
    var fixture = GoodPage.fixture
    change(&fixture)
    return .page(fixture.answer)
  }
  private static func plainPage() -> ScriptedNetwork.Reply { page { $0.url = "http://bakery.example/" } }

  @Test("a good page has a full report")
  func goodReport() async throws {
    let report = try await ScriptedNetwork(["https://bakery.example": [Self.page()]]).audit("bakery.example")
    #expect(report.score == 100)
    #expect(report.sections.map(\.section) == ReportSection.allCases)
    #expect(report.sections.allSatisfy { $0.score == 100 && $0.failed == 0 })
    #expect(report.findings.count == 78)
    #expect(report.topFixes.isEmpty)
    #expect(report.leadName == "Miller's Bakery" && report.website == "bakery.example" && report.templateVersion == "website-audit:v1")
    #expect(report.finalURL == "https://bakery.example/" && report.fetchedAt == PageFixture.fetchedAt)
    let unmeasured = report.notMeasured.map(\.what).joined()
    for word in ["LCP", "CLS", "INP", "TBT", "Contrast", "Rankings", "backlinks", "Reviews"] { #expect(unmeasured.contains(word)) }
    let facts = Dictionary(uniqueKeysWithValues: report.facts.map { ($0.name, $0.value) })
    #expect(facts["TLS version"] == "TLSv1.3")
    #expect(facts["Time to first byte"] == "200 ms")
    #expect(facts["Certificate expires"] == "2026-03-02")
    #expect(facts["Compression"] == "none")
  }

  @Test("the same page gives the same report twice")
  func deterministic() async throws {
    let network = ScriptedNetwork(["https://bakery.example": [Self.page()]])
    #expect(try await network.audit("bakery.example") == network.audit("bakery.example"))
  }

  @Test("many audits at once do not disturb each other")
  func concurrent() async throws {
    let network = ScriptedNetwork(["https://bakery.example": [Self.page()]])
    let expected = try await network.audit("bakery.example")
    try await withThrowingTaskGroup(of: Report.self) { group in
      for _ in 0..<50 { group.addTask { try await network.audit("bakery.example") } }
      for try await report in group { #expect(report == expected) }
    }
  }

  @Test("only the sections asked for are answered")
  func sections() async throws {
    let report = try await ScriptedNetwork(["https://bakery.example": [Self.page()]]).audit("bakery.example", sections: [.safe, .fast])
    #expect(report.sections.map(\.section) == [.safe, .fast])
    #expect(Set(report.findings.map(\.section)) == [.safe, .fast])
  }

  @Test("a poor page names its three gravest faults")
  func poorPage() async throws {
    let html = "<p>Lorem ipsum</p><img src=a.jpg>"
    let network = ScriptedNetwork([
      "http://poor.example": [.page(PageFixture(html: html, url: "http://poor.example/", httpVersion: .http1_1).answer)]
    ])
    let report = try await network.audit("http://poor.example")
    #expect(report.score < 40)
    #expect(report.topFixes.count == 3)
    #expect(report.topFixes.contains { $0.check == 46 })
    #expect(report.topFixes.allSatisfy { !$0.title.isEmpty && !$0.why.isEmpty && !$0.how.isEmpty })
  }

  @Test("a 4xx page with HTML is a report with a critical finding")
  func clientError() async throws {
    let report = try await ScriptedNetwork(["https://bakery.example": [Self.page { $0.status = 404 }]]).audit("bakery.example")
    let status = report.findings.first { $0.check == 1 }
    #expect(status?.result == .failed && status?.severity == .critical && status?.evidence == "HTTP status 404")
    #expect(report.sections.first { $0.section == .found }?.score == 49)
  }

  @Test("an empty page is a report with a critical finding")
  func emptyPage() async throws {
    let report = try await ScriptedNetwork(["https://bakery.example": [Self.page { $0.html = "" }]]).audit("bakery.example")
    #expect(report.findings.first { $0.check == 1 }?.result == .failed)
    #expect(report.score < 70)
  }

  // MARK: which address is tried

  @Test(
    "a bare website is tried over https, then over http when https is shut",
    arguments: [
      FetchError.connectFailed(detail: ""), .tlsFailed(detail: ""), .timedOut(seconds: 8),
    ])
  func bareWebsite(error: FetchError) async throws {
    let network = ScriptedNetwork(["https://bakery.example": [.error(error)], "http://bakery.example": [Self.plainPage()]])
    let report = try await network.audit(" bakery.example ")
    #expect(network.requests.map(\.url) == ["https://bakery.example", "http://bakery.example"])
    #expect(report.findings.first { $0.check == 3 }?.result == .failed)
    #expect(report.findings.first { $0.check == 3 }?.evidence.contains("https could not be reached") == true)
  }

  @Test("a page that is slow over https is not asked for again over http")
  func slowPage() async {
    let network = ScriptedNetwork(["https://bakery.example": [.error(FetchError.timedOut(seconds: 20))]])
    #expect(await failure { try await network.audit("bakery.example") }?.code == .timeout)
    #expect(network.requests.count == 1)
  }

  @Test("a name that does not exist is not tried twice")
  func unknownName() async {
    let network = ScriptedNetwork(["https://bakery.example": [.error(FetchError.nameNotResolved(host: "bakery.example"))]])
    let failure = await failure { try await network.audit("bakery.example") }
    #expect(failure == LeadFailure(.dnsFailed, "The name bakery.example does not exist in DNS."))
    #expect(network.requests.count == 1)
  }

  @Test("a given scheme is respected")
  func givenScheme() async throws {
    let network = ScriptedNetwork([
      "http://bakery.example/": [Self.plainPage()], "HTTPS://bakery.example": [.error(FetchError.tlsFailed(detail: ""))],
    ])
    _ = try await network.audit("http://bakery.example/")
    let failure = await failure { try await network.audit("HTTPS://bakery.example") }
    #expect(failure?.code == .tlsFailed)
    #expect(network.requests.map(\.url) == ["http://bakery.example/", "HTTPS://bakery.example"])
  }

  @Test("a page with an invalid certificate is fetched once without trust, and the report says so")
  func invalidCertificate() async throws {
    let network = ScriptedNetwork(["https://bakery.example": [.error(FetchError.certificateInvalid(.expired)), Self.page()]])
    let report = try await network.audit("bakery.example")
    #expect(network.requests.map(\.verifiesCertificate) == [true, false])
    let certificate = report.findings.first { $0.check == 5 }
    #expect(certificate?.result == .failed && certificate?.severity == .critical)
    #expect(certificate?.evidence.contains("it has expired") == true)
  }

  @Test("the tries share the timeout")
  func sharedTimeout() async throws {
    let network = ScriptedNetwork(["http://bakery.example": [Self.plainPage()]])
    let ticks = TickingClock(start: PageFixture.fetchedAt, step: 3)
    let auditor = WebsiteAuditor(fetch: network.fetch, now: { ticks.now() })
    _ = try await auditor.audit(
      AuditSubject(leadID: UUID(), leadName: "", website: "bakery.example", templateVersion: "", extraRequests: false, timeout: 20))
    #expect(network.requests.map(\.timeout) == [17, 14])
  }

  // MARK: failures

  private func failure(_ work: () async throws -> Report) async -> LeadFailure? {
    do {
      _ = try await work()
      return nil
    } catch {
      return error as? LeadFailure
    }
  }

  @Test(
    "each error of the fetch has its code and a sentence about the site",
    arguments: [
      (
        FetchError.addressRefused(address: "10.0.0.1"), LeadErrorCode.privateAddress,
        "bakery.example leads to 10.0.0.1, which is not a public address."
      ),
      (.nameNotResolved(host: ""), .dnsFailed, "The name bakery.example does not exist in DNS."),
      (.connectFailed(detail: "refused"), .connectFailed, "bakery.example did not accept a connection."),
      (.tlsFailed(detail: "alert"), .tlsFailed, "No secure connection to bakery.example could be made."),
      (
        .certificateInvalid(.selfSigned), .tlsFailed,
        "The certificate of bakery.example cannot be trusted: it is signed by the site itself."
      ),
      (.timedOut(seconds: 20), .timeout, "bakery.example did not answer within 20 s."),
      (.timedOut(seconds: 2.5), .timeout, "bakery.example did not answer within 2.5 s."),
      (.tooManyRedirects(limit: 10), .tooManyRedirects, "bakery.example redirected more than 10 times."),
      (.tooLarge(limit: 5_242_880), .tooLarge, "The home page of bakery.example is larger than 5.0 MB."),
      (.compressedRepeatedly, .notHTML, "bakery.example sent no web page but something compressed more than once."),
      (.brokenTransfer(detail: "reset"), .connectFailed, "bakery.example broke off the connection."),
      (.invalidURL("x"), .noWebsite, "\"bakery.example\" is not a web address."),
    ])
  func errors(error: FetchError, code: LeadErrorCode, message: String) async {
    let failure = await failure { try await ScriptedNetwork(["https://bakery.example": [.error(error)]]).audit("https://bakery.example") }
    #expect(failure == LeadFailure(code, message))
  }

  @Test(
    "a website that is none is no website",
    arguments: [
      "", "  ", "https://", "not a website", "http://a b", "ftp://a.example", "info@bakery.example", "mailto:info@bakery.example",
    ])
  func noWebsite(website: String) async {
    let failure = await failure { try await ScriptedNetwork([:]).audit(website) }
    #expect(failure?.code == .noWebsite)
  }

  @Test("both doors shut is a failure to connect")
  func bothShut() async {
    #expect(await failure { try await ScriptedNetwork([:]).audit("bakery.example") }?.code == .connectFailed)
  }

  @Test(
    "server errors and a call to slow down fail the lead, with the wait that was asked for",
    arguments: [
      (500, nil, LeadErrorCode.http5xx, nil), (503, "120", .http5xx, 120), (429, "30", .http429, 30),
      (429, "Thu, 01 Jan 2026 00:01:00 GMT", .http429, 60),
      (429, "soon", .http429, nil), (429, "Thursday, 01-Jan-26 00:02:00 GMT", .http429, 120),
      (429, "Thu, 01 Jan 2015 00:01:00 GMT", .http429, 0), (429, "999999999999999999999999", .http429, 86_400),
    ] as [(Int, String?, LeadErrorCode, Double?)])
  func serverErrors(status: Int, retryAfter: String?, code: LeadErrorCode, wait: Double?) async {
    let reply = Self.page { fixture in
      fixture.status = status
      if let retryAfter { fixture.headers.append(HTTPHeader("Retry-After", retryAfter)) }
    }
    let failure = await failure { try await ScriptedNetwork(["https://bakery.example": [reply]]).audit("bakery.example") }
    #expect(failure?.code == code)
    #expect(failure?.retryAfter == wait)
    #expect(failure?.message.contains("bakery.example") == true)
  }

  @Test(
    "what is no page is not HTML",
    arguments: [
      ("application/pdf", "%PDF-1.7", false), ("text/html", "%PDF-1.7", false), ("application/json", "{}", false),
      ("text/plain", "<html>", false), ("", "hello", false),
      ("", " <!DOCTYPE html><p>", true), ("", "<htmlx>", false), ("application/octet-stream", "<html><p>", true),
      ("application/octet-stream", "", false), ("", "", true),
      ("Text/HTML; charset=utf-8", "hello", true), ("application/xhtml+xml", "<?xml?>", true),
    ])
  func notHTML(type: String, body: String, isPage: Bool) async {
    let reply = Self.page { fixture in
      fixture.headers = type.isEmpty ? [] : [HTTPHeader("content-type", type)]
      fixture.html = body
    }
    let failure = await failure { try await ScriptedNetwork(["https://bakery.example": [reply]]).audit("bakery.example") }
    #expect(failure?.code == (isPage ? nil : .notHTML))
  }

  @Test("cancellation passes as cancellation", arguments: [true, false])
  func cancellation(byFetcher: Bool) async {
    let reply: ScriptedNetwork.Reply = byFetcher ? .error(FetchError.cancelled) : .error(CancellationError())
    await #expect(throws: CancellationError.self) { try await ScriptedNetwork(["https://bakery.example": [reply]]).audit("bakery.example") }
  }

  private struct Surprise: Error {}

  @Test("an error that no fetcher should throw is our own fault")
  func unexpected() async {
    let failure = await failure { try await ScriptedNetwork(["https://bakery.example": [.error(Surprise())]]).audit("bakery.example") }
    #expect(failure?.code == .internal)
  }
}

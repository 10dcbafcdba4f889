import BatchReports
import Foundation
import HTTPFetch
import Synchronization
import Testing

@testable import WebsiteAudit

@Suite("Requests that keep their turns")
struct PoliteFetchTests {
  private let clock = SleepingClock()
  private let gate: HostGate

  init() {
    let clock = clock
    gate = HostGate(pause: 0.5, now: { clock.now }, sleep: { try clock.sleep($0) })
  }

  private func polite(_ network: ScriptedNetwork, _ visit: HostGate.Visit = HostGate.Visit()) -> PoliteFetch {
    PoliteFetch(fetch: network.fetch, gate: gate, visit: visit, longestHold: 60, now: { PageFixture.fetchedAt })
  }

  private static func redirect(_ url: String, to target: String, cookies: [String] = []) -> ScriptedNetwork.Reply {
    var page = PageFixture(url: url, status: 302).answer
    page.redirectTarget = target
    page.cookies = cookies
    return .page(page)
  }

  private static func page(_ url: String, status: Int = 200, _ headers: [HTTPHeader] = [], html: String = "") -> ScriptedNetwork.Reply {
    .page(PageFixture(html: html, url: url, status: status, headers: headers).answer)
  }

  @Test("a chain of redirects is one page, its hops asked one by one with their cookies, each host with its pause")
  func chain() async throws {
    let network = ScriptedNetwork([
      "http://a.example/": [Self.redirect("http://a.example/", to: "http://a.example/home", cookies: ["seen"])],
      "http://a.example/home": [Self.redirect("http://a.example/home", to: "https://b.example/")],
      "https://b.example/": [Self.page("https://b.example/")],
    ])
    var request = FetchRequest(url: "http://a.example/", headers: [HTTPHeader("Authorization", "x"), HTTPHeader("X-Kept", "y")], timeout: 20)
    request.maximumRedirects = 2
    let page = try await polite(network).page(request)
    #expect(
      page.redirects == [
        Redirect(status: 302, from: "http://a.example/", to: "http://a.example/home"),
        Redirect(status: 302, from: "http://a.example/home", to: "https://b.example/"),
      ])
    #expect(page.requestedURL == "http://a.example/" && page.finalURL == "https://b.example/")
    let one = PageFixture().answer.timings.total
    #expect(abs(page.timings.redirect - 2 * one) < 0.001 && abs(page.timings.total - 3 * one) < 0.001)
    let asked = network.requests
    #expect(asked.allSatisfy { !$0.followsRedirects })
    #expect(asked.map(\.cookies) == [[], ["seen"], []])
    #expect(asked.map { $0.headers.map(\.name) } == [["Authorization", "X-Kept"], ["Authorization", "X-Kept"], ["X-Kept"]])
    #expect(abs(asked[2].timeout - (20 - 2 * one)) < 0.001)
    #expect(clock.sleeps == [0.5])
  }

  @Test("too many redirects, another scheme, an address that is none and a redirect that is not to be followed")
  func ends() async throws {
    let visit = HostGate.Visit()
    let loop = ScriptedNetwork(["http://a.example/": [Self.redirect("http://a.example/", to: "http://a.example/")]])
    await #expect(throws: FetchError.tooManyRedirects(limit: 3)) {
      try await polite(loop, visit).page(FetchRequest(url: "http://a.example/", maximumRedirects: 3))
    }
    #expect(loop.requests.count == 4)
    let kept = try await polite(loop, visit).page(FetchRequest(url: "http://a.example/", maximumRedirects: 0))
    #expect(kept.status == 302 && kept.redirects.isEmpty)
    let ftp = ScriptedNetwork(["http://b.example/": [Self.redirect("http://b.example/", to: "ftp://b.example/")]])
    await #expect { try await polite(ftp).page(FetchRequest(url: "http://b.example/")) } throws: {
      if case .brokenTransfer = $0 as? FetchError { true } else { false }
    }
    let nothing = ScriptedNetwork(["http://": [.error(FetchError.invalidURL("http://"))]])
    await #expect(throws: FetchError.invalidURL("http://")) { try await polite(nothing).page(FetchRequest(url: "http://")) }
  }

  @Test("a time-out tells the whole limit, and one that the hops before have used up ends the chain")
  func timeouts() async throws {
    let slow = ScriptedNetwork([
      "http://a.example/": [Self.redirect("http://a.example/", to: "http://b.example/")],
      "http://b.example/": [.error(FetchError.timedOut(seconds: 20 - PageFixture().answer.timings.total))],
    ])
    let visit = HostGate.Visit()
    await #expect(throws: FetchError.timedOut(seconds: 20)) { try await polite(slow, visit).page(FetchRequest(url: "http://a.example/", timeout: 20)) }
    await #expect(throws: FetchError.timedOut(seconds: 0.1)) { try await polite(slow, visit).page(FetchRequest(url: "http://a.example/", timeout: 0.1)) }
  }

  @Test(
    "a Retry-After with 429 or 503 holds the host's other leads back, up to the limit; with another status it does not",
    arguments: [(429, "7", 7.0), (503, "7", 7), (429, "3600", 60), (429, "soon", 0), (500, "7", 0), (200, "7", 0)])
  func retryAfter(status: Int, value: String, hold: Double) async throws {
    let network = ScriptedNetwork(["http://a.example/": [Self.page("http://a.example/", status: status, [HTTPHeader("Retry-After", value)])]])
    let visit = HostGate.Visit()
    _ = try await polite(network, visit).page(FetchRequest(url: "http://a.example/"))
    gate.leave(visit)
    let next = polite(network)
    if hold > 2 {
      await #expect(throws: HostGate.Busy(seconds: hold)) { try await next.page(FetchRequest(url: "http://a.example/")) }
    } else {
      _ = try await next.page(FetchRequest(url: "http://a.example/"))
    }
  }

  @Test("a Crawl-delay in robots.txt is kept from the next request on")
  func crawlDelay() async throws {
    let network = ScriptedNetwork([
      "http://a.example/robots.txt": [Self.page("http://a.example/robots.txt", html: "User-agent: *\nCrawl-delay: 4")],
      "http://a.example/sitemap.xml": [Self.page("http://a.example/sitemap.xml")],
    ])
    let polite = polite(network)
    _ = try await polite.page(FetchRequest(url: "http://a.example/robots.txt"))
    _ = try await polite.page(FetchRequest(url: "http://a.example/sitemap.xml"))
    #expect(clock.sleeps == [4])
  }

  @Test("an audit of a host in use is no failure of the lead")
  func busy() async throws {
    let holder = HostGate.Visit()
    try await gate.enter("a.example", holder)
    let network = ScriptedNetwork([:])
    let subject = AuditSubject(leadID: UUID(), leadName: "A", website: "http://a.example/", templateVersion: "website-audit:v1")
    await #expect(throws: HostGate.Busy.self) { try await WebsiteAuditor(fetch: polite(network).page).audit(subject) }
    #expect(network.requests.isEmpty)
  }
}

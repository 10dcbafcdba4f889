import BatchReports
import Foundation
import HTTPFetch
import Synchronization
import Testing

@testable import WebsiteAudit

/// Tells a later time at each question.
final class TickingClock: Sendable {
  private let time: Mutex<Date>
  private let step: Double
  init(start: Date, step: Double) {
    time = Mutex(start)
    self.step = step
  }
  func now() -> Date {
    time.withLock { time in
      defer { time += step }
      return time
    }
  }
}

@Suite("The requests beside the home page")
struct ExtraRequestTests {
  private static func answer(_ url: String, _ body: String = "", status: Int = 200, _ headers: [HTTPHeader] = []) -> ScriptedNetwork.Reply {
    .page(PageFixture(html: body, url: url, status: status, headers: headers).answer)
  }

  private static let home = "https://bakery.example"
  private func network(_ replies: [String: ScriptedNetwork.Reply]) -> ScriptedNetwork {
    let standing = [Self.home: [.page(GoodPage.fixture.answer)], Self.home + "/robots.txt": [Self.answer(Self.home + "/robots.txt", status: 404)]]
    return ScriptedNetwork(replies.mapValues { [$0] }.merging(standing) { given, _ in given })
  }
  private func results(_ replies: [String: ScriptedNetwork.Reply]) async throws -> [Int: Finding] {
    let report = try await network(replies).audit("bakery.example", extraRequests: true)
    return Dictionary(uniqueKeysWithValues: report.findings.map { ($0.check, $0) })
  }

  @Test("are three, small, one after another, and go to the final host")
  func requests() async throws {
    let network = network([:])
    _ = try await network.audit("bakery.example", extraRequests: true)
    let extra = network.requests.dropFirst()
    #expect(extra.map(\.url) == ["https://bakery.example/robots.txt", "https://bakery.example/sitemap.xml", "http://bakery.example/"])
    #expect(extra.allSatisfy { $0.maximumBytes == 512 * 1024 && $0.timeout == 5 })
    #expect(extra.last?.maximumRedirects == 0)
  }

  @Test("a sitemap named in robots.txt needs no second request")
  func sitemapInRobots() async throws {
    let network = network([
      "https://bakery.example/robots.txt": Self.answer("https://bakery.example/robots.txt", "Sitemap: https://bakery.example/s.xml")
    ])
    let report = try await network.audit("bakery.example", extraRequests: true)
    #expect(report.findings.first { $0.check == 28 }?.evidence == "robots.txt: https://bakery.example/s.xml")
    #expect(!network.requests.contains { $0.url.hasSuffix("/sitemap.xml") })
  }

  @Test("none of them can fail the lead")
  func failures() async throws {
    for error in [
      FetchError.timedOut(seconds: 5), .tooManyRedirects(limit: 5), .tlsFailed(detail: ""), .brokenTransfer(detail: ""),
      .addressRefused(address: "10.0.0.1"), .nameNotResolved(host: "x"), .invalidURL("x"),
    ] {
      let reply = ScriptedNetwork.Reply.error(error)
      let results = try await results([
        "https://bakery.example/robots.txt": reply, "https://bakery.example/sitemap.xml": reply, "http://bakery.example/": reply,
      ])
      for number in [4, 26, 27, 28] { #expect(results[number]?.result == .notMeasured, "check \(number), \(error)") }
    }
  }

  @Test(
    "robots.txt answers by its status",
    arguments: [
      (404, Finding.Result.passed, Finding.Result.passed), (503, .failed, .notMeasured), (429, .notMeasured, .notMeasured),
      (304, .notMeasured, .notMeasured),
    ])
  func robotsStatus(status: Int, parses: Finding.Result, allows: Finding.Result) async throws {
    let results = try await results(["https://bakery.example/robots.txt": Self.answer("https://bakery.example/robots.txt", status: status)])
    #expect(results[26]?.result == parses)
    #expect(results[27]?.result == allows)
  }

  @Test("what robots.txt disallows, for us or for all, is not asked for, and the report says so")
  func disallowed() async throws {
    for (agent, path, asked) in [
      ("*", "/", 2), ("BatchReports", "/", 2), ("otherbot", "/", 4), ("*", "/sitemap.xml", 3), ("*", "/private", 4),
    ] {
      let robots = Self.answer("https://bakery.example/robots.txt", "User-agent: \(agent)\nDisallow: \(path)")
      let network = network(["https://bakery.example/robots.txt": robots])
      let report = try await network.audit("bakery.example", extraRequests: true)
      #expect(network.requests.count == asked, "\(agent) \(path)")
      let reasons = report.notMeasured.filter { $0.why == "robots.txt asks not to" }
      #expect(reasons.count == 4 - asked)
      if asked < 4 { #expect(report.findings.first { $0.check == 28 }?.evidence == "robots.txt asks not to") }
    }
  }

  @Test("a site whose robots.txt cannot be had is asked for nothing more")
  func unreachable() async throws {
    for reply in [
      ScriptedNetwork.Reply.error(FetchError.timedOut(seconds: 5)), Self.answer("https://bakery.example/robots.txt", status: 503),
      Self.answer("https://bakery.example/robots.txt", status: 429),
    ] {
      let network = network(["https://bakery.example/robots.txt": reply])
      let report = try await network.audit("bakery.example", extraRequests: true)
      #expect(network.requests.count == 2)
      for number in [4, 28] { #expect(report.findings.first { $0.check == number }?.result == .notMeasured) }
    }
  }

  @Test("a robots.txt that blocks the page fails check 27")
  func blocked() async throws {
    let results = try await results([
      "https://bakery.example/robots.txt": Self.answer("https://bakery.example/robots.txt", "User-agent: *\nDisallow: /")
    ])
    #expect(results[27]?.result == .failed)
  }

  @Test(
    "/sitemap.xml must be a sitemap",
    arguments: [
      ("<?xml?><urlset>", 200, Finding.Result.passed), ("<sitemapindex>", 200, .passed), ("<html>", 200, .failed), ("", 404, .failed),
      ("", 503, .notMeasured),
    ])
  func sitemap(body: String, status: Int, result: Finding.Result) async throws {
    let results = try await results([
      "https://bakery.example/sitemap.xml": Self.answer("https://bakery.example/sitemap.xml", body, status: status)
    ])
    #expect(results[28]?.result == result)
  }

  @Test(
    "a sitemap's redirect is followed only where this host's robots.txt allows it",
    arguments: [
      ("/maps/all.xml", "https://bakery.example/maps/all.xml", Finding.Result.passed),
      ("/private/all.xml", "https://bakery.example/private/all.xml", .notMeasured),
      ("https://other.example/all.xml", "https://other.example/all.xml", .notMeasured),
    ])
  func redirectedSitemap(location: String, target: String, result: Finding.Result) async throws {
    let network = network([
      "https://bakery.example/robots.txt": Self.answer("https://bakery.example/robots.txt", "User-agent: *\nDisallow: /private"),
      "https://bakery.example/sitemap.xml": Self.answer(
        "https://bakery.example/sitemap.xml", status: 301, [HTTPHeader("Location", location)]),
      target: Self.answer(target, "<urlset>"),
    ])
    let report = try await network.audit("bakery.example", extraRequests: true)
    #expect(report.findings.first { $0.check == 28 }?.result == result)
    #expect(network.requests.contains { $0.url == target } == (result == .passed))
  }

  @Test("a sitemap too large to read is there all the same")
  func largeSitemap() async throws {
    let results = try await results(["https://bakery.example/sitemap.xml": .error(FetchError.tooLarge(limit: 524_288))])
    #expect(results[28]?.result == .passed)
  }

  @Test(
    "http must redirect to https",
    arguments: [
      (301, "https://bakery.example/", Finding.Result.passed), (301, "http://www.bakery.example/", .failed), (302, "/home", .failed),
      (200, nil, .failed), (301, nil, .failed), (301, "mailto:x", .failed),
    ] as [(Int, String?, Finding.Result)])
  func plainHTTP(status: Int, location: String?, result: Finding.Result) async throws {
    let headers = location.map { [HTTPHeader("Location", $0)] } ?? []
    let results = try await results(["http://bakery.example/": Self.answer("http://bakery.example/", status: status, headers)])
    #expect(results[4]?.result == result)
  }

  @Test("a site that is on http anyway needs no question, one on another port is not asked")
  func notAsked() async throws {
    let plain = ScriptedNetwork([
      "http://bakery.example": [.page(PageFixture(html: "<p>x", url: "http://bakery.example/").answer)],
      "http://bakery.example/robots.txt": [Self.answer("http://bakery.example/robots.txt", status: 404)],
    ])
    let report = try await plain.audit("http://bakery.example", extraRequests: true)
    #expect(report.findings.first { $0.check == 4 }?.result == .failed)
    #expect(plain.requests.count == 3)
    let oddPort = ScriptedNetwork([
      "http://127.0.0.2:8099": [.page(PageFixture(html: "<p>x", url: "http://127.0.0.2:8099/").answer)],
      "http://127.0.0.2:8099/robots.txt": [Self.answer("http://127.0.0.2:8099/robots.txt", status: 404)],
    ])
    let odd = try await oddPort.audit("http://127.0.0.2:8099", extraRequests: true)
    #expect(odd.findings.first { $0.check == 4 }?.result == .notApplicable)
    #expect(
      oddPort.requests.map(\.url) == ["http://127.0.0.2:8099", "http://127.0.0.2:8099/robots.txt", "http://127.0.0.2:8099/sitemap.xml"])
  }

  @Test("a site with a faulty certificate is not asked for trust again")
  func untrusted() async throws {
    let network = ScriptedNetwork([Self.home: [.error(FetchError.certificateInvalid(.wrongHost)), .page(GoodPage.fixture.answer)]])
    _ = try await network.audit("bakery.example", extraRequests: true)
    #expect(network.requests.dropFirst().allSatisfy { !$0.verifiesCertificate })
  }

  @Test("cancellation in one of them ends the audit")
  func cancelled() async {
    for error in [FetchError.cancelled as any Error & Sendable, CancellationError()] {
      await #expect(throws: CancellationError.self) { try await self.results(["https://bakery.example/robots.txt": .error(error)]) }
    }
  }
}

import BatchReports
import Foundation
import HTTPFetch
import Synchronization

@testable import WebsiteAudit

/// A page as it would come from a well-kept server; a test changes only what it is about.
struct PageFixture {
  static let fetchedAt = Date(timeIntervalSince1970: 1_767_225_600)  // 2026-01-01

  var html = ""
  var url = "https://bakery.example/"
  var status = 200
  var headers: [HTTPHeader] = [HTTPHeader("Content-Type", "text/html; charset=utf-8")]
  var redirects: [Redirect] = []
  var httpVersion = HTTPVersion.http2
  var tls: TLSFacts? = TLSFacts(version: "TLSv1.3", issuer: "Example CA", expires: fetchedAt.addingTimeInterval(60 * 86_400))
  var firstByte = 0.2
  var redirectTime = 0.0
  var extra: ExtraAnswers?
  /// Replaces the UTF-8 bytes of `html`.
  var body: Data?

  var answer: FetchedPage {
    var timings = FetchTimings()
    timings.firstByte = firstByte
    timings.redirect = redirectTime
    timings.total = redirectTime + firstByte + 0.1
    let body = body ?? Data(html.utf8)
    return FetchedPage(
      requestedURL: url, finalURL: url, status: status, headers: headers, body: body, bytesReceived: body.count, redirects: redirects,
      timings: timings, remoteAddress: "192.0.2.7", httpVersion: httpVersion, tls: url.hasPrefix("https") ? tls : nil,
      fetchedAt: Self.fetchedAt)
  }

  var page: Page { PageParser.page(from: answer.body, contentType: answer.header("Content-Type")) }

  func audited() -> AuditedPage {
    guard let address = WebAddress(url) else { fatalError("the fixture needs an absolute address") }
    return AuditedPage(answer: answer, page: page, address: address, extra: extra)
  }

  func finding(_ number: Int) -> Finding {
    guard let check = CheckCatalogue.byNumber[number] else { fatalError("no check \(number)") }
    return check.finding(on: audited())
  }
}

/// The finding of one check on a piece of markup.
func finding(_ number: Int, _ html: String, _ change: (inout PageFixture) -> Void = { _ in }) -> Finding {
  var fixture = PageFixture(html: html)
  change(&fixture)
  return fixture.finding(number)
}

/// A page on which every check of the catalogue passes or does not apply.
enum GoodPage {
  static let words = Array(repeating: "Fresh bread and rolls every morning from our own oven in town.", count: 15).joined(separator: " ")

  static let html = """
    <!doctype html><html lang="en-US"><head><meta charset="utf-8"><title>Miller's Bakery – fresh bread in Springfield</title>
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="description" content="Family bakery in Springfield since 1962: sourdough, rolls and cakes, baked every morning. Order by phone or online.">
    <meta property="og:title" content="Miller's Bakery"><meta property="og:image" content="/shop.jpg">
    <link rel="canonical" href="https://bakery.example/"><link rel="icon" href="/icon.svg"><link rel="stylesheet" href="/style.css">
    <script src="/app.js" defer></script>
    <script type="application/ld+json">{"@context":"https://schema.org","@type":"Bakery","name":"Miller's Bakery","telephone":"+1 212-555-0123",
    "address":{"@type":"PostalAddress","streetAddress":"1 Main St"},"openingHours":"Mo-Sa 07:00-18:00"}</script></head>
    <body><header><a href="/">Miller's Bakery</a></header><main><h1>Fresh bread in Springfield</h1><h2>Every day</h2><p>\(words)</p>
    <img src="/shop.webp" alt="Our shop" width="600" height="400"><a href="tel:+12125550123">(212) 555-0123</a>
    <form action="/contact" method="post"><label>Your name <input name="name"></label><label for="m">Message</label>
    <textarea id="m" name="m"></textarea><button>Send the message</button></form></main>
    <footer><a href="/privacy">Privacy policy</a> <a href="https://www.facebook.com/millersbakery">Facebook</a> © 2019-2026 Miller's Bakery</footer></body></html>
    """

  static let headers = [
    HTTPHeader("Content-Type", "text/html; charset=utf-8"), HTTPHeader("Cache-Control", "max-age=600"),
    HTTPHeader("Strict-Transport-Security", "max-age=31536000"),
    HTTPHeader("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'"),
    HTTPHeader("X-Content-Type-Options", "nosniff"), HTTPHeader("Referrer-Policy", "strict-origin-when-cross-origin"),
    HTTPHeader("Server", "nginx"),
  ]

  static var fixture: PageFixture {
    PageFixture(
      html: html, headers: headers,
      extra: ExtraAnswers(
        robots: .file(RobotsFile("User-agent: *\nDisallow: /admin")), sitemap: .found("/sitemap.xml"),
        plainHTTP: .redirects(to: "https://bakery.example/")))
  }
}

/// A network in a table: each address gives one answer or one error, and every request is noted.
final class ScriptedNetwork: Sendable {
  enum Reply: Sendable {
    case page(FetchedPage)
    case error(any Error & Sendable)
  }
  private struct State {
    var replies: [String: [Reply]]
    var requests: [FetchRequest] = []
  }
  private let state: Mutex<State>

  init(_ replies: [String: [Reply]]) { state = Mutex(State(replies: replies)) }

  var requests: [FetchRequest] { state.withLock { $0.requests } }

  /// Several replies to one address are given in turn; the last one stays. An address that is not listed refuses the connection.
  @Sendable func fetch(_ request: FetchRequest) async throws -> FetchedPage {
    let reply = state.withLock { state -> Reply? in
      state.requests.append(request)
      guard let queue = state.replies[request.url], let first = queue.first else { return nil }
      if queue.count > 1 { state.replies[request.url]?.removeFirst() }
      return first
    }
    switch reply {
    case .page(let page): return page
    case .error(let error): throw error
    case nil: throw FetchError.connectFailed(detail: "not scripted")
    }
  }

  func audit(_ website: String, sections: [ReportSection] = ReportSection.allCases, extraRequests: Bool = false) async throws -> Report {
    try await WebsiteAuditor(fetch: fetch, now: { PageFixture.fetchedAt }).audit(
      AuditSubject(
        leadID: UUID(uuid: (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)), leadName: "Miller's Bakery", website: website,
        templateVersion: "website-audit:v1", sections: sections, extraRequests: extraRequests))
  }
}

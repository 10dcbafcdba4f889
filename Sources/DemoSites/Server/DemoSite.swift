import NIOCore

/// One website: what it answers to a path. Pure, but for the count of requests that it is told.
struct DemoSite: Sendable {
  let kind: SiteKind
  let business: SampleBusiness
  let traits: PageTraits
  let url: String
  let year: Int
  private let ordinal: Int

  init(index: Int, port: Int, year: Int) {
    kind = SitePlan.kind(at: index)
    business = SampleBusiness(index: index)
    traits = PageTraits.of(index: index, kind: kind)
    url = SiteAddress.url(at: index, port: port)
    ordinal = SitePlan.ordinal(at: index)
    self.year = year
  }

  /// Refusals before the home page is shown. The first flaky site needs a second batch: it refuses more often than a batch tries.
  var refusals: Int {
    switch kind {
    case .flaky: ordinal == 0 ? 5 : 1 + ordinal % 2
    case .rateLimited: 1
    default: 0
    }
  }

  /// The path on which the business's page stands; others on the way to it redirect.
  var homePath: String {
    switch kind {
    case .redirectsOnce: "/home"
    case .redirectsThreeTimes: "/en/home"
    default: "/"
    }
  }

  /// `refusalsSoFar` counts those since the last success.
  func reaction(to path: String, refusalsSoFar: Int) -> SiteReaction {
    switch kind {
    case .hangs: .silence
    case .resetsConnection: .resetConnection
    case .closesConnection: .closeConnection
    default: .answer(answer(to: path, refusalsSoFar: refusalsSoFar))
    }
  }

  private func answer(to path: String, refusalsSoFar: Int) -> SiteAnswer {
    if kind == .serverError {
      return SiteAnswer(status: 500, type: "text/html", text: "<h1>Internal Server Error</h1><p>PHP Fatal error in wp-config.php</p>\n")
    }
    if let location = redirect(from: path) { return location }
    guard path == homePath else { return SiteFileAnswers(site: self).answer(to: path) }
    if refusalsSoFar < refusals { return refusal }
    return home
  }

  private var refusal: SiteAnswer {
    kind == .rateLimited
      ? SiteAnswer(status: 429, type: "text/plain", headers: [("Retry-After", "1")], text: "Too many requests, come back in a second.\n")
      : SiteAnswer(status: 503, type: "text/html", text: "<h1>Service Unavailable</h1>\n")
  }

  private func redirect(from path: String) -> SiteAnswer? {
    switch (kind, path) {
    case (.redirectsOnce, "/"): .redirect(status: 301, to: "/home")
    case (.redirectsThreeTimes, "/"): .redirect(status: 302, to: url + "welcome")
    case (.redirectsThreeTimes, "/welcome"): .redirect(status: 301, to: "/en")
    case (.redirectsThreeTimes, "/en"): .redirect(status: 308, to: "/en/home")
    case (.redirectsForever, "/"): .redirect(status: 302, to: "/start")
    case (.redirectsForever, "/start"): .redirect(status: 302, to: "/")
    case (.redirectsToPrivate, "/"): .redirect(status: 302, to: "http://10.0.0.1/admin")
    default: nil
    }
  }

  private var home: SiteAnswer {
    switch kind {
    case .pdf:
      return SiteAnswer(type: "application/pdf", text: SiteFiles.brochure(of: business))
    case .notFound:
      return SiteAnswer(status: 404, type: "text/html; charset=utf-8", headers: headers, text: SiteFiles.notFoundPage(for: business))
    case .hostile:
      let page = HostilePage(business: business, url: url, variant: ordinal)
      return SiteAnswer(type: "text/html; charset=utf-8", headers: [("X-Powered-By", "<script>alert('header')</script>")], text: page.html)
    default:
      let page = HomePage(business: business, traits: traits, url: url, year: year)
      return ordinaryHome(ByteBuffer(string: page.html))
    }
  }

  private func ordinaryHome(_ page: ByteBuffer) -> SiteAnswer {
    let type = traits.flaws.contains(.tableLayout) ? "text/html" : "text/html; charset=utf-8"
    var answer = SiteAnswer(type: type, headers: headers, body: [page])
    switch kind {
    case .slow: answer.pace = .after(milliseconds: 1_500 + business.index * 397 % 1_501)
    case .drip:
      answer.body = page.cut(into: 17)
      answer.pace = .everyPiece(milliseconds: 250)
    case .large: answer.body += PriceList.pieces(count: 46)
    case .tooLarge: answer.body += PriceList.pieces(count: 92)
    default: answer.isCompressible = traits.strengths.contains(.compression)
    }
    return answer
  }

  private var headers: [(name: String, value: String)] {
    let strengths = traits.strengths
    var headers: [(name: String, value: String)] = [("Server", strengths.contains(.quietServer) ? "nginx" : "Apache/2.2.15 (CentOS)")]
    if !strengths.contains(.quietServer) { headers.append(("X-Powered-By", "PHP/5.4.\(business.index % 40)")) }
    if strengths.contains(.cachePolicy) { headers.append(("Cache-Control", "public, max-age=300")) }
    if strengths.contains(.securityHeaders) {
      headers += [
        ("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'"), ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"), ("Referrer-Policy", "strict-origin-when-cross-origin"),
      ]
    }
    if traits.flaws.contains(.sessionCookie) { headers.append(("Set-Cookie", "PHPSESSID=demo\(business.index); path=/")) }
    return headers
  }
}

import BatchReports
import Foundation
import HTTPFetch

/// The few requests beside the home page, one after another. None of them can fail the lead.
struct ExtraRequests: Sendable {
  private static let timeout = 5.0
  private static let maximumBytes = RobotsFile.byteLimit

  let fetch: WebsiteAuditor.Fetch
  let answer: FetchedPage
  let address: WebAddress

  /// Throws only `CancellationError`.
  func answers() async throws -> ExtraAnswers {
    let robots = try await robots()
    let sitemap = try await sitemap(robots)
    return ExtraAnswers(robots: robots, sitemap: sitemap, plainHTTP: try await plainHTTP(robots))
  }

  /// Why a path may not be asked for; nil when it may be. A site whose robots.txt cannot be had is asked for nothing more (RFC 9309, 2.3.1.4).
  private func objection(to path: String, _ robots: ExtraAnswers.Robots) -> String? {
    switch robots {
    case .file(let file): file.allows(path) ? nil : ExtraAnswers.robotsObjection
    case .absent: nil
    case .serverError(let status): "robots.txt answers HTTP \(status), so nothing more was asked for"
    case .unknown(let reason): "\(reason), so nothing more was asked for"
    }
  }

  private func robots() async throws -> ExtraAnswers.Robots {
    switch try await get(address.origin + "/robots.txt") {
    case .success(let page):
      switch page.status {
      case 200..<300:
        return .file(RobotsFile(page))
      // RFC 9309 lets 4xx mean "everything"; 429 says nothing about the file.
      case 429: return .unknown(reason: "robots.txt answers HTTP 429")
      case 400..<500: return .absent(status: page.status)
      case 500...: return .serverError(status: page.status)
      default: return .unknown(reason: "robots.txt answers HTTP \(page.status)")
      }
    case .failure(let error): return .unknown(reason: "robots.txt could not be fetched: \(error.words)")
    }
  }

  private func sitemap(_ robots: ExtraAnswers.Robots) async throws -> ExtraAnswers.Sitemap {
    if case .file(let file) = robots, let listed = file.sitemaps.first { return .found("robots.txt: \(listed)") }
    if let objection = objection(to: "/sitemap.xml", robots) { return .unknown(reason: objection) }
    switch try await sitemapPage(robots) {
    case .success(let page) where (300..<400).contains(page.status):
      return .unknown(reason: "/sitemap.xml redirects to a place that was not asked")
    case .success(let page) where (200..<300).contains(page.status):
      let start = String(decoding: page.body.prefix(4_096), as: UTF8.self)
      return start.contains(ascii: "<urlset") || start.contains(ascii: "<sitemapindex")
        ? .found(page.finalURL) : .missing("/sitemap.xml is no sitemap")
    case .success(let page) where page.status >= 500 || page.status == 429:
      return .unknown(reason: "/sitemap.xml answers HTTP \(page.status)")
    case .success(let page): return .missing("none in robots.txt, and /sitemap.xml answers HTTP \(page.status)")
    // A sitemap may hold 50 MB; one that is too large to read is there all the same.
    case .failure(.tooLarge): return .found("/sitemap.xml (large)")
    case .failure(let error): return .unknown(reason: "/sitemap.xml could not be fetched: \(error.words)")
    }
  }

  /// Follows redirects only where this very host's robots.txt allows the next hop: it says nothing about other hosts.
  private func sitemapPage(_ robots: ExtraAnswers.Robots) async throws -> Result<FetchedPage, FetchError> {
    var url = address.origin + "/sitemap.xml"
    for _ in 0..<5 {
      let result = try await get(url, maximumRedirects: 0)
      guard case .success(let page) = result, (300..<400).contains(page.status), let location = page.header("Location"),
        let target = WebAddress(url)?.resolving(location), target.host == address.host, objection(to: target.path, robots) == nil
      else { return result }
      url = target.origin + target.path
    }
    return .failure(.tooManyRedirects(limit: 5))
  }

  private func plainHTTP(_ robots: ExtraAnswers.Robots) async throws -> ExtraAnswers.PlainHTTP {
    guard address.usesDefaultPort else { return .notAsked(reason: "not on the standard port") }
    guard address.isHTTPS else { return .answers(status: answer.status) }
    if let objection = objection(to: "/", robots) { return .notAsked(reason: objection) }
    switch try await get("http://\(address.host)/", maximumRedirects: 0) {
    case .success(let page):
      guard (300..<400).contains(page.status), let location = page.header("Location") else { return .answers(status: page.status) }
      let base = WebAddress("http://\(address.host)/")
      guard let target = base?.resolving(location) else { return .answers(status: page.status) }
      return .redirects(to: target.origin + target.path)
    case .failure(let error): return .notAsked(reason: "http://\(address.host)/ could not be fetched: \(error.words)")
    }
  }

  private func get(_ url: String, maximumRedirects: Int = 5) async throws -> Result<FetchedPage, FetchError> {
    try Task.checkCancellation()
    // A certificate that was found faulty is not asked about again.
    let request = FetchRequest(
      url: url, timeout: Self.timeout, connectTimeout: Self.timeout, maximumBytes: Self.maximumBytes, maximumRedirects: maximumRedirects,
      verifiesCertificate: answer.tls?.problem == nil)
    do {
      return .success(try await fetch(request))
    } catch let error as FetchError {
      if error == .cancelled { throw CancellationError() }
      return .failure(error)
    } catch is CancellationError {
      throw CancellationError()
    } catch is HostGate.Busy {
      // A redirect to a host that another lead of ours is at: not worth fetching the home page again.
      return .failure(.brokenTransfer(detail: "the host is in use"))
    } catch {
      return .failure(.brokenTransfer(detail: "unexpected"))
    }
  }
}

extension FetchError {
  /// A few words for the reason why an extra answer is missing.
  var words: String {
    switch self {
    case .invalidURL: "not an address"
    case .addressRefused: "not a public address"
    case .nameNotResolved: "the name does not exist"
    case .connectFailed: "no connection"
    case .tlsFailed, .certificateInvalid: "no secure connection"
    case .timedOut: "no answer in time"
    case .tooManyRedirects: "too many redirects"
    case .tooLarge: "too large"
    case .compressedRepeatedly: "compressed more than once"
    case .brokenTransfer: "the connection broke off"
    case .cancelled: "cancelled"
    }
  }
}

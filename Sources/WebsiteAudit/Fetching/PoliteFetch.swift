import Foundation
import HTTPFetch

/// One lead's requests, each with its host's turn: every hop of a redirect too.
public struct PoliteFetch: Sendable {
  private let fetch: WebsiteAuditor.Fetch
  private let gate: HostGate
  private let visit: HostGate.Visit
  private let longestHold: Double
  private let now: @Sendable () -> Date

  /// - Parameters:
  ///   - fetch: one HTTP request, throwing `FetchError`.
  ///   - longestHold: seconds up to which a Retry-After holds the host's other leads back.
  public init(
    fetch: @escaping WebsiteAuditor.Fetch, gate: HostGate, visit: HostGate.Visit, longestHold: Double,
    now: @escaping @Sendable () -> Date = { Date() }
  ) {
    self.fetch = fetch
    self.gate = gate
    self.visit = visit
    self.longestHold = longestHold
    self.now = now
  }

  /// Throws what `fetch` throws, and `HostGate.Busy` when a host is not to be had now. Time spent waiting for turns uses up no timeout.
  @Sendable public func page(_ request: FetchRequest) async throws -> FetchedPage {
    var hop = request
    hop.followsRedirects = false
    var redirects: [Redirect] = []
    var earlier = 0.0
    while true {
      var page = try await turn(hop, of: request)
      if let last = redirects.indices.last { redirects[last].to = page.finalURL }
      guard request.maximumRedirects > 0, let target = page.redirectTarget else {
        page.requestedURL = request.url
        page.redirects = redirects
        page.timings.redirect = earlier
        page.timings.total += earlier
        return page
      }
      if redirects.count >= request.maximumRedirects { throw FetchError.tooManyRedirects(limit: request.maximumRedirects) }
      redirects.append(Redirect(status: page.status, from: page.finalURL, to: target))
      earlier += page.timings.total
      hop.timeout = request.timeout - earlier
      if hop.timeout <= 0 { throw FetchError.timedOut(seconds: request.timeout) }
      hop.cookies = page.cookies
      hop.url = target
      if Self.server(of: target) != Self.server(of: request.url) {
        hop.headers = request.headers.filter { !["authorization", "cookie"].contains($0.name.lowercased()) }
      }
    }
  }

  private func turn(_ hop: FetchRequest, of request: FetchRequest) async throws -> FetchedPage {
    guard let address = WebAddress(hop.url) else {
      if let scheme = WebAddress.scheme(of: hop.url), scheme != "http", scheme != "https" {
        throw FetchError.brokenTransfer(detail: "A redirect leads to the scheme \(scheme).")
      }
      return try await fetch(hop)
    }
    let host = address.host
    try await gate.enter(host, visit)
    do {
      let page = try await fetch(hop)
      gate.finish(host, hold: hold(page), crawlDelay: crawlDelay(page, address))
      return page
    } catch {
      gate.finish(host)
      if case .timedOut(hop.timeout) = error as? FetchError { throw FetchError.timedOut(seconds: request.timeout) }
      throw error
    }
  }

  private func hold(_ page: FetchedPage) -> Double {
    guard page.status == 429 || page.status == 503, let value = page.header("Retry-After") else { return 0 }
    return min(RetryAfter.seconds(value, now: now()) ?? 0, longestHold)
  }

  private func crawlDelay(_ page: FetchedPage, _ address: WebAddress) -> Double? {
    guard address.path == "/robots.txt", (200..<300).contains(page.status) else { return nil }
    return RobotsFile(page).crawlDelay
  }

  /// Name and port: what a secret of the caller's may be shown to.
  private static func server(of url: String) -> String? {
    WebAddress(url).map { "\($0.host):\($0.port ?? ($0.isHTTPS ? 443 : 80))" }
  }
}

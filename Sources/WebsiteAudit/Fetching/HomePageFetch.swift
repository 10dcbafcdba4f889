import BatchReports
import Foundation
import HTTPFetch

/// Gets the home page of a website as it stands on file: https first where no scheme is given, and once more without
/// trust where the certificate is at fault.
struct HomePageFetch: Sendable {
  struct Result: Sendable {
    var answer: FetchedPage
    var host: String
    /// Why http was taken, when https could not be had.
    var note: String?
  }

  private static let shortestTry = 1.0

  let fetch: WebsiteAuditor.Fetch
  let now: @Sendable () -> Date
  /// Seconds for all tries together.
  let timeout: Double

  /// Throws `LeadFailure` or `CancellationError`.
  func page(of website: String) async throws -> Result {
    let website = website.trimmed
    guard !website.isEmpty else { throw LeadFailure(.noWebsite, "No website is on file.") }
    let start = now()
    let isBare = !Self.hasWebScheme(website)
    let first = isBare ? "https://" + Self.withoutSlashes(website) : website
    guard !isBare || Self.mayBeBareAddress(website), let address = WebAddress(first) else {
      throw LeadFailure(.noWebsite, "\"\(Evidence.line(website))\" is not a web address.")
    }
    do {
      return Result(answer: try await tryFetch(first, since: start), host: address.hostAndPort)
    } catch let error as FetchError {
      guard isBare, leavesHopeForHTTP(error) else {
        throw FailureMapping.failure(for: error, host: address.hostAndPort)
      }
      return try await plainPage(website, address, since: start)
    } catch {
      throw FailureMapping.failure(for: error, host: address.hostAndPort)
    }
  }

  private func plainPage(_ website: String, _ address: WebAddress, since start: Date) async throws -> Result {
    do {
      let answer = try await tryFetch("http://" + Self.withoutSlashes(website), since: start)
      return Result(answer: answer, host: address.hostAndPort, note: "https could not be reached")
    } catch {
      throw FailureMapping.failure(for: error, host: address.hostAndPort)
    }
  }

  /// One try; a second one without verification when the certificate is the only fault.
  private func tryFetch(_ url: String, since start: Date) async throws -> FetchedPage {
    try Task.checkCancellation()
    var request = FetchRequest(url: url, timeout: left(since: start), connectTimeout: connectTimeout)
    do {
      return try await fetch(request)
    } catch FetchError.certificateInvalid(let problem) {
      request.verifiesCertificate = false
      request.timeout = left(since: start)
      var answer = try await fetch(request)
      // Where the second session does not repeat what was wrong, the first one's answer stands.
      if answer.tls != nil, answer.tls?.problem == nil { answer.tls?.problem = problem }
      return answer
    }
  }

  private var connectTimeout: Double { min(8, timeout) }

  private func left(since start: Date) -> Double { max(Self.shortestTry, timeout - now().timeIntervalSince(start)) }

  private static func hasWebScheme(_ website: String) -> Bool {
    let lowercased = website.lowercased()
    return lowercased.hasPrefix("http://") || lowercased.hasPrefix("https://")
  }

  /// Neither another scheme ("ftp://…") nor an email address in the wrong column.
  private static func mayBeBareAddress(_ website: String) -> Bool {
    let authority = withoutSlashes(website).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    return !authority.contains("@") && !authority.hasSuffix(":")
  }

  private static func withoutSlashes(_ website: String) -> String {
    website.hasPrefix("//") ? String(website.dropFirst(2)) : website
  }

  /// The server's https door is shut or broken, so its http door may be open. A name that does not resolve has neither.
  private func leavesHopeForHTTP(_ error: FetchError) -> Bool {
    switch error {
    case .connectFailed, .tlsFailed: true
    case .timedOut(let seconds): seconds <= connectTimeout && seconds < timeout
    default: false
    }
  }
}

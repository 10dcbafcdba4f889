import BatchReports
import Foundation
import HTTPFetch

/// The website that is to be audited, and for whom.
public struct AuditSubject: Sendable {
  public var leadID: UUID
  public var leadName: String
  /// As it stands on file: with or without scheme.
  public var website: String
  public var templateVersion: String
  /// The sections that the report's template has, in its order.
  public var sections: [ReportSection]
  /// Allows the requests beside the home page: robots.txt, sitemap, http to https.
  public var extraRequests: Bool
  /// Seconds for the home page, all tries at it together.
  public var timeout: Double

  public init(
    leadID: UUID, leadName: String, website: String, templateVersion: String, sections: [ReportSection] = ReportSection.allCases,
    extraRequests: Bool = true, timeout: Double = 20
  ) {
    self.leadID = leadID
    self.leadName = leadName
    self.website = website
    self.templateVersion = templateVersion
    self.sections = sections
    self.extraRequests = extraRequests
    self.timeout = timeout
  }
}

/// Audits one home page. It keeps nothing between two audits, so one value serves all.
public struct WebsiteAuditor: Sendable {
  public typealias Fetch = @Sendable (FetchRequest) async throws -> FetchedPage

  private let fetch: Fetch
  private let now: @Sendable () -> Date

  /// - Parameters:
  ///   - fetch: one HTTP request, throwing `FetchError`.
  ///   - now: the time by which a Retry-After date is counted, and by which the tries share the timeout.
  public init(fetch: @escaping Fetch, now: @escaping @Sendable () -> Date = { Date() }) {
    self.fetch = fetch
    self.now = now
  }

  /// One website in, one report out.
  ///
  /// Throws `LeadFailure` when no page could be had (contract, section 2), `CancellationError` when the task was cancelled, and
  /// `HostGate.Busy` where the fetch does.
  public func audit(_ subject: AuditSubject) async throws -> Report {
    let home = try await HomePageFetch(fetch: fetch, now: now, timeout: subject.timeout).page(of: subject.website)
    let answer = home.answer
    guard let address = WebAddress(answer.finalURL) else {
      throw LeadFailure(.internal, "The final address of \(home.host) could not be read.")
    }
    try PageAcceptance.check(answer, host: address.host, now: now())
    let extra =
      subject.extraRequests
      ? try await ExtraRequests(fetch: fetch, answer: answer, address: address).answers() : nil
    try Task.checkCancellation()
    let page = PageParser.page(from: answer.body, contentType: answer.header("Content-Type"))
    let audited = AuditedPage(answer: answer, page: page, address: address, extra: extra, securityNote: home.note)
    return ReportWriter.report(on: audited, for: subject)
  }
}

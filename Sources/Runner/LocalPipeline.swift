import BatchReports
import Foundation
import HTTPFetch
import Storage
import WebsiteAudit

/// Fetches and audits the lead's website in this process, one lead at a time at each host, and then asks the paid sources.
public struct LocalPipeline: ReportPipeline {
  let fetch: WebsiteAuditor.Fetch
  let gate: HostGate
  /// Seconds for one request.
  let requestTimeout: Double
  let longestHold: Double
  let paid: PaidSteps?

  /// - Parameters:
  ///   - hostPause: seconds between two requests to one host.
  ///   - longestHold: seconds up to which a website's Retry-After holds its other leads back.
  ///   - paid: without it every paid source is off.
  public init(fetcher: HTTPFetcher, requestTimeout: Double, hostPause: Double, longestHold: Double = 60, paid: PaidSteps? = nil) {
    fetch = { try await fetcher.fetch($0) }
    gate = HostGate(pause: hostPause)
    self.requestTimeout = requestTimeout
    self.longestHold = longestHold
    self.paid = paid
  }

  public func report(for claim: WorkQueue.Claim) async throws -> Report { try await report(for: claim, within: TimeLimit()) }

  public func report(for claim: WorkQueue.Claim, within limit: TimeLimit) async throws -> Report {
    let steps = try await paid?.begin(claim)
    var report = try await audit(claim)
    limit.lift()
    if let paid, let steps { try await paid.complete(&report, steps) }
    return report
  }

  private func audit(_ claim: WorkQueue.Claim) async throws -> Report {
    let visit = HostGate.Visit()
    defer { gate.leave(visit) }
    let polite = PoliteFetch(fetch: fetch, gate: gate, visit: visit, longestHold: longestHold)
    do {
      return try await WebsiteAuditor(fetch: polite.page).audit(
        AuditSubject(
          leadID: claim.leadID, leadName: claim.leadName, website: claim.website, templateVersion: claim.template.reference.description,
          sections: claim.template.sections, extraRequests: claim.template.makesExtraRequests, timeout: requestTimeout))
    } catch let busy as HostGate.Busy { throw NotYet(seconds: busy.seconds) }
  }
}

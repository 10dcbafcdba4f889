import BatchReports
import Foundation
import HTTPFetch
import Storage
import WebsiteAudit

/// Fetches and audits the lead's website in this process.
public struct LocalPipeline: ReportPipeline {
  let auditor: WebsiteAuditor
  /// Seconds for one request.
  let requestTimeout: Double

  public init(fetcher: HTTPFetcher, requestTimeout: Double) {
    auditor = WebsiteAuditor(fetch: { try await fetcher.fetch($0) })
    self.requestTimeout = requestTimeout
  }

  public func report(for claim: WorkQueue.Claim) async throws -> Report {
    try await auditor.audit(
      AuditSubject(
        leadID: claim.leadID, leadName: claim.leadName, website: claim.website, templateVersion: claim.template.reference.description,
        sections: claim.template.sections, extraRequests: claim.template.makesExtraRequests, timeout: requestTimeout))
  }
}

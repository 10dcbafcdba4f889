import BatchReports
import Storage

/// Makes one lead's report. Two exist in production: on this machine, and on remote workers.
public protocol ReportPipeline: Sendable {
  /// Throws `LeadFailure` when there can be no report, and `CancellationError` when the task was cancelled.
  func report(for claim: WorkQueue.Claim) async throws -> Report
}

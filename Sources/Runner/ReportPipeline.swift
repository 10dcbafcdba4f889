import BatchReports
import Storage

/// Thrown by a pipeline that cannot begin yet: the website is busy with another lead of ours, or asked to be left alone for a while.
/// The lead comes again after so many seconds, and the try does not count.
public struct NotYet: Error, Sendable, Hashable {
  public var seconds: Double

  public init(seconds: Double) { self.seconds = seconds }
}

/// Thrown by a pipeline that may make no further paid call: its batch was paused or is ending, or its money is spent.
/// The lead is given back, the try does not count, and what was paid for is kept.
public struct Halted: Error, Sendable, Hashable {
  public init() {}
}

/// Makes one lead's report. Two exist in production: on this machine, and on remote workers.
public protocol ReportPipeline: Sendable {
  /// Throws `LeadFailure` when there can be no report, `NotYet`, `Halted`, and `CancellationError` when the task was cancelled.
  func report(for claim: WorkQueue.Claim) async throws -> Report
}

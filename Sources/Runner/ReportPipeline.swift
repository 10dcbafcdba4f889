import BatchReports
import Storage
import Synchronization

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
  /// The same by a pipeline that lifts the try's time limit when it comes to steps with limits of their own.
  func report(for claim: WorkQueue.Claim, within limit: TimeLimit) async throws -> Report
}

extension ReportPipeline {
  public func report(for claim: WorkQueue.Claim, within limit: TimeLimit) async throws -> Report { try await report(for: claim) }
}

/// The time limit of one try at a lead. It ends with the website: a paid call that it cut off would be paid for nothing.
public final class TimeLimit: Sendable {
  private let lifted = Atomic(false)

  public init() {}

  public func lift() { lifted.store(true, ordering: .releasing) }

  var isLifted: Bool { lifted.load(ordering: .acquiring) }
}

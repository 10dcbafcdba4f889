import BatchReports
import Foundation

extension WorkQueue {
  /// A lead taken by this engine: all that a report pipeline needs to know.
  public struct Claim: Sendable, Hashable {
    public var batchKey: Int64
    public var batchID: UUID
    public var position: Int
    public var leadKey: Int64
    public var leadID: UUID
    public var leadName: String
    public var website: String
    public var email: String
    public var phone: String
    public var city: String
    public var region: String
    public var enrichmentStatus: String
    public var template: ReportTemplate
    /// From 1.
    public var attempt: Int
    /// How many of the tries before ended in a crash of ours: they use up no retry.
    public var crashes: Int
    /// Tries before a person's retry of the lead; they use up none of its own, and their crashes count no more.
    public var triedBefore: Int
    public var retryCount: Int
    public var startedAt: Date
    /// Of the engine that took it.
    public var epoch: Int64
    /// Net price of one call of each provider that its batch may call.
    public var unitPrices: CallPrices
  }

  /// What became of a claim.
  public struct Outcome: Sendable {
    public enum Result: Sendable, Hashable {
      /// With the report as the archive keeps it.
      case completed(score: Int, report: Data)
      case failed(LeadFailure)
      case retry(LeadFailure, dueAt: Date)
      /// Called back because the batch is being cancelled.
      case cancelled
      /// Given back untouched because the engine is going down; the try does not count.
      case released
      /// Given back untouched because its website cannot be asked before that time; the try does not count.
      case deferred(until: Date)
    }

    public var claim: Claim
    public var result: Result
    public var finishedAt: Date

    public init(claim: Claim, result: Result, finishedAt: Date) {
      self.claim = claim
      self.result = result
      self.finishedAt = finishedAt
    }
  }
}

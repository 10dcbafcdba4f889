import BatchReports
import Foundation
import Storage

extension BatchDesk {
  /// The numbers of an order; what is not named does not matter to the test.
  public static func order(
    _ name: String = "", maxConcurrent: Int = 5, retryCount: Int = 3, maxFailurePercent: Double? = nil, maxFailureCount: Int? = nil,
    isPrivate: Bool = false, overrunReason: String? = nil
  ) throws -> BatchOrder {
    try BatchOrder(
      name: name, maxConcurrent: maxConcurrent, retryCount: retryCount, maxFailurePercent: maxFailurePercent,
      maxFailureCount: maxFailureCount, isPrivate: isPrivate, overrunReason: overrunReason)
  }

  /// A preview over all leads, or over those named.
  public func preview(_ keys: [Int64]? = nil, template: String? = nil, by account: Account? = nil, now: Date = noon) async throws -> Preview {
    let chosen = if let keys { keys } else { try await leadKeys() }
    return try await quotes.preview(
      QuoteDesk.Request(leads: .keys(chosen), template: template, maxConcurrent: 5, retryCount: 3), for: account ?? operatorAccount, now: now)
  }

  /// Previews and starts a batch over all leads, or over those named.
  public func start(_ keys: [Int64]? = nil, _ order: BatchOrder? = nil, by account: Account? = nil, now: Date = noon) async throws -> Batch {
    let quote = try await preview(keys, by: account, now: now).quote
    let order = if let order { order } else { try Self.order() }
    return try await batches.place(.init(quote: quote.id, order: order, isApproved: true), by: account ?? operatorAccount, now: now)
  }

  /// The batch as its row stands now.
  public func batch(_ id: UUID) async throws -> Batch {
    guard let batch = try await batches.find(id, visibleTo: admin) else { throw NoSuchBatch(id: id) }
    return batch
  }

  /// The states of a batch's leads, in their order.
  public func leadStates(_ batch: Batch) async throws -> [BatchLeadState] {
    try await batches.leads(of: batch, limit: 10_000).leads.map(\.state)
  }

  /// Takes up to `count` leads of every batch that runs, recording nothing.
  public func claim(_ count: Int, epoch: Int64, now: Date = noon) async throws -> [WorkQueue.Claim] {
    try await advance([], claiming: count, epoch: epoch, now: now).claims
  }

  /// Records outcomes, and takes up to `count` leads of every batch that runs.
  @discardableResult
  public func advance(
    _ outcomes: [WorkQueue.Outcome], claiming count: Int = 0, epoch: Int64, now: Date = noon
  ) async throws -> WorkQueue.Advance {
    try await queue.advance(recording: outcomes, epoch: epoch, now: now) { running in
      Dictionary(uniqueKeysWithValues: running.map { ($0.key, min(count, $0.due, $0.maxConcurrent - $0.inFlight)) })
    }
  }
}

extension WorkQueue.Claim {
  /// An outcome of this claim, a second after it was taken unless said otherwise.
  public func ends(_ result: WorkQueue.Outcome.Result, after seconds: Double = 1) -> WorkQueue.Outcome {
    WorkQueue.Outcome(claim: self, result: result, finishedAt: startedAt.addingTimeInterval(seconds))
  }

  public func succeeds(score: Int = 80) -> WorkQueue.Outcome { ends(.completed(score: score, report: Data("{}".utf8))) }
  public func fails(_ code: LeadErrorCode = .dnsFailed) -> WorkQueue.Outcome { ends(.failed(LeadFailure(code, "It failed."))) }
}

import BatchReports
import Foundation
import Storage

/// The contract's section 2 in its plainest form: what the rows have to say after any sequence of operations.
struct QueueModel {
  struct Lead {
    var state: BatchLeadState = .pending
    var attempts = 0
    var crashes = 0
  }

  struct Entry {
    var id: UUID
    var state: BatchState = .pending
    var leads: [Lead]
    var maxConcurrent: Int
    var maxFailureCount: Int?
    /// Leads that the last retry left failed.
    var failedBefore = 0

    func count(_ states: BatchLeadState...) -> Int { leads.count { states.contains($0.state) } }
    var open: Int { count(.pending, .processing, .retrying) }

    mutating func moveAll(_ from: [BatchLeadState], to: BatchLeadState) {
      for index in leads.indices where from.contains(leads[index].state) { leads[index].state = to }
    }

    mutating func settle() {
      if [.processing, .paused].contains(state), let limit = maxFailureCount, count(.failed) - failedBefore > limit {
        state = .failed
        moveAll([.pending, .processing, .retrying], to: .cancelled)
      }
      guard open == 0, [.processing, .paused, .cancelling].contains(state) else { return }
      state = state == .cancelling ? .cancelled : count(.failed, .cancelled) > 0 ? .completedWithErrors : .completed
    }
  }

  var batches: [Int64: Entry] = [:]

  mutating func pause(_ key: Int64) -> Bool {
    guard let state = batches[key]?.state, [.pending, .processing].contains(state) else { return false }
    batches[key]?.state = .paused
    return true
  }

  mutating func resume(_ key: Int64) -> Bool {
    guard batches[key]?.state == .paused else { return false }
    batches[key]?.state = .processing
    return true
  }

  mutating func cancel(_ key: Int64) -> Bool {
    guard let state = batches[key]?.state, [.pending, .processing, .paused].contains(state) else { return false }
    batches[key]?.state = .cancelling
    batches[key]?.moveAll([.pending, .retrying], to: .cancelled)
    batches[key]?.settle()
    return true
  }

  func mayRetry(_ key: Int64, _ position: Int?) -> Bool {
    guard let entry = batches[key], entry.state.isTerminal else { return false }
    return position.map { [.failed, .cancelled].contains(entry.leads[$0].state) } ?? (entry.count(.failed) > 0)
  }

  /// Retries all failed leads, or the one at a place, which may have been cancelled.
  mutating func retry(_ key: Int64, _ position: Int?) {
    guard var entry = batches[key] else { return }
    entry.state = .processing
    for index in entry.leads.indices where position.map({ $0 == index }) ?? (entry.leads[index].state == .failed) {
      (entry.leads[index].state, entry.leads[index].crashes) = (.pending, 0)
    }
    entry.failedBefore = entry.count(.failed)
    batches[key] = entry
  }

  /// Whether a lead could be taken; then it is.
  mutating func take(_ claim: WorkQueue.Claim) -> Bool {
    guard let entry = batches[claim.batchKey], [.pending, .processing].contains(entry.state),
      [.pending, .retrying].contains(entry.leads[claim.position].state), entry.count(.processing) < entry.maxConcurrent,
      claim.attempt == entry.leads[claim.position].attempts + 1, claim.crashes == entry.leads[claim.position].crashes,
      claim.crashes < 2 || !entry.leads.contains(where: { $0.state == .processing && $0.crashes >= 2 })
    else { return false }
    batches[claim.batchKey]?.state = .processing
    batches[claim.batchKey]?.leads[claim.position].state = .processing
    batches[claim.batchKey]?.leads[claim.position].attempts += 1
    return true
  }

  /// Records the outcomes of one call; returns how many came too late.
  mutating func record(_ outcomes: [WorkQueue.Outcome]) -> Int {
    var late = 0
    for outcome in outcomes {
      let (key, position) = (outcome.claim.batchKey, outcome.claim.position)
      guard let entry = batches[key], entry.leads[position].state == .processing,
        entry.leads[position].attempts == outcome.claim.attempt
      else {
        late += 1
        continue
      }
      let state: BatchLeadState =
        switch outcome.result {
        case _ where entry.state == .cancelling: .cancelled
        case .completed: .completed
        case .failed: .failed
        case .retry: .retrying
        case .cancelled: .cancelled
        case .released, .deferred: .pending
        }
      batches[key]?.leads[position].state = state
      if state == .pending { batches[key]?.leads[position].attempts -= 1 }
    }
    for key in Set(outcomes.map(\.claim.batchKey)) { batches[key]?.settle() }
    return late
  }

  mutating func crash() {
    for (key, entry) in batches where entry.state.isLive {
      var entry = entry
      for index in entry.leads.indices where entry.leads[index].state == .processing {
        entry.leads[index].crashes += 1
        entry.leads[index].state = entry.state == .cancelling ? .cancelled : entry.leads[index].crashes >= 3 ? .failed : .pending
      }
      entry.settle()
      batches[key] = entry
    }
  }
}

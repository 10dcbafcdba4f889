import Storage

/// Outcomes of batches whose reports cannot be written: they are tried again every second, and the other batches go on.
struct HeldOutcomes {
  private var outcomes: [WorkQueue.Outcome] = []
  private var until = ContinuousClock.now
  /// Why they cannot be written; nil while none is held.
  private(set) var fault: StorageFault?
  /// Whether batches run and none of them can go on.
  private(set) var isAll = false
  /// Slots that they take. One batch's take none: it takes no leads, and the others are to go on. Of more that run the folder may be at fault, and
  /// each batch that then took leads would pay for reports that cannot be written.
  private(set) var slots = 0

  /// These take no leads meanwhile.
  var batches: Set<Int64> { Set(outcomes.map(\.claim.batchKey)) }

  func isDue(at now: ContinuousClock.Instant) -> Bool { !outcomes.isEmpty && until <= now }

  /// Hands all of them over once they are to be tried again; those that fail come back by `keep`.
  mutating func takeDue(at now: ContinuousClock.Instant) -> [WorkQueue.Outcome] {
    guard isDue(at: now) else { return [] }
    defer { outcomes = [] }
    return outcomes
  }

  /// Keeps what could not be written.
  /// - Parameter running: the batches that run now, of all.
  mutating func keep(_ advance: WorkQueue.Advance, running: Set<Int64>, at now: ContinuousClock.Instant) {
    if let why = advance.fault {
      outcomes += advance.held
      fault = why
      until = now + .seconds(1)
    } else if outcomes.isEmpty {
      fault = nil
    }
    let batches = batches
    slots = batches.intersection(running).count > 1 ? outcomes.count { running.contains($0.claim.batchKey) } : 0
    isAll = !batches.isEmpty && !running.isEmpty && running.isSubset(of: batches)
  }

  /// All of them, as tries that were never made: their leads run again after a restart.
  mutating func giveBack() -> [WorkQueue.Outcome] {
    defer { (outcomes, slots) = ([], 0) }
    return outcomes.map { WorkQueue.Outcome(claim: $0.claim, result: .released, finishedAt: $0.finishedAt) }
  }
}

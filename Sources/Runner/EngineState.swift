import Foundation
import Storage

/// What the engine knows beside the rows; it is lost with the process, and nothing is lost by that.
struct EngineState {
  /// A try in flight. The number is part of it, because a lead that was moved on may be taken again while its old task still ends.
  struct Flight: Hashable {
    var batch: Int64
    var position: Int
    var attempt: Int

    init(_ claim: WorkQueue.Claim) { (batch, position, attempt) = (claim.batchKey, claim.position, claim.attempt) }
  }

  var finished: [WorkQueue.Outcome] = []
  var held = HeldOutcomes()
  var inFlight: [Flight: LeadTry] = [:]
  /// Of these, tries that were called back and whose batch was silent for too long: nobody waits for them any more.
  var deaf: Set<Flight> = []
  var nextDue: Date?
  var isStopping = false
  var graceHasBegun = false
  /// From when on outcomes that cannot be written are given back at once.
  var graceIsOver = false
  /// When leads that did not come back at the engine's end are let go.
  var lettingGoAt: ContinuousClock.Instant?
  var failedWritesWhileStopping = 0
  var holdsLease = false
  var storageFault: StorageFault?
  var commitCount = 0

  /// Leads that were taken and will not begin: they run again.
  mutating func giveBack(_ claims: [WorkQueue.Claim], at now: Date) {
    finished += claims.map { WorkQueue.Outcome(claim: $0, result: .released, finishedAt: now) }
  }

  /// Slots for more leads. Deaf ones take none, up to as many as there are slots. While reports cannot be written, one that has ended keeps its
  /// slot until its outcome is written.
  func free(of total: Int) -> Int {
    isStopping ? 0 : max(0, total - (inFlight.count - min(deaf.count, total)) - held.slots - (held.fault == nil ? 0 : finished.count))
  }
}

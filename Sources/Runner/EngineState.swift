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
  var nextDue: Date?
  var isStopping = false
  var graceHasBegun = false
  var failedWritesWhileStopping = 0
  var holdsLease = false
  var storageFault: StorageFault?
  var commitCount = 0
}

import Storage
import Synchronization

/// One try at a lead while it is in flight. It can be called back once: by its batch, by the engine's end, or by its time limit.
///
/// Its limit is looked at by whoever holds it: a timer of its own for each of thousands of leads costs more than a short report.
final class LeadTry: Sendable {
  enum Recall: Sendable, Hashable { case cancelled, shutdown, timeout }

  private struct State {
    var recall: Recall?
    var cancel: (@Sendable () -> Void)?
    var isLetGo = false
    var letGo: (@Sendable () -> Void)?
  }

  let claim: WorkQueue.Claim
  let limit = TimeLimit()
  private let deadline: ContinuousClock.Instant
  private let state = Mutex(State())

  init(_ claim: WorkQueue.Claim, deadline: ContinuousClock.Instant) {
    self.claim = claim
    self.deadline = deadline
  }

  /// Why it was called back; nil while it was not.
  var recall: Recall? { state.withLock { $0.recall } }

  /// What ends the work when it is called back: at once, if it was already.
  func whenCalledBack(_ cancel: @escaping @Sendable () -> Void) {
    let isTooLate = state.withLock { state in
      if state.recall == nil { state.cancel = cancel }
      return state.recall != nil
    }
    if isTooLate { cancel() }
  }

  /// The first reason counts.
  func callBack(_ why: Recall) {
    let cancel = state.withLock { state in
      if state.recall == nil { state.recall = why }
      return state.cancel.take()
    }
    cancel?()
  }

  /// What ends the wait for the work when it is let go: at once, if it was already.
  func whenLetGo(_ end: @escaping @Sendable () -> Void) {
    let isTooLate = state.withLock { state in
      if !state.isLetGo { state.letGo = end }
      return state.isLetGo
    }
    if isTooLate { end() }
  }

  /// Nobody waits any longer for work that does not end although it was called back.
  func letGo() {
    let end = state.withLock { state in
      state.isLetGo = true
      return state.letGo.take()
    }
    end?()
  }

  /// A try whose time is up, unless its pipeline has lifted the limit.
  func callBackIfLate(at now: ContinuousClock.Instant) {
    if now >= deadline, !limit.isLifted { callBack(.timeout) }
  }
}

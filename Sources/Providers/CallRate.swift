import Foundation
import Synchronization

/// How often a provider may be called.
public struct CallRate: Sendable, Hashable {
  /// A second.
  public var perSecond: Double
  /// At once, after a quiet while.
  public var burst: Int

  public init(perSecond: Double, burst: Int) {
    self.perSecond = perSecond
    self.burst = burst
  }
}

/// A token bucket: each call takes a token, or books the next one that is to come.
final class CallPace: Sendable {
  private struct State {
    /// Below zero while tokens are booked that have not come yet.
    var tokens: Double
    var seen: Date
    /// Calls that have a place and have not come yet.
    var places = 0
  }

  private let rate: CallRate
  private let now: @Sendable () -> Date
  private let state: Mutex<State>

  init(_ rate: CallRate, now: @escaping @Sendable () -> Date) {
    self.rate = rate
    self.now = now
    state = Mutex(State(tokens: Double(rate.burst), seen: now()))
  }

  /// Seconds until the booked token is there, 0 for one that is there already; nil, and nothing booked, when that is longer than `patience`.
  func book(patience: Double) -> Double? {
    state.withLock { state in
      let wait = wait(&state)
      if wait > patience { return nil }
      state.tokens -= 1
      return wait
    }
  }

  /// Keeps a place for a call that comes later; false, and none kept, when it would wait longer than `patience`.
  func keepPlace(patience: Double) -> Bool {
    state.withLock { state in
      guard wait(&state) + Double(state.places) / rate.perSecond <= patience else { return false }
      state.places += 1
      return true
    }
  }

  /// Books a token for a call that had its place kept.
  func takePlace() -> Double {
    state.withLock { state in
      let wait = wait(&state)
      state.places -= 1
      state.tokens -= 1
      return wait
    }
  }

  func leavePlace() { state.withLock { $0.places -= 1 } }

  private func wait(_ state: inout State) -> Double {
    let moment = now()
    // A clock that was set back brings no tokens, and takes none.
    let passed = max(0, moment.timeIntervalSince(state.seen))
    state.seen = moment
    state.tokens = min(Double(rate.burst), state.tokens + passed * rate.perSecond)
    return max(0, (1 - state.tokens) / rate.perSecond)
  }

  /// Gives back a token that was not used.
  func giveBack() { state.withLock { $0.tokens = min(Double(rate.burst), $0.tokens + 1) } }
}

/// A place in the line of calls to one provider, kept for a lead before its website is fetched, so that no page is fetched for nothing.
public final class CallPlace: Sendable {
  private let pace: CallPace
  private let isTaken = Mutex(false)

  init?(_ pace: CallPace, patience: Double) {
    guard pace.keepPlace(patience: patience) else { return nil }
    self.pace = pace
  }

  deinit {
    if !isTaken.withLock({ $0 }) { pace.leavePlace() }
  }

  /// Books the call: seconds until it may be made. Nil when that was done before.
  public func take() -> Double? {
    let isFirst = isTaken.withLock { taken in
      defer { taken = true }
      return !taken
    }
    return isFirst ? pace.takePlace() : nil
  }
}

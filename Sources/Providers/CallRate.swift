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
      let moment = now()
      // A clock that was set back brings no tokens, and takes none.
      let passed = max(0, moment.timeIntervalSince(state.seen))
      state.seen = moment
      state.tokens = min(Double(rate.burst), state.tokens + passed * rate.perSecond)
      let wait = max(0, (1 - state.tokens) / rate.perSecond)
      if wait > patience { return nil }
      state.tokens -= 1
      return wait
    }
  }

  /// Gives back a token that was not used.
  func giveBack() { state.withLock { $0.tokens = min(Double(rate.burst), $0.tokens + 1) } }
}

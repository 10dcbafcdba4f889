import Foundation
import Synchronization

/// Leaves a provider alone that has failed several times in a row, and then tries it with a single call.
public final class CircuitBreaker: Sendable {
  static let failuresToOpen = 5
  /// Seconds; each probe that fails doubles it.
  static let firstPause = 30.0
  static let longestPause = 300.0
  /// Seconds that others wait while a probe is under way.
  static let probePatience = 2.0

  /// Since when it has been open, and when it is tried next.
  public struct Opening: Sendable, Hashable {
    public var since: Date
    public var nextProbe: Date
  }

  /// Who is admitted shows it when it says how the call went.
  public struct Ticket: Sendable, Hashable {
    /// Which probe it is; nil for a call that was admitted while all was well.
    fileprivate var probe: Int?
  }

  public enum Admission: Sendable, Hashable {
    case admitted(Ticket)
    /// Not before so many seconds.
    case refused(seconds: Double)
  }

  private struct State {
    var failures = 0
    var opening: Opening?
    var pause = CircuitBreaker.firstPause
    /// The probe that is under way.
    var probe: Int?
    var probes = 0

    /// While it is open only the probe's news count: calls that were under way when it opened say nothing new.
    func hears(_ ticket: Ticket) -> Bool { opening == nil || (probe != nil && ticket.probe == probe) }
  }

  private let now: @Sendable () -> Date
  private let state = Mutex(State())

  public init(now: @escaping @Sendable () -> Date = { Date() }) { self.now = now }

  /// Nil while calls go through.
  public var opening: Opening? { state.withLock { $0.opening } }

  /// Seconds for which no call would be admitted; nil when one would be. It asks for no admission.
  public var closedFor: Double? {
    let moment = now()
    return state.withLock { state in Self.wait(state, at: moment) }
  }

  /// Asks to make a call. Whoever is admitted says afterwards how it went: `succeeded`, `failed` or `gaveUp`.
  public func admit() -> Admission {
    let moment = now()
    return state.withLock { state in
      if let wait = Self.wait(state, at: moment) { return .refused(seconds: wait) }
      if state.opening == nil { return .admitted(Ticket()) }
      state.probes += 1
      state.probe = state.probes
      return .admitted(Ticket(probe: state.probes))
    }
  }

  private static func wait(_ state: State, at moment: Date) -> Double? {
    guard let opening = state.opening else { return nil }
    if state.probe != nil { return probePatience }
    // A clock that was set back must not keep it open for longer than a pause.
    let left = min(opening.nextProbe.timeIntervalSince(moment), longestPause)
    return left > 0 ? left : nil
  }

  public func succeeded(_ ticket: Ticket) {
    state.withLock { state in
      if state.hears(ticket) { state = State(probes: state.probes) }
    }
  }

  public func failed(_ ticket: Ticket) {
    let moment = now()
    state.withLock { state in
      guard state.hears(ticket) else { return }
      state.failures += 1
      if let opening = state.opening {
        state.pause = min(Self.longestPause, state.pause * 2)
        state.opening = Opening(since: opening.since, nextProbe: moment.addingTimeInterval(state.pause))
        state.probe = nil
      } else if state.failures >= Self.failuresToOpen {
        state.opening = Opening(since: moment, nextProbe: moment.addingTimeInterval(state.pause))
      }
    }
  }

  /// The call was not made, or nobody can tell how it went.
  public func gaveUp(_ ticket: Ticket) {
    state.withLock { state in
      if state.opening != nil, state.hears(ticket) { state.probe = nil }
    }
  }
}

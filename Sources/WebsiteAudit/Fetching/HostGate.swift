import Foundation
import Synchronization

/// Lets one lead at a time at a host, whatever the port, and keeps a pause between two requests to it.
///
/// A lead is sent away from a host in use and told when to come again, so that it holds up no others; but for one, that waits two seconds.
/// That holds for leads that come by a redirect too: many websites may lead to one. Hosts that nobody needs are forgotten.
public final class HostGate: Sendable {
  /// The host is in use, or asked for quiet: come again in so many seconds.
  public struct Busy: Error, Hashable { public var seconds: Double }

  /// One lead's way past the hosts. It uses one after the other, never two at a time.
  public final class Visit: Sendable {
    fileprivate let host = Mutex<String?>(nil)

    public init() {}
  }

  private struct Waiter {
    var visit: ObjectIdentifier
    var continuation: CheckedContinuation<Bool, Never>
  }

  /// Times are seconds of the gate's clock.
  private struct Lane {
    var holder: ObjectIdentifier?
    var heldSince = 0.0
    var waiting: [Waiter] = []
    var quietUntil = -Double.infinity
    var pause: Double
    /// How long a visit took lately.
    var visitLength: Double
    /// The time from which no lead has been told to come again.
    var promisedUntil = -Double.infinity
  }

  private struct State {
    var lanes: [String: Lane] = [:]
    var nextSweep = -Double.infinity
  }

  /// Seconds that a lead waits for a host; for longer it is sent away.
  private static let patience = 2.0
  /// No Crawl-delay above this is kept: a page would take minutes.
  static let longestCrawlDelay = 10.0

  private let pause: Double
  private let now: @Sendable () -> Double
  private let sleep: @Sendable (Double) async throws -> Void
  private let state = Mutex(State())

  /// - Parameters:
  ///   - pause: seconds between the end of a request to a host and the next one's beginning.
  ///   - now: seconds of a clock that never goes back.
  public init(
    pause: Double, now: @escaping @Sendable () -> Double = HostGate.uptime,
    sleep: @escaping @Sendable (Double) async throws -> Void = { try await Task.sleep(for: .seconds($0)) }
  ) {
    self.pause = pause
    self.now = now
    self.sleep = sleep
  }

  private static let start = ContinuousClock.now
  @Sendable public static func uptime() -> Double { (ContinuousClock.now - start) / .seconds(1) }

  /// How many leads stand in line, over all hosts.
  var waitingCount: Int { state.withLock { $0.lanes.values.reduce(0) { $0 + $1.waiting.count } } }

  /// How many hosts are remembered.
  var hostCount: Int { state.withLock { $0.lanes.count } }

  /// Returns when the visit may send a request to the host. The host stays the visit's own until it goes on to another or leaves.
  ///
  /// Throws `Busy` at a host that is not the visit's yet, and `CancellationError`.
  func enter(_ host: String, _ visit: Visit) async throws {
    if visit.host.withLock({ $0 }) != host {
      leave(visit)
      try await take(host, visit)
    }
    while true {
      let wait = state.withLock { ($0.lanes[host]?.quietUntil ?? 0) - now() }
      if wait <= 0 { break }
      try await sleep(wait)
    }
    try Task.checkCancellation()
  }

  /// A request to the host has ended.
  ///
  /// - Parameters:
  ///   - hold: seconds for which the host asked to be left alone.
  ///   - crawlDelay: seconds that the host asks to have between requests.
  func finish(_ host: String, hold: Double = 0, crawlDelay: Double? = nil) {
    state.withLock { state in
      guard var lane = state.lanes[host] else { return }
      if let crawlDelay { lane.pause = max(pause, min(crawlDelay, Self.longestCrawlDelay)) }
      lane.quietUntil = max(lane.quietUntil, now() + max(lane.pause, hold))
      state.lanes[host] = lane
    }
  }

  /// The visit is over, or goes on to another host.
  public func leave(_ visit: Visit) {
    guard let host = visit.host.withLock({ $0.take() }) else { return }
    let next = state.withLock { state -> Waiter? in
      guard var lane = state.lanes[host], lane.holder == ObjectIdentifier(visit) else { return nil }
      defer { state.lanes[host] = lane }
      lane.visitLength = (lane.visitLength + now() - lane.heldSince) / 2
      lane.holder = nil
      guard !lane.waiting.isEmpty else { return nil }
      let next = lane.waiting.removeFirst()
      lane.holder = next.visit
      lane.heldSince = now()
      return next
    }
    next?.continuation.resume(returning: true)
  }

  private func take(_ host: String, _ visit: Visit) async throws {
    let isTaken = try state.withLock { state in
      sweep(&state)
      var lane = self.lane(host, state)
      defer { state.lanes[host] = lane }
      // One may wait here, so that the host does not stand idle between two.
      let isFull = lane.holder != nil && !lane.waiting.isEmpty
      if isFull || lane.quietUntil - now() > Self.patience { throw Busy(seconds: promise(&lane)) }
      guard lane.holder == nil else { return false }
      lane.holder = ObjectIdentifier(visit)
      lane.heldSince = now()
      return true
    }
    if !isTaken {
      if await !waitForAWhile(host, visit) {
        try Task.checkCancellation()
        throw Busy(
          seconds: state.withLock { state in
            var lane = self.lane(host, state)
            defer { state.lanes[host] = lane }
            return promise(&lane)
          })
      }
    }
    visit.host.withLock { $0 = host }
  }

  private func lane(_ host: String, _ state: borrowing State) -> Lane {
    state.lanes[host] ?? Lane(pause: pause, visitLength: pause + 0.01)
  }

  private func waitForAWhile(_ host: String, _ visit: Visit) async -> Bool {
    await withTaskGroup(of: Bool.self) { group in
      group.addTask { await self.wait(host, visit) }
      group.addTask {
        try? await self.sleep(Self.patience)
        return false
      }
      // Both are heard: the turn may come in the very moment in which the time is up.
      var isGranted = false
      for await answer in group {
        isGranted = isGranted || answer
        group.cancelAll()
      }
      return isGranted
    }
  }

  /// Waits in line; false when the task was cancelled.
  private func wait(_ host: String, _ visit: Visit) async -> Bool {
    let id = ObjectIdentifier(visit)
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let answer = state.withLock { state -> Bool? in
          if Task.isCancelled { return false }
          var lane = self.lane(host, state)
          defer { state.lanes[host] = lane }
          guard lane.holder != nil else {
            lane.holder = id
            lane.heldSince = now()
            return true
          }
          lane.waiting.append(Waiter(visit: id, continuation: continuation))
          return nil
        }
        if let answer { continuation.resume(returning: answer) }
      }
    } onCancel: {
      let waiter = state.withLock { state -> Waiter? in
        guard let index = state.lanes[host]?.waiting.firstIndex(where: { $0.visit == id }) else { return nil }
        return state.lanes[host]?.waiting.remove(at: index)
      }
      waiter?.continuation.resume(returning: false)
    }
  }

  /// Leads that are sent away come again one after the other, not all at once.
  private func promise(_ lane: inout Lane) -> Double {
    let moment = now()
    let free = lane.holder == nil ? lane.quietUntil : max(lane.quietUntil, lane.heldSince + lane.visitLength)
    let start = max(moment + 0.05, free, lane.promisedUntil)
    // A little early: one may wait for its turn, but a host that waits for leads costs everyone time.
    lane.promisedUntil = start + lane.visitLength * 0.8
    return start - moment
  }

  private func sweep(_ state: inout State) {
    let moment = now()
    if moment < state.nextSweep { return }
    state.nextSweep = moment + 1
    state.lanes = state.lanes.filter { $0.value.holder != nil || !$0.value.waiting.isEmpty || $0.value.quietUntil > moment }
  }
}

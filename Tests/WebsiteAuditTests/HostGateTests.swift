import Foundation
import Synchronization
import Testing

@testable import WebsiteAudit

/// A clock that jumps ahead by every sleep, and remembers how long they were.
final class SleepingClock: Sendable {
  private let state = Mutex<(time: Double, sleeps: [Double])>((100, []))

  var now: Double { state.withLock { $0.time } }
  var sleeps: [Double] { state.withLock { $0.sleeps } }
  func advance(_ seconds: Double) { state.withLock { $0.time += seconds } }

  func sleep(_ seconds: Double) throws {
    try Task.checkCancellation()
    state.withLock { state in
      state.sleeps.append(seconds)
      state.time += seconds
    }
  }
}

@Suite("One lead at a time at a host")
struct HostGateTests {
  private let clock = SleepingClock()
  private let gate: HostGate

  init() {
    let clock = clock
    gate = HostGate(pause: 0.5, now: { clock.now }, sleep: { try clock.sleep($0) })
  }

  /// Waits until so many visits stand in line; fails after many turns.
  private func line(_ count: Int, _ gate: HostGate) async throws {
    for _ in 0..<100_000 {
      if gate.waitingCount == count { return }
      await Task.yield()
    }
    Issue.record("\(gate.waitingCount) wait, not \(count)")
  }

  /// A gate at which nobody's patience ends.
  private static func patientGate() -> HostGate {
    let (forever, _) = AsyncStream<Never>.makeStream()
    return HostGate(pause: 0, now: { 0 }, sleep: { _ in for await _ in forever {} })
  }

  private static func begun(at host: String, _ gate: HostGate) async throws -> HostGate.Visit {
    let visit = HostGate.Visit()
    try await gate.enter(host, visit)
    gate.finish(host)
    return visit
  }

  private func begun(at host: String) async throws -> HostGate.Visit {
    let visit = HostGate.Visit()
    try await gate.enter(host, visit)
    gate.finish(host)
    return visit
  }

  @Test("a visit's requests to a host keep the pause from the end of the one to the beginning of the next")
  func pause() async throws {
    let visit = HostGate.Visit()
    try await gate.enter("a:80", visit)
    #expect(clock.sleeps.isEmpty)
    clock.advance(3)
    gate.finish("a:80")
    try await gate.enter("a:80", visit)
    #expect(clock.sleeps == [0.5])
    gate.finish("a:80")
    clock.advance(0.5)
    try await gate.enter("a:80", visit)
    #expect(clock.sleeps == [0.5])
    // Another host has a pause of its own.
    gate.finish("a:80")
    try await gate.enter("b:80", visit)
    #expect(clock.sleeps == [0.5])
  }

  @Test("the next lead keeps the pause too")
  func nextLead() async throws {
    gate.leave(try await begun(at: "a:80"))
    try await gate.enter("a:80", HostGate.Visit())
    #expect(clock.sleeps == [0.5])
  }

  @Test("a lead that has sent nothing waits two seconds at most, then it is sent away")
  func patience() async throws {
    let holder = try await begun(at: "a:80")
    let newcomer = HostGate.Visit()
    await #expect(throws: HostGate.Busy.self) { try await gate.enter("a:80", newcomer) }
    #expect(clock.sleeps == [2] && gate.waitingCount == 0)
    gate.leave(newcomer)
    gate.leave(holder)
    try await gate.enter("a:80", newcomer)
  }

  @Test("leads beyond the one that waits are sent away at once, each with a later time")
  func promises() async throws {
    let (stream, release) = AsyncStream<Never>.makeStream()
    // A clock whose sleeps end only when the test says.
    let gate = HostGate(pause: 0.5, now: { 0 }, sleep: { _ in for await _ in stream {} })
    let holder = HostGate.Visit()
    try await gate.enter("a:80", holder)
    let second = HostGate.Visit()
    async let waits: Void = gate.enter("a:80", second)
    for _ in 0..<100_000 where gate.waitingCount == 0 { await Task.yield() }
    #expect(gate.waitingCount == 1)
    var times: [Double] = []
    for _ in 0..<20 {
      do { try await gate.enter("a:80", HostGate.Visit()) } catch let busy as HostGate.Busy { times.append(busy.seconds) }
    }
    #expect(times.count == 20 && times == times.sorted() && Set(times).count == 20)
    #expect(times.allSatisfy { $0 > 0 && $0 < 15 })
    gate.leave(holder)
    try await waits
    release.finish()
  }

  @Test("of leads that come by a redirect one waits, and the others are sent away: none holds a slot in a long line")
  func redirected() async throws {
    let gate = Self.patientGate()
    let holder = try await Self.begun(at: "target", gate)
    let first = try await Self.begun(at: "start", gate)
    async let waits: Void = gate.enter("target", first)
    try await line(1, gate)
    for number in 0..<5 {
      let visit = try await Self.begun(at: "start\(number)", gate)
      await #expect(throws: HostGate.Busy.self) { try await gate.enter("target", visit) }
      gate.leave(visit)
    }
    gate.leave(holder)
    try await waits
  }

  @Test("a lead that comes by a redirect waits two seconds at most, too")
  func redirectedPatience() async throws {
    let holder = try await begun(at: "target")
    let visit = try await begun(at: "start")
    await #expect(throws: HostGate.Busy.self) { try await gate.enter("target", visit) }
    #expect(clock.sleeps == [2] && gate.waitingCount == 0)
    gate.leave(holder)
    try await gate.enter("target", visit)
  }

  @Test("a lead that is cancelled leaves the line, and the host is not lost")
  func cancelled() async throws {
    let gate = Self.patientGate()
    let holder = try await Self.begun(at: "a:80", gate)
    let visit = try await Self.begun(at: "b:80", gate)
    let waiting = Task {
      defer { gate.leave(visit) }
      try await gate.enter("a:80", visit)
    }
    try await line(1, gate)
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
    #expect(gate.waitingCount == 0)
    gate.leave(holder)
    try await gate.enter("a:80", HostGate.Visit())
    // One that is cancelled before it comes does not stay either.
    let late = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      defer { gate.leave(visit) }
      try await gate.enter("b:80", visit)
    }
    await #expect(throws: CancellationError.self) { try await late.value }
    try await gate.enter("b:80", HostGate.Visit())
  }

  @Test("two leads that redirect to each other's hosts both get there")
  func noDeadlock() async throws {
    let gate = Self.patientGate()
    let one = try await Self.begun(at: "a:80", gate)
    let other = try await Self.begun(at: "b:80", gate)
    async let first: Void = gate.enter("b:80", one)
    async let second: Void = gate.enter("a:80", other)
    _ = try await (first, second)
  }

  @Test("a host that asks to be left alone is left alone by all: who is there waits, the others come again")
  func hold() async throws {
    let visit = HostGate.Visit()
    try await gate.enter("a:80", visit)
    gate.finish("a:80", hold: 30)
    await #expect(throws: HostGate.Busy(seconds: 30)) { try await gate.enter("a:80", HostGate.Visit()) }
    try await gate.enter("a:80", visit)
    #expect(clock.sleeps == [30])
  }

  @Test("a crawl delay is the host's pause from then on, up to 10 s, and never less than ours", arguments: [(3.0, 3.0), (60, 10), (0.1, 0.5)])
  func crawlDelay(asked: Double, kept: Double) async throws {
    let visit = HostGate.Visit()
    try await gate.enter("a:80", visit)
    gate.finish("a:80", crawlDelay: asked)
    try await gate.enter("a:80", visit)
    gate.finish("a:80")
    try await gate.enter("a:80", visit)
    #expect(clock.sleeps == [kept, kept])
  }

  @Test("hosts that nobody needs are forgotten")
  func forgotten() async throws {
    for number in 0..<10_000 {
      gate.leave(try await begun(at: "host\(number):80"))
      clock.advance(0.01)
    }
    #expect(gate.hostCount < 300)
  }
}

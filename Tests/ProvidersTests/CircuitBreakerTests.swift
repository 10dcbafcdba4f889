import Foundation
import Testing

@testable import Providers

@Suite("Circuit breaker and pace") struct CircuitBreakerTests {
  private let clock = StandingClock()

  private func opened() -> CircuitBreaker {
    let breaker = CircuitBreaker(now: { [clock] in clock.now })
    for _ in 0..<5 { fail(breaker) }
    return breaker
  }

  private func ticket(_ breaker: CircuitBreaker) -> CircuitBreaker.Ticket? {
    if case .admitted(let ticket) = breaker.admit() { ticket } else { nil }
  }

  private func fail(_ breaker: CircuitBreaker) {
    if let ticket = ticket(breaker) { breaker.failed(ticket) }
  }

  private func succeed(_ breaker: CircuitBreaker) {
    if let ticket = ticket(breaker) { breaker.succeeded(ticket) }
  }

  @Test("it opens after five failures in a row, and a success between them begins anew")
  func opens() {
    let breaker = CircuitBreaker(now: { [clock] in clock.now })
    for _ in 0..<4 { fail(breaker) }
    succeed(breaker)
    for _ in 0..<4 { fail(breaker) }
    #expect(ticket(breaker) != nil && breaker.opening == nil && breaker.closedFor == nil)
    fail(breaker)
    #expect(breaker.opening == .init(since: clock.now, nextProbe: clock.now.addingTimeInterval(30)))
    #expect(breaker.admit() == .refused(seconds: 30) && breaker.closedFor == 30)
    clock.advance(by: 12)
    #expect(breaker.admit() == .refused(seconds: 18))
  }

  @Test("after the pause one call is let through, and the others wait for how it goes")
  func probe() throws {
    let breaker = opened()
    clock.advance(by: 30)
    #expect(breaker.closedFor == nil)
    let probe = try #require(ticket(breaker))
    #expect(breaker.admit() == .refused(seconds: 2) && breaker.closedFor == 2)
    breaker.succeeded(probe)
    #expect(breaker.opening == nil && ticket(breaker) != nil && ticket(breaker) != nil)
  }

  @Test("calls that were under way when it opened touch neither the pause nor the probe, however they end")
  func lateCalls() throws {
    let breaker = CircuitBreaker(now: { [clock] in clock.now })
    let late = try (0..<4).map { _ in try #require(ticket(breaker)) }
    for _ in 0..<5 { fail(breaker) }
    breaker.succeeded(late[0])
    breaker.failed(late[1])
    #expect(breaker.closedFor == 30)
    clock.advance(by: 30)
    let probe = try #require(ticket(breaker))
    breaker.gaveUp(late[2])
    breaker.failed(late[3])
    breaker.succeeded(late[0])
    #expect(breaker.admit() == .refused(seconds: 2))
    breaker.failed(probe)
    #expect(breaker.closedFor == 60)
  }

  @Test("a failed probe doubles the pause, up to five minutes, and a success forgets that")
  func doubling() {
    let breaker = opened()
    let since = clock.now
    var pauses: [Double] = []
    for pause in [30.0, 60, 120, 240, 300, 300] {
      clock.advance(by: pause)
      fail(breaker)
      pauses.append(breaker.closedFor ?? 0)
      #expect(breaker.opening?.since == since)
    }
    #expect(pauses == [60, 120, 240, 300, 300, 300])
    clock.advance(by: 300)
    succeed(breaker)
    for _ in 0..<5 { fail(breaker) }
    #expect(breaker.closedFor == 30)
  }

  @Test("a probe that was not made leaves its place to the next")
  func gaveUp() throws {
    let breaker = opened()
    clock.advance(by: 30)
    breaker.gaveUp(try #require(ticket(breaker)))
    #expect(ticket(breaker) != nil)
  }

  @Test("a clock that is set back holds nobody up for longer than a pause")
  func clockSetBack() {
    let breaker = opened()
    clock.advance(by: -86_400)
    #expect(breaker.closedFor == 300)
  }

  @Test("calls go at the provider's pace: a burst, then one token after the other, none beyond one's patience")
  func pace() {
    let pace = CallPace(CallRate(perSecond: 2, burst: 3), now: { [clock] in clock.now })
    #expect((0..<3).map { _ in pace.book(patience: 0) } == [0, 0, 0])
    #expect(pace.book(patience: 0) == nil)
    #expect(pace.book(patience: 1) == 0.5)
    #expect(pace.book(patience: 1) == 1)
    #expect(pace.book(patience: 1) == nil)
    pace.giveBack()
    #expect(pace.book(patience: 1) == 1)
    clock.advance(by: 3600)
    #expect((0..<3).map { _ in pace.book(patience: 0) } == [0, 0, 0])
    #expect(pace.book(patience: 0) == nil)
    clock.advance(by: -7200)
    #expect(pace.book(patience: 1) == 0.5)
  }

  @Test("a place that was kept counts for those behind it, until it is taken or let go")
  func places() {
    let pace = CallPace(CallRate(perSecond: 1, burst: 1), now: { [clock] in clock.now })
    var first = CallPlace(pace, patience: 1)
    let second = CallPlace(pace, patience: 1)
    #expect(first != nil && second != nil && CallPlace(pace, patience: 1) == nil)
    first = nil
    #expect(second?.take() == 0 && second?.take() == nil)
    #expect(CallPlace(pace, patience: 1)?.take() == 1)
    #expect(CallPlace(pace, patience: 1) == nil)
  }
}

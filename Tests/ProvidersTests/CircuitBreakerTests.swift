import Foundation
import Testing

@testable import Providers

@Suite("Circuit breaker and pace") struct CircuitBreakerTests {
  private let clock = StandingClock()

  private func opened() -> CircuitBreaker {
    let breaker = CircuitBreaker(now: { [clock] in clock.now })
    for _ in 0..<5 { breaker.failed() }
    return breaker
  }

  @Test("it opens after five failures in a row, and a success between them begins anew")
  func opens() {
    let breaker = CircuitBreaker(now: { [clock] in clock.now })
    for _ in 0..<4 { breaker.failed() }
    breaker.succeeded()
    for _ in 0..<4 { breaker.failed() }
    #expect(breaker.admit() == .admitted && breaker.opening == nil && breaker.closedFor == nil)
    breaker.failed()
    #expect(breaker.opening == .init(since: clock.now, nextProbe: clock.now.addingTimeInterval(30)))
    #expect(breaker.admit() == .refused(seconds: 30) && breaker.closedFor == 30)
    clock.advance(by: 12)
    #expect(breaker.admit() == .refused(seconds: 18))
  }

  @Test("after the pause one call is let through, and the others wait for how it goes")
  func probe() {
    let breaker = opened()
    clock.advance(by: 30)
    #expect(breaker.closedFor == nil)
    #expect(breaker.admit() == .admitted)
    #expect(breaker.admit() == .refused(seconds: 2) && breaker.closedFor == 2)
    breaker.succeeded()
    #expect(breaker.opening == nil && breaker.admit() == .admitted && breaker.admit() == .admitted)
  }

  @Test("a failed probe doubles the pause, up to five minutes, and a success forgets that")
  func doubling() {
    let breaker = opened()
    let since = clock.now
    var pauses: [Double] = []
    for pause in [30.0, 60, 120, 240, 300, 300] {
      clock.advance(by: pause)
      #expect(breaker.admit() == .admitted)
      breaker.failed()
      pauses.append(breaker.closedFor ?? 0)
      #expect(breaker.opening?.since == since)
    }
    #expect(pauses == [60, 120, 240, 300, 300, 300])
    clock.advance(by: 300)
    _ = breaker.admit()
    breaker.succeeded()
    for _ in 0..<5 { breaker.failed() }
    #expect(breaker.closedFor == 30)
  }

  @Test("a probe that was not made leaves its place to the next, and late failures change nothing")
  func gaveUp() {
    let breaker = opened()
    breaker.failed()
    #expect(breaker.closedFor == 30)
    clock.advance(by: 30)
    #expect(breaker.admit() == .admitted)
    breaker.gaveUp()
    #expect(breaker.admit() == .admitted)
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
}

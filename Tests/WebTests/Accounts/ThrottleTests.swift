import BatchReports
import Foundation
import Testing

@testable import Web

@Suite struct ThrottleTests {
  let now = Date(timeIntervalSince1970: 1_795_251_600)

  @Test("The wait doubles up to 15 minutes and is forgotten after a quiet hour")
  func waits() {
    let throttle = SignInThrottle()
    var moment = now
    var waits: [Int] = []
    for _ in 0..<15 {
      do {
        try throttle.begin(email: "a@example.com", address: UUID().uuidString, at: moment)
      } catch AccessRefusal.tooManyAttempts(let seconds) {
        waits.append(seconds)
        moment = moment.addingTimeInterval(Double(seconds))
      } catch {
        Issue.record("\(error)")
      }
    }
    #expect(waits == [5, 10, 20, 40, 80])
    for _ in 0..<10 {
      moment = moment.addingTimeInterval(SignInThrottle.longestWait)
      #expect(throws: Never.self) { try throttle.begin(email: "a@example.com", address: UUID().uuidString, at: moment) }
    }
    #expect(throws: AccessRefusal.tooManyAttempts(retryAfterSeconds: 900)) {
      try throttle.begin(email: "a@example.com", address: "x", at: moment)
    }
    moment = moment.addingTimeInterval(SignInThrottle.memory + 1)
    for _ in 0..<5 { #expect(throws: Never.self) { try throttle.begin(email: "a@example.com", address: UUID().uuidString, at: moment) } }
  }

  @Test("Attempts at the same moment count each")
  func parallel() async {
    let throttle = SignInThrottle()
    let begun = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<50 { group.addTask { (try? throttle.begin(email: "a@example.com", address: UUID().uuidString, at: now)) != nil } }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(begun == SignInThrottle.emailAllowance)
  }

  @Test("A success clears the email, and gives the address back its own attempt only")
  func success() throws {
    let throttle = SignInThrottle()
    for round in 0..<19 {
      try throttle.begin(email: "a\(round)@example.com", address: "1.1.1.1", at: now)
    }
    for _ in 0..<10 {
      try throttle.begin(email: "own@example.com", address: "1.1.1.1", at: now)
      throttle.succeed(email: "own@example.com", address: "1.1.1.1")
    }
    try throttle.begin(email: "b@example.com", address: "1.1.1.1", at: now)
    #expect(throws: AccessRefusal.self) { try throttle.begin(email: "c@example.com", address: "1.1.1.1", at: now) }
  }

  @Test("A flood of emails does not fill the memory")
  func bounded() {
    let throttle = SignInThrottle(maximumKeys: 100)
    for number in 0..<5000 {
      try? throttle.begin(email: "\(number)@example.com", address: "\(number)", at: now.addingTimeInterval(Double(number)))
    }
    #expect(throttle.count <= 100)
  }

  @Test("A token bucket lets a burst through, then one at its rate")
  func bucket() throws {
    let limiter = RateLimiter(burst: 3, perSecond: 0.5)
    for _ in 0..<3 { try limiter.take("a", at: now) }
    #expect(throws: RequestRefusal.rateLimited(retryAfterSeconds: 2)) { try limiter.take("a", at: now) }
    try limiter.take("b", at: now)
    #expect(throws: RequestRefusal.rateLimited(retryAfterSeconds: 1)) { try limiter.take("a", at: now.addingTimeInterval(1)) }
    try limiter.take("a", at: now.addingTimeInterval(2))
    #expect(throws: RequestRefusal.self) { try limiter.take("a", at: now.addingTimeInterval(2)) }
    // A clock that goes back gives nothing away.
    #expect(throws: RequestRefusal.self) { try limiter.take("a", at: now) }
  }

  @Test("The bucket table is bounded")
  func boundedBuckets() throws {
    let limiter = RateLimiter(burst: 1, perSecond: 0.001, maximumKeys: 50)
    for number in 0..<1000 { try limiter.take("\(number)", at: now) }
    #expect(limiter.count <= 50)
  }
}

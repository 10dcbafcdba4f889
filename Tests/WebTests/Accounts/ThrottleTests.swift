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
        _ = try throttle.begin(email: "a@example.com", address: "1.1.1.1", at: moment)
      } catch AccessRefusal.tooManyAttempts(let seconds) {
        waits.append(seconds)
        moment = moment.addingTimeInterval(Double(seconds))
      } catch {
        Issue.record("\(error)")
      }
    }
    #expect(waits == [5, 10, 20, 40, 80])
    for _ in 0..<9 {
      moment = moment.addingTimeInterval(SignInThrottle.longestWait)
      #expect(throws: Never.self) { _ = try throttle.begin(email: "a@example.com", address: "1.1.1.1", at: moment) }
    }
    #expect(throws: AccessRefusal.tooManyAttempts(retryAfterSeconds: 900)) {
      _ = try throttle.begin(email: "a@example.com", address: "1.1.1.1", at: moment)
    }
    moment = moment.addingTimeInterval(SignInThrottle.memory + 1)
    for _ in 0..<5 { #expect(throws: Never.self) { _ = try throttle.begin(email: "a@example.com", address: "1.1.1.1", at: moment) } }
  }

  @Test("Attempts at the same moment count each")
  func parallel() async {
    let throttle = SignInThrottle()
    let begun = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<50 { group.addTask { (try? throttle.begin(email: "a@example.com", address: "1.1.1.1", at: now)) != nil } }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(begun == SignInThrottle.pairAllowance)
  }

  @Test("Whoever knows an email can slow it down everywhere by 5 s at most, and not at all where it has signed in before")
  func noLockout() throws {
    let throttle = SignInThrottle()
    throttle.succeed(try throttle.begin(email: "a@example.com", address: "home", at: now), at: now)
    for number in 0..<(SignInThrottle.emailAllowance) { _ = try throttle.begin(email: "a@example.com", address: "bot \(number)", at: now) }
    for round in 0..<20 {
      let moment = now.addingTimeInterval(5 * Double(round))
      #expect(throws: AccessRefusal.tooManyAttempts(retryAfterSeconds: 5)) {
        _ = try throttle.begin(email: "a@example.com", address: "new place", at: moment)
      }
      throttle.succeed(try throttle.begin(email: "a@example.com", address: "home", at: moment), at: moment)
      _ = try throttle.begin(email: "a@example.com", address: "late bot \(round)", at: moment.addingTimeInterval(5))
    }
  }

  @Test("A success clears the email at that address, and gives the address back its own attempt only")
  func success() throws {
    let throttle = SignInThrottle()
    for round in 0..<18 { _ = try throttle.begin(email: "a\(round)@example.com", address: "1.1.1.1", at: now) }
    for _ in 0..<10 { throttle.succeed(try throttle.begin(email: "own@example.com", address: "1.1.1.1", at: now), at: now) }
    for _ in 0..<2 { _ = try throttle.begin(email: "b@example.com", address: "1.1.1.1", at: now) }
    #expect(throws: AccessRefusal.self) { _ = try throttle.begin(email: "c@example.com", address: "1.1.1.1", at: now) }
  }

  @Test("An attempt that is taken back has not happened")
  func takenBack() throws {
    let throttle = SignInThrottle()
    for _ in 0..<50 { throttle.takeBack(try throttle.begin(email: "a@example.com", address: "1.1.1.1", at: now)) }
    #expect(throttle.count == 0)
    for _ in 0..<4 { _ = try throttle.begin(email: "a@example.com", address: "1.1.1.1", at: now) }
    for _ in 0..<50 { throttle.takeBack(try throttle.begin(email: "a@example.com", address: "1.1.1.1", at: now)) }
    _ = try throttle.begin(email: "a@example.com", address: "1.1.1.1", at: now)
    #expect(throws: AccessRefusal.self) { _ = try throttle.begin(email: "a@example.com", address: "1.1.1.1", at: now) }
  }

  @Test("A flood of emails does not fill the memory")
  func bounded() {
    let throttle = SignInThrottle(maximumKeys: 100)
    for number in 0..<5000 {
      _ = try? throttle.begin(email: "\(number)@example.com", address: "\(number)", at: now.addingTimeInterval(Double(number)))
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

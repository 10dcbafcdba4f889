import BatchReports
import Testing

@Suite("Retry policy")
struct RetryPolicyTests {
  let policy = RetryPolicy()
  let failure = LeadFailure(.timeout, "slow")

  @Test("waits double, half of each fixed and half random")
  func bounds() {
    for (attempt, full) in [(1, 1.0), (2, 2), (3, 4), (4, 8), (5, 16)] {
      #expect(policy.wait(after: attempt, failure: failure, retryCount: 5, jitter: 0) == full / 2)
      #expect(policy.wait(after: attempt, failure: failure, retryCount: 5, jitter: 0.5) == full * 0.75)
      let most = policy.wait(after: attempt, failure: failure, retryCount: 5, jitter: 0.999_999)
      #expect(most.map { $0 < full && $0 > full * 0.99 } == true)
    }
  }

  @Test("no wait is longer than the limit")
  func limit() {
    let steep = RetryPolicy(delay: 10, factor: 10, maximumDelay: 60)
    #expect(steep.wait(after: 5, failure: failure, retryCount: 5, jitter: 0) == 30)
    #expect((steep.wait(after: 5, failure: failure, retryCount: 5, jitter: 0.999_999) ?? 0) <= 60)
  }

  @Test("retry_count retries make one try more, and none makes one try")
  func count() {
    #expect((1...6).map { policy.wait(after: $0, failure: failure, retryCount: 3, jitter: 0) != nil } == [true, true, true, false, false, false])
    #expect(policy.wait(after: 1, failure: failure, retryCount: 0, jitter: 0) == nil)
  }

  @Test(
    "a website's Retry-After is waited for up to an hour, never shortens the wait, and beyond an hour there is no other try",
    arguments: [
      (0.0, 0.5), (0.2, 0.5), (7, 7), (60, 60), (120, 120), (3600, 3600), (3601, nil), (100_000, nil), (-5, 0.5),
    ] as [(Double, Double?)])
  func retryAfter(asked: Double, waited: Double?) {
    let failure = LeadFailure(.http429, "slow down", retryAfter: asked)
    #expect(policy.wait(after: 1, failure: failure, retryCount: 1, jitter: 0) == waited)
  }

  @Test("only passing failures are tried again", arguments: LeadErrorCode.allCases)
  func permanent(code: LeadErrorCode) {
    let isTransient = [.timeout, .connectFailed, .http429, .http5xx, .providerTimeout, .providerUnavailable, .providerRateLimited].contains(code)
    #expect(code.isTransient == isTransient)
    #expect((policy.wait(after: 1, failure: LeadFailure(code, ""), retryCount: 3, jitter: 0) != nil) == isTransient)
  }

  @Test("every code has a heading and a remedy")
  func texts() {
    #expect(Set(LeadErrorCode.allCases.map(\.title)).count == LeadErrorCode.allCases.count)
    #expect(LeadErrorCode.allCases.allSatisfy { !$0.remedy.isEmpty })
  }
}

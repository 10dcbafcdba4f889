import Foundation

/// When a lead whose try failed for a passing reason is tried again.
public struct RetryPolicy: Sendable, Hashable {
  /// Seconds before the first retry.
  public var delay: Double
  public var factor: Double
  /// Seconds; no wait of our own is longer. A website may ask for more.
  public var maximumDelay: Double

  /// Seconds up to which a Retry-After is waited for; a lead that is asked to wait longer is not tried again.
  public static let longestRetryAfter = 3600.0

  public init(delay: Double = 1, factor: Double = 2, maximumDelay: Double = 60) {
    self.delay = delay
    self.factor = factor
    self.maximumDelay = maximumDelay
  }

  /// Seconds to wait after try number `attempt` (from 1), or nil when it was the last or the failure is permanent.
  ///
  /// Exponential backoff with equal jitter (half fixed, half random), so that leads that failed together do not come back together.
  /// `jitter` lies in 0..<1. A Retry-After is waited for (RFC 9110, 10.2.3), up to `longestRetryAfter`.
  public func wait(after attempt: Int, failure: LeadFailure, retryCount: Int, jitter: Double) -> Double? {
    let asked = failure.retryAfter ?? 0
    guard failure.code.isTransient, attempt <= retryCount, asked <= Self.longestRetryAfter else { return nil }
    let full = min(maximumDelay, delay * pow(factor, Double(attempt - 1)))
    let backoff = full / 2 + full / 2 * jitter
    return max(backoff, asked)
  }
}

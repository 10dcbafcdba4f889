import Foundation
import Synchronization

/// A token bucket for each key: `burst` at once, refilled at `perSecond`. The table is bounded.
public final class RateLimiter: Sendable {
  private struct Bucket {
    var tokens: Double
    var at: Date
  }

  private let burst: Double
  private let perSecond: Double
  private let maximumKeys: Int
  private let buckets = Mutex<[String: Bucket]>([:])

  public init(burst: Int, perSecond: Double, maximumKeys: Int = 10_000) {
    self.burst = Double(burst)
    self.perSecond = perSecond
    self.maximumKeys = maximumKeys
  }

  /// Takes a token. Throws `RequestRefusal.rateLimited`.
  public func take(_ key: String, at now: Date) throws {
    let wait = buckets.withLock { buckets -> Double? in
      if buckets[key] == nil, buckets.count >= maximumKeys { makeRoom(&buckets, now) }
      var bucket = buckets[key] ?? Bucket(tokens: burst, at: now)
      bucket = refilled(bucket, now)
      defer { buckets[key] = bucket }
      if bucket.tokens >= 1 {
        bucket.tokens -= 1
        return nil
      }
      return (1 - bucket.tokens) / perSecond
    }
    if let wait { throw RequestRefusal.rateLimited(retryAfterSeconds: max(1, Int(wait.rounded(.up)))) }
  }

  var count: Int { buckets.withLock { $0.count } }

  private func refilled(_ bucket: Bucket, _ now: Date) -> Bucket {
    let gained = max(0, now.timeIntervalSince(bucket.at)) * perSecond
    return Bucket(tokens: min(burst, bucket.tokens + gained), at: max(now, bucket.at))
  }

  /// Full buckets mean nothing; if that frees too little, all begin anew: a flood of keys may not fill the memory.
  private func makeRoom(_ buckets: inout [String: Bucket], _ now: Date) {
    buckets = buckets.filter { refilled($0.value, now).tokens < burst }
    if buckets.count > maximumKeys * 9 / 10 { buckets.removeAll(keepingCapacity: true) }
  }
}

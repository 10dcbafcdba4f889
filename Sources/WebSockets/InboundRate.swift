import NIOCore

/// Counts what a client sends in a sliding window of time.
struct InboundRate {
  let limit: Int
  let window: TimeAmount
  private var times = CircularBuffer<NIODeadline>(initialCapacity: 1)

  init(limit: Int, window: TimeAmount) {
    self.limit = limit
    self.window = window
  }

  /// Whether one more is within the limit.
  mutating func admits(_ now: NIODeadline) -> Bool {
    while let first = times.first, now - first >= window { times.removeFirst() }
    guard times.count < limit else { return false }
    times.append(now)
    return true
  }
}

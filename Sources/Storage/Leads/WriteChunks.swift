import GRDB

/// Writes many rows in short transactions, each sized by how long the last one took, so that the one writer is free again within moments.
struct WriteChunks: Sendable {
  /// What a transaction aims at; its commit and now and then a checkpoint come on top, and 50 ms is the promise.
  static let target = Duration.milliseconds(25)
  private static let sizes = 100...2_000

  private var size: Int

  init(startingAt size: Int = 200) { self.size = size }

  /// Hands over all elements in order, piece by piece, each in a transaction of its own; what was committed stays when a later one throws.
  mutating func write<Element: Sendable>(
    _ elements: [Element], to pool: DatabasePool, _ body: @escaping @Sendable (Database, [Element]) throws -> Void
  ) async throws {
    var start = 0
    while start < elements.count {
      try Task.checkCancellation()
      let chunk = Array(elements[start..<min(elements.count, start + size)])
      let duration = try await pool.writeWithoutTransaction { db in
        try ContinuousClock().measure {
          try db.inTransaction(.immediate) {
            try body(db, chunk)
            return .commit
          }
        }
      }
      start += chunk.count
      adapt(to: duration, of: chunk.count)
    }
  }

  /// Grows at most twofold at once: one quick transaction says little.
  private mutating func adapt(to duration: Duration, of count: Int) {
    let ratio = Self.target / max(duration, .microseconds(100))
    let next = Int(Double(count) * min(2, ratio))
    // A small last piece must not shrink what worked.
    if count == size || ratio < 1 { size = min(max(next, Self.sizes.lowerBound), Self.sizes.upperBound) }
  }
}

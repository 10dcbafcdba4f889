import GRDB

/// Writes many rows in short transactions, each sized by how long the last one took, so that the one writer is free again within moments.
struct WriteChunks: Sendable {
  /// What a transaction aims at; its commit and now and then a checkpoint come on top, and 50 ms is the promise.
  static let target = Duration.milliseconds(25)
  private static let sizes = 100...2_000

  private var size: Int

  init(startingAt size: Int = 200) { self.size = size }

  /// Hands over all elements in order, piece by piece, each in a transaction of its own; what was committed stays when a later one throws.
  /// - Parameter committed: told what the body made of each piece, once that cannot be undone.
  mutating func write<Element: Sendable, Outcome>(
    _ elements: [Element], to pool: DatabasePool, _ body: @escaping @Sendable (Database, [Element]) throws -> Outcome,
    committed: @escaping @Sendable (Outcome) -> Void = { _ in }
  ) async throws {
    var start = 0
    while start < elements.count {
      try Task.checkCancellation()
      let chunk = Array(elements[start..<min(elements.count, start + size)])
      let duration = try await pool.writeWithoutTransaction { db in
        try ContinuousClock().measure {
          var outcome: Outcome?
          try db.inTransaction(.immediate) {
            outcome = try body(db, chunk)
            return .commit
          }
          outcome.map(committed)
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

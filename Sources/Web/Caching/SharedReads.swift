import Synchronization

/// Lets callers who want the same thing at the same moment share one reading of it: after a commit, a thousand readers of a batch
/// cost one query, not a thousand.
final class SharedReads<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  /// What those get who waited: nil when the one who read failed, so that each tries for itself.
  private typealias Waiter = CheckedContinuation<Value?, Never>

  private let waiters = Mutex<[Key: [Waiter]]>([:])

  /// What `read` finds, of this caller or of another who is reading the same key right now. Throws what its own `read` throws.
  func value(of key: Key, read: () async throws -> Value) async throws -> Value {
    guard takeLead(key) else {
      if let value = await follow(key) { return value }
      return try await read()
    }
    do {
      let value = try await read()
      finish(key, value)
      return value
    } catch {
      finish(key, nil)
      throw error
    }
  }

  /// How many wait for the one who reads.
  func waiterCount(of key: Key) -> Int { waiters.withLock { $0[key]?.count ?? 0 } }

  private func takeLead(_ key: Key) -> Bool {
    waiters.withLock { waiters in
      if waiters[key] != nil { return false }
      waiters[key] = []
      return true
    }
  }

  /// nil when the leader failed, or was done before this caller could join.
  private func follow(_ key: Key) async -> Value? {
    await withCheckedContinuation { waiter in
      let hasJoined = waiters.withLock { waiters in
        guard waiters[key] != nil else { return false }
        waiters[key]?.append(waiter)
        return true
      }
      if !hasJoined { waiter.resume(returning: nil) }
    }
  }

  private func finish(_ key: Key, _ value: Value?) {
    let waiting = waiters.withLock { $0.removeValue(forKey: key) } ?? []
    for waiter in waiting { waiter.resume(returning: value) }
  }
}

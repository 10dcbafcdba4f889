import Synchronization

/// How far an upload has come, and how it ended.
final class UploadProgress: Sendable {
  private struct State {
    var received = 0
    var hasEnded = false
    var brokeOff = false
    var isTooSlow = false
  }

  private let state = Mutex(State())

  /// Bytes.
  var received: Int { state.withLock { $0.received } }
  var hasEnded: Bool { state.withLock { $0.hasEnded } }
  /// It ended before its file did.
  var brokeOff: Bool { state.withLock { $0.brokeOff } }
  var isTooSlow: Bool { state.withLock { $0.isTooSlow } }

  func take(_ bytes: Int) { state.withLock { $0.received += bytes } }
  func end() { state.withLock { $0.hasEnded = true } }
  func breakOff() { state.withLock { ($0.brokeOff, $0.hasEnded) = (true, true) } }
  fileprivate func isFoundTooSlow() { state.withLock { $0.isTooSlow = true } }
}

/// How slowly an upload may come: a client that trickles would hold its place and its file for hours.
public struct UploadPace: Sendable, Hashable {
  /// What every upload has.
  public var grace = Duration.seconds(60)
  /// Half of what a slow line carries; each such many bytes are worth one more second.
  public var bytesPerSecond = 65_536

  public init() {}

  /// Does the work on an upload; when the upload comes too slowly, the work's task is cancelled. Throws what the work throws.
  func keep<Value: Sendable>(_ progress: UploadProgress, _ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
    try await withThrowingTaskGroup(of: Value?.self) { group in
      group.addTask { try await work() }
      group.addTask {
        try await waitUntilTooSlow(progress)
        return nil
      }
      defer { group.cancelAll() }
      if let value = try await group.next() ?? nil { return value }
      progress.isFoundTooSlow()
      group.cancelAll()
      // The work itself knows what became of the rows that had arrived.
      guard let value = try await group.next() ?? nil else { throw CancellationError() }
      return value
    }
  }

  private func waitUntilTooSlow(_ progress: UploadProgress) async throws {
    let start = ContinuousClock.now
    while true {
      let deadline = start + grace + .seconds(Double(progress.received) / Double(max(1, bytesPerSecond)))
      if progress.hasEnded {
        try await Task.sleep(for: .seconds(3600))
      } else if ContinuousClock.now >= deadline {
        return
      } else {
        try await Task.sleep(until: deadline, clock: .continuous)
      }
    }
  }
}

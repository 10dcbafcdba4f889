import Synchronization

/// Calls one lead in flight back, once: because its batch is being cancelled, or because the engine goes down.
final class CallBack: Sendable {
  enum Reason: Sendable { case cancelled, shutdown }

  private let reason = Mutex<Reason?>(nil)
  private let (stream, continuation) = AsyncStream<Never>.makeStream()

  func call(_ why: Reason) {
    reason.withLock { $0 = $0 ?? why }
    continuation.finish()
  }

  var isCalled: Bool { reason.withLock { $0 != nil } }

  /// Returns when the lead is called back, or nil when the waiting task was cancelled.
  func wait() async -> Reason? {
    for await _ in stream {}
    return reason.withLock { $0 }
  }
}

import Synchronization

/// What outer middlewares learn from inner ones.
final class RequestNotes: Sendable {
  private let kept: Mutex<Identity?> = Mutex(nil)

  var identity: Identity? {
    get { kept.withLock { $0 } }
    set { kept.withLock { $0 = newValue } }
  }
}

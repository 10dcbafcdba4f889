import Foundation
import Synchronization

/// How long the connections of a database wait for a lock that another program holds: ten seconds, or a quarter of one once the process
/// is to end.
public final class LockPatience: Sendable {
  private static let step: TimeInterval = 0.005
  static let usual = 2000
  static let hurried = 50

  private let limit = Atomic(LockPatience.usual)

  init() {}

  /// From now on every connection gives up quickly, also those that wait already.
  public func hurry() { limit.store(Self.hurried, ordering: .relaxed) }

  /// Asked by SQLite after each vain try, on the thread that waits; false gives up with SQLITE_BUSY.
  func waits(after tries: Int) -> Bool {
    if tries >= limit.load(ordering: .relaxed) { return false }
    // Most locks are of our own process and last a millisecond.
    Thread.sleep(forTimeInterval: tries < 5 ? 0.001 : Self.step)
    return true
  }
}

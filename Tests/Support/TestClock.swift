import Foundation
import Synchronization

/// A clock that stands until it is moved.
public final class TestClock: Sendable {
  private let moment: Mutex<Date>

  /// 21 November 2026, 09:00 UTC, unless told otherwise.
  public init(_ start: Date = Date(timeIntervalSince1970: 1_795_251_600)) { moment = Mutex(start) }

  public var now: Date { moment.withLock { $0 } }

  public func advance(by seconds: TimeInterval) { moment.withLock { $0 = $0.addingTimeInterval(seconds) } }
}

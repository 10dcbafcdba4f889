import Foundation
import Synchronization

/// Counts how often the time was asked for: once for each look of the engine at its rows.
final class Looks: Sendable {
  private let number = Mutex(0)
  var count: Int { number.withLock { $0 } }

  func look() -> Date {
    number.withLock { $0 += 1 }
    return Date()
  }
}

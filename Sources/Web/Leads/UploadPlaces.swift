import Foundation
import Synchronization

/// How many uploads each account has under way; each holds a file and a reader.
final class UploadPlaces: Sendable {
  static let perAccount = 2

  private let taken = Mutex<[UUID: Int]>([:])

  /// Does the work in one of the account's places. Throws `UploadRefusal.tooMany`, and what the work throws.
  func hold<Value: Sendable>(_ account: UUID, _ work: () async throws -> Value) async throws -> Value {
    let isFree = taken.withLock { taken in
      guard taken[account, default: 0] < Self.perAccount else { return false }
      taken[account, default: 0] += 1
      return true
    }
    guard isFree else { throw UploadRefusal.tooMany }
    defer {
      taken.withLock { taken in
        taken[account, default: 1] -= 1
        if taken[account] == 0 { taken[account] = nil }
      }
    }
    return try await work()
  }
}

import BatchReports
import Foundation
import Synchronization

/// Answers to status calls, each good for as long as nobody has committed anything and its clock figures are fresh.
final class StatusCache: Sendable {
  struct Status: Sendable, Hashable {
    var owner: UUID
    var isPrivate: Bool
    var isLive: Bool
    var body: Data
  }

  private struct Entry {
    var version: Int64
    var readAt: Date
    var status: Status
  }

  private struct Reading: Hashable {
    var batch: UUID
    var version: Int64
  }

  /// Seconds after which the elapsed time of a live batch is worked out anew even without a commit.
  private static let freshness = 0.5
  private static let limit = 1000

  private let now: @Sendable () -> Date
  private let entries = Mutex<[UUID: Entry]>([:])
  private let reads = SharedReads<Reading, Status?>()

  init(now: @escaping @Sendable () -> Date) {
    self.now = now
  }

  /// The kept status, or what `read` finds.
  ///
  /// - Parameter version: of the commit clock, taken when the request came: an answer is never older than the last commit before
  ///   that, and a commit while reading makes the entry stale.
  func status(of id: UUID, version: Int64, read: () async throws -> Status?) async throws -> Status? {
    let moment = now()
    let kept = entries.withLock { $0[id] }
    if let kept, kept.version == version, !kept.status.isLive || moment.timeIntervalSince(kept.readAt) < Self.freshness { return kept.status }
    guard let status = try await reads.value(of: Reading(batch: id, version: version), read: read) else { return nil }
    entries.withLock { entries in
      if entries.count >= Self.limit { entries.removeAll() }
      entries[id] = Entry(version: version, readAt: moment, status: status)
    }
    return status
  }
}

import BatchReports
import Foundation
import Storage
import Synchronization

/// Answers to status calls, each good for as long as nobody has committed anything and its clock figures are fresh.
///
/// `PRAGMA data_version` tells in microseconds whether a commit has come since, so an answer is never older than the last commit.
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

  /// Seconds after which the elapsed time of a live batch is worked out anew even without a commit.
  private static let freshness = 0.5
  private static let limit = 1000

  private let commits: CommitClock
  private let now: @Sendable () -> Date
  private let entries = Mutex<[UUID: Entry]>([:])

  init(commits: CommitClock, now: @escaping @Sendable () -> Date) {
    self.commits = commits
    self.now = now
  }

  /// The kept status, or what `read` finds. The version is taken before reading, so that a commit in between makes the entry stale.
  func status(of id: UUID, read: () async throws -> Status?) async throws -> Status? {
    let version = try commits.version()
    let moment = now()
    let kept = entries.withLock { $0[id] }
    if let kept, kept.version == version, !kept.status.isLive || moment.timeIntervalSince(kept.readAt) < Self.freshness { return kept.status }
    guard let status = try await read() else { return nil }
    entries.withLock { entries in
      if entries.count >= Self.limit { entries.removeAll() }
      entries[id] = Entry(version: version, readAt: moment, status: status)
    }
    return status
  }
}

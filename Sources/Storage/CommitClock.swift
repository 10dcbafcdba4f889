import Foundation
import GRDB

/// Tells in microseconds whether anyone has committed since the last look, this process or another.
///
/// SQLite's `PRAGMA data_version` changes on a connection when another connection commits; this one never writes, so it sees all.
public final class CommitClock: Sendable {
  private let queue: DatabaseQueue

  init(path: String) throws {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(10)
    queue = try DatabaseQueue(path: path, configuration: configuration)
  }

  /// A number that differs after every commit. Throws `DatabaseError`.
  public func version() throws -> Int64 {
    try queue.unsafeRead { db in
      let statement = try db.cachedStatement(sql: "PRAGMA data_version")
      return try Int64.fetchOne(statement) ?? 0
    }
  }
}

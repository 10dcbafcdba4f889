import Foundation
public import GRDB
import Logging

/// The product's SQLite database: one writer, several readers, write-ahead log, every commit synced to the disk.
public struct AppDatabase: Sendable {
  public let pool: DatabasePool
  public let commits: CommitClock
  /// How long a connection waits for another program's lock.
  public let patience: LockPatience

  /// Opens (or makes) the database file. Throws `DatabaseError` when it cannot be opened.
  ///
  /// GRDB sets synchronous=NORMAL while it turns on the write-ahead log, so FULL is set afterwards: with NORMAL a power cut could
  /// take back charges that were already acknowledged (sqlite.org/wal.html, section 3.1).
  public init(path: String, readers: Int = 6) throws {
    var configuration = Configuration()
    configuration.maximumReaderCount = readers
    let patience = LockPatience()
    self.patience = patience
    configuration.busyMode = .callback { patience.waits(after: $0) }
    configuration.prepareDatabase { db in
      try db.execute(sql: "PRAGMA mmap_size = 1073741824; PRAGMA cache_size = -32768; PRAGMA temp_store = MEMORY")
    }
    pool = try DatabasePool(path: path, configuration: configuration)
    try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000") }
    commits = try CommitClock(path: path)
  }
}

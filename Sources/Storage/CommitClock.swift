import Foundation
import GRDB
import GRDBSQLite
import Synchronization

/// Tells in microseconds whether anyone has committed since the last look, this process or another.
///
/// SQLite's `PRAGMA data_version` changes on a connection when another connection commits; this one never writes, so it sees all.
/// Every request asks, so it is one prepared statement behind one lock, without a queue of its own.
public final class CommitClock: Sendable {
  private struct Handles {
    var connection: OpaquePointer?
    var statement: OpaquePointer?
  }

  private static let busyMilliseconds: Int32 = 10_000

  private let handles: Mutex<Handles>

  init(path: String) throws {
    var connection: OpaquePointer?
    var statement: OpaquePointer?
    let opened = sqlite3_open_v2(path, &connection, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nil)
    sqlite3_busy_timeout(connection, CommitClock.busyMilliseconds)
    let code = opened == SQLITE_OK ? sqlite3_prepare_v2(connection, "PRAGMA data_version", -1, &statement, nil) : opened
    guard code == SQLITE_OK else {
      let message = String(cString: sqlite3_errmsg(connection))
      sqlite3_close_v2(connection)
      throw DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
    }
    handles = Mutex(Handles(connection: connection, statement: statement))
  }

  deinit {
    handles.withLock { handles in
      sqlite3_finalize(handles.statement)
      sqlite3_close_v2(handles.connection)
    }
  }

  /// A number that differs after every commit. Throws `DatabaseError`.
  public func version() throws -> Int64 {
    try handles.withLock { handles in
      defer { sqlite3_reset(handles.statement) }
      let code = sqlite3_step(handles.statement)
      guard code == SQLITE_ROW else {
        throw DatabaseError(resultCode: ResultCode(rawValue: code), message: String(cString: sqlite3_errmsg(handles.connection)))
      }
      return sqlite3_column_int64(handles.statement, 0)
    }
  }
}

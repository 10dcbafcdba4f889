import GRDB
import GRDBSQLite

/// A statement that is run for many rows in one transaction with its values bound directly.
///
/// It is for the engine's rows: GRDB's argument arrays took more time there than SQLite itself. Nothing observes these tables.
struct BulkStatement {
  enum Value: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
    case integer(Int64)
    case text(String)
    case null

    init(integerLiteral value: Int64) { self = .integer(value) }
    init(stringLiteral value: String) { self = .text(value) }

    static func optional(_ value: Int64?) -> Value { value.map(Value.integer) ?? .null }
    static func optional(_ value: String?) -> Value { value.map(Value.text) ?? .null }
  }

  /// SQLite takes a copy of what is bound so (sqlite.org/c3ref/c_static.html).
  private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

  /// Held for as long as its handle is used.
  private let statement: Statement
  private let handle: OpaquePointer
  private let connection: OpaquePointer?

  /// Throws `DatabaseError` for SQL that is wrong.
  init(_ db: Database, _ sql: String) throws {
    statement = try db.cachedStatement(sql: sql)
    handle = statement.sqliteStatement
    connection = db.sqliteConnection
  }

  /// Runs it to its end and returns how many rows it changed. Throws `DatabaseError`.
  @discardableResult
  func run(_ values: [Value]) throws -> Int {
    defer {
      sqlite3_reset(handle)
      sqlite3_clear_bindings(handle)
    }
    for (index, value) in values.enumerated() {
      let place = Int32(index + 1)
      let code =
        switch value {
        case .integer(let number): sqlite3_bind_int64(handle, place, number)
        case .text(let text): sqlite3_bind_text(handle, place, text, -1, Self.copied)
        case .null: sqlite3_bind_null(handle, place)
        }
      guard code == SQLITE_OK else { throw error(code) }
    }
    let code = sqlite3_step(handle)
    guard code == SQLITE_DONE else { throw error(code) }
    return Int(sqlite3_changes(connection))
  }

  private func error(_ code: Int32) -> DatabaseError {
    DatabaseError(resultCode: ResultCode(rawValue: sqlite3_extended_errcode(connection)), message: String(cString: sqlite3_errmsg(connection)))
  }
}

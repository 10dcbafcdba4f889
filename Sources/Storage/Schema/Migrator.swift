import BatchReports
import Foundation
import GRDB
import Secrets

/// Applies the SQL files of a folder in the order of their names, each once and in a transaction of its own.
public struct Migrator: Sendable {
  public struct Migration: Sendable, Hashable {
    public var name: String
    public var sql: String
    public var downSQL: String?
    public var checksum: String
  }

  public enum Failure: Error, CustomStringConvertible, Hashable {
    case noMigrations(folder: String)
    case changed(String)
    case unknownToThisVersion(String)
    case noSuchMigration(String)
    case cannotGoBack(String)
    case failed(name: String, message: String)

    public var description: String {
      switch self {
      case .noMigrations(let folder): "No migrations were found in \(folder). Set BATCH_RESOURCES_DIR to the folder that holds migrations/."
      case .changed(let name): "The migration \(name) was changed after it had been applied. Restore the file as it was."
      case .unknownToThisVersion(let name): "The database has the migration \(name), which this version does not know. Use the newer version."
      case .noSuchMigration(let name): "There is no migration \(name)."
      case .cannotGoBack(let name): "The migration \(name) has no .down.sql beside it."
      case .failed(let name, let message): "The migration \(name) failed and was rolled back: \(message)"
      }
    }
  }

  public let migrations: [Migration]

  /// Reads `NAME.sql` and, beside it, `NAME.down.sql`. Throws `Failure.noMigrations` for a folder without any.
  public init(folder: URL) throws {
    let files = ((try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? [])
      .filter { $0.pathExtension == "sql" }
    let texts = try Dictionary(uniqueKeysWithValues: files.map { ($0.lastPathComponent, try String(contentsOf: $0, encoding: .utf8)) })
    migrations = texts.keys.filter { $0.hasSuffix(".sql") && !$0.hasSuffix(".down.sql") }.sorted().map { file in
      let name = String(file.dropLast(4))
      let sql = texts[file] ?? ""
      return Migration(name: name, sql: sql, downSQL: texts[name + ".down.sql"], checksum: Digest.sha256Hex(Data(sql.utf8)))
    }
    if migrations.isEmpty { throw Failure.noMigrations(folder: folder.path) }
  }

  /// Brings the database to `target` (the newest when nil), upwards or downwards, and returns the names of what was run.
  @discardableResult
  public func migrate(_ database: AppDatabase, to target: String? = nil, now: Date = Date()) throws -> [String] {
    if let target, target != "0", !migrations.contains(where: { $0.name == target }) { throw Failure.noSuchMigration(target) }
    let applied = try appliedNames(database)
    let goal = target == "0" ? 0 : target.flatMap { name in migrations.firstIndex { $0.name == name } }.map { $0 + 1 } ?? migrations.count
    var ran: [String] = []
    for migration in migrations[..<goal] where !applied.contains(migration.name) {
      let isMine = try run(migration, sql: migration.sql, whenApplied: false, database) { db in
        try db.execute(
          sql: "INSERT INTO migration (name, checksum, applied_at) VALUES (?, ?, ?)",
          arguments: [migration.name, migration.checksum, now.milliseconds])
      }
      if isMine { ran.append(migration.name) }
    }
    for migration in migrations[goal...].reversed() where applied.contains(migration.name) {
      guard let down = migration.downSQL else { throw Failure.cannotGoBack(migration.name) }
      let isMine = try run(migration, sql: down, whenApplied: true, database) {
        try $0.execute(sql: "DELETE FROM migration WHERE name = ?", arguments: [migration.name])
      }
      if isMine { ran.append(migration.name) }
    }
    return ran
  }

  /// Checks what was applied against the files and returns its names. Throws `Failure` where they disagree.
  private func appliedNames(_ database: AppDatabase) throws -> Set<String> {
    let rows = try database.pool.write { db in
      try db.execute(
        sql: "CREATE TABLE IF NOT EXISTS migration (name TEXT NOT NULL PRIMARY KEY, checksum TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT")
      return try Row.fetchAll(db, sql: "SELECT name, checksum FROM migration ORDER BY name")
    }
    for row in rows {
      let name: String = row["name"]
      guard let migration = migrations.first(where: { $0.name == name }) else { throw Failure.unknownToThisVersion(name) }
      if migration.checksum != row["checksum"] { throw Failure.changed(name) }
    }
    return Set(rows.map { $0["name"] })
  }

  /// Returns false when another process has done it meanwhile: two may start on one database at the same moment.
  private func run(
    _ migration: Migration, sql: String, whenApplied: Bool, _ database: AppDatabase, record: (Database) throws -> Void
  ) throws -> Bool {
    do {
      return try database.pool.write { db in
        let count = try Int.fetchOne(db, sql: "SELECT count(*) FROM migration WHERE name = ?", arguments: [migration.name])
        guard (count == 1) == whenApplied else { return false }
        try db.execute(sql: sql)
        try record(db)
        return true
      }
    } catch let error as DatabaseError {
      throw Failure.failed(name: migration.name, message: error.message ?? "\(error)")
    }
  }
}

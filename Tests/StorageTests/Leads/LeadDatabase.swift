import BatchReports
import Foundation
import GRDB
import Storage

/// An empty, migrated database in a folder of its own, which goes with it.
final class LeadDatabase: Sendable {
  let database: AppDatabase
  let folder: URL
  var store: LeadStore { LeadStore(database: database) }
  var selections: SelectionStore { SelectionStore(database: database) }

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "leads-\(UUID().text)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    database = try AppDatabase(path: folder.appending(path: "leads.sqlite").path)
    var root = URL(filePath: #filePath).resolvingSymlinksInPath()
    for _ in 0..<4 { root.deleteLastPathComponent() }
    try Migrator(folder: root.appending(path: "migrations")).migrate(database)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// An account that selections can belong to.
  func account() async throws -> UUID {
    let id = UUID()
    try await database.pool.write {
      try $0.execute(
        sql: "INSERT INTO account (id, email, role, created_at) VALUES (?, ?, 'operator', 0)",
        arguments: [id.text, "\(id.text)@example.com"])
    }
    return id
  }

  /// All leads by key, read as simply as can be.
  func all() async throws -> [Lead] {
    let keys = try await database.pool.read { try Int64.fetchAll($0, sql: "SELECT key FROM lead ORDER BY key") }
    return try await store.leads(keys: keys)
  }
}

import Foundation
import GRDB
import Storage
import TestSupport
import Testing

@Suite("Migrator")
struct MigratorTests {
  /// A folder of migrations and an empty database.
  final class Bench: Sendable {
    let folder: URL
    let database: AppDatabase

    init(_ files: [String: String]) throws {
      folder = FileManager.default.temporaryDirectory.appendingPathComponent("migrator-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      database = try AppDatabase(path: folder.appendingPathComponent("test.sqlite").path)
      try write(files)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func write(_ files: [String: String]) throws {
      for (name, text) in files { try Data(text.utf8).write(to: folder.appendingPathComponent(name)) }
    }

    func migrate(to target: String? = nil) throws -> [String] { try Migrator(folder: folder).migrate(database, to: target) }

    func tables() throws -> [String] {
      try database.pool.read {
        try String.fetchAll($0, sql: "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'migration' ORDER BY name")
      }
    }
  }

  static let three = [
    "0002_b.sql": "CREATE TABLE b (x REFERENCES a (x)); INSERT INTO b SELECT x FROM a;", "0002_b.down.sql": "DROP TABLE b;",
    "0001_a.sql": "CREATE TABLE a (x INTEGER PRIMARY KEY); INSERT INTO a VALUES (7);", "0001_a.down.sql": "DROP TABLE a;",
    "0010_c.sql": "CREATE TABLE c (x); INSERT INTO c SELECT x FROM b;", "0010_c.down.sql": "DROP TABLE c;", "README.md": "no migration",
  ]

  @Test("files run in the order of their names, each once")
  func order() throws {
    let bench = try Bench(Self.three)
    #expect(try bench.migrate() == ["0001_a", "0002_b", "0010_c"])
    #expect(try bench.migrate() == [])
    #expect(try bench.database.pool.read { try Int.fetchAll($0, sql: "SELECT x FROM c") } == [7])
  }

  @Test("a migration that comes later runs by itself")
  func later() throws {
    let bench = try Bench(Self.three)
    _ = try bench.migrate()
    try bench.write(["0011_d.sql": "CREATE TABLE d (x)"])
    #expect(try bench.migrate() == ["0011_d"])
  }

  @Test("one can go down and up again, to a name or to nothing")
  func downAndUp() throws {
    let bench = try Bench(Self.three)
    #expect(try bench.migrate(to: "0002_b") == ["0001_a", "0002_b"])
    #expect(try bench.migrate() == ["0010_c"])
    #expect(try bench.migrate(to: "0001_a") == ["0010_c", "0002_b"])
    #expect(try bench.tables() == ["a"])
    #expect(try bench.migrate(to: "0") == ["0001_a"])
    #expect(try bench.tables().isEmpty)
    #expect(try bench.migrate().count == 3)
    #expect(try bench.tables() == ["a", "b", "c"])
  }

  @Test("a file that was changed after it ran is refused")
  func changed() throws {
    let bench = try Bench(Self.three)
    _ = try bench.migrate()
    try bench.write(["0001_a.sql": "CREATE TABLE a (y)"])
    #expect(throws: Migrator.Failure.changed("0001_a")) { try bench.migrate() }
  }

  @Test("a database from a newer version is refused")
  func unknown() throws {
    let bench = try Bench(Self.three)
    _ = try bench.migrate()
    try FileManager.default.removeItem(at: bench.folder.appendingPathComponent("0010_c.sql"))
    #expect(throws: Migrator.Failure.unknownToThisVersion("0010_c")) { try bench.migrate() }
  }

  @Test("a failing file is rolled back whole, and the ones before it stay")
  func failing() throws {
    let bench = try Bench(Self.three.merging(["0003_bad.sql": "CREATE TABLE bad (x); INSERT INTO bad VALUES (1); SELECT * FROM nowhere;"]) { $1 })
    #expect { try bench.migrate() } throws: { error in
      guard case .failed("0003_bad", let message)? = error as? Migrator.Failure else { return false }
      return message.contains("nowhere")
    }
    #expect(try bench.tables() == ["a", "b"])
    try bench.write(["0003_bad.sql": "CREATE TABLE good (x)"])
    #expect(try bench.migrate() == ["0003_bad", "0010_c"])
  }

  @Test("a target that is not there, a way back that is not written, and a folder without migrations are refused")
  func refusals() throws {
    let bench = try Bench(Self.three)
    #expect(throws: Migrator.Failure.noSuchMigration("0004")) { try bench.migrate(to: "0004") }
    _ = try bench.migrate()
    try FileManager.default.removeItem(at: bench.folder.appendingPathComponent("0010_c.down.sql"))
    #expect(throws: Migrator.Failure.cannotGoBack("0010_c")) { try bench.migrate(to: "0002_b") }
    let empty = bench.folder.appendingPathComponent("empty")
    try FileManager.default.createDirectory(at: empty, withIntermediateDirectories: true)
    #expect(throws: Migrator.Failure.noMigrations(folder: empty.path)) { try Migrator(folder: empty) }
    #expect(throws: Migrator.Failure.self) { try Migrator(folder: bench.folder.appendingPathComponent("nowhere")) }
  }

  @Test("every failure says what to do")
  func texts() {
    let all: [Migrator.Failure] = [
      .noMigrations(folder: "/f"), .changed("m"), .unknownToThisVersion("m"), .noSuchMigration("m"), .cannotGoBack("m"),
      .failed(name: "m", message: "why"),
    ]
    #expect(Set(all.map(\.description)).count == all.count)
  }

  @Test("two processes that start at once apply each file once")
  func atOnce() async throws {
    let bench = try Bench(Self.three)
    let path = bench.folder.appendingPathComponent("test.sqlite").path
    let ran = try await withThrowingTaskGroup(of: [String].self) { group in
      for _ in 0..<4 { group.addTask { try Migrator(folder: bench.folder).migrate(AppDatabase(path: path)) } }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(ran.sorted() == ["0001_a", "0002_b", "0010_c"])
  }

  @Test("the product's own migrations go up, down to nothing, and up again")
  func product() throws {
    let bench = try Bench([:])
    let migrator = try Migrator(folder: ProjectFolder.root.appendingPathComponent("migrations"))
    let names = try migrator.migrate(bench.database)
    #expect(names.prefix(3) == ["0001_accounts", "0002_leads", "0003_batches"])
    #expect(try migrator.migrate(bench.database, to: "0") == names.reversed())
    #expect(try bench.tables().isEmpty)
    #expect(try migrator.migrate(bench.database) == names)
    #expect(try bench.database.pool.read { try Row.fetchAll($0, sql: "PRAGMA foreign_key_check") }.isEmpty)
  }
}

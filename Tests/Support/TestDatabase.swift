import Foundation
import Storage

/// A database file of its own in a temporary folder, with every migration of the project applied.
public final class TestDatabase: Sendable {
  public let database: AppDatabase
  public let folder: URL

  public init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("batchreports-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    database = try AppDatabase(path: folder.appendingPathComponent("test.sqlite").path, readers: 3)
    try Migrator(folder: ProjectFolder.root.appendingPathComponent("migrations")).migrate(database)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }
}

/// The folder that holds Package.swift.
public enum ProjectFolder {
  public static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
}

import Foundation
import Logging
import Storage

extension Settings {
  /// Opens the database in the data folder; makes both where they are missing, for nobody else on this machine to read.
  ///
  /// Throws `DatabaseError`, and `SettingsError` for a folder that cannot be written.
  func openDatabase(_ logger: Logger) throws -> AppDatabase {
    let files = FileManager.default
    let file = dataFolder.appendingPathComponent("batchreports.sqlite").path
    do {
      try files.createDirectory(at: dataFolder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o750])
      // Before it is opened: SQLite gives the files beside it the permissions of this one.
      if !files.fileExists(atPath: file) {
        let descriptor = open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw POSIXError(.EACCES) }
        close(descriptor)
      }
    } catch {
      throw SettingsError(setting: "BATCH_DATA_DIR", value: dataFolder.path, expected: "a folder that can be made and written")
    }
    for path in [file, file + "-wal", file + "-shm"] where files.fileExists(atPath: path) {
      do { try files.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path) } catch {
        // Not ours, or of a file system without permissions: whoever set that up decides who may read it.
        logger.warning("the database file cannot be closed to others", metadata: ["file": "\(path)", "error": "\(error)"])
      }
    }
    return try AppDatabase(path: file)
  }
}

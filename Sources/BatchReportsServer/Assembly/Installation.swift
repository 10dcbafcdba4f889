import BatchReports
import Foundation
import Logging
import Storage

/// A data folder opened for work: its database, migrated, and where its reports lie.
struct Installation {
  let settings: Settings
  let database: AppDatabase
  let archive: ReportArchive

  /// Makes the folder where it is missing, opens the database and brings it up to date.
  ///
  /// Throws `Migrator.Failure`, `DatabaseError`, and `SettingsError` for a folder that cannot be written.
  init(_ settings: Settings, logger: Logger, now: Date = Date()) async throws {
    self.settings = settings
    database = try settings.openDatabase(logger)
    let ran = try Migrator(folder: settings.resourcesFolder.appendingPathComponent("migrations")).migrate(database, now: now)
    if !ran.isEmpty { logger.info("the database was migrated", metadata: ["migrations": "\(ran.joined(separator: ", "))"]) }
    try await RateCardStore(database: database).ensureInitialCard(now: now)
    archive = ReportArchive(folder: settings.dataFolder.appendingPathComponent("reports"))
  }
}

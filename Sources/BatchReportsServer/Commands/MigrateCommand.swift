import ArgumentParser
import Foundation
import Storage

/// Brings the database to the newest migration, or to one that is named.
struct MigrateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "migrate", abstract: "Bring the database up to date, or to a named migration.")

  @Option(help: "The migration to go to, upwards or downwards, such as 0001_accounts; 0 takes all back.")
  var to: String?

  func run() async throws {
    let settings = try CommandLineSession.settings()
    try await CommandLineSession.explaining {
      let database = try settings.openDatabase(CommandLineSession.logger(settings))
      let ran = try Migrator(folder: settings.resourcesFolder.appendingPathComponent("migrations")).migrate(database, to: to)
      print(ran.isEmpty ? "Nothing to do." : ran.map { "ran \($0)" }.joined(separator: "\n"))
    }
  }
}

import BatchReports
import Foundation
import GRDB
import Storage

/// Loads leads, asks random questions, changes selections and imports a file: `lead-benchmark [LEADS] [QUESTIONS] [FOLDER]`.
/// A folder that is named keeps its database for the next run.
@main
struct LeadBenchmark {
  static func main() async throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    let leads = arguments.first.flatMap(Int.init) ?? 1_000_000
    let questions = arguments.count > 1 ? Int(arguments[1]) ?? 200 : 200
    let temporary = FileManager.default.temporaryDirectory.appending(path: "lead-benchmark-\(UUID().text)")
    let folder = arguments.count > 2 ? URL(filePath: arguments[2]) : temporary
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { if arguments.count < 3 { try? FileManager.default.removeItem(at: temporary) } }
    let database = try AppDatabase(path: folder.appending(path: "leads.sqlite").path)
    let root = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    try Migrator(folder: root.appending(path: "migrations")).migrate(database)
    let run = LeadBenchmarkRun(database: database, leads: leads)
    try await run.load()
    try await run.ask(questions)
    try await run.select()
    try await run.importFile()
  }
}

import ArgumentParser
import BatchReports
import Foundation
import Storage

/// Leads from the command line.
struct LeadsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "leads", abstract: "Import leads.", subcommands: [Import.self])

  struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Import leads from a CSV file with a header; rows that cannot be read are listed, the others are kept.")
    @Argument(help: "The CSV file.") var file: String

    func run() async throws {
      try await CommandLineSession.explaining {
        let installation = try await CommandLineSession.installation()
        let url = try readableFile(installation.settings)
        let result = try await LeadImport(database: installation.database, options: installation.settings.importing).run(
          chunks: FileChunks(file: try FileHandle(forReadingFrom: url)), for: LeadImportRecord(by: .commandLine, of: url.lastPathComponent))
        print("imported \(result.imported), updated \(result.updated), skipped \(result.skipped), rows with errors \(result.rowErrorCount)")
        for error in result.rowErrors { print("row \(error.row), \(error.column): \(error.message)") }
        if result.rowErrorCount > result.rowErrors.count { print("… and \(result.rowErrorCount - result.rowErrors.count) more") }
        if result.rowErrorCount > 0 { throw ExitCode(3) }
      }
    }

    /// Throws `CommandFailure` for a file that really lies outside the working folder, however its path or its links are written, unless
    /// ALLOW_PATH_TRAVERSAL says otherwise, and for one that is missing.
    private func readableFile(_ settings: Settings) throws -> URL {
      let url = URL(fileURLWithPath: file).standardizedFileURL.resolvingSymlinksInPath()
      let home = URL(fileURLWithPath: FileManager.default.currentDirectoryPath).resolvingSymlinksInPath().path
      if !url.path.hasPrefix(home == "/" ? home : home + "/") && !settings.allowsPathTraversal {
        throw CommandFailure("\(file) lies outside the working folder. Go to its folder, or set BATCH_ALLOW_PATH_TRAVERSAL=true.")
      }
      guard FileManager.default.isReadableFile(atPath: url.path) else { throw CommandFailure("\(file) cannot be read.") }
      return url
    }
  }
}

/// A file's bytes in pieces of 64 KB.
private struct FileChunks: AsyncSequence, AsyncIteratorProtocol {
  let file: FileHandle

  func makeAsyncIterator() -> FileChunks { self }

  func next() async throws -> Data? {
    let data = try file.read(upToCount: 65_536)
    return data?.isEmpty == false ? data : nil
  }
}

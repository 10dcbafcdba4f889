import BatchReports
import Foundation
import GRDB
import Logging
import Secrets
import Storage
import TestSupport

@testable import BatchReportsServer

/// A data folder of the test's own, as an operator has it on disk. It goes with the test.
final class DataFolder: Sendable {
  static let password = "correct horse battery"
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("batchreports-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// What every server of the tests is given: this folder, the project's resources, a free port, quick retries.
  func environment(_ settings: [String: String] = [:]) -> [String: String] {
    [
      "BATCH_DATA_DIR": url.path, "BATCH_RESOURCES_DIR": ProjectFolder.root.path, "BATCH_PORT": "0", "BATCH_LOG_LEVEL": "critical",
      "BATCH_RETRY_DELAY": "0.05", "BATCH_REQUEST_TIMEOUT": "30", "BATCH_HOST_PAUSE": "0",
    ].merging(settings) { $1 }
  }

  func settings(_ settings: [String: String] = [:]) throws -> Settings {
    try Settings(SettingValues(environment: environment(settings)))
  }

  /// Opens the folder as the commands do.
  func installation(_ settings: [String: String] = [:]) async throws -> Installation {
    try await Installation(try self.settings(settings), logger: Self.logger)
  }

  /// A handler that keeps metadata: Hummingbird finds a request's id there, and stops the process when a no-op handler has dropped it.
  static var logger: Logger {
    var logger = Logger(label: "server tests") { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = .critical
    return logger
  }

  /// Adds leads with these websites and an operator, and returns the leads' ids and a token of the operator's.
  func prepare(websites: [String]) async throws -> (leads: [UUID], token: String) {
    let database = try await installation().database
    let now = Date()
    let leads = websites.enumerated().map { index, website in
      Lead(id: .version7(at: now), name: "Lead \(index)", website: website, createdAt: now, updatedAt: now)
    }
    try await LeadStore(database: database).insert(leads)
    let account = try await AccountStore(database).add(
      email: "operator@example.com", role: .operator, passwordHash: nil, by: .commandLine, at: now)
    return (leads.map(\.id), try await APITokenStore(database).add(for: account, name: "test", by: .commandLine, at: now).token.text)
  }

  /// The rows of a query, without a chance to change any.
  func rows(_ sql: String, _ arguments: StatementArguments = []) throws -> [Row] {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(10)
    let queue = try DatabaseQueue(path: url.appendingPathComponent("batchreports.sqlite").path, configuration: configuration)
    return try queue.read { try Row.fetchAll($0, sql: sql, arguments: arguments) }
  }
}

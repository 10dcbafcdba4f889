import ArgumentParser
import BatchReports
import Foundation
import Logging
import Storage

/// What every command shares: settings from the environment and from flags, the log, errors said in plain words.
enum CommandLineSession {
  /// Reads the settings; exits with status 64 and the reason for one that is wrong.
  static func settings(flags: [String] = []) throws -> Settings {
    do { return try Settings(SettingValues(environment: ProcessInfo.processInfo.environment, flags: flags)) } catch let error as SettingsError {
      throw ValidationError(error.description)
    }
  }

  static func logger(_ settings: Settings) -> Logger {
    var logger = Logger(label: "batchreports") { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = settings.logLevel
    return logger
  }

  /// Opens the data folder of a command that is no server; its log says only what matters.
  static func installation() async throws -> Installation {
    let settings = try settings()
    var logger = logger(settings)
    logger.logLevel = max(.warning, settings.logLevel)
    return try await Installation(settings, logger: logger)
  }

  /// Runs a command's work and turns a refusal into its explanation and exit status 1.
  static func explaining(_ work: () async throws -> Void) async throws {
    do { try await work() } catch let refusal as any Refusal { throw CommandFailure(refusal.explanation) } catch let failure as Migrator.Failure {
      throw CommandFailure(failure.description)
    }
  }

  /// A password from standard input: typed twice without an echo at a terminal, or the first line of a pipe.
  static func readPassword() throws -> String {
    if isatty(STDIN_FILENO) == 0 { return readLine(strippingNewline: true) ?? "" }
    guard let first = getpass("Password: ").map({ String(cString: $0) }), let second = getpass("Again: ").map({ String(cString: $0) }) else {
      throw CommandFailure("The password could not be read.")
    }
    if first != second { throw CommandFailure("The two passwords differ. Nothing was changed.") }
    return first
  }
}

/// Why a command ended with exit status 1, in words.
struct CommandFailure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

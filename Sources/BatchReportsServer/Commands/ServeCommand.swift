import ArgumentParser
import DemoSites
import Foundation
import Storage

/// Serves the pages and the API, and runs the batches.
struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Serve the pages and the API, and run the batches.",
    discussion: "Every setting is an environment variable, or a flag:\n\n" + helpText)

  @Flag(help: "Fill an empty data folder with sample leads whose websites this process serves, and print a sign-in link.")
  var demo = false

  @Argument(parsing: .allUnrecognized, help: .hidden)
  var settings: [String] = []

  func run() async throws {
    OpenFiles.raiseLimit()
    let settings = try CommandLineSession.settings(flags: settings)
    let logger = CommandLineSession.logger(settings)
    try await CommandLineSession.explaining {
      let installation = try await Installation(settings, logger: logger)
      var demo: Demo?
      if settings.isDemo || self.demo {
        do { demo = try await Demo(installation) } catch let error as DemoSiteError { throw CommandFailure(error.explanation) }
      }
      let hasAccounts = try await AccountStore(installation.database).count() > 0
      let token = try await demo?.signInToken(installation.database)
      try await Server(installation, demo: demo, logger: logger).run { port in
        let base = settings.publicURL?.absoluteString ?? "http://\(settings.host):\(port)"
        var lines = ["Batch Report Runner listens on \(base)"]
        if let token { lines.append("Sign in once, within 15 minutes: \(base)/login/link?token=\(token)") }
        if !hasAccounts { lines.append("There is no account yet. Make one: batchreports accounts add EMAIL --role admin") }
        // Straight to the descriptor: a pipe's reader gets the link at once, whatever the buffering of standard output.
        FileHandle.standardOutput.write(Data((lines.joined(separator: "\n") + "\n").utf8))
      }
    }
  }

  private static var helpText: String {
    SettingDefinition.all.map { setting in
      let standard = setting.standard.isEmpty ? "" : " (\(setting.standard))"
      return "  \(setting.variable), \(setting.flag)\(standard)\n      \(setting.summary)"
    }.joined(separator: "\n")
  }
}

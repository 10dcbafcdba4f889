import ArgumentParser

/// Leads from the command line.
struct LeadsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "leads", abstract: "Import leads.", subcommands: [])
}

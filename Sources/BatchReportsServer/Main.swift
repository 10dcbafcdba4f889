import ArgumentParser

@main
struct BatchReportsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "batchreports", abstract: "Bulk website reports: pick leads, see the price, run, watch, read.", version: productVersion,
    subcommands: [ServeCommand.self, MigrateCommand.self, AccountsCommand.self, TokensCommand.self, LeadsCommand.self],
    defaultSubcommand: nil)
}

/// The product's version, shown by `--version` and in the pages' footer.
let productVersion = "0.1.0"

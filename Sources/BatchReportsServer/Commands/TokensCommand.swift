import ArgumentParser
import BatchReports
import Foundation
import Storage

/// API tokens from the command line.
struct TokensCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokens", abstract: "Add, list and revoke API tokens.", subcommands: [Add.self, List.self, Revoke.self])

  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Make a token for an account and print it: it cannot be shown again.")
    @Argument(help: "The account's email.") var email: String
    @Option(help: "What the token is for.") var name: String

    func run() async throws {
      try await CommandLineSession.explaining {
        let database = try await CommandLineSession.installation().database
        let account = try await AccountsCommand.find(email, in: AccountStore(database))
        print(try await APITokenStore(database).add(for: account, name: name, by: .commandLine, at: Date()).token.text)
      }
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List all tokens, without their secrets.")

    func run() async throws {
      try await CommandLineSession.explaining {
        for token in try await APITokenStore(CommandLineSession.installation().database).list() {
          print("\(token.id.text)\t\(token.accountEmail)\t\(token.name)\t\(token.revokedAt == nil ? "active" : "revoked")")
        }
      }
    }
  }

  struct Revoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "End a token at once.")
    @Argument(help: "The token's id, as tokens list shows it.") var id: String

    func run() async throws {
      try await CommandLineSession.explaining {
        guard let id = UUID(text: id) else { throw CommandFailure("“\(id)” is no token id. See: batchreports tokens list") }
        try await APITokenStore(CommandLineSession.installation().database).revoke(id, owner: nil, by: .commandLine, at: Date())
        print("The token is revoked.")
      }
    }
  }
}

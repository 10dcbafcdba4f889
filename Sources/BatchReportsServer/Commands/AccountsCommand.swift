import ArgumentParser
import BatchReports
import Foundation
import Secrets
import Storage

extension Role: ExpressibleByArgument {}

/// Accounts from the command line, for the first admin and for emergencies.
struct AccountsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "accounts", abstract: "Add and change accounts.",
    subcommands: [Add.self, List.self, Password.self, Disable.self, Enable.self])

  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Add an account; the password comes from the prompt or from standard input.")
    @Argument(help: "The account's email.") var email: String
    @Option(help: "viewer, operator or admin.") var role: Role

    func run() async throws {
      try await CommandLineSession.explaining {
        let email = try AccountRules.email(email)
        let password = try CommandLineSession.readPassword()
        try AccountRules.password(password)
        let installation = try await CommandLineSession.installation()
        let hash = try await PasswordHasher().hash(password)
        let account = try await AccountStore(installation.database).add(
          email: email, role: role, passwordHash: hash, by: .commandLine, at: Date())
        print("Added \(account.email) as \(account.role.rawValue).")
      }
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List all accounts.")

    func run() async throws {
      try await CommandLineSession.explaining {
        for account in try await AccountStore(CommandLineSession.installation().database).list() {
          print("\(account.email)\t\(account.role.rawValue)\t\(account.disabledAt == nil ? "active" : "disabled")")
        }
      }
    }
  }

  struct Password: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Set a new password; all of the account's sessions end and its API tokens are revoked.")
    @Argument(help: "The account's email.") var email: String

    func run() async throws {
      try await CommandLineSession.explaining {
        let password = try CommandLineSession.readPassword()
        try AccountRules.password(password)
        let store = AccountStore(try await CommandLineSession.installation().database)
        let account = try await AccountsCommand.find(email, in: store)
        try await store.setPassword(account.id, hash: try await PasswordHasher().hash(password), by: .commandLine, at: Date())
        print("The password of \(account.email) is changed. Its sessions have ended, its API tokens are revoked.")
      }
    }
  }

  struct Disable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Keep an account out; its sessions and tokens end at once.")
    @Argument(help: "The account's email.") var email: String

    func run() async throws {
      try await CommandLineSession.explaining {
        let store = AccountStore(try await CommandLineSession.installation().database)
        let account = try await AccountsCommand.find(email, in: store)
        try await store.disable(account.id, by: .commandLine, at: Date())
        print("\(account.email) is disabled.")
      }
    }
  }

  struct Enable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Let a disabled account in again.")
    @Argument(help: "The account's email.") var email: String

    func run() async throws {
      try await CommandLineSession.explaining {
        let store = AccountStore(try await CommandLineSession.installation().database)
        let account = try await AccountsCommand.find(email, in: store)
        try await store.enable(account.id, by: .commandLine, at: Date())
        print("\(account.email) is enabled.")
      }
    }
  }

  /// Throws `CommandFailure` when there is no such account.
  static func find(_ email: String, in store: AccountStore) async throws -> Account {
    let email = try AccountRules.email(email)
    guard let account = try await store.byEmail(email) else { throw CommandFailure("There is no account \(email). See: batchreports accounts list") }
    return account
  }
}

import BatchReports
import Foundation
import Hummingbird

/// The accounts' page, for admins.
struct AccountRoutes: Sendable {
  private let dependencies: WebDependencies

  init(_ dependencies: WebDependencies) { self.dependencies = dependencies }

  @Sendable func list(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try await page(["email": "", "role": "", "password": ""], refusal: nil, request, context)
  }

  @Sendable func add(_ request: Request, _ context: SignedInContext) async throws -> Response {
    let form = try context.form()
    let sent = (email: form["email"] ?? "", role: form["role"] ?? "", password: form["password"] ?? "")
    do {
      let email = try AccountRules.email(sent.email)
      let role = try AccountRoutes.role(sent.role)
      try AccountRules.password(sent.password)
      let hash = try await dependencies.hasher.hash(sent.password)
      try await dependencies.accounts.add(
        email: email, role: role, passwordHash: hash, by: .account(context.account), at: dependencies.now())
      return .seeOther("/settings/accounts", flash: Flash("\(email) can sign in now."))
    } catch let refusal as any Refusal {
      return try await page(["email": sent.email, "role": sent.role, "password": ""], refusal: refusal, request, context)
    }
  }

  @Sendable func setRole(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try await change(request, context) { id, form in
      let role = try AccountRoutes.role(form["role"] ?? "")
      try await dependencies.accounts.setRole(id, to: role, by: .account(context.account), at: dependencies.now())
      return "The role is set."
    }
  }

  @Sendable func setPassword(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try await change(request, context) { id, form in
      let password = form["password"] ?? ""
      try AccountRules.password(password)
      let hash = try await dependencies.hasher.hash(password)
      try await dependencies.accounts.setPassword(id, hash: hash, by: .account(context.account), at: dependencies.now())
      return "The password is set. The account is signed out everywhere, and its API tokens are revoked."
    }
  }

  @Sendable func disable(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try await change(request, context) { id, _ in
      try await dependencies.accounts.disable(id, by: .account(context.account), at: dependencies.now())
      return "The account is disabled and signed out everywhere."
    }
  }

  @Sendable func enable(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try await change(request, context) { id, _ in
      try await dependencies.accounts.enable(id, by: .account(context.account), at: dependencies.now())
      return "The account is enabled."
    }
  }

  /// A change to one account. A refused one shows the page again with the reason; an unknown account is a page that does not exist.
  private func change(
    _ request: Request, _ context: SignedInContext, _ work: (UUID, FormFields) async throws -> String
  ) async throws -> Response {
    do {
      let message = try await work(try context.id("id"), try context.form())
      return .seeOther("/settings/accounts", flash: Flash(message))
    } catch let refusal as any Refusal where refusal.code != .notFound {
      return try await page(["email": "", "role": "", "password": ""], refusal: refusal, isOfRow: true, request, context)
    }
  }

  static func role(_ text: String) throws -> Role {
    guard let role = Role(rawValue: text) else { throw InvalidInput("role", "Choose a role: viewer, operator or admin.") }
    return role
  }

  private static func badge(_ account: Account) -> Badge {
    account.disabledAt == nil
      ? Badge(name: "active", label: "Active", tone: "success") : Badge(name: "cancelled", label: "Disabled", tone: "neutral")
  }

  private func page(
    _ fields: KeyValuePairs<String, String>, refusal: (any Refusal)?, isOfRow: Bool = false, _ request: Request, _ context: SignedInContext
  ) async throws -> Response {
    // A refusal of a row's form is said above the table: the fields below it are those of the form that adds an account.
    let shown: (any Refusal)? = isOfRow ? refusal.map { InvalidInput("", $0.explanation, code: $0.code.rawValue) } : refusal
    let roles: KeyValuePairs = ["viewer": "Viewer: reads", "operator": "Operator: runs batches", "admin": "Admin: everything"]
    let state = FormState(fields, refusal: shown).choosing("role", from: roles)
    let clock = WallClock(timeZone: dependencies.settings.timeZone)
    let accounts = try await dependencies.accounts.list().map { account -> PageValues in
      let isSelf = account.id == context.account.id
      return [
        "id": .text(account.id.text), "email": .text(account.email), "role": .text(account.role.rawValue), "isSelf": .flag(isSelf),
        "status": AccountRoutes.badge(account).pageValue, "createdAt": clock.pageValue(account.createdAt),
        "mayDisable": .flag(account.disabledAt == nil && !isSelf), "mayEnable": .flag(account.disabledAt != nil),
        "roleOptions": FormState.options(roles, chosen: account.role.rawValue),
      ]
    }
    let lede = "Viewers read, operators run batches, admins do everything."
    let values = SettingsSection.frame(.accounts, lede: lede, for: context.account).merging(["accounts": .list(accounts)])
      .merging(state.pageValues)
    guard let refusal else {
      return try await dependencies.pages.show("settings/accounts", title: "Accounts", section: .settings, values, request, context)
    }
    return try await dependencies.pages.refuse(
      refusal, with: "settings/accounts", title: "Accounts", section: .settings, values, request, context)
  }
}

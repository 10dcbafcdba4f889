import BatchReports
import Foundation
import Hummingbird
import Secrets

/// The API tokens' page: one's own; an admin sees and revokes everyone's.
struct TokenRoutes: Sendable {
  private let dependencies: WebDependencies

  init(_ dependencies: WebDependencies) { self.dependencies = dependencies }

  @Sendable func list(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try await page(name: "", request, context)
  }

  /// The page that answers shows the token, the one time that it is shown: a redirect would have to keep it somewhere.
  @Sendable func add(_ request: Request, _ context: SignedInContext) async throws -> Response {
    let name = try context.form()["name"] ?? ""
    do {
      let (token, record) = try await dependencies.tokens.add(
        for: context.account, name: name, by: .account(context.account), at: dependencies.now())
      return try await page(name: "", made: (record.name, token), request, context)
    } catch let refusal as any Refusal {
      return try await page(name: name, refusal: refusal, request, context)
    }
  }

  @Sendable func revoke(_ request: Request, _ context: SignedInContext) async throws -> Response {
    let owner = context.account.role == .admin ? nil : context.account.id
    try await dependencies.tokens.revoke(try context.id("id"), owner: owner, by: .account(context.account), at: dependencies.now())
    return .seeOther("/settings/tokens", flash: Flash("The token is revoked. It no longer works from this moment on."))
  }

  private func page(
    name: String, made: (name: String, token: SecretToken)? = nil, refusal: (any Refusal)? = nil, _ request: Request,
    _ context: SignedInContext
  ) async throws -> Response {
    let clock = WallClock(timeZone: dependencies.settings.timeZone)
    let owner = context.account.role == .admin ? nil : context.account.id
    let tokens = try await dependencies.tokens.list(of: owner).filter { $0.revokedAt == nil }
    let own: PageValues = [
      "hasTokens": .flag(!tokens.isEmpty),
      "tokens": .list(
        tokens.map {
          [
            "id": .text($0.id.text), "name": .text($0.name), "email": .text($0.accountEmail),
            "prefix": .text(SecretToken.Kind.api.rawValue),
            "createdAt": clock.pageValue($0.createdAt),
            "hasBeenUsed": .flag($0.lastUsedAt != nil), "lastUsedAt": clock.pageValue($0.lastUsedAt),
          ]
        }),
      "hasNewToken": .flag(made != nil),
      "newToken": .values(["name": .text(made?.name ?? ""), "secret": .text(made?.token.text ?? "")]),
    ]
    let values = SettingsSection.frame(.tokens, lede: "A token may do what its account may do.", for: context.account).merging(own)
      .merging(FormState(["name": name], refusal: refusal).pageValues)
    guard let refusal else {
      return try await dependencies.pages.show("settings/tokens", title: "Tokens", section: .settings, values, request, context)
    }
    return try await dependencies.pages.refuse(
      refusal, with: "settings/tokens", title: "Tokens", section: .settings, values, request, context)
  }
}

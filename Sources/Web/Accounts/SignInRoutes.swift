import BatchReports
import Foundation
import Hummingbird
import Secrets
import Storage

/// Signing in, by password or one-time link, and out.
struct SignInRoutes: Sendable {
  private let dependencies: WebDependencies
  private let throttle = SignInThrottle()

  init(_ dependencies: WebDependencies) { self.dependencies = dependencies }

  private var isSecure: Bool { dependencies.settings.isSecure }

  /// The sign-in page; whoever is signed in goes on to where they wanted.
  @Sendable func form(_ request: Request, _ context: AppRequestContext) async throws -> Response {
    let returnPath = ReturnPath.local(try request.query()["return_to"])
    if context.identity != nil { return .seeOther(returnPath) }
    return try await page(email: "", returnPath: returnPath, refusal: nil, request, context)
  }

  @Sendable func signIn(_ request: Request, _ context: AppRequestContext) async throws -> Response {
    let form = try context.form()
    let returnPath = ReturnPath.local(form["return_to"])
    let email = form["email"] ?? ""
    do {
      if !context.hasGenuineAnonymousForm { throw AccessRefusal.formExpired }
      let account = try await account(email: email, password: form["password"] ?? "", request, context)
      let (token, _) = try await dependencies.sessions.create(for: account, at: dependencies.now())
      return try await enter(token, returnPath, request)
    } catch let refusal as any Refusal {
      return try await page(email: email, returnPath: returnPath, refusal: refusal, request, context)
    }
  }

  /// Says only that the two do not fit: which emails have an account is nobody's business, nor is it told by the time this takes.
  private func account(email: String, password: String, _ request: Request, _ context: AppRequestContext) async throws -> Account {
    guard let email = try? AccountRules.email(email), password.utf8.count <= AccountRules.maximumPasswordLength else {
      throw AccessRefusal.wrongCredentials
    }
    let address = ClientAddress.of(request, context, trustsProxy: dependencies.settings.trustsProxy)
    let attempt = try throttle.begin(email: email, address: ClientAddress.network(of: address), at: dependencies.now())
    let found = try await dependencies.accounts.credentials(email)
    let hash = found?.account.disabledAt == nil ? found?.passwordHash : nil
    let isRight: Bool
    do { isRight = try await dependencies.hasher.verify(password, against: hash) } catch {
      throttle.takeBack(attempt)
      throw error
    }
    guard isRight, let account = found?.account, let hash else {
      context.logger.notice("a sign-in failed", metadata: ["address": "\(address)"])
      throw AccessRefusal.wrongCredentials
    }
    throttle.succeed(attempt, at: dependencies.now())
    if PasswordHash.isOutdated(hash, cost: dependencies.hasher.cost) {
      try await dependencies.accounts.upgradeHash(account.id, from: hash, to: try await dependencies.hasher.hash(password))
    }
    return account
  }

  /// A GET uses nothing up: programs that look at links in mails open them too.
  @Sendable func link(_ request: Request, _ context: AppRequestContext) async throws -> Response {
    let token = try request.query()["token"].flatMap { SecretToken($0, kind: .signInLink) }
    let isUsable = if let token { try await dependencies.signInLinks.isValid(token.digest, at: dependencies.now()) } else { false }
    return try await linkPage(isUsable ? token : nil, refusal: nil, request, context)
  }

  @Sendable func useLink(_ request: Request, _ context: AppRequestContext) async throws -> Response {
    let form = try context.form()
    let sent = form["token"].flatMap { SecretToken($0, kind: .signInLink) }
    do {
      let isGenuine = context.hasGenuineAnonymousForm || context.hasProvenForm
      if !isGenuine { throw AccessRefusal.formExpired }
      guard let sent else { throw AccountRefusal.linkNotValid }
      let (token, _) = try await dependencies.signInLinks.signIn(sent.digest, at: dependencies.now())
      return try await enter(token, "/", request)
    } catch let refusal as any Refusal {
      return try await linkPage(nil, refusal: refusal, request, context)
    }
  }

  @Sendable func signOut(_ request: Request, _ context: SignedInContext) async throws -> Response {
    if case .session(let digest, _)? = context.identity?.proof { try await dependencies.sessions.delete(digest) }
    var response = Response.seeOther("/login", flash: Flash("You are signed out."))
    response.clearCookie(SessionCookie.name(secure: isSecure), secure: isSecure)
    response.headers[.clearSiteData] = "\"cache\""
    return response
  }

  /// Sets the new session's cookie and ends the one that the browser had before.
  private func enter(_ token: SecretToken, _ path: String, _ request: Request) async throws -> Response {
    if let old = SessionCookie.token(request, secure: isSecure) { try await dependencies.sessions.delete(old.digest) }
    var response = Response.seeOther(path)
    response.setCookie(SessionCookie.make(token, secure: isSecure))
    response.clearCookie(SessionCookie.anonymousName(secure: isSecure), secure: isSecure)
    return response
  }

  private func page(
    email: String, returnPath: String, refusal: (any Refusal)?, _ request: Request, _ context: AppRequestContext
  ) async throws -> Response {
    // A wrong password or email is said at the email field, as one problem of both.
    let shown: (any Refusal)? = refusal.map { InvalidInput("email", $0.explanation, code: $0.code.rawValue) }
    let values = FormState(["email": email, "password": ""], refusal: shown).pageValues.merging(["returnTo": .text(returnPath)])
    return try await anonymousPage("accounts/login", title: "Sign in", values, refusal: refusal, request, context)
  }

  private func linkPage(
    _ token: SecretToken?, refusal: (any Refusal)?, _ request: Request, _ context: AppRequestContext
  ) async throws -> Response {
    let refusal = refusal ?? (token == nil ? AccountRefusal.linkNotValid : nil)
    let values: PageValues = [
      "isUsable": .flag(token != nil), "token": .text(token?.text ?? ""), "reason": .text(refusal?.explanation ?? ""),
    ]
    return try await anonymousPage("accounts/login-link", title: "Sign in by link", values, refusal: refusal, request, context)
  }

  /// A page whose form is sent before there is a session: its token is the value of a cookie of its own.
  private func anonymousPage(
    _ template: String, title: String, _ values: PageValues, refusal: (any Refusal)?, _ request: Request, _ context: AppRequestContext
  ) async throws -> Response {
    let known = context.anonymousCSRF.flatMap { Base64URL.decode($0)?.count == 32 ? $0 : nil }
    let csrf = context.identity?.csrf ?? known ?? Base64URL.encode(RandomBytes.make(32))
    let values = values.merging(["csrf": .text(csrf)])
    var response =
      if let refusal {
        try await dependencies.pages.refuse(refusal, with: template, title: title, values, request, context)
      } else {
        try await dependencies.pages.show(template, title: title, values, request, context)
      }
    if context.identity == nil, known == nil { response.setCookie(SessionCookie.makeAnonymous(csrf, secure: isSecure)) }
    return response
  }
}

import BatchReports
import Hummingbird
import Secrets

/// Puts the account into the context: by bearer token where one is sent, else by the session's cookie.
struct Authentication: RouterMiddleware {
  typealias Context = AppRequestContext
  let authenticator: Authenticator
  let settings: WebSettings

  func handle(_ request: Request, context: AppRequestContext, next: (Request, AppRequestContext) async throws -> Response) async throws
    -> Response
  {
    var context = context
    context.identity = try await identity(request)
    context.notes.identity = context.identity
    if let account = context.identity?.account { context.logger[metadataKey: "account"] = "\(account.id.text)" }
    return try await next(request, context)
  }

  /// A request with a bearer token is never looked at for a cookie: a wrong token is no one, not the browser's session.
  private func identity(_ request: Request) async throws -> Identity? {
    if let header = request.headers[.authorization] {
      let parts = header.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
      guard parts.count == 2, parts[0].lowercased() == "bearer", let token = SecretToken(String(parts[1]), kind: .api) else { return nil }
      return try await authenticator.identify(apiToken: token)
    }
    guard let token = SessionCookie.token(request, secure: settings.isSecure) else { return nil }
    return try await authenticator.identify(session: token)
  }
}

import BatchReports
import Hummingbird
import Secrets
import Storage

/// Puts the account into the context: by bearer token where one is sent, else by the session's cookie.
struct Authentication: RouterMiddleware {
  typealias Context = AppRequestContext
  let authenticator: Authenticator
  let settings: WebSettings
  let commits: CommitClock

  func handle(_ request: Request, context: AppRequestContext, next: (Request, AppRequestContext) async throws -> Response) async throws
    -> Response
  {
    var context = context
    // Taken before any row is read: a commit in between makes what was read be looked up again, never kept too long.
    let version = try commits.version()
    context.commitVersion = version
    if let credential = Credential(request, secure: settings.isSecure) {
      context.identity = try await authenticator.identify(credential, version: version)
    }
    context.notes.identity = context.identity
    return try await next(request, context)
  }
}

/// What a request proves its account by.
enum Credential: Sendable {
  case session(SecretToken)
  case apiToken(SecretToken)

  /// A request with a bearer token is never looked at for a cookie: a wrong token is no one, not the browser's session.
  init?(_ request: Request, secure: Bool) {
    if let header = request.headers[.authorization] {
      let parts = header.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
      guard parts.count == 2, parts[0].lowercased() == "bearer", let token = SecretToken(String(parts[1]), kind: .api) else { return nil }
      self = .apiToken(token)
    } else {
      guard let token = SessionCookie.token(request, secure: secure) else { return nil }
      self = .session(token)
    }
  }
}

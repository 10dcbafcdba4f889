import BatchReports
import Foundation
import Hummingbird
import Secrets

/// Refuses changes that a browser was tricked into: by the sender's origin, and by a token that only our own pages know
/// (OWASP: synchronizer token; before a session, double-submit cookie). It also reads URL-encoded forms, once, for the routes.
struct RequestForgery: RouterMiddleware {
  typealias Context = AppRequestContext
  let settings: WebSettings

  /// The routes that read multipart forms, by `Request.multipart`.
  private static let uploads: Set<String> = ["/leads/import", "/api/leads/import", "/api/v1/leads/import"]

  func handle(_ request: Request, context: AppRequestContext, next: (Request, AppRequestContext) async throws -> Response) async throws
    -> Response
  {
    var context = context
    context.anonymousCSRF = request.cookies[SessionCookie.anonymousName(secure: settings.isSecure)]?.value
    if [.get, .head, .options].contains(request.method) { return try await next(request, context) }
    let type = request.mediaType
    if type == "application/x-www-form-urlencoded" {
      context.form = try FormFields(urlEncoded: Array(buffer: try await BodyLimits.collect(request, upTo: BodyLimits.form)))
    }
    switch context.identity?.proof {
    case .apiToken?: break
    case .session(_, let csrf)?:
      if RequestOrigin.isForeign(request, settings) { throw RequestRefusal.foreignOrigin }
      let sent = request.headers[.csrfToken] ?? context.form?["csrf"]
      // A multipart form's token is its first part: `MultipartReader` checks it, so that a large upload is not held in memory here.
      if sent == nil, type == "multipart/form-data", Self.uploads.contains(request.uri.path) { break }
      guard let sent, ConstantTime.equal(sent, csrf) else { throw AccessRefusal.formExpired }
      context.hasProvenForm = true
    case nil:
      if RequestOrigin.isForeign(request, settings), context.form != nil { throw RequestRefusal.foreignOrigin }
      if let cookie = context.anonymousCSRF, let sent = context.form?["csrf"], !cookie.isEmpty {
        context.hasGenuineAnonymousForm = ConstantTime.equal(sent, cookie)
      }
    }
    return try await next(request, context)
  }
}

extension Request {
  /// The media type alone, in lower case: `text/csv`.
  var mediaType: String {
    (headers[.contentType] ?? "").prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased()
  }
}

import Hummingbird

/// Lets pages of the configured origins call the API with a bearer token. Cookies are never allowed across origins.
struct CrossOrigin: RouterMiddleware {
  typealias Context = AppRequestContext
  let origins: Set<String>

  func handle(_ request: Request, context: AppRequestContext, next: (Request, AppRequestContext) async throws -> Response) async throws
    -> Response
  {
    guard request.uri.path.hasPrefix("/api"), let origin = request.headers[.origin] else { return try await next(request, context) }
    let isAllowed = origins.contains(origin) || origins.contains("*")
    let isPreflight = request.method == .options && request.headers[.accessControlRequestMethod] != nil
    var response = isPreflight ? Response(status: .noContent) : try await next(request, context)
    response.headers[values: .vary].append("Origin")
    guard isAllowed else { return response }
    response.headers[.accessControlAllowOrigin] = origins.contains("*") ? "*" : origin
    response.headers[.crossOriginResourcePolicy] = "cross-origin"
    if isPreflight {
      response.headers[.accessControlAllowMethods] = "GET, POST"
      response.headers[.accessControlAllowHeaders] = "Authorization, Content-Type, Idempotency-Key"
      response.headers[.accessControlMaxAge] = "600"
    } else {
      response.headers[.accessControlExposeHeaders] = "Retry-After, X-Request-Id"
    }
    return response
  }
}

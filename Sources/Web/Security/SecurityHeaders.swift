import HTTPTypes
import Hummingbird

/// The headers that every response carries (OWASP secure headers).
struct SecurityHeaders: RouterMiddleware {
  typealias Context = AppRequestContext

  private let fields: [HTTPField]

  init(settings: WebSettings) {
    var fields: [(HTTPField.Name, String)] = [
      (.contentSecurityPolicy, SecurityHeaders.policy),
      (.xContentTypeOptions, "nosniff"),
      (.referrerPolicy, "same-origin"),
      (.permissionsPolicy, "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
      (.crossOriginOpenerPolicy, "same-origin"),
      (.crossOriginResourcePolicy, "same-origin"),
      (.xFrameOptions, "DENY"),
    ]
    if settings.isSecure { fields.append((.strictTransportSecurity, "max-age=31536000; includeSubDomains")) }
    self.fields = fields.map(HTTPField.init)
  }

  func handle(_ request: Request, context: AppRequestContext, next: (Request, AppRequestContext) async throws -> Response) async throws
    -> Response
  {
    var response = try await next(request, context)
    for field in fields where !response.headers.contains(field.name) { response.headers.append(field) }
    if !response.headers.contains(.cacheControl) { response.headers.append(SecurityHeaders.noStore) }
    response.headers[.requestID] = context.id
    return response
  }

  private static let noStore = HTTPField(name: .cacheControl, value: "no-store")

  /// `'self'` covers a web socket of the same host too (CSP level 3, 6.7.2.8).
  static let policy = [
    "default-src 'self'", "img-src 'self' data:", "style-src 'self'", "script-src 'self'", "connect-src 'self'", "form-action 'self'",
    "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'",
  ].joined(separator: "; ")
}

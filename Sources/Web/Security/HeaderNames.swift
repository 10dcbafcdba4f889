import HTTPTypes

extension HTTPField.Name {
  static let csrfToken = named("X-CSRF-Token")
  static let requestID = named("X-Request-Id")
  static let referrerPolicy = named("Referrer-Policy")
  static let permissionsPolicy = named("Permissions-Policy")
  static let crossOriginOpenerPolicy = named("Cross-Origin-Opener-Policy")
  static let crossOriginResourcePolicy = named("Cross-Origin-Resource-Policy")
  static let xFrameOptions = named("X-Frame-Options")
  static let secFetchSite = named("Sec-Fetch-Site")
  static let forwardedFor = named("X-Forwarded-For")
  static let idempotencyKey = named("Idempotency-Key")
  static let clearSiteData = named("Clear-Site-Data")
  static let host = named("Host")
  static let referer = named("Referer")

  private static func named(_ text: String) -> HTTPField.Name {
    guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is no header name") }
    return name
  }
}

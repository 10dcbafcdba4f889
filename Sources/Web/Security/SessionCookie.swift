import BatchReports
import Hummingbird
import Secrets

/// The cookies that hold a session's token and, before one, the sign-in form's.
enum SessionCookie {
  /// Browsers take a `__Host-` cookie only over https, from this host, for all paths (RFC 6265bis, 4.1.3.2).
  static func name(secure: Bool) -> String { secure ? "__Host-session" : "session" }
  static func anonymousName(secure: Bool) -> String { secure ? "__Host-form" : "form" }

  static func token(_ request: Request, secure: Bool) -> SecretToken? {
    request.cookies[name(secure: secure)].flatMap { SecretToken($0.value, kind: .session) }
  }

  static func make(_ token: SecretToken, secure: Bool) -> Cookie {
    Cookie(
      name: name(secure: secure), value: token.text, maxAge: Int(SessionRules.absoluteLimit), path: "/", secure: secure, httpOnly: true,
      sameSite: .lax)
  }

  static func makeAnonymous(_ value: String, secure: Bool) -> Cookie {
    Cookie(name: anonymousName(secure: secure), value: value, maxAge: 3600, path: "/", secure: secure, httpOnly: true, sameSite: .lax)
  }
}

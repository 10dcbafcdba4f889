import BatchReports
import HTTPFetch

/// Safe: what the server's headers promise and give away (checks 61 to 66, 70)
enum SafeHeaderChecks {
  static let all = [strictTransport, contentPolicy, noSniff, framing, referrer, cookies, versions]

  static let strictTransport = Check(
    number: 61, section: .safe, severity: .medium, source: "Mozilla Observatory; RFC 6797",
    good: "Browsers are told to use only the secure connection", bad: "Browsers are not told to use only the secure connection",
    why: "A visitor on an open Wi-Fi can be led to a forged copy of your site.",
    how: "Ask for the header Strict-Transport-Security with at least six months."
  ) { audited in
    guard audited.isHTTPS else { return .notApplicable("no secure connection") }
    guard let header = audited.answer.header("Strict-Transport-Security") else {
      return .failed("no Strict-Transport-Security", severity: .medium)
    }
    let age = header.lowercased().split(separator: ";").map(\.trimmed).first { $0.hasPrefix("max-age") }
      .flatMap { Double($0.dropFirst("max-age".count).filter { !" =\"".contains($0) }) }
    guard let age, age > 0 else { return .failed(header, severity: .medium) }
    return age < 15_768_000 ? .failed(header, severity: .low) : .passed(header)
  }

  /// The policies of the header and of meta tags. A meta tag cannot forbid framing (CSP 3, 3.3).
  private static func policies(_ audited: AuditedPage) -> [String] {
    audited.answer.headerValues("Content-Security-Policy")
      + audited.page.metas.filter { $0.httpEquiv == "content-security-policy" }.map(\.content)
  }

  static let contentPolicy = Check(
    number: 62, section: .safe, severity: .medium, source: "Mozilla Observatory",
    good: "A content policy limits what may run on the page", bad: "No good content policy limits what may run on the page",
    why: "If somebody smuggles a script into your site, nothing stops it from stealing what visitors type.",
    how: "Ask your web person for a Content-Security-Policy without \"unsafe-eval\"."
  ) { audited in
    let policies = policies(audited).filter { !$0.trimmed.isEmpty }
    guard let first = policies.first else { return .failed("no Content-Security-Policy", severity: .medium) }
    if let lax = policies.first(where: { $0.lowercased().contains("unsafe-eval") && !$0.lowercased().contains("wasm-unsafe-eval") }) {
      return .failed(lax, severity: .low)
    }
    return .passed(first)
  }

  static let noSniff = Check(
    number: 63, section: .safe, severity: .low, source: "Mozilla Observatory",
    good: "Browsers are kept from guessing file types", bad: "Browsers may guess file types",
    why: "An uploaded picture could be run as a script.", how: "Ask for the header X-Content-Type-Options: nosniff."
  ) { audited in
    let value = audited.answer.header("X-Content-Type-Options")
    return .when(value?.trimmed.lowercased() == "nosniff", value ?? "", otherwise: value ?? "no X-Content-Type-Options")
  }

  static let framing = Check(
    number: 64, section: .safe, severity: .medium, source: "Mozilla Observatory",
    good: "Other sites cannot embed the page", bad: "Other sites can embed the page",
    why: "A fraudster can lay your page under his own and catch your visitors' clicks.",
    how: "Ask for \"frame-ancestors\" in the content policy, or the header X-Frame-Options."
  ) { audited in
    let policy = audited.answer.headerValues("Content-Security-Policy").first { $0.lowercased().contains("frame-ancestors") }
    let option = audited.answer.header("X-Frame-Options")
    let isSet = policy != nil || ["deny", "sameorigin"].contains(option?.trimmed.lowercased() ?? "")
    return .when(
      isSet, policy ?? option ?? "", otherwise: option.map { "X-Frame-Options: \($0)" } ?? "neither frame-ancestors nor X-Frame-Options")
  }

  private static let referrerValues: Set<String> = [
    "no-referrer", "no-referrer-when-downgrade", "origin", "origin-when-cross-origin", "same-origin", "strict-origin",
    "strict-origin-when-cross-origin", "unsafe-url",
  ]

  static let referrer = Check(
    number: 65, section: .safe, severity: .low, source: "Mozilla Observatory",
    good: "Other sites do not learn what visitors looked at", bad: "Other sites learn which page a visitor came from",
    why: "Full addresses of your pages are told to every site that you link to.",
    how: "Ask for Referrer-Policy: strict-origin-when-cross-origin."
  ) { audited in
    let header = audited.answer.headerValues("Referrer-Policy").joined(separator: ",")
    let text = header.isEmpty ? audited.page.meta("referrer") ?? "" : header
    // The last value that a browser knows counts (Referrer Policy, 8.1); without any, browsers choose a safe one.
    let value = text.lowercased().split(separator: ",").map(\.trimmed).last { referrerValues.contains($0) }
    guard let value else { return .passed("not set: browsers send the origin only") }
    let unsafe = ["unsafe-url", "no-referrer-when-downgrade", "origin", "origin-when-cross-origin"]
    return .when(!unsafe.contains(value), value, otherwise: value)
  }

  static let cookies = Check(
    number: 66, section: .safe, severity: .high, source: "Mozilla Observatory; RFC 6265",
    good: "Session cookies are protected", bad: "Session cookies are not protected",
    why: "Whoever gets hold of such a cookie is signed in as your customer, or as you.",
    how: "Ask your web person to set Secure and HttpOnly on session cookies."
  ) { audited in
    let sessions = audited.answer.headerValues("Set-Cookie").compactMap(Cookie.init).filter(\.isSession)
    guard !sessions.isEmpty else { return .notApplicable("no session cookie") }
    let bare = sessions.first { !$0.isSecure || !$0.isHTTPOnly }
    // The value of a session cookie is never shown.
    return .when(
      bare == nil, sessions.prefix(5).map(\.name).joined(separator: ", "),
      otherwise: bare.map {
        "\($0.name) lacks \([$0.isSecure ? nil : "Secure", $0.isHTTPOnly ? nil : "HttpOnly"].compactMap { $0 }.joined(separator: " and "))"
      } ?? "")
  }

  private struct Cookie {
    var name: String
    var isSecure: Bool
    var isHTTPOnly: Bool

    init?(_ header: String) {
      let parts = header.split(separator: ";").map(\.trimmed)
      guard let pair = parts.first, let equals = pair.firstIndex(of: "=") else { return nil }
      name = pair[..<equals].trimmed
      let flags = parts.dropFirst().map { $0.lowercased() }
      isSecure = flags.contains("secure")
      isHTTPOnly = flags.contains("httponly")
    }

    /// By its name, as Observatory does; tokens against forged requests must be readable by scripts.
    var isSession: Bool {
      let name = name.lowercased()
      if name.contains("csrf") || name.contains("xsrf") { return false }
      return ["sess", "sid", "auth", "login", "logged_in", "jwt"].contains { name.contains($0) } || name == "token"
    }
  }

  static let versions = Check(
    number: 70, section: .safe, severity: .low, source: "OWASP",
    good: "The server does not reveal its version", bad: "The server reveals its version",
    why: "Attackers search for sites with versions that have known holes.",
    how: "Ask your hosting company to hide version numbers in headers."
  ) { audited in
    let shown = ["Server", "X-Powered-By", "X-AspNet-Version", "X-AspNetMvc-Version"].compactMap { name in
      audited.answer.header(name).map { "\(name): \($0)" }
    }
    let telling = shown.first { line in
      let value = line.drop { $0 != ":" }
      return value.contains { $0.isNumber } && (value.contains("/") || value.contains("."))
    }
    return .when(telling == nil, shown.isEmpty ? "no such header" : shown.joined(separator: ", "), otherwise: telling ?? "")
  }
}

import BatchReports
import Foundation

/// Safe: the connection and its certificate (checks 3 to 6)
enum SafeConnectionChecks {
  static let all = [https, redirectsToHTTPS, certificate, tlsVersion]

  static let https = Check(
    number: 3, section: .safe, severity: .critical, source: "Lighthouse is-on-https",
    good: "The page is sent over a secure connection", bad: "The page is not sent over a secure connection",
    why: "Browsers warn your visitors that the site is \"not secure\", and anyone on the same network can read along.",
    how: "Ask your hosting company to switch on HTTPS; a certificate costs nothing."
  ) { audited in
    let note = audited.securityNote.map { " (\($0))" } ?? ""
    return .when(audited.isHTTPS, audited.address.origin, otherwise: audited.address.origin + note)
  }

  static let redirectsToHTTPS = Check(
    number: 4, section: .safe, severity: .high, source: "Lighthouse redirects-http; Mozilla Observatory", needsExtraRequests: true,
    good: "Old addresses lead to the secure page", bad: "The insecure address still answers",
    why: "Visitors who come by an old link or type the bare name stay on the insecure page.",
    how: "Ask your hosting company to redirect http to https."
  ) { audited in
    guard audited.address.usesDefaultPort else { return .notApplicable("not on the standard port: \(audited.address.hostAndPort)") }
    switch audited.extra?.plainHTTP {
    case .redirects(let target): return .when(target.hasPrefix("https://"), "to \(target)", otherwise: "redirects to \(target)")
    case .answers(let status): return .failed("http://\(audited.address.host)/ answers HTTP \(status) by itself")
    case .notAsked(let reason): return .notMeasured(reason)
    case nil: return .notMeasured("not requested")
    }
  }

  static let certificate = Check(
    number: 5, section: .safe, severity: .critical, source: "RFC 5280; RFC 9525",
    good: "The security certificate is valid", bad: "The security certificate is invalid or about to run out",
    why: "Browsers show a full-page warning in place of your site, and nearly everybody turns back.",
    how: "Ask your hosting company to renew the certificate and to renew it automatically from now on."
  ) { audited in
    guard let tls = audited.answer.tls else { return .notApplicable("no secure connection") }
    let issuer = tls.issuer.map { ", issued by \($0)" } ?? ""
    if let problem = tls.problem {
      return .failed("\(problem.words)\(tls.expires.map { ", expires \(Figures.day($0))" } ?? "")\(issuer)", severity: .critical)
    }
    guard let expires = tls.expires else { return .passed("accepted\(issuer)") }
    let left = expires.timeIntervalSince(audited.answer.fetchedAt)
    let evidence = "expires \(Figures.day(expires))\(issuer)"
    if left < 0 { return .failed(evidence, severity: .critical) }
    return left < 14 * 86_400 ? .failed(evidence, severity: .high) : .passed(evidence)
  }

  static let tlsVersion = Check(
    number: 6, section: .safe, severity: .high, source: "RFC 8996",
    good: "The encryption is up to date", bad: "The encryption is out of date",
    why: "Old versions of TLS have known holes, and browsers refuse them.", how: "Ask your hosting company for TLS 1.2 and 1.3."
  ) { audited in
    guard let tls = audited.answer.tls else { return .notApplicable("no secure connection") }
    guard let version = tls.version else { return .notMeasured("the version of the session is not known") }
    return .when(["TLSv1.2", "TLSv1.3"].contains(version), version, otherwise: version)
  }
}

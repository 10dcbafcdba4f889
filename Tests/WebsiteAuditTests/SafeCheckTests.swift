import BatchReports
import Foundation
import HTTPFetch
import Testing

@testable import WebsiteAudit

@Suite("Safe: checks of the connection, the headers and the page")
struct SafeCheckTests {
  static let cases: [CheckCase] = [
    CheckCase(67, .passed, "<img src=https://cdn.example/a.jpg><a href='http://friend.example/'>friend</a>"),
    CheckCase(67, .failed, "<img src='http://cdn.example/a.jpg'>", "image http://cdn.example/a.jpg"),
    CheckCase(68, .passed, "<form action=/send><input></form>"),
    CheckCase(68, .passed, "<form><input></form>"),
    CheckCase(68, .failed, "<form action='http://bakery.example/send'><input></form>", "http://bakery.example/send"),
    CheckCase(68, .failed, "<base href='http://bakery.example/'><form action=send method=post><input></form>"),
    CheckCase(68, .notApplicable, "<p>x"),
    CheckCase(69, .passed, "<script src=https://cdn.net/a.js integrity=sha384-x></script>"),
    CheckCase(69, .failed, "<script src=https://cdn.net/a.js></script>", "https://cdn.net/a.js"),
    CheckCase(69, .notApplicable, "<script src=/a.js></script><script src=https://static.bakery.example/b.js></script>"),
    CheckCase(77, .passed, "<script src=/jquery-3.7.1.min.js></script>"),
    CheckCase(77, .failed, "<script src=/js/jquery-1.12.4.min.js></script>", "1.12.4"),
    CheckCase(77, .failed, "<script src=https://ajax.example/ajax/libs/jquery/3.4.1/jquery.min.js></script>"),
    CheckCase(77, .failed, "<script src='/wp-includes/js/jquery/jquery.min.js?x=1&ver=1.12.4'></script>"),
    CheckCase(77, .failed, "<script src=https://cdn.example/npm/jquery@2.2.4/dist/jquery.js></script>"),
    CheckCase(77, .passed, "<script src=https://cdn.example/npm/jquery@3/dist/jquery.js></script>"),
    CheckCase(
      77, .notApplicable,
      "<script src=/jquery-ui-1.12.1.js></script><script src=/jquery.cycle-1.2.js></script><script src=/jquery.js></script>"),
    CheckCase(78, .passed, "<meta name=generator content=WordPress>"),
    CheckCase(78, .failed, "<meta name=generator content='WordPress 6.1'>", "WordPress 6.1"),
  ]

  @Test("judge markup", arguments: cases)
  func markup(_ one: CheckCase) { one.verify() }

  private func plain(_ number: Int, _ html: String = "<p>x") -> Finding { finding(number, html) { $0.url = "http://bakery.example/" } }

  @Test("check 3 fails on an http page, and the checks of the secure connection do not apply there")
  func plainPage() {
    #expect(finding(3, "<p>x").result == .passed)
    #expect(plain(3).result == .failed)
    #expect(plain(3).evidence == "http://bakery.example")
    for number in [5, 6, 61, 67] { #expect(plain(number).result == .notApplicable, "check \(number)") }
    #expect(plain(68, "<form method=post><input></form>").result == .failed)
    #expect(plain(68, "<form><input></form>").result == .passed)
  }

  @Test(
    "check 4 wants http to redirect to https, on the standard port",
    arguments: [
      (ExtraAnswers.PlainHTTP.redirects(to: "https://bakery.example/"), Finding.Result.passed),
      (.redirects(to: "http://www.bakery.example/"), .failed),
      (.answers(status: 200), .failed), (.notAsked(reason: "no connection"), .notMeasured),
    ])
  func redirectsToHTTPS(answer: ExtraAnswers.PlainHTTP, result: Finding.Result) {
    let extra = ExtraAnswers(robots: .absent(status: 404), sitemap: .missing(""), plainHTTP: answer)
    #expect(finding(4, "<p>x") { $0.extra = extra }.result == result)
    let onOddPort = finding(4, "<p>x") {
      $0.extra = extra
      $0.url = "https://bakery.example:8443/"
    }
    #expect(onOddPort.result == .notApplicable)
  }

  @Test("check 5 is critical for an invalid certificate, high for one that runs out")
  func certificate() {
    let certified = { (days: Double?, problem: CertificateProblem?) in
      finding(5, "<p>x") {
        $0.tls = TLSFacts(
          version: "TLSv1.3", issuer: "CA", expires: days.map { PageFixture.fetchedAt.addingTimeInterval($0 * 86_400) }, problem: problem)
      }
    }
    #expect(certified(60, nil).result == .passed)
    #expect(certified(60, nil).evidence == "expires 2026-03-02, issued by CA")
    #expect(certified(nil, nil).result == .passed)
    #expect(certified(14, nil).result == .passed)
    #expect(certified(13, nil).severity == .high)
    #expect(certified(13, nil).result == .failed)
    #expect(certified(-1, nil).severity == .critical)
    for problem in [CertificateProblem.expired, .notYetValid, .wrongHost, .selfSigned, .untrusted] {
      #expect(certified(60, problem).result == .failed)
      #expect(certified(60, problem).severity == .critical)
    }
  }

  @Test(
    "check 6 wants TLS 1.2 or 1.3",
    arguments: [
      ("TLSv1.3" as String?, Finding.Result.passed), ("TLSv1.2", .passed), ("TLSv1.1", .failed), ("SSLv3", .failed), (nil, .notMeasured),
    ])
  func tlsVersion(version: String?, result: Finding.Result) {
    #expect(finding(6, "<p>x") { $0.tls = TLSFacts(version: version) }.result == result)
  }

  static let headerCases: [(number: Int, name: String, value: String, result: Finding.Result, severity: Severity)] = [
    (61, "Strict-Transport-Security", "max-age=15768000; includeSubDomains", .passed, .medium),
    (61, "Strict-Transport-Security", "max-age=86400", .failed, .low),
    (61, "Strict-Transport-Security", "max-age=0", .failed, .medium),
    (61, "Strict-Transport-Security", "includeSubDomains", .failed, .medium),
    (61, "X-Other", "x", .failed, .medium),
    (62, "Content-Security-Policy", "default-src 'self'", .passed, .medium),
    (62, "Content-Security-Policy", "script-src 'unsafe-eval'", .failed, .low),
    (62, "Content-Security-Policy", "script-src 'wasm-unsafe-eval'", .passed, .medium),
    (62, "Content-Security-Policy-Report-Only", "default-src 'self'", .failed, .medium),
    (63, "X-Content-Type-Options", "NoSniff", .passed, .low),
    (63, "X-Content-Type-Options", "sniff", .failed, .low),
    (64, "X-Frame-Options", "SAMEORIGIN", .passed, .medium),
    (64, "X-Frame-Options", "ALLOWALL", .failed, .medium),
    (64, "Content-Security-Policy", "frame-ancestors 'self'", .passed, .medium),
    (64, "Content-Security-Policy", "default-src 'self'", .failed, .medium),
    (65, "Referrer-Policy", "same-origin", .passed, .low),
    (65, "Referrer-Policy", "unsafe-url", .failed, .low),
    (65, "Referrer-Policy", "unsafe-url, strict-origin", .passed, .low),
    (65, "X-Other", "x", .passed, .low),
    (66, "Set-Cookie", "PHPSESSID=secret; path=/; Secure; HttpOnly", .passed, .high),
    (66, "Set-Cookie", "PHPSESSID=secret; path=/; HttpOnly", .failed, .high),
    (66, "Set-Cookie", "session=secret; Secure", .failed, .high),
    (66, "Set-Cookie", "XSRF-TOKEN=secret", .notApplicable, .high),
    (66, "Set-Cookie", "theme=dark", .notApplicable, .high),
    (70, "Server", "nginx", .passed, .low),
    (70, "Server", "Apache/2.4.41 (Ubuntu)", .failed, .low),
    (70, "X-Powered-By", "PHP/7.4", .failed, .low),
    (70, "X-Powered-By", "Express", .passed, .low),
  ]

  @Test("judge headers", arguments: headerCases.indices)
  func headers(index: Int) {
    let (number, name, value, result, severity) = Self.headerCases[index]
    let finding = finding(number, "<p>x") { $0.headers.append(HTTPHeader(name, value)) }
    #expect(finding.result == result, "\(name): \(value)")
    #expect(finding.severity == severity, "\(name): \(value)")
    #expect(!finding.evidence.contains("secret"))
  }

  @Test("a meta tag may set the content and the referrer policy, never framing")
  func metaPolicies() {
    #expect(finding(62, "<meta http-equiv=Content-Security-Policy content=\"default-src 'self'\">").result == .passed)
    #expect(finding(65, "<meta name=referrer content=unsafe-url>").result == .failed)
    #expect(finding(64, "<meta http-equiv=Content-Security-Policy content=\"frame-ancestors 'self'\">").result == .failed)
  }
}

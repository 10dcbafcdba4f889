import BatchReports
import HTTPFetch
import Testing

@testable import WebsiteAudit

@Suite("Fast: checks of the page and the answer")
struct FastCheckTests {
  private static func many(_ count: Int, _ unit: (Int) -> String) -> String { (0..<count).map(unit).joined() }

  static let cases: [CheckCase] = [
    CheckCase(11, .passed, many(800) { _ in "<b></b>" }, "800 elements"),
    CheckCase(
      14, .passed,
      "<head><script src=a.js defer></script><script src=b.js async></script><script type=module src=c.js></script></head><body><script src=d.js></script>"
    ),
    CheckCase(14, .failed, "<head><script src=/a.js></script></head>", "/a.js"),
    CheckCase(14, .passed, "<head><script>inline()</script><script type='application/json' src=x.json></script></head>"),
    CheckCase(14, .passed, "<p>text opens the body<script src=a.js></script>"),
    CheckCase(15, .passed, many(2) { "<link rel=stylesheet href=\($0).css>" } + "<link rel=stylesheet media=print href=p.css>"),
    CheckCase(15, .failed, many(3) { "<link rel=stylesheet href=\($0).css>" }, "3, first: 0.css"),
    CheckCase(16, .passed, many(50) { "<img src=\($0).jpg>" } + "<img src=1.jpg>", "50 files"),
    CheckCase(16, .failed, many(51) { "<img src=\($0).jpg>" }, "51 files"),
    CheckCase(17, .passed, "<img src=a.jpg width=1 height=1><img src=b.jpg style='width:10px;height:5px'>"),
    CheckCase(17, .failed, "<img src=a.jpg width=100>", "a.jpg"),
    CheckCase(17, .notApplicable, "<p>x"),
    CheckCase(18, .passed, "<img src=a.jpg><img src=b.jpg loading=lazy>"),
    CheckCase(18, .failed, "<img src=p.gif width=1 height=1><img src=a.jpg loading=Lazy>", "a.jpg"),
    CheckCase(18, .notApplicable, "<p>x"),
    CheckCase(19, .passed, "<img src=a.jpg><img src=b.webp?x=1>"),
    CheckCase(19, .passed, "<picture><source srcset=a.avif type=image/avif><img src=a.jpg></picture>"),
    CheckCase(19, .passed, "<img src='https://img.example/a.jpg?fm=webp'>"),
    CheckCase(19, .failed, "<img src=a.jpg><img src=b.PNG>", "2 in old formats"),
    CheckCase(19, .notApplicable, "<img src=logo.svg>"),
    CheckCase(20, .passed, many(10) { "<script src=https://h\($0).example/a.js></script>" }),
    CheckCase(20, .failed, many(11) { "<script src=https://s\($0).net/a.js></script>" }, "11: s0.net"),
    CheckCase(20, .passed, many(11) { "<img src=https://s\($0).bakery.example/a.jpg>" }, "none"),
  ]

  @Test("judge markup", arguments: cases)
  func markup(_ one: CheckCase) { one.verify() }

  private func hops(_ count: Int) -> [Redirect] {
    (0..<count).map { Redirect(status: 301, from: "http://a\($0).example/", to: "https://bakery.example/") }
  }

  @Test(
    "check 7 counts redirects",
    arguments: [
      (0, Finding.Result.passed, Severity.medium), (1, .passed, .medium), (2, .failed, .medium), (3, .failed, .medium), (4, .failed, .high),
    ])
  func redirects(count: Int, result: Finding.Result, severity: Severity) {
    let finding = finding(7, "<p>x") { $0.redirects = hops(count) }
    #expect(finding.result == result)
    #expect(finding.severity == severity)
  }

  @Test(
    "check 8 counts the time of redirects as web.dev does",
    arguments: [
      (0.8, 0.0, Finding.Result.passed, Severity.medium), (0.5, 0.4, .failed, .medium), (1.8, 0.0, .failed, .medium),
      (1.81, 0.0, .failed, .high), (0.0, 0.0, .notMeasured, .medium),
    ])
  func firstByte(firstByte: Double, redirect: Double, result: Finding.Result, severity: Severity) {
    let finding = finding(8, "<p>x") {
      $0.firstByte = firstByte
      $0.redirectTime = redirect
    }
    #expect(finding.result == result)
    #expect(finding.severity == severity)
  }

  @Test("check 9 wants compression above 100 KB")
  func compression() {
    let large = String(repeating: "<p>bread</p>", count: 9_000)
    #expect(finding(9, large).result == .failed)
    #expect(finding(9, large) { $0.headers.append(HTTPHeader("content-encoding", "br")) }.result == .passed)
    #expect(finding(9, "<p>x").result == .passed)
  }

  @Test("check 10 fails above 2 MB")
  func weight() {
    #expect(finding(10, String(repeating: "a ", count: 1_050_000)).result == .failed)
    #expect(finding(10, "<p>x").result == .passed)
  }

  @Test("check 11 has two steps")
  func elements() {
    #expect(finding(11, Self.many(801) { _ in "<b></b>" }).severity == .low)
    #expect(finding(11, Self.many(1_401) { _ in "<b></b>" }).severity == .medium)
    #expect(finding(11, Self.many(1_401) { _ in "<b></b>" }).result == .failed)
  }

  @Test("check 12 wants HTTP/2 or newer", arguments: [(HTTPVersion.http1_0, false), (.http1_1, false), (.http2, true), (.http3, true)])
  func modernHTTP(version: HTTPVersion, passes: Bool) {
    #expect((finding(12, "<p>x") { $0.httpVersion = version }.result == .passed) == passes)
  }

  @Test("check 13 wants Cache-Control or Expires")
  func cachePolicy() {
    #expect(finding(13, "<p>x").result == .failed)
    #expect(finding(13, "<p>x") { $0.headers.append(HTTPHeader("Cache-Control", "no-cache")) }.evidence == "Cache-Control: no-cache")
  }
}

import BatchReports
import HTTPFetch
import Testing

@testable import WebsiteAudit

/// A piece of markup, and what one check says about it.
struct CheckCase: Sendable, CustomTestStringConvertible {
  var number: Int
  var result: Finding.Result
  var html: String
  var evidence: String?

  init(_ number: Int, _ result: Finding.Result, _ html: String, _ evidence: String? = nil) {
    self.number = number
    self.result = result
    self.html = html
    self.evidence = evidence
  }

  var testDescription: String { "\(number) \(result.rawValue): \(html.prefix(60))" }

  func verify() {
    let finding = finding(number, html)
    #expect(finding.result == result, "evidence: \(finding.evidence)")
    if let evidence { #expect(finding.evidence.contains(evidence), "evidence: \(finding.evidence)") }
  }
}

@Suite("Found: checks of the page")
struct FoundCheckTests {
  static let words = Array(repeating: "word", count: 150).joined(separator: " ")

  static let cases: [CheckCase] = [
    CheckCase(21, .passed, "<title> Bakery </title>", "Bakery"),
    CheckCase(21, .failed, "<title>  </title>", "empty"),
    CheckCase(21, .failed, "<p>x</p>", "no <title>"),
    CheckCase(21, .failed, "<svg><title>Logo</title></svg>"),
    CheckCase(22, .passed, "<title>Bakery in Springfield, bread daily</title>"),
    CheckCase(22, .failed, "<title>Home</title>", "4 characters"),
    CheckCase(22, .failed, "<title>\(String(repeating: "a", count: 61))</title>", "61 characters"),
    CheckCase(22, .notApplicable, "<p>x"),
    CheckCase(23, .passed, "<meta name=Description content='We bake'>", "We bake"),
    CheckCase(23, .failed, "<meta name=description content=' '>", "empty"),
    CheckCase(23, .failed, "<p>x", "no meta description"),
    CheckCase(24, .passed, "<meta name=description content='\(String(repeating: "ab ", count: 30))'>"),
    CheckCase(24, .failed, "<meta name=description content='short'>", "5 characters"),
    CheckCase(24, .failed, "<meta name=description content='\(String(repeating: "a", count: 161))'>"),
    CheckCase(24, .notApplicable, "<p>x"),
    CheckCase(25, .passed, "<meta name=robots content='index, follow'>"),
    CheckCase(25, .failed, "<meta name=robots content='NoIndex, follow'>", "NoIndex"),
    CheckCase(25, .failed, "<meta name=googlebot content=none>"),
    CheckCase(29, .notApplicable, "<p>x"),
    CheckCase(29, .passed, "<link rel=canonical href='https://www.bakery.example/'>"),
    CheckCase(29, .passed, "<link rel=canonical href='/'>"),
    CheckCase(29, .failed, "<link rel=canonical href='https://other.example/'>", "another host"),
    CheckCase(29, .failed, "<link rel=canonical href=''>", "broken"),
    CheckCase(29, .failed, "<link rel=canonical href='https://'>", "broken"),
    CheckCase(29, .failed, "<link rel=canonical href='/a'><link rel=canonical href='/b'>", "2 different"),
    CheckCase(29, .passed, "<link rel=canonical href='/a'><link rel=canonical href='/a'>"),
    CheckCase(30, .passed, "<h1>Bread</h1>", "Bread"),
    CheckCase(30, .passed, "<h1><img alt='Bread'></h1>"),
    CheckCase(30, .failed, "<h1> </h1><h2>x</h2>"),
    CheckCase(31, .passed, "<h1>Bread</h1>"),
    CheckCase(31, .failed, "<h1>Bread</h1><h1>Cake</h1>", "2 h1"),
    CheckCase(31, .notApplicable, "<h2>Bread</h2>"),
    CheckCase(33, .passed, "<a href=/menu>See our menu</a>"),
    CheckCase(33, .failed, "<a href=/menu>Click here »</a><a href=/x>Our bread</a>", "1 of 2 links"),
    CheckCase(33, .passed, "<a href=/menu aria-label='More about bread'>More</a>"),
    CheckCase(33, .notApplicable, "<p>x"),
    CheckCase(34, .passed, "<a href=/menu>Menu</a><a id=top></a><a href='mailto:a@b.example'>m</a>"),
    CheckCase(34, .failed, "<a href='javascript:void(0)'>Menu</a>", "javascript"),
    CheckCase(34, .failed, "<a onclick='go()'>Menu</a>", "no href"),
    CheckCase(34, .failed, "<a href=''>Menu</a>"),
    CheckCase(34, .notApplicable, "<a role=button>Menu</a>"),
    CheckCase(35, .passed, "<link rel=alternate hreflang=en-GB href=/en><link rel=alternate hreflang=x-default href=/>"),
    CheckCase(35, .failed, "<link rel=alternate hreflang=en-UK href=/en>", "en-UK"),
    CheckCase(35, .failed, "<link rel=alternate hreflang=english href=/en>"),
    CheckCase(35, .notApplicable, "<link rel=alternate type='application/rss+xml' href=/feed>"),
    CheckCase(36, .passed, "<p>\(words)</p>", "150 words"),
    CheckCase(36, .failed, "<p>word</p><script>\(words)</script><style>\(words)</style><div hidden>\(words)</div>", "1 words"),
    CheckCase(36, .passed, "<p>\(String(repeating: "新鮮なパン", count: 80))</p>"),
    CheckCase(38, .passed, "<script type='application/ld+json'>{\"@type\":\"Store\"}</script>"),
    CheckCase(38, .passed, "<script type='application/ld+json'><!-- {\"@type\":\"Store\"} --></script>"),
    CheckCase(38, .failed, "<script type='application/ld+json'>{\"@type\":\"Store\",}}</script>", "does not parse"),
    CheckCase(38, .failed, "<script type='application/ld+json'></script>"),
    CheckCase(38, .notApplicable, "<script>var a = 1</script>"),
    CheckCase(
      39, .passed, "<script type='application/ld+json'>{\"@graph\":[{\"@type\":[\"Thing\",\"https://schema.org/Dentist\"]}]}</script>",
      "Dentist"),
    CheckCase(39, .passed, "<div itemscope itemtype='http://schema.org/AutoRepair'></div>", "AutoRepair"),
    CheckCase(39, .failed, "<script type='application/ld+json'>{\"@type\":\"Organization\"}</script>", "only Organization"),
    CheckCase(39, .failed, "<p>x", "no structured data"),
    CheckCase(40, .passed, "<script type='application/ld+json'>{\"@type\":\"Store\",\"name\":\"A\",\"address\":\"1 Main St\"}</script>"),
    CheckCase(
      40, .failed, "<script type='application/ld+json'>{\"@type\":\"Store\",\"name\":\"A\",\"address\":{}}</script>", "missing: address"),
    CheckCase(40, .failed, "<div itemscope itemtype='https://schema.org/Store'><b itemprop=name>A</b></div>", "missing: address"),
    CheckCase(40, .passed, "<div itemscope itemtype='https://schema.org/Store'><b itemprop=name>A</b><i itemprop=address>B</i></div>"),
    CheckCase(40, .notApplicable, "<p>x"),
    CheckCase(71, .passed, "<meta property=og:title content=A><meta property=og:image content=/a.jpg>"),
    CheckCase(71, .failed, "<meta property=og:title content=A>", "og:image"),
  ]

  @Test("judge markup", arguments: cases)
  func markup(_ one: CheckCase) { one.verify() }

  @Test(
    "check 1 fails on every status but 2xx, and on an empty page",
    arguments: [(200, "<p>x", true), (204, "<p>x", true), (404, "<p>x", false), (300, "<p>x", false), (200, " \n", false)])
  func status(status: Int, html: String, passes: Bool) {
    #expect((finding(1, html) { $0.status = status }.result == .passed) == passes)
  }

  @Test("check 2 passes on every page that was had")
  func reachable() {
    #expect(finding(2, "<p>x").evidence == "answered from 192.0.2.7")
  }

  @Test(
    "check 25 reads X-Robots-Tag for all robots and for the large ones",
    arguments: [
      ("noindex", true), ("googlebot: noindex", true), ("otherbot: noindex", false), ("nofollow", false),
      ("unavailable_after: 25 Jun 2030 15:00:00 PST", false), ("max-snippet:10, none", true),
    ])
  func robotsHeader(value: String, fails: Bool) {
    #expect((finding(25, "<p>x") { $0.headers.append(HTTPHeader("x-robots-tag", value)) }.result == .failed) == fails)
  }

  @Test("check 29 reads the Link header too")
  func canonicalHeader() {
    let finding = finding(29, "<p>x") { $0.headers.append(HTTPHeader("Link", "<https://evil.example/>; rel=\"canonical\"")) }
    #expect(finding.result == .failed)
  }

  private func starred(_ number: Int, robots: ExtraAnswers.Robots = .absent(status: 404), sitemap: ExtraAnswers.Sitemap = .missing(""))
    -> Finding
  {
    finding(number, "<p>x") { $0.extra = ExtraAnswers(robots: robots, sitemap: sitemap, plainHTTP: .notAsked(reason: "")) }
  }

  @Test("check 26 wants a robots.txt that parses, or none")
  func robotsParses() {
    #expect(starred(26, robots: .file(RobotsFile("User-agent: *\nAllow: /"))).result == .passed)
    #expect(starred(26, robots: .file(RobotsFile("<html><p>Not found"))).result == .failed)
    #expect(starred(26, robots: .absent(status: 404)).result == .passed)
    #expect(starred(26, robots: .serverError(status: 503)).evidence == "robots.txt answers HTTP 503")
    #expect(starred(26, robots: .serverError(status: 503)).result == .failed)
    #expect(starred(26, robots: .unknown(reason: "no answer")).result == .notMeasured)
  }

  @Test("check 27 fails when the home page is blocked")
  func robotsAllows() {
    #expect(starred(27, robots: .file(RobotsFile("User-agent: *\nDisallow: /"))).evidence == "Disallow: /")
    #expect(starred(27, robots: .file(RobotsFile("User-agent: *\nDisallow: /"))).result == .failed)
    #expect(starred(27, robots: .file(RobotsFile("User-agent: *\nDisallow: /\nAllow: /$"))).result == .passed)
    #expect(starred(27, robots: .file(RobotsFile(""))).result == .passed)
    #expect(starred(27, robots: .absent(status: 403)).result == .passed)
    #expect(starred(27, robots: .serverError(status: 500)).result == .notMeasured)
    #expect(starred(27, robots: .unknown(reason: "")).result == .notMeasured)
  }

  @Test("check 28 wants a sitemap")
  func sitemap() {
    #expect(starred(28, sitemap: .found("/sitemap.xml")).result == .passed)
    #expect(starred(28, sitemap: .missing("404")).result == .failed)
    #expect(starred(28, sitemap: .unknown(reason: "timeout")).result == .notMeasured)
  }
}

import Testing

@testable import WebsiteAudit

@Suite("robots.txt, by RFC 9309")
struct RobotsFileTests {
  @Test("our own group goes before that of everybody")
  func groups() {
    let file = RobotsFile("User-agent: *\nDisallow: /\n\nUser-agent: BatchReports\nDisallow: /private")
    #expect(file.allows("/"))
    #expect(!file.allows("/private/x"))
    #expect(!RobotsFile("User-agent: *\nDisallow: /\nUser-agent: other\nAllow: /").allows("/"))
    #expect(!RobotsFile("User-agent: BatchReports/1.0\nDisallow: /").allows("/"))
    #expect(RobotsFile("User-agent: BatchReportsOther\nDisallow: /").allows("/"))
  }

  @Test("agents in a row share their rules, and two groups of one agent are one")
  func sharedGroups() {
    let file = RobotsFile("User-agent: a\nUser-agent: *\nDisallow: /a\n\nUser-agent: b\nDisallow: /\n\nUser-agent: *\nDisallow: /b")
    #expect(file.rules.map(\.path) == ["/a", "/b"])
  }

  @Test(
    "the longest rule decides, and at a tie the one that allows",
    arguments: [
      ("Disallow: /\nAllow: /shop", "/shop/x", true), ("Disallow: /shop\nAllow: /", "/shop", false),
      ("Allow: /page\nDisallow: /page", "/page", true),
      ("Disallow: /page\nAllow: /page", "/page", true), ("Disallow:", "/", true), ("Disallow: /*.php$", "/a.php", false),
      ("Disallow: /*.php$", "/a.php?x", true),
      ("Disallow: /a*b*c", "/axxbxxc", false), ("Disallow: /a*b*c", "/axxcxxb", true), ("Disallow: /$", "/", false),
      ("Disallow: /$", "/x", true),
      ("Disallow: *", "/", false),
    ])
  func longest(rules: String, path: String, isAllowed: Bool) {
    #expect(RobotsFile("User-agent: *\n" + rules).allows(path) == isAllowed)
  }

  @Test("comments, sitemaps and other people's extensions parse")
  func tolerance() {
    let file = RobotsFile(
      "\u{FEFF}# hello\r\nUser-Agent : *  # all\r\nCrawl-delay: 10\r\nSitemap: https://a.example/s.xml\r\ndisallow: /x\r\n")
    #expect(file.firstBadLine == nil)
    #expect(file.sitemaps == ["https://a.example/s.xml"])
    #expect(!file.allows("/x"))
  }

  @Test(
    "lines that no robot understands are named",
    arguments: [
      ("<!doctype html>", "<!doctype html>"), ("User-agent: *\nnonsense", "nonsense"), ("Disallow: /", "Disallow: /"),
      ("<a href=\"http://x\">", "<a href=\"http://x\">"),
    ])
  func badLines(text: String, line: String) {
    #expect(RobotsFile(text).firstBadLine == line)
  }

  @Test("stars by the hundred are matched quickly")
  func manyStars() {
    let pattern = String(repeating: "*a", count: 400) + "b"
    #expect(!RobotsFile.matches(pattern, "/" + String(repeating: "a", count: 999)))
    #expect(!RobotsFile.matches("/" + String(repeating: "a", count: 1_000), "/" + String(repeating: "a", count: 1_000)))
  }

  @Test("a Crawl-delay is read from our own groups, else from those for all")
  func crawlDelay() {
    #expect(RobotsFile("User-agent: *\nCrawl-delay: 2.5\nDisallow: /a").crawlDelay == 2.5)
    #expect(RobotsFile("User-agent: *\nCrawl-delay: 2\nDisallow: /a\n\nUser-agent: batchreports\nCrawl-delay: 7").crawlDelay == 7)
    #expect(RobotsFile("User-agent: *\nCrawl-delay: 2\nDisallow: /a\n\nUser-agent: batchreports\nAllow: /").crawlDelay == nil)
    for odd in ["-1", "soon", "", "nan"] { #expect(RobotsFile("User-agent: *\nCrawl-delay: \(odd)").crawlDelay == nil, "\(odd)") }
    #expect(RobotsFile("Crawl-delay: 2\nUser-agent: *").crawlDelay == nil)
  }
}

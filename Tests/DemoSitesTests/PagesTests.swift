import Foundation
import Testing

@testable import DemoSites

@Suite("Pages of the sample websites read like those of small businesses")
struct PagesTests {
  private func indexes(_ kind: SiteKind) -> [Int] { (0..<SitePlan.length).filter { SitePlan.kind(at: $0) == kind } }

  private func page(_ index: Int) -> HomePage {
    HomePage(
      business: SampleBusiness(index: index), traits: PageTraits.of(index: index, kind: SitePlan.kind(at: index)),
      url: SiteAddress.url(at: index, port: 80), year: 2_026)
  }

  private func words(of html: String) -> Int {
    let body = html.split(separator: "<body", maxSplits: 1).last.map(String.init) ?? ""
    return body.replacing(/<[^>]*>/, with: " ").split { $0.isWhitespace }.count
  }

  @Test("A good page has all that a search result and a visitor need")
  func goodPages() throws {
    for index in indexes(.good) {
      let page = page(index)
      let html = page.html
      let head = PageHead(page: page)
      #expect((30...60).contains(head.title.count), "\(head.title)")
      #expect((70...160).contains(head.description.count), "\(head.description)")
      #expect((150...400).contains(words(of: html)), "\(words(of: html)) words at \(index)")
      for part in [
        "<!doctype html>", "lang=\"en\"", "charset=\"utf-8\"", "viewport", "canonical", "tel:+1", "mailto:", "<main>",
        "&copy; 2026", "/privacy",
      ] {
        #expect(html.contains(part), "\(part) at \(index)")
      }
      #expect(html.matches(of: /<h1>/).count == 1)
      let images = html.matches(of: #/<img [^>]*>/#).map { String($0.output) }
      #expect(images.allSatisfy { $0.contains(#/ alt="[^"]+" width="\d+" height="\d+">/#) })
      #expect(page.traits.flaws.isEmpty)
    }
  }

  @Test("Structured data is JSON, and names the same business as the page")
  func structuredData() throws {
    for index in 0..<SitePlan.length where page(index).has(.structuredData) && !page(index).has(.tableLayout) {
      let page = page(index)
      let json = try #require(page.html.firstMatch(of: /(?s)<script type="application\/ld\+json">(.*?)<\/script>/)?.1)
      let value = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
      #expect(value?["name"] as? String == page.business.name)
      #expect((value?["telephone"] as? String)?.filter(\.isNumber) == "1" + page.business.phone.filter(\.isNumber))
      #expect((value?["address"] as? [String: String])?["addressLocality"] == page.business.city.name)
    }
  }

  @Test("Every ordinary page has 80 to 400 words, its name and its city, and no two pages are equal")
  func allPages() {
    var seen: Set<String> = []
    for index in indexes(.good) + indexes(.fair) + indexes(.poor) {
      let page = page(index)
      #expect((80...400).contains(words(of: page.html)), "\(words(of: page.html)) words at \(index)")
      #expect(page.html.contains(page.business.name.escapedForHTML))
      #expect(page.html.contains(page.business.city.name))
      #expect(!page.html.contains("{name}") && !page.html.contains("{city}") && !page.html.contains("{founded}"))
      seen.insert(page.html)
    }
    #expect(seen.count == 130)
  }

  @Test("Poor sites are poor in seven ways")
  func poorPages() {
    let pages = indexes(.poor).map { page($0).html }
    #expect(pages.contains { !$0.contains("<title>") && !$0.contains("viewport") })
    for part in [
      "<marquee>", "send.php", "6000x4000.bmp", "jquery-1.", "Lorem ipsum", "noindex", "user-scalable=no", "Click here", "ga.js",
    ] {
      #expect(pages.contains { $0.contains(part) }, "\(part)")
    }
    #expect(!pages.filter { $0.contains("<marquee>") }.contains { $0.contains("<!doctype") })
  }

  @Test("Fair sites differ in what they lack")
  func fairPages() {
    #expect(Set(indexes(.fair).map { page($0).traits.strengths.rawValue }).count > 30)
    #expect(indexes(.fair).allSatisfy { page($0).has(.title) && page($0).has(.phone) })
  }

  @Test("A business with an attacking name escapes it on its own page")
  func attackingName() throws {
    let index = try #require(BusinessNames.unusual.first { $0.value.hasPrefix("<script>") }?.key)
    let html = page(index).html
    #expect(html.contains("&lt;script&gt;alert(&#39;lead&#39;)"))
    #expect(!html.contains("<script>alert('lead')"))
    #expect("</script><\"\\\u{7}".asJSONInScript == "\"\\u003c/script>\\u003c\\\"\\\\\\u0007\"")
  }

  @Test("A hostile page carries every payload")
  func hostilePage() {
    let pages = (0..<3).map { HostilePage(business: SampleBusiness(index: 1), url: "http://127.20.0.2/", variant: $0).html }
    for payload in [
      "<title><script>alert(1)</script>", "javascript:alert(document.cookie)", "onload=", "{{name}}", "{{{name}}}",
      "\u{1B}[31m", "\u{202E}", "=HYPERLINK(", "@SUM(",
    ] {
      #expect(pages.allSatisfy { $0.contains(payload) }, "\(payload)")
    }
    #expect(pages[1].matches(of: /<div>/).count == 300)
    #expect(pages[2].contains("a2999="))
  }

  @Test("The small files have the shape of their formats")
  func smallFiles() throws {
    let icon = SiteFiles.icon(index: 3)
    #expect(icon.prefix(6).elementsEqual([0, 0, 1, 0, 1, 0]))
    #expect(icon.count == 22 + 40 + 1_024 + 64)
    let brochure = SiteFiles.brochure(of: SampleBusiness(index: 3))
    #expect(brochure.hasPrefix("%PDF-1.4"))
    let table = try #require(brochure.firstMatch(of: /startxref\n(\d+)\n/).flatMap { Int($0.1) })
    #expect(brochure.dropFirst(table).hasPrefix("xref"))
    #expect(SiteFiles.robots(url: "http://127.20.0.1:80/").contains("Sitemap: http://127.20.0.1:80/sitemap.xml"))
  }

  @Test("Seeded choices repeat, keep their range and lose nothing")
  func seededRandom() {
    var one = SeededRandom(seed: 5, purpose: "a")
    var same = SeededRandom(seed: 5, purpose: "a")
    var other = SeededRandom(seed: 5, purpose: "b")
    let numbers = (0..<100).map { _ in one.below(10) }
    #expect(numbers == (0..<100).map { _ in same.below(10) })
    #expect(numbers != (0..<100).map { _ in other.below(10) })
    #expect(Set(numbers) == Set(0..<10))
    #expect(one.shuffled(Array(0..<50)).sorted() == Array(0..<50))
    #expect(one.pick(weighted: [("never", 0), ("always", 1)]) == "always")
  }
}

import Foundation
import Testing

@testable import WebsiteAudit

/// No page, however built, may hold a core for more than 2 seconds. Debug code is many times slower, so there the pages are smaller.
@Suite("Hostile pages", .serialized)
struct HostilePageTests {
  #if DEBUG
    static let size = 200_000
    static let limit = 10.0
  #else
    static let size = 5 * 1024 * 1024
    static let limit = 2.0
  #endif

  /// Time of this thread: what the page costs, however busy the machine is.
  private static func processorSeconds(_ work: () -> Void) -> Double {
    var start = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start)
    work()
    var end = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end)
    return Double(end.tv_sec - start.tv_sec) + Double(end.tv_nsec - start.tv_nsec) / 1e9
  }

  static func filled(_ unit: String, before: String = "", after: String = "") -> Data {
    let unit = Array(unit.utf8)
    var bytes = Array(before.utf8)
    bytes.reserveCapacity(size + unit.count)
    while bytes.count < size { bytes.append(contentsOf: unit) }
    return Data(bytes + Array(after.utf8))
  }

  static func numbered(_ unit: (Int) -> String, before: String = "", after: String = "") -> Data {
    var bytes = Array(before.utf8)
    var number = 0
    while bytes.count < size {
      bytes.append(contentsOf: unit(number).utf8)
      number += 1
    }
    return Data(bytes + Array(after.utf8))
  }

  static let pages: [(name: String, make: @Sendable () -> Data)] = [
    ("nested div", { filled("<div>") }),
    ("div opened, then b closed", { filled("</b>", before: String(repeating: "<div><b></b>", count: 4_000)) }),
    ("div opened, then p closed again and again", { filled("<p></p></p></div><div>", before: String(repeating: "<div>", count: 4_000)) }),
    ("a href", { filled("<a href=x>") }),
    ("a with text", { filled("<a href=x>y</a>") }),
    ("links to many hosts", { numbered { "<img src=//h\($0).example/a.jpg><a href=\"https://x\($0).example/p\">t</a>" } }),
    ("attributes in one tag", { numbered({ "a\($0)=1 " }, before: "<div ", after: ">") }),
    ("known attributes in one tag", { filled("id=1 class=2 ", before: "<div ", after: ">") }),
    ("many tags of 256 attributes", { filled("<p " + (0..<256).map { "b\($0) " }.joined() + ">") }),
    ("many tags with every known attribute", { filled("<p " + TagNames.attributes.sorted().map { "\($0)=1 " }.joined() + ">") }),
    ("nested tables", { filled("<table><tr><td>") }),
    ("nested lists", { filled("<ul><li>") }),
    ("misnested p and b", { filled("<p><b>") }),
    ("misnested formatting", { filled("<b><i><p></b></i><a><table></a>") }),
    ("named entities", { filled("&amp;") }),
    ("bad entities", { filled("&#1;") }),
    ("unknown entities", { filled("&zzz") }),
    ("bare ampersands", { filled("&") }),
    ("entities in attributes", { filled("<a href=\"" + String(repeating: "&#1;&amp;&x", count: 300) + "\">") }),
    ("unclosed comment", { filled("x-", before: "<!--") }),
    ("many comment starts", { filled("<!--") }),
    ("many bogus comments", { filled("<!->") }),
    ("script without end", { filled("</scrip", before: "<script>") }),
    ("many scripts", { filled("<script>gtag(</script>") }),
    ("one attribute value", { filled("v", before: "<a href=\"", after: "\">x</a>") }),
    ("unclosed attribute value", { filled("v ", before: "<a href=\"") }),
    ("text without spaces", { filled("x") }),
    ("text of digits", { filled("1") }),
    ("text like phone numbers", { filled("(212) 555-012") }),
    ("text of plus signs", { filled("+1 ") }),
    ("text of at signs", { filled("a@") }),
    ("text of day names", { filled("mon ") }),
    ("text of copyright signs", { filled("©") }),
    ("text of c", { filled("c") }),
    ("combining marks", { filled("\u{301}", before: "<title>a", after: "</title>") }),
    ("distinct ids", { numbered { "<b id=i\($0)>" } }),
    ("distinct ids, closed", { numbered { "<b id=i\($0)></b>" } }),
    ("nested tables, closed", { filled("<table><tr><td><table><tr><td></table></table>") }),
    ("distinct aria references", { numbered { "<b aria-labelledby=i\($0) id=i\($0)></b>" } }),
    ("NUL bytes", { Data(count: size) }),
    ("brackets", { filled("<") }),
    ("bracket and letter", { filled("<a") }),
    ("end tags", { filled("</a>") }),
    ("titles", { filled("<title>") }),
    ("title with brackets", { filled("<", before: "<title>") }),
    ("headings", { filled("<h1>x</h1><h3>y</h3>") }),
    ("labels and inputs", { filled("<label>x<input>") }),
    ("buttons inside buttons", { filled("<button><span role=button>") }),
    ("svg", { filled("<svg><path/><title>x") }),
    ("templates", { filled("<template><p>") }),
    ("JSON-LD of brackets", { filled("[", before: "<script type=application/ld+json>") }),
    ("JSON-LD of objects", { filled("{\"@type\":\"Store\"},", before: "<script type=application/ld+json>[", after: "{}]</script>") }),
    ("many JSON-LD blocks", { filled("<script type=application/ld+json>{\"@type\":\"Store\"}</script>") }),
    ("metas", { filled("<meta name=robots content=a>") }),
    ("images with long srcset", { filled("<img srcset=\"" + String(repeating: "a.jpg 1x,", count: 400) + "\">") }),
    ("invalid UTF-8", { Data([UInt8](repeating: 0xFF, count: size)) }),
    ("UTF-16", { Data([0xFF, 0xFE]) + Data([UInt8](repeating: 0x3C, count: size)) }),
    ("declared Chinese, unreadable", { filled("\u{FF}\u{FE}", before: "<meta charset=gb18030>") }),
    ("declared Japanese", { Data("<meta charset=euc-jp>".utf8) + Data((0..<size).map { $0 % 2 == 0 ? 0xA4 : 0xA2 }) }),
    (
      "declared Thai, a bad byte here and there",
      { Data("<meta charset=windows-874>".utf8) + Data((0..<size).map { $0 % 200 == 0 ? 0xFF : 0xA1 }) }
    ),
    ("processing instructions", { filled("<?x ") }),
    ("doctypes", { filled("<!doctype ") }),
    ("long tag names", { filled("<" + String(repeating: "n", count: 5_000) + ">") }),
    ("distinct tag names", { numbered { "<x\($0)>" } }),
    ("forms", { filled("<form><input name=q>") }),
    ("framesets", { filled("<frameset><frame><body><html>") }),
    ("selects", { filled("<select><option><optgroup>") }),
    ("styles", { filled("<p style=\"display : none\">") }),
  ]

  @Test("a hostile robots.txt is decided in time")
  func robots() {
    let rule = "Disallow: /" + String(repeating: "*" + String(repeating: "a", count: 400), count: 2) + "b\n"
    let text = "User-agent: *\n" + String(repeating: rule, count: RobotsFile.byteLimit / rule.utf8.count)
    let seconds = Self.processorSeconds {
      #expect(RobotsFile(text).allows("/" + String(repeating: "a", count: 5_000)))
    }
    if ProcessInfo.processInfo.environment["AUDIT_FIGURES"] != nil { print("FIGURE \(String(format: "%.3f", seconds)) s robots.txt") }
    #expect(seconds < Self.limit)
  }

  @Test("stay within the time for one page", arguments: pages.indices)
  func time(index: Int) {
    let (name, make) = Self.pages[index]
    var fixture = PageFixture()
    fixture.body = make()
    fixture.headers = []
    var isCut = false
    let seconds = Self.processorSeconds {
      let audited = fixture.audited()
      isCut = audited.page.isCut
      let findings = CheckCatalogue.all.map { $0.finding(on: audited) }
      #expect(findings.count == 78)
      #expect(findings.allSatisfy { $0.evidence.unicodeScalars.count <= 200 })
    }
    if ProcessInfo.processInfo.environment["AUDIT_FIGURES"] != nil {
      print("FIGURE \(String(format: "%.3f", seconds)) s \(isCut ? "cut " : "whole") \(name)")
    }
    #expect(seconds < Self.limit, "\(name)")
  }
}

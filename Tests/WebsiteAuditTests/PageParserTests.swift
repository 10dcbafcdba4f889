import Foundation
import HTTPFetch
import Testing

@testable import WebsiteAudit

@Suite("Reading a page")
struct PageParserTests {
  private func page(_ html: String) -> Page { PageFixture(html: html).page }

  @Test("nothing is lost behind deep nesting")
  func deepNesting() {
    let page = page(
      String(repeating: "<div>", count: 3_000) + "<p>Call (212) 555-0123</p>" + String(repeating: "</div>", count: 3_000) + "<p>end</p>")
    #expect(page.text.contains("(212) 555-0123"))
    #expect(page.text.hasSuffix("end "))
    #expect(page.elementCount == 3_002)
    #expect(!page.isCut)
  }

  @Test("nesting beyond the limit marks the page as cut")
  func tooDeep() {
    #expect(page(String(repeating: "<div>", count: 20_000)).isCut)
  }

  @Test("a tag with thousands of attributes keeps those that matter")
  func manyAttributes() {
    let page = page("<a " + (0..<20_000).map { "x\($0)=1 " }.joined() + "href=/menu>Menu</a>")
    #expect(page.anchors.map(\.address) == ["/menu"])
  }

  @Test("the first of two attributes of one name counts")
  func repeatedAttribute() {
    #expect(page("<a href=/one HREF=/two>x</a>").anchors.first?.address == "/one")
  }

  @Test("pages without html, head and body are read to their end")
  func fragments() {
    let page = page("<title>A</title><p>one</p><p>two</p><a href=/x>three</a>")
    #expect(page.title == "A")
    #expect(page.text == "one two three ")
    #expect(page.anchors.count == 1)
  }

  @Test("content behind the end of the body is read")
  func behindTheBody() {
    #expect(page("<html><body><p>one</p></body></html><p>two</p>").text == "one two ")
  }

  @Test("attributes of html are read wherever it stands")
  func lateHTMLTag() {
    #expect(page("<p>x</p><html lang=de><p>y").language == "de")
    #expect(page("<html xml:lang=fr>").language == "fr")
  }

  @Test("the content of scripts, styles and comments is no markup and no text")
  func rawText() {
    let page = page("<script>if (a<b) document.write('<img src=a.jpg></a>')</script><!-- <h1>no</h1> --><style>p > a {}</style><p>text</p>")
    #expect(page.images.isEmpty && page.headings.isEmpty)
    #expect(page.text == "text ")
    #expect(page.scripts.first?.text.contains("document.write") == true)
  }

  @Test("scripts keep their own content when some of them lie in drawings")
  func scriptOrder() {
    let page = page("<svg><script/></svg><script>one</script><script src=a.js></script><script type='application/ld+json'>{}</script>")
    #expect(page.scripts.map(\.text) == ["", "one", ""])
    #expect(page.jsonLD == ["{}"])
  }

  @Test(
    "markup inside a title is text",
    arguments: [
      ("<title>Bread & <script>alert(1)</script> rolls</title>", "Bread & <script>alert(1)</script> rolls"),
      ("<title>Caf&eacute; &amp; Bar</title>", "Café & Bar"), ("<title>a\n  b</title>", "a b"), ("<title>open", "open"),
    ])
  func title(html: String, title: String) {
    #expect(page(html).title == title)
  }

  @Test("evidence shows hostile markup as plain text")
  func hostileEvidence() {
    let finding = finding(22, "<title><script>alert('x')</script>\u{202E}\u{0}\nA</title>")
    #expect(finding.evidence == "32 characters: <script>alert('x')</script> A" || finding.evidence.contains("<script>alert('x')</script>"))
    #expect(
      finding.evidence.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control && $0.properties.generalCategory != .format })
  }

  @Test("words are parted by blocks, not by inline elements")
  func words() {
    #expect(page("<p><b>0</b>123</p><p>x</p><ul><li>a<li>b</ul>").text == "0123 x a b ")
    #expect(page("<p>one two</p>three").wordCount == 3)
  }

  @Test(
    "a link's name comes from its text, its pictures or its attributes",
    arguments: [
      ("<a href=/>Text <b>bold</b></a>", "Text bold"), ("<a href=/><img alt=Logo></a>", "Logo"), ("<a href=/ title=Home></a>", "Home"),
      ("<a href=/ aria-label=Main>x</a>", "Main"), ("<a href=/><svg><title>Cart</title><path/></svg></a>", "Cart"),
      ("<a href=/><span hidden>x</span></a>", ""),
    ])
  func linkNames(html: String, name: String) {
    #expect(page(html).anchors.first?.name == name)
  }

  @Test(
    "stray brackets, open tags and NUL bytes do no harm",
    arguments: [
      ("a < b <3 </> </ x>c", "a < b <3 c"), ("one<p", "one"), ("o\u{0}ne", "one"), ("<?php x ?>one", "one"), ("<![CDATA[x]]>one", "one"),
      ("<!-->one", "one"), ("<!--a--!>one", "one"), ("one<!--", "one"), ("x<", "x<"), ("x</", "x"), ("</p>x</br>", "x"),
    ])
  func strayMarkup(html: String, text: String) {
    #expect(page(html).text.trimmed == text)
  }

  @Test("a page in a frame's or a template's content does not count")
  func drafts() {
    let page = page("<template><h1>draft</h1><form></form></template><iframe><h1>fallback</h1></iframe><h1>real</h1>")
    #expect(page.headings.map(\.text) == ["real"])
    #expect(page.forms.isEmpty)
  }

  @Test("an empty page has nothing")
  func empty() {
    let page = page("")
    #expect(page.title == nil && page.elementCount == 0 && page.text.isEmpty && !page.isCut)
  }

  @Test("the processor budget cuts a page, whatever its shape")
  func budget() {
    let page = PageParser.page(
      from: Data(String(repeating: "<p>x</p>", count: 20_000).utf8), contentType: nil, budget: AnalysisBudget(seconds: -1))
    #expect(page.isCut)
  }
}

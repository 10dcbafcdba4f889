import BatchReports
import Testing

@Suite("Template reference")
struct TemplateReferenceTests {
  @Test(
    "a bare version means the default template's",
    arguments: [
      ("v1", "website-audit:v1"), ("website-audit:v2", "website-audit:v2"), ("seo.short:2026-01", "seo.short:2026-01"),
    ])
  func read(text: String, full: String) {
    #expect(TemplateReference(text)?.description == full)
  }

  @Test("what is no reference is none", arguments: ["", ":", "a:", ":v1", "a:b:c", "V1", "v 1", "é", "a:v1;drop", String(repeating: "v", count: 65), "٣"])
  func refused(text: String) {
    #expect(TemplateReference(text) == nil)
  }

  @Test("a refusal names the template and what to use in its place")
  func refusals() {
    #expect(TemplateRefusal.unknown("x").code == .unknownTemplate)
    #expect(TemplateRefusal.retired("a:v1", latest: "a:v2").code == .templateRetired)
    #expect(TemplateRefusal.retired("a:v1", latest: "a:v2").explanation.contains("a:v2"))
    #expect(TemplateRefusal.unknown(String(repeating: "x", count: 500)).explanation.count < 200)
    #expect(TemplateRefusal.unknown("x").field == "template_version")
  }

  @Test("severities are ordered by weight, and sections have a title and a question")
  func report() {
    #expect(Severity.allCases.sorted() == [.info, .low, .medium, .high, .critical])
    #expect(Severity.allCases.map(\.weight) == [10, 7, 3, 1, 0])
    #expect(ReportSection.allCases.map(\.title) == ["Found", "Fast", "Safe", "Usable", "Trusted"])
    #expect(ReportSection.allCases.allSatisfy { $0.question.hasSuffix("?") })
  }
}

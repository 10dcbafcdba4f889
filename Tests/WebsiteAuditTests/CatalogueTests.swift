import BatchReports
import HTTPFetch
import Testing

@testable import WebsiteAudit

@Suite("The catalogue of checks")
struct CatalogueTests {
  @Test("has every number from 1 to 78 once")
  func numbers() {
    #expect(CheckCatalogue.all.map(\.number) == Array(1...78))
  }

  @Test("gives every check its texts, and its source")
  func texts() {
    for check in CheckCatalogue.all {
      for text in [check.good, check.bad, check.why, check.how, check.source] { #expect(!text.isEmpty, "check \(check.number)") }
      #expect(check.good != check.bad, "check \(check.number)")
      #expect(check.why.hasSuffix(".") && check.how.hasSuffix("."), "check \(check.number)")
    }
  }

  @Test("has the catalogue's severities")
  func severities() {
    let severities: [Severity: [Int]] = [
      .critical: [1, 2, 3, 5, 21, 25, 27, 46, 68],
      .high: [4, 6, 29, 37, 41, 43, 47, 50, 51, 52, 66, 67],
      .info: [13, 31, 73, 75, 78],
      .low: [12, 15, 16, 19, 22, 24, 28, 32, 33, 35, 44, 49, 54, 55, 56, 59, 60, 63, 65, 69, 70, 71, 72, 76],
    ]
    for check in CheckCatalogue.all {
      let expected = severities.first { $0.value.contains(check.number) }?.key ?? .medium
      #expect(check.severity == expected, "check \(check.number)")
    }
  }

  @Test("has the catalogue's sections")
  func sections() {
    let sections: [ReportSection: [Int]] = [
      .found: [1, 2] + Array(21...31) + Array(33...36) + [38, 39, 40, 71],
      .fast: Array(7...20),
      .safe: Array(3...6) + Array(61...70) + [77, 78],
      .usable: [32, 42] + Array(46...60),
      .trusted: [37, 41, 43, 44, 45] + Array(72...76),
    ]
    for check in CheckCatalogue.all {
      #expect(sections[check.section]?.contains(check.number) == true, "check \(check.number)")
    }
  }

  @Test("finds no fault with a well-kept page")
  func goodPage() {
    let audited = GoodPage.fixture.audited()
    for check in CheckCatalogue.all {
      let finding = check.finding(on: audited)
      #expect(finding.result == .passed || finding.result == .notApplicable, "check \(check.number): \(finding.evidence)")
      #expect(finding.advice.isEmpty)
    }
    let passed = CheckCatalogue.all.filter { $0.finding(on: audited).result == .passed }.map(\.number)
    #expect(passed.count >= 65, "\(Array(Set(1...78).subtracting(passed)).sorted())")
  }

  @Test("answers the checks that need further requests with \"not measured\" where none were allowed")
  func withoutExtraRequests() {
    var fixture = GoodPage.fixture
    fixture.extra = nil
    for number in [4, 26, 27, 28] { #expect(fixture.finding(number).result == .notMeasured) }
  }

  @Test("gives a failed check its advice, and labels our own rules")
  func advice() {
    let finding = finding(36, "<p>few words</p>")
    #expect(finding.result == .failed)
    #expect(finding.source == "house rule")
    #expect(finding.advice.contains("search engines"))
    #expect(finding.evidence == "2 words")
    #expect(finding.ruleVersion == 1)
  }

  @Test("says \"not measured\" where a cut page cannot tell, and keeps what it can")
  func cutPage() {
    let long =
      "<html lang=en><title>A title that is long enough to pass</title><img src=a.jpg>" + String(repeating: "<b></b>", count: 100_001)
      + "<a href='tel:+12125550123'>call</a>"
    let audited = PageFixture(html: long).audited()
    #expect(audited.page.isCut)
    let result = { (number: Int) in CheckCatalogue.byNumber[number]?.finding(on: audited).result }
    #expect(result(21) == .passed)
    #expect(result(50) == .failed)
    #expect(result(41) == .notMeasured)
    #expect(result(56) == .notMeasured)
    #expect(result(51) == .notMeasured)
    #expect(result(3) == .passed)
    #expect(result(11) == .failed)
  }
}

import BatchReports
import Foundation
import Testing

@testable import Web

@Suite struct LeadListQueryTests {
  private func read(_ url: String) throws -> LeadListQuery {
    let query = url.split(separator: "?", maxSplits: 1).dropFirst().first ?? ""
    return try LeadListQuery(try FormFields(urlEncoded: query.utf8), in: .gmt)
  }

  @Test("Every combination of filters goes into a URL and comes out the same")
  func roundTrip() throws {
    var random = SeededRandomness(state: 7)
    let texts = ["café & co", "a+b=c", "100%", "\"quoted\"", "тест", "<script>", "🙂", "semi;colon"]
    for _ in 0..<300 {
      var filter = LeadFilter()
      if Bool.random(using: &random) { filter.text = texts.randomElement(using: &random) }
      if Bool.random(using: &random) { filter.status = Lead.Status.allCases.randomElement(using: &random) }
      if Bool.random(using: &random) { filter.tier = LeadTier.allCases.randomElement(using: &random) }
      if Bool.random(using: &random) {
        filter.from = Date(timeIntervalSince1970: 86_400 * Double(Int.random(in: 0...9000, using: &random)))
      }
      if Bool.random(using: &random) {
        filter.to = Date(timeIntervalSince1970: 86_400 * Double(Int.random(in: 9001...20_000, using: &random)))
      }
      if Bool.random(using: &random) { filter.source = texts.randomElement(using: &random) }
      if Bool.random(using: &random) { filter.tag = texts.randomElement(using: &random) }
      if Bool.random(using: &random) { filter.hasWebsite = Bool.random(using: &random) }
      if Bool.random(using: &random) { filter.isReported = Bool.random(using: &random) }
      let sort = LeadSort.allCases.randomElement(using: &random) ?? .newest
      let first = try LeadListQuery(FormFields(filter.fields(in: .gmt).map { ($0.key, $0.value) } + [("sort", sort.rawValue)]), in: .gmt)
      let url = first.url(cursor: "abc-_")
      #expect(ReturnPath.local(url, or: "lost") == url)
      let second = try read(url)
      #expect(second.filter == filter)
      #expect(second.sort == sort)
      #expect(second.cursor == "abc-_")
      #expect(second.problems.isEmpty)
    }
  }

  @Test("A chip's URL drops its own field, keeps the others and the order, and begins at the first page")
  func without() throws {
    let query = try read("/leads?status=new&tier=A&sort=name&cursor=xyz&junk=1")
    #expect(query.url(without: "status") == "/leads?tier=A&sort=name")
    #expect(query.url() == "/leads?status=new&tier=A&sort=name")
    #expect(query.url(sort: .newest) == "/leads?status=new&tier=A")
    #expect(try read("/leads").url() == "/leads")
  }

  @Test("Empty fields count as absent")
  func empty() throws {
    let query = try read("/leads?q=&status=&tier=+&from=&sort=&cursor=")
    #expect(query.filter.isEmpty)
    #expect(!query.isFiltered)
    #expect(query.sort == .newest)
    #expect(query.cursor == nil)
  }

  @Test(
    "Every field that cannot be read is named, and what was typed is kept",
    arguments: [
      ("status=gone", "status"), ("tier=E", "tier"), ("from=2026-13-99", "from"), ("to=soon", "to"), ("has_website=maybe", "has_website"),
      ("reported=2", "reported"), ("q=" + String(repeating: "x", count: 201), "q"), ("from=2026-02-01&to=2026-01-01", "to"),
    ])
  func refused(_ text: String, _ field: String) throws {
    let query = try read("/leads?tag=q4&" + text)
    #expect(query.isFilterRefused)
    #expect(query.problems.map(\.field) == [field])
    #expect(query.typed[field] != nil)
    #expect(throws: InvalidInput.self) { try query.check() }
  }

  @Test("An unknown order is refused, and the filter beside it still counts")
  func unknownSort() throws {
    let query = try read("/leads?status=new&sort=status")
    #expect(!query.isFilterRefused)
    #expect(query.filter.status == .new)
    #expect(query.problems.map(\.field) == ["sort"])
  }
}

/// A generator with a fixed seed (SplitMix64, Steele et al. 2014).
struct SeededRandomness: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

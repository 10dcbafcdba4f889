import BatchReports
import Foundation
import GRDB
import Testing

@testable import Storage

@Suite struct LeadTextTests {
  private func find(_ text: String, in leads: LeadDatabase) async throws -> [String] {
    var filter = LeadFilter()
    filter.text = text
    let page = try await leads.store.page(filter, sort: .name, limit: 50)
    #expect(try await leads.store.count(filter).count == page.leads.count)
    return page.leads.map(\.name)
  }

  private func sample() async throws -> LeadDatabase {
    let leads = try LeadDatabase()
    _ = try await leads.store.merge([
      LeadDraft(
        name: "Café Zoë", website: "https://www.cafe-zoe.example/menu", email: "hola@cafe-zoe.example", contactName: "Ana Núñez",
        city: "Łódź"),
      LeadDraft(name: "O'Neil \"Best\" Plumbing", email: "jim@oneil.example", city: "New York", industry: "Plumbing"),
      LeadDraft(name: "100% AND/OR NOT NEAR Co", city: "Near"), LeadDraft(name: "東京 寿司", city: "東京"), LeadDraft(name: "ab_cd"),
    ])
    return leads
  }

  @Test("words are found at the start of words in any column, in any order, without regard to case and accents")
  func words() async throws {
    let leads = try await sample()
    #expect(try await find("CAFE", in: leads) == ["Café Zoë"])
    #expect(try await find("zoe ana", in: leads) == ["Café Zoë"])
    #expect(try await find("Nun", in: leads) == ["Café Zoë"])
    #expect(try await find("Łód", in: leads) == ["Café Zoë"])
    #expect(try await find("menu", in: leads) == ["Café Zoë"])
    #expect(try await find("york plumb", in: leads) == ["O'Neil \"Best\" Plumbing"])
    #expect(try await find("https://www.cafe-zoe.example/", in: leads) == ["Café Zoë"])
    #expect(try await find("jim@oneil.example", in: leads) == ["O'Neil \"Best\" Plumbing"])
    #expect(try await find("東", in: leads) == ["東京 寿司"])
    #expect(try await find("afe", in: leads).isEmpty)
    #expect(try await find("plumbing bakery", in: leads).isEmpty)
  }

  @Test("the search language of FTS5 is plain text to a user")
  func operatorsAreText() async throws {
    let leads = try await sample()
    #expect(try await find("O'Neil", in: leads) == ["O'Neil \"Best\" Plumbing"])
    #expect(try await find("\"best\"", in: leads) == ["O'Neil \"Best\" Plumbing"])
    #expect(try await find("\"", in: leads).isEmpty)
    #expect(try await find("100% and/or not", in: leads) == ["100% AND/OR NOT NEAR Co"])
    #expect(try await find("NEAR(new york)", in: leads).isEmpty)
    #expect(try await find("cafe OR plumbing", in: leads).isEmpty)
    #expect(try await find("-cafe", in: leads) == ["Café Zoë"])
    #expect(try await find("cafe*", in: leads) == ["Café Zoë"])
    #expect(try await find("^cafe", in: leads) == ["Café Zoë"])
    #expect(try await find("name:cafe", in: leads).isEmpty)
    #expect(try await find("{name}:cafe) --", in: leads).isEmpty)
    #expect(try await find("ab_cd", in: leads) == ["ab_cd"])
    #expect(try await find("ab%cd", in: leads) == ["ab_cd"])
    #expect(try await find("%", in: leads).isEmpty)
  }

  @Test("a search without a letter or digit finds nothing", arguments: ["*", "\"\"", "☕️ 🏪", "--", "( )", "\u{0}", "\u{200B}"])
  func emptySearches(text: String) async throws {
    #expect(try await find(text, in: sample()).isEmpty)
  }

  @Test("no text makes the search fail, however strange")
  func strangeTexts() async throws {
    let leads = try await sample()
    var random = LeadNumbers(99)
    var texts = [
      String(repeating: "a ", count: 100), String(repeating: "\"", count: 200), "a\u{0}b", "e\u{301}\u{302}", "ＦＵＬＬ",
      "ǅ ß ﬁ İ ı ſ",
      "\u{FFFF}x",
      "नमस्ते", "𝔘𝔫𝔦", "١٢٣", "Ⅷ ½ ²", "a\u{AD}b", "شركة", "한국어",
    ]
    for _ in 0..<300 {
      let scalars = (0..<8).compactMap { _ in Unicode.Scalar(UInt32(random.next() % 0x3000)) }
      texts.append(String(String.UnicodeScalarView(scalars)))
    }
    for text in texts {
      var filter = LeadFilter()
      filter.text = text
      _ = try await leads.store.count(filter)
    }
  }

  @Test("a word that starts another one of the search is asked only once")
  func sharedStarts() async throws {
    let leads = try LeadDatabase()
    let words = try await leads.database.pool.read { try LeadWords("Co company CO comp-any", in: $0).words }
    #expect(words == ["any", "company"])
  }

  @Test("the index follows changed and removed leads")
  func indexFollows() async throws {
    let leads = try await sample()
    try await leads.database.pool.write { db in
      try db.execute(sql: "UPDATE lead SET name = 'Teahouse' WHERE name LIKE 'Caf%'")
      try db.execute(sql: "DELETE FROM lead WHERE name LIKE 'O''Neil%'")
    }
    #expect(try await find("tea", in: leads) == ["Teahouse"])
    #expect(try await find("plumbing", in: leads).isEmpty)
    try await leads.database.pool.write { try $0.execute(sql: "INSERT INTO lead_text (lead_text, rank) VALUES ('integrity-check', 1)") }
  }

  @Test("a delivered report leaves the text index alone and moves the lead to the reported ones")
  func reportsDoNotTouchTheIndex() async throws {
    let leads = try await sample()
    let before = try await leads.database.pool.read { try Int.fetchOne($0, sql: "SELECT sum(length(block)) FROM lead_text_data") }
    try await leads.database.pool.write { try $0.execute(sql: "UPDATE lead SET reported_at = 5 WHERE name = 'ab_cd'") }
    #expect(try await leads.database.pool.read { try Int.fetchOne($0, sql: "SELECT sum(length(block)) FROM lead_text_data") } == before)
    var filter = LeadFilter()
    filter.isReported = true
    #expect(try await leads.store.page(filter, limit: 5).leads.map(\.name) == ["ab_cd"])
    filter.isReported = false
    #expect(try await leads.store.count(filter).count == 4)
  }
}

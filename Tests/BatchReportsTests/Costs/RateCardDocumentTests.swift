import BatchReports
import Foundation
import Testing

@Suite("Rate card document")
struct RateCardDocumentTests {
  static let good = """
    {"valid_from": "2026-12-01T00:00:00Z", "note": "New contract", "report_generation_base_cost": 0.07, "default_blended_rate": 0.4,
     "providers": {"hunter": 0.034, "semrush": 0.000001}, "overrides": [{"template_version": "audit:v1", "provider": "hunter", "price_usd": 0.02}],
     "volume_tiers": [{"from": 1, "to": 100, "discount_percent": 0}, {"from": 101, "discount_percent": 12.5}]}
    """

  static func problems(_ text: String) -> [String] {
    do {
      let (draft, problems) = try RateCardDocument.read(Data(text.utf8))
      _ = try draft.card(.file, templates: [RateCardDraftTests.template], now: RateCardDraftTests.now, adding: problems)
      return []
    } catch let error as InvalidInput { return error.problems.map { $0.field.isEmpty ? $0.message : $0.field } } catch { return ["\(error)"] }
  }

  @Test("a whole document gives its card, exact to the millionth")
  func whole() throws {
    let (draft, problems) = try RateCardDocument.read(Data(Self.good.utf8))
    #expect(problems.isEmpty)
    let card = try draft.card(.file, templates: [RateCardDraftTests.template], now: RateCardDraftTests.now)
    #expect(card.baseCost.micros == 70_000 && card.blendedRate.micros == 400_000)
    #expect(card.providerPrices.mapValues(\.micros) == ["hunter": 34_000, "semrush": 1])
    #expect(card.overrides["audit:v1"]?["hunter"]?.micros == 20_000)
    #expect(card.tier(for: 100).percent == 0 && card.tier(for: 101).percent == Decimal(string: "12.5"))
    #expect(card.author == "file" && card.note == "New contract" && card.validFrom == Date(rfc3339: "2026-12-01T00:00:00Z"))
  }

  @Test("the costs that a document leaves out are 0.05 a report and 0.45 a lead")
  func standards() throws {
    let (draft, _) = try RateCardDocument.read(Data(#"{"volume_tiers": [{"from": 1, "discount_percent": 0}]}"#.utf8))
    let card = try draft.card(.file, templates: [], now: RateCardDraftTests.now)
    #expect(card.baseCost == Money(micros: 50_000) && card.blendedRate == Money(micros: 450_000) && card.providerPrices.isEmpty)
  }

  @Test(
    "what is no document is refused with its reason",
    arguments: [
      ("", "It is empty."), ("{", "It is not JSON"), ("[]", "It has to be one JSON object."), ("null", "It has to be one JSON object."),
      ("prices: 1", "It is not JSON"), (#"{"a": NaN}"#, "It is not JSON"), (#"{"a": Infinity}"#, "It is not JSON"), (#"{"a": 01}"#, "It is not JSON"),
      (#"{"note": "a", "note": "b"}"#, "“note” stands twice"), (#"{"providers": {"hunter": 1, "hunter": 2}}"#, "“hunter” stands twice"),
      (#"{"providers": {"hunter": 1, "\u0068unter": 2}}"#, "“hunter” stands twice"),
      (#"{"volume_tiers": [{"from": 1, "from": 2}]}"#, "“from” stands twice"),
      ("deep", "It is not JSON"), ("huge", "at most 256 KB"),
    ])
  func refused(_ text: String, _ reason: String) {
    let long = ["deep": String(repeating: "[", count: 5000), "huge": String(repeating: " ", count: 300_000)]
    let problems = Self.problems(long[text] ?? text)
    #expect(problems.count == 1 && problems.first?.contains(reason) == true, "\(problems)")
  }

  @Test("names may occur in different objects, and as texts, as often as they like")
  func noDuplicates() {
    let text = #"""
      {"note": "note \" note, \\", "providers": {"hunter": 0.1}, "volume_tiers": [{"from": 1, "to": 5, "discount_percent": 0}, {"from": 6, "discount_percent": 1}],
       "overrides": [{"template_version": "audit:v1", "provider": "hunter", "price_usd": 0}]}
      """#
    #expect(Self.problems(text) == [])
  }

  @Test(
    "parts of the wrong kind are refused at their place, all at once",
    arguments: [
      (#""note": 1"#, ["note"]), (#""valid_from": "tomorrow""#, ["valid_from"]), (#""valid_from": 5"#, ["valid_from"]),
      (#""default_blended_rate": "0.45""#, ["default_blended_rate"]), (#""report_generation_base_cost": null"#, ["report_generation_base_cost"]),
      (#""providers": []"#, ["providers"]), (#""providers": {"hunter": true}"#, ["providers.hunter"]),
      (#""overrides": {}"#, ["overrides"]),
      (#""overrides": [1]"#, ["overrides.0", "overrides.0.template_version", "overrides.0.provider", "overrides.0.price_usd"]),
      (#""overrides": [{"template_version": "audit:v1", "provider": "hunter", "price_usd": 1, "extra": 1}]"#, ["overrides.0.extra"]),
      (#""surprise": 1"#, ["surprise"]), (#""default_blended_rate": -0.1"#, ["default_blended_rate"]),
    ])
  func wrong(_ member: String, _ fields: [String]) {
    let tiers = #""volume_tiers": [{"from": 1, "discount_percent": 0}]"#
    #expect(Self.problems("{\(member), \(tiers)}") == fields)
    #expect(Self.problems(#"{"volume_tiers": [{"from": 1.5, "discount_percent": "x"}], \#(member)}"#).count == fields.count + 2)
  }

  @Test("numbers that no price can have are refused, not rounded")
  func numbers() {
    for text in ["1e400", "1e-400", "123456789012345678901234567890123456789012345678901234567890", "0.1234567"] {
      #expect(!Self.problems(#"{"default_blended_rate": \#(text), "volume_tiers": [{"from": 1, "discount_percent": 0}]}"#).isEmpty, "\(text)")
    }
  }
}

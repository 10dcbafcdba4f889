import BatchReports
import Foundation
import Testing

/// The same numbers in every run (SplitMix64).
private struct SeededRandom: RandomNumberGenerator {
  var seed: UInt64

  mutating func next() -> UInt64 {
    seed &+= 0x9E37_79B9_7F4A_7C15
    let mixed = (seed ^ (seed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    return mixed ^ (mixed >> 27)
  }
}

@Suite("Rate card draft")
struct RateCardDraftTests {
  static let now = Date(timeIntervalSince1970: 1_790_000_000)
  static let template = PriceTests.template([.init(name: "page_fetch", isPaid: false), .init(name: "hunter", isPaid: true)])

  static func problems(_ draft: RateCardDraft, _ origin: RateCardDraft.Origin = .file) -> [String] {
    do {
      _ = try draft.card(origin, templates: [template], now: now)
      return []
    } catch let error as InvalidInput { return error.problems.map { "\($0.field) \($0.code)" } } catch { return ["\(error)"] }
  }

  /// Rows of from, to and percent; 0 for an open end.
  static func tiers(_ rows: [(Int, Int, Decimal)]) -> RateCardDraft {
    RateCardDraft(
      tiers: rows.enumerated().map { place, row in .init(place: place, from: row.0, to: row.1 == 0 ? nil : row.1, percent: row.2) })
  }

  static func dollars(_ text: String) -> Decimal { Decimal(string: text) ?? .nan }

  @Test("a note with characters that nobody can see, or of these alone, is refused")
  func invisibleNote() {
    for origin in [RateCardDraft.Origin.file, .page("admin@example.com")] {
      var draft = Self.tiers([(1, 0, 0)])
      draft.note = "Cheaper \u{202E}reven"
      #expect(Self.problems(draft, origin) == ["note invalid"])
    }
    var draft = Self.tiers([(1, 0, 0)])
    draft.note = "\u{200B} "
    #expect(Self.problems(draft, .page("admin@example.com")) == ["note missing"])
  }

  @Test(
    "tiers that overlap, leave a gap, are missing or go past their bounds are refused at their row",
    arguments: [
      ([], ["volume_tiers missing"]),
      ([(1, 0, 0)], []),
      ([(1, 100, 0), (101, 0, 10)], []),
      ([(101, 0, 10), (1, 100, 0)], []),
      ([(2, 0, 0)], ["volume_tiers.0.from gap"]),
      ([(1, 100, 0)], ["volume_tiers.0.to gap"]),
      ([(1, 100, 0), (102, 0, 10)], ["volume_tiers.1.from gap"]),
      ([(1, 100, 0), (100, 0, 10)], ["volume_tiers.1.from overlap"]),
      ([(1, 0, 0), (101, 0, 10)], ["volume_tiers.1.from overlap"]),
      ([(1, 100, 0), (1, 0, 10)], ["volume_tiers.1.from overlap"]),
      ([(1, 50, 0), (60, 100, 5), (90, 0, 10)], ["volume_tiers.1.from gap", "volume_tiers.2.from overlap"]),
      ([(0, 0, 0)], ["volume_tiers.0.from out_of_range"]),
      ([(-5, 0, 0)], ["volume_tiers.0.from out_of_range"]),
      ([(10, 5, 0)], ["volume_tiers.0.to invalid"]),
      ([(1, 0, -1)], ["volume_tiers.0.discount_percent out_of_range"]),
      ([(1, 0, 101)], ["volume_tiers.0.discount_percent out_of_range"]),
      ([(1, 0, dollars("0.00001"))], ["volume_tiers.0.discount_percent invalid"]),
      ([(1, 2_000_000, 0), (2_000_001, 0, 0)], ["volume_tiers.0.to invalid", "volume_tiers.1.from out_of_range"]),
    ] as [([(Int, Int, Decimal)], [String])])
  func tiers(_ rows: [(Int, Int, Decimal)], _ expected: [String]) {
    #expect(Self.problems(Self.tiers(rows)) == expected)
  }

  @Test("every count belongs to exactly one tier of any card that is accepted (seeded)")
  func anyTiers() throws {
    var random = SeededRandom(seed: 11)
    var accepted = 0
    for _ in 0..<2000 {
      var rows: [(Int, Int, Decimal)] = []
      var start = Int.random(in: 0...10, using: &random) == 0 ? 2 : 1
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let end = start + Int.random(in: 0...5, using: &random)
        rows.append((start, end, Decimal(Int.random(in: 0...100, using: &random))))
        start = end + (Int.random(in: 0...9, using: &random) == 0 ? Int.random(in: 0...2, using: &random) : 1)
      }
      if Int.random(in: 0...9, using: &random) > 0 { rows[rows.count - 1].1 = 0 }
      rows.shuffle(using: &random)
      let holders = { (count: Int) in rows.filter { $0.0 <= count && ($0.1 == 0 || count <= $0.1) } }
      let isSound = (1...40).allSatisfy { holders($0).count == 1 } && holders(1_000_000).count == 1
      let draft = Self.tiers(rows)
      #expect(Self.problems(draft).isEmpty == isSound, "\(rows)")
      guard isSound else { continue }
      accepted += 1
      let card = try draft.card(.file, templates: [], now: Self.now)
      for count in 1...40 { #expect(card.tier(for: count).percent == holders(count).first?.2) }
      #expect(RateCardDraft(card).tiers.map(\.from) == rows.map(\.0).sorted())
    }
    #expect(accepted > 500)
  }

  @Test("amounts below zero, beyond reason, of too many decimals or no numbers are refused at their field")
  func amounts() {
    var draft = Self.tiers([(1, 0, 0)])
    draft.baseCost = -1
    draft.blendedRate = 10_001
    draft.providerPrices = ["hunter": .nan, "semrush": Self.dollars("0.0000001"), "openai": 0, "typo": 1]
    draft.overrides = [.init(place: 0, template: "audit:v1", provider: "hunter", price: -2)]
    #expect(
      Self.problems(draft) == [
        "report_generation_base_cost out_of_range", "default_blended_rate out_of_range", "providers.hunter invalid", "providers.semrush invalid",
        "providers.typo unknown", "overrides.0.price_usd out_of_range",
      ])
  }

  @Test("an exception names a template and a provider that it calls, each pair once")
  func overrides() throws {
    var draft = Self.tiers([(1, 0, 0)])
    func row(_ place: Int, _ template: String, _ provider: String) -> RateCardDraft.Override {
      .init(place: place, template: template, provider: provider, price: 1)
    }
    draft.overrides = [
      row(0, "audit:v1", "hunter"), row(1, "audit:v9", "hunter"), row(2, "audit:v1", "semrush"), row(3, "audit:v1", "nobody"), row(4, "audit:v1", "hunter"),
    ]
    #expect(
      Self.problems(draft) == [
        "overrides.1.template_version unknown", "overrides.2.provider unknown", "overrides.3.provider unknown", "overrides.4.provider duplicate",
      ])
    draft.overrides = [row(0, "audit:v1", "hunter")]
    #expect(try draft.card(.file, templates: [Self.template], now: Self.now).overrides == ["audit:v1": ["hunter": Money(micros: 1_000_000)]])
    draft.overrides = (0..<101).map { row($0, "audit:v1", "hunter") }
    #expect(Self.problems(draft).contains("overrides too_many"))
  }

  @Test("a page's card needs a note and begins now or later; a file's may have begun")
  func origins() throws {
    var draft = Self.tiers([(1, 0, 0)])
    #expect(Self.problems(draft, .page("a@example.com")) == ["note missing"])
    draft.note = String(repeating: "x", count: 501)
    #expect(Self.problems(draft, .page("a@example.com")) == ["note too_long"])
    draft.note = "why"
    draft.validFrom = Self.now.addingTimeInterval(-7200)
    #expect(Self.problems(draft, .page("a@example.com")) == ["valid_from out_of_range"])
    #expect(try draft.card(.file, templates: [], now: Self.now).validFrom == draft.validFrom)
    draft.validFrom = Self.now.addingTimeInterval(-60)
    #expect(try draft.card(.page("a@example.com"), templates: [], now: Self.now).validFrom == Self.now)
    draft.validFrom = Self.now.addingTimeInterval(86_400 * 800)
    #expect(Self.problems(draft) == ["valid_from out_of_range"])
    draft.validFrom = nil
    #expect(try draft.card(.file, templates: [], now: Self.now).validFrom == Self.now)
  }
}

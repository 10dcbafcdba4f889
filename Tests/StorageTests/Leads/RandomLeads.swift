import BatchReports
import Foundation

/// SplitMix64 (Steele, Lea, Flood 2014).
struct LeadNumbers: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }

  mutating func pick<Element>(_ elements: [Element]) -> Element { elements[Int(next() % UInt64(elements.count))] }
  mutating func chance(_ percent: UInt64) -> Bool { next() % 100 < percent }
}

/// Leads of few different values, so that sorts have ties and filters have matches.
struct RandomLeads {
  static let start = Date(milliseconds: 1_700_000_000_000)
  static let names = ["Alpha", "alpha", "Beta Bakery", "Café Zoë", "O'Neil & Sons", "ΩMEGA", "zeta-7", "100% Clean_Co"]
  static let sources = ["referral", "web form", "", "ads"]
  static let tags = ["vip", "seasonal", "priority"]
  var random: LeadNumbers

  init(seed: UInt64) { random = LeadNumbers(seed) }

  mutating func next(_ count: Int) -> [Lead] { (0..<count).map { _ in next() } }

  mutating func next() -> Lead {
    let created = Self.start.addingTimeInterval(Double(random.next() % 40) * 86_400)
    return Lead(
      id: .version7(at: created, using: &random), name: random.pick(Self.names),
      website: random.chance(70) ? "https://www.\(random.pick(["alpha", "beta", "gamma"])).example/" : "",
      email: random.chance(50) ? "info@\(random.pick(["delta", "beta"])).example" : "", contactName: random.pick(["Ana María", "Bob", ""]),
      city: random.pick(["Austin", "San José", "Łódź"]),
      industry: random.pick(["Bakery", "Law Firm"]), source: random.pick(Self.sources),
      status: random.pick(Lead.Status.allCases), score: random.chance(20) ? nil : Int(random.next() % 11) * 10,
      tags: Self.tags.filter { _ in random.chance(25) }, createdAt: created, updatedAt: created,
      reportedAt: random.chance(30) ? created : nil)
  }

  mutating func filter() -> LeadFilter {
    var filter = LeadFilter()
    if random.chance(40) {
      filter.text = random.pick([
        "alp", "BAK", "cafe", "zoe be", "oneil", "o'neil", "ω",
        "info", "san jose", "lódz", "http", "7", "firm a",
      ])
    }
    if random.chance(30) { filter.status = random.pick(Lead.Status.allCases) }
    if random.chance(30) { filter.tier = random.pick(LeadTier.allCases) }
    if random.chance(30) { filter.from = Self.start.addingTimeInterval(Double(random.next() % 40) * 86_400) }
    if random.chance(30) { filter.to = Self.start.addingTimeInterval(Double(random.next() % 40) * 86_400) }
    if random.chance(25) { filter.source = random.pick(Self.sources + ["nowhere"]) }
    if random.chance(25) { filter.tag = random.pick(Self.tags + ["nothing"]) }
    if random.chance(20) { filter.hasWebsite = random.chance(50) }
    if random.chance(20) { filter.isReported = random.chance(50) }
    return filter
  }
}

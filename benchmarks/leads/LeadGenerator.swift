import BatchReports
import Foundation

/// Made-up leads: names and cities of many different words, an industry of a few, dates in no order.
struct LeadGenerator {
  static let industries = [
    "Restaurant", "Dentist", "Plumbing", "Bakery", "Law Firm", "Accounting", "Landscaping", "Auto Repair", "Salon", "Gym", "Roofing",
    "Florist", "Cafe", "Hotel", "Electrician", "Photography", "Pet Care", "Cleaning", "Real Estate", "Printing",
  ]
  static let sources = ["referral", "web form", "directory", "trade show", "cold list", "newsletter", "partner", "ads"]
  static let tags = [
    "priority", "family-owned", "multi-site", "seasonal", "follow-up", "newsletter", "redesign", "local-ads", "spanish-speaking", "vip",
  ]
  static let lastDay = Date(timeIntervalSince1970: 1_760_000_000)
  static let days = 400

  private var random = SeededNumbers(seed: 20_260_131)
  private var made = 0
  let surnames: [String]
  let cities: [String]

  init() {
    var random = SeededNumbers(seed: 7)
    let syllables = "ba be bi bo bu ca ce co da de di do fa fe ga go ha he ho ja jo ka ke la le li lo ma me mi mo na ne no pa pe po ra"
      .split(separator: " ")
    func word(_ length: Int) -> String { (0..<length).map { _ in String(random.pick(syllables)) }.joined().capitalized }
    surnames = (0..<3_000).map { _ in word(3) }
    cities = (0..<500).map { _ in word(3) }
  }

  mutating func next(_ count: Int) -> [Lead] { (0..<count).map { _ in next() } }

  private mutating func next() -> Lead {
    made += 1
    let surname = random.pick(surnames)
    let industry = random.pick(Self.industries)
    let domain = "\(surname.lowercased())\(made).example.com"
    let created = Self.lastDay.addingTimeInterval(-Double(random.below(Self.days * 86_400)))
    // Rare tags beside common ones: tag number n stands on about one lead in 4 (n + 1).
    let tags = Self.tags.enumerated().filter { index, _ in random.below(4 * (index + 1) * (index + 1)) == 0 }.map(\.element)
    return Lead(
      id: .version7(at: LeadGenerator.lastDay.addingTimeInterval(Double(made) / 1000), using: &random),
      name: "\(surname) \(industry) \(random.pick(["Services", "Group", "Co", "Studio", "Shop", "& Sons", "Partners", "House"]))",
      website: random.chance(88) ? "https://www.\(domain)/" : "", email: "info@\(domain)", phone: "+1 555 01\(10 + made % 90)",
      contactName: "\(random.pick(surnames)) \(random.pick(surnames))", city: random.pick(cities), region: "TX", industry: industry,
      source: random.pick(Self.sources), status: status(), score: random.chance(16) ? nil : random.below(101), tags: tags,
      createdAt: created, updatedAt: created, reportedAt: random.chance(30) ? Self.lastDay : nil)
  }

  private mutating func status() -> Lead.Status {
    switch random.below(100) {
    case ..<40: .new
    case ..<65: .contacted
    case ..<80: .qualified
    case ..<92: .customer
    default: .lost
    }
  }
}

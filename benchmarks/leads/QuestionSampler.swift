import BatchReports
import Foundation

/// One question that a lead table may be asked.
struct Question: CustomStringConvertible {
  var filter: LeadFilter
  var sort: LeadSort
  /// Pages to walk before the one that is measured.
  var depth: Int

  var description: String {
    let fields = filter.fields(in: .gmt).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    return "\(fields.isEmpty ? "all" : fields) sort=\(sort.rawValue) page=\(depth + 1)"
  }
}

/// Random combinations of every filter, every sort, first pages and deep ones; the same for the same seed.
struct QuestionSampler {
  private var random: SeededNumbers
  private let surnames: [String]
  private let cities: [String]

  init(seed: UInt64, generator: LeadGenerator) {
    random = SeededNumbers(seed: seed)
    surnames = generator.surnames
    cities = generator.cities
  }

  mutating func next() -> Question {
    var filter = LeadFilter()
    if random.chance(45) { filter.text = text() }
    if random.chance(30) { filter.status = random.pick(Lead.Status.allCases) }
    if random.chance(30) { filter.tier = random.pick(LeadTier.allCases) }
    if random.chance(20) { filter.source = random.pick(LeadGenerator.sources) }
    if random.chance(25) { filter.tag = random.pick(LeadGenerator.tags) }
    if random.chance(20) { filter.hasWebsite = random.chance(50) }
    if random.chance(20) { filter.isReported = random.chance(50) }
    if random.chance(30) {
      let length = random.pick([1, 7, 30, 90, 365])
      let end = LeadGenerator.lastDay.addingTimeInterval(-Double(random.below(LeadGenerator.days - 1)) * 86_400)
      if random.chance(80) { filter.to = end }
      filter.from = end.addingTimeInterval(-Double(length) * 86_400)
    }
    return Question(filter: filter, sort: random.pick(LeadSort.allCases), depth: random.chance(40) ? 5 : 0)
  }

  private mutating func text() -> String {
    let common = random.pick(LeadGenerator.industries + ["Services", "Group", "info", "co", "example", "TX"])
    let rare = random.pick([random.pick(surnames), random.pick(cities), "\(random.pick(surnames))\(random.below(1_000_000))"])
    switch random.below(6) {
    case 0: return common
    case 1: return rare
    case 2: return "\(common) \(random.pick(surnames))"
    case 3: return "\(random.pick(surnames).prefix(3)) \(common.prefix(2))"
    case 4: return String(rare.prefix(1 + random.below(4)))
    default: return "\(random.pick(surnames)) \(random.pick(cities))"
    }
  }
}

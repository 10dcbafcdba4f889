import Foundation

/// The sample leads of the demo.
public enum SampleLeads {
  /// Names are unique up to here.
  public static let maximumCount = 1_000

  /// The first `count` sample leads (0 to `maximumCount`), the same at every call but for `createdAt`, which spreads over
  /// the 400 days before `now`. `port` is the one on which `DemoSiteServer` listens.
  public static func all(count: Int = 200, port: Int, now: Date) -> [SampleLead] {
    (0..<min(max(count, 0), maximumCount)).map { lead(at: $0, port: port, now: now) }
  }

  private static let sources = [
    ("referral", share: 25), ("web form", 25), ("directory", 20), ("trade show", 12), ("cold list", 10), ("newsletter", 8),
  ]

  private static func lead(at index: Int, port: Int, now: Date) -> SampleLead {
    let business = SampleBusiness(index: index)
    let kind = SitePlan.kind(at: index)
    var random = SeededRandom(seed: index, purpose: "lead")
    let status = random.pick(weighted: [("new", 40), ("contacted", 25), ("qualified", 15), ("customer", 12), ("lost", 8)])
    let score = score(&random)
    return SampleLead(
      id: identifier(at: index),
      name: business.name,
      website: website(at: index, kind: kind, port: port),
      email: business.email,
      phone: business.phone,
      contactName: business.contactName,
      city: business.city.name,
      region: business.city.state,
      industry: business.trade.industry,
      source: random.pick(weighted: sources),
      status: status,
      score: score,
      enrichmentStatus: random.pick(weighted: [("enriched", 45), ("pending", 25), ("none", 22), ("failed", 8)]),
      tags: tags(&random, status: status),
      createdAt: now.addingTimeInterval(-Double(random.below(400 * 86_400))),
      siteKind: kind)
  }

  private static func website(at index: Int, kind: SiteKind, port: Int) -> String? {
    // Two values take turns; looked up only where they are needed, as a site's place among its kind is counted.
    func inTurn(_ values: [String]) -> String { values[SitePlan.ordinal(at: index) % values.count] }
    return switch kind {
    case .noWebsite: nil
    case .invalidWebsite: inTurn(["http//coming soon!", "ftp://files.example/catalogue"])
    case .privateAddress: inTurn(["http://10.0.0.1/", "http://169.254.169.254/"])
    default: SiteAddress.url(at: index, port: port)
    }
  }

  /// Unscored in about one lead of six, else spread over the tiers D, C, B and A.
  private static func score(_ random: inout SeededRandom) -> Int? {
    let lowest = random.pick(weighted: [(nil, 16), (0, 16), (40, 24), (60, 26), (80, 18)] as [(Int?, share: Int)])
    let width = lowest == 0 ? 40 : lowest == 80 ? 21 : 20
    let offset = random.below(width)
    return lowest.map { $0 + offset }
  }

  private static func tags(_ random: inout SeededRandom, status: String) -> [String] {
    let pool = ["family-owned", "multi-site", "seasonal", "follow-up", "newsletter", "redesign", "local-ads", "spanish-speaking"]
    let tags = random.shuffled(pool).prefix(random.below(4))
    return status == "qualified" ? ["priority"] + tags : Array(tags)
  }

  /// A version 7 identifier (RFC 9562, 5.7): one second per lead from 2025-01-01, and seeded bits in place of random ones.
  private static func identifier(at index: Int) -> UUID {
    var random = SeededRandom(seed: index, purpose: "identifier")
    let milliseconds = UInt64(1_735_689_600_000 + index * 1_000)
    let high = milliseconds << 16 | 0x7000 | random.next() & 0x0FFF
    let low = 0x8000_0000_0000_0000 | random.next() >> 2
    func byte(_ word: UInt64, _ position: Int) -> UInt8 { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * position)) }
    return UUID(
      uuid: (
        byte(high, 0), byte(high, 1), byte(high, 2), byte(high, 3), byte(high, 4), byte(high, 5), byte(high, 6), byte(high, 7),
        byte(low, 0), byte(low, 1), byte(low, 2), byte(low, 3), byte(low, 4), byte(low, 5), byte(low, 6), byte(low, 7)
      ))
  }
}

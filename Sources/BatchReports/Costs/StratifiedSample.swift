/// A few leads that stand for many: of each kind (tier, website, email, enriched) as large a share as it has among all.
public enum StratifiedSample {
  /// How many leads run first.
  public static let sizes = 5...50
  public static let standardSize = 10

  /// What tells one kind of lead from another.
  public struct Stratum: Sendable, Hashable, Comparable {
    public var tier: LeadTier
    public var traits: ProviderRule.Traits

    public init(tier: LeadTier, traits: ProviderRule.Traits) {
      self.tier = tier
      self.traits = traits
    }

    private var order: [String] { [tier.rawValue, "\(traits.hasWebsite)", "\(traits.hasEmail)", "\(traits.isEnriched)"] }
    public static func < (a: Stratum, b: Stratum) -> Bool { a.order.lexicographicallyPrecedes(b.order) }
  }

  /// Throws `InvalidInput` for a size that is none, and when nothing would be left to run afterwards.
  public static func check(_ size: Int?, of leads: Int) throws -> Int {
    guard let size, sizes.contains(size) else {
      throw InvalidInput("sample_size", "A sample has from \(sizes.lowerBound) to \(sizes.upperBound) leads.", code: "out_of_range")
    }
    if size >= leads { throw InvalidInput("sample_size", "A sample has fewer leads than the batch. Start all of them instead.", code: "out_of_range") }
    return size
  }

  /// `size` of the leads, in their order; the same for the same seed. What the shares leave over goes to the largest remainders.
  public static func pick(_ size: Int, of leads: [(key: Int64, stratum: Stratum)], seed: UInt64) -> [Int64] {
    let strata = Dictionary(grouping: leads.indices, by: { leads[$0].stratum }).sorted { $0.key < $1.key }
    var counts = strata.map { size * $0.value.count / max(1, leads.count) }
    let remainders = strata.map { size * $0.value.count % max(1, leads.count) }
    let byRemainder = strata.indices.sorted { (remainders[$0], $1) > (remainders[$1], $0) }
    for index in byRemainder.prefix(min(size, leads.count) - counts.reduce(0, +)) { counts[index] += 1 }
    var chosen: Set<Int> = []
    for (stratum, count) in zip(strata, counts) {
      let shuffled = stratum.value.sorted { (rank(leads[$0].key, seed), $0) < (rank(leads[$1].key, seed), $1) }
      chosen.formUnion(shuffled.prefix(count))
    }
    return chosen.sorted().map { leads[$0].key }
  }

  /// A number that looks like chance and is the same each time (SplitMix64's last step).
  private static func rank(_ key: Int64, _ seed: UInt64) -> UInt64 {
    var z = seed &+ UInt64(bitPattern: key) &* 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

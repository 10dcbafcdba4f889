/// For which leads a provider is called: what the estimate counts and the pipeline asks.
public enum ProviderRule {
  /// The page fetch that every report begins with.
  public static let free = "page_fetch"
  /// One charge a lead for the calls of all providers without a price of their own.
  public static let blended = "blended"

  /// As enrichment status of a lead that needs none.
  public static let enriched = "enriched"

  /// What a provider's rule asks about a lead.
  public struct Traits: Sendable, Hashable {
    public var hasWebsite: Bool
    public var hasEmail: Bool
    public var isEnriched: Bool

    public init(hasWebsite: Bool, hasEmail: Bool, isEnriched: Bool) {
      self.hasWebsite = hasWebsite
      self.hasEmail = hasEmail
      self.isEnriched = isEnriched
    }
  }

  /// Whether a report of such a lead calls the provider. Without a website the lead fails before any call.
  public static func applies(_ provider: String, to lead: Traits) -> Bool {
    guard lead.hasWebsite else { return false }
    return switch PaidProvider(rawValue: provider) {
    case .hunter: !lead.hasEmail
    case .dataAxle: !lead.isEnriched
    case .pagespeed, .screenshotone, .semrush, .openai, nil: true
    }
  }
}

/// How many leads of each kind there are, as far as providers' rules tell them apart.
public struct LeadMix: Sendable, Hashable, Codable {
  /// By kind: 1 for a website, 2 for an email, 4 for enriched, added up.
  private var counts: [Int]

  public init() { counts = [Int](repeating: 0, count: 8) }

  public init(from decoder: any Decoder) throws {
    counts = try decoder.singleValueContainer().decode([Int].self)
    guard counts.count == 8, counts.allSatisfy({ $0 >= 0 }) else {
      throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "not eight counts"))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(counts)
  }

  public mutating func add(_ lead: ProviderRule.Traits, count: Int = 1) {
    counts[(lead.hasWebsite ? 1 : 0) + (lead.hasEmail ? 2 : 0) + (lead.isEnriched ? 4 : 0)] += count
  }

  public var total: Int { counts.reduce(0, +) }
  public var withWebsite: Int { kinds.reduce(0) { $0 + ($1.lead.hasWebsite ? $1.count : 0) } }
  public var withoutWebsite: Int { total - withWebsite }

  /// The kinds that occur.
  public var kinds: [(lead: ProviderRule.Traits, count: Int)] {
    counts.enumerated().filter { $0.element > 0 }.map { kind, count in
      (ProviderRule.Traits(hasWebsite: kind & 1 > 0, hasEmail: kind & 2 > 0, isEnriched: kind & 4 > 0), count)
    }
  }

  /// Leads for which at least one of these providers is called.
  public func applicable(to providers: some Sequence<String>) -> Int {
    kinds.reduce(0) { sum, kind in sum + (providers.contains { ProviderRule.applies($0, to: kind.lead) } ? kind.count : 0) }
  }
}

import BatchReports

/// A test on `lead.facet`, the integer in which migration 0002 packs every filter that has few values.
struct LeadFacet: Sendable, Hashable {
  private(set) var mask: Int64 = 0
  private(set) var value: Int64 = 0

  /// The test for the filter's status, tier, website and report; its source stands in the bits above these.
  init(_ filter: LeadFilter) {
    if let status = filter.status { require(bits: 0b111 << 5, Int64(Self.statuses.firstIndex(of: status) ?? 0) << 5) }
    if let tier = filter.tier { require(bits: 0b111 << 2, Int64(Self.tiers.firstIndex(of: tier) ?? 0) << 2) }
    if let hasWebsite = filter.hasWebsite { require(bits: 1 << 1, hasWebsite ? 1 << 1 : 0) }
    if let isReported = filter.isReported { require(bits: 1, isReported ? 1 : 0) }
  }

  /// Facets of one source lie in one range.
  static func range(ofSource source: Int64) -> ClosedRange<Int64> { source << 8...source << 8 | 0xFF }

  // The order in which the migration numbers them.
  private static let statuses: [Lead.Status] = [.new, .contacted, .qualified, .customer, .lost]
  private static let tiers: [LeadTier] = [.a, .b, .c, .d, .unscored]

  private mutating func require(bits: Int64, _ value: Int64) {
    mask |= bits
    self.value |= value
  }
}

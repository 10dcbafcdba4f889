/// How many leads a filter matches.
public struct LeadCount: Sendable, Hashable {
  public var count: Int
  /// False when there are at least `count`, and counting was stopped there.
  public var isExact: Bool

  public init(count: Int, isExact: Bool) {
    self.count = count
    self.isExact = isExact
  }
}

/// Some leads of a table, in its order.
public struct LeadPage: Sendable, Hashable {
  public var leads: [Lead]
  /// Opaque; nil on the last page.
  public var nextCursor: String?
  /// Opaque; nil on the first page.
  public var previousCursor: String?

  public init(leads: [Lead], nextCursor: String? = nil, previousCursor: String? = nil) {
    self.leads = leads
    self.nextCursor = nextCursor
    self.previousCursor = previousCursor
  }

  public var hasMore: Bool { nextCursor != nil }
}

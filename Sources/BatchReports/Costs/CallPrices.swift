/// What the calls of a batch cost: the net price of one call, by provider. A provider that does not stand in them is not called.
public struct CallPrices: Sendable, Hashable, ExpressibleByDictionaryLiteral {
  /// Prices of their own, zero among them, and the blended rate.
  public private(set) var own: [String: Money]
  /// Providers without a price of their own: the first of their calls that is charged in a lead is charged the blended rate, the others nothing.
  public private(set) var covered: Set<String>

  public init(_ own: [String: Money] = [:], covered: Set<String> = []) {
    self.own = own
    self.covered = covered
  }

  public init(dictionaryLiteral elements: (String, Money)...) { self.init(Dictionary(elements) { $1 }) }

  public var isEmpty: Bool { own.isEmpty && covered.isEmpty }

  /// The blended rate; nil when every provider has a price of its own.
  public var blended: Money? { own[ProviderRule.blended] }

  /// The providers that may be called.
  public var called: Set<String> { covered.union(own.keys).subtracting([ProviderRule.blended]) }

  /// What each call of it costs; nothing when the blended rate covers it, and nil when it is not called.
  public subscript(provider: String) -> Money? { own[provider] ?? (covered.contains(provider) ? .zero : nil) }

  /// The providers among them that a report of such a lead calls, and `blended` when one of these has no price of its own.
  public func applicable(to lead: ProviderRule.Traits) -> [String] {
    let called = called.filter { ProviderRule.applies($0, to: lead) }.sorted()
    return called.contains(where: covered.contains) ? called + [ProviderRule.blended] : called
  }

  /// The most that the calls of these providers can cost in one lead, each charged once.
  /// - Parameter blendedIsPaid: the lead was charged the blended rate before.
  public func atMost(for providers: [String], blendedIsPaid: Bool = false) -> Money {
    let sum = providers.reduce(Money.zero) { $1 == ProviderRule.blended ? $0 : $0 + (self[$1] ?? .zero) }
    return blendedIsPaid || !providers.contains(where: covered.contains) ? sum : sum + (blended ?? .zero)
  }
}

/// As rows keep them: {"hunter":4500,"semrush":null,"blended":450000}, with nothing for what the blended rate covers.
extension CallPrices: Codable {
  public init(from decoder: any Decoder) throws {
    let prices = try decoder.singleValueContainer().decode([String: Int64?].self)
    self.init(prices.compactMapValues { $0.map { Money(micros: $0) } }, covered: Set(prices.filter { $0.value == nil }.keys))
  }

  public func encode(to encoder: any Encoder) throws {
    var prices: [String: Int64?] = own.mapValues(\.micros)
    for provider in covered { prices.updateValue(nil, forKey: provider) }
    var container = encoder.singleValueContainer()
    try container.encode(prices)
  }
}

extension Price {
  /// The unit prices that a batch keeps.
  public var unitPrices: CallPrices {
    CallPrices(
      Dictionary(units.providers.map { ($0.name, $0.unit.net) }) { first, _ in first },
      covered: Set(units.providers.flatMap { provider in provider.covers.filter { $0 != provider.name } }))
  }
}

/// What a batch's unit prices say: net prices of one call, by provider. A provider that does not stand in them is not called.
extension [String: Money] {
  /// Whether its calls have no price of their own: the first of them that is charged in a lead is charged the blended rate, the others nothing.
  public func coveredByBlended(_ provider: String) -> Bool { self[ProviderRule.blended] != nil && self[provider] == .zero }

  /// The providers among them that a report of such a lead calls, and `blended` when one of these has no price of its own.
  public func applicable(to lead: ProviderRule.Traits) -> [String] {
    let called = keys.filter { $0 != ProviderRule.blended && ProviderRule.applies($0, to: lead) }.sorted()
    return called.contains(where: coveredByBlended) ? called + [ProviderRule.blended] : called
  }

  /// The most that the calls of these providers can cost in one lead, each charged once.
  /// - Parameter blendedIsPaid: the lead was charged the blended rate before.
  public func atMost(for providers: [String], blendedIsPaid: Bool = false) -> Money {
    let own = providers.reduce(Money.zero) { $1 == ProviderRule.blended ? $0 : $0 + (self[$1] ?? .zero) }
    return blendedIsPaid || !providers.contains(where: coveredByBlended) ? own : own + (self[ProviderRule.blended] ?? .zero)
  }
}

extension Price {
  /// The unit prices that a batch keeps. Providers that the blended rate covers stand in them with nothing.
  public var unitPrices: [String: Money] {
    var prices: [String: Money] = [:]
    for provider in units.providers {
      prices[provider.name] = provider.unit.net
      for covered in provider.covers where covered != provider.name { prices[covered] = .zero }
    }
    return prices
  }
}

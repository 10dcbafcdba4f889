import Foundation

/// The prices that hold from a moment on. A batch keeps the card that it was quoted with.
public struct RateCard: Sendable, Hashable {
  /// From `minimumCount` leads on, the whole batch is cheaper by `percent` (0 to 100).
  public struct VolumeTier: Sendable, Hashable, Codable {
    public var minimumCount: Int
    public var percent: Decimal

    public init(minimumCount: Int, percent: Decimal) {
      self.minimumCount = minimumCount
      self.percent = percent
    }
  }

  /// Where a card came from.
  public enum Source: String, Sendable, Codable, CaseIterable { case installation, page, file }

  public var version: Int
  public var validFrom: Date
  public var author: String
  public var note: String
  /// For one delivered report.
  public var baseCost: Money
  /// For one call of each paid provider. Paid providers without a price here are covered by the blended rate.
  public var providerPrices: [String: Money]
  /// Prices that hold for one template version instead: `name:version` → provider → price.
  public var overrides: [String: [String: Money]]
  /// What all calls of one report to paid providers without a price of their own cost together.
  public var blendedRate: Money
  /// Ascending; the first starts at 1.
  public var tiers: [VolumeTier]
  public var source: Source
  /// When it was put on file.
  public var addedAt: Date
  /// Nil unless it was taken back before it began: it never holds then.
  public var withdrawal: Withdrawal?

  /// Who took a coming card back, when and why.
  public struct Withdrawal: Sendable, Hashable {
    public var at: Date
    public var by: String
    public var reason: String

    public init(at: Date, by: String, reason: String) {
      self.at = at
      self.by = by
      self.reason = reason
    }
  }

  public init(
    version: Int, validFrom: Date, author: String, note: String, baseCost: Money, providerPrices: [String: Money],
    overrides: [String: [String: Money]] = [:], blendedRate: Money, tiers: [VolumeTier], source: Source = .page, addedAt: Date? = nil,
    withdrawal: Withdrawal? = nil
  ) {
    self.version = version
    self.validFrom = validFrom
    self.author = author
    self.note = note
    self.baseCost = baseCost
    self.providerPrices = providerPrices
    self.overrides = overrides
    self.blendedRate = blendedRate
    self.tiers = tiers
    self.source = source
    self.addedAt = addedAt ?? validFrom
    self.withdrawal = withdrawal
  }

  /// The tier of a batch of `count` leads; above the last threshold the last tier holds, so there is no gap.
  public func tier(for count: Int) -> VolumeTier {
    tiers.last { $0.minimumCount <= count } ?? VolumeTier(minimumCount: 1, percent: 0)
  }

  /// One call's price before any discount; nil for a provider that the card does not price, which is then part of the blended rate.
  public func price(of provider: String, for template: TemplateReference) -> Money? {
    overrides[template.description]?[provider] ?? providerPrices[provider]
  }

  /// Which of a template's paid providers the card prices, each with its price, and which fall under the blended rate.
  public func pricing(of template: ReportTemplate) -> (priced: [String: Money], blended: [String]) {
    let paid = template.providers.filter(\.isPaid).map(\.name)
    let priced = paid.reduce(into: [String: Money]()) { $0[$1] = price(of: $1, for: template.reference) }
    return (priced, paid.filter { priced[$0] == nil })
  }

  /// No single price is higher, so that a slip of the pen is caught and no batch's total can overflow.
  public static let highestPrice = Money(micros: 10_000_000_000)

  /// Throws `InvalidInput` for a card that cannot be applied: prices below zero or above `highestPrice`, or tiers that overlap, leave a
  /// gap or go past 100 %.
  public func validate() throws {
    var problems: [InvalidInput.Problem] = []
    func refuse(_ field: String, _ message: String) { problems.append(.init(field: field, code: "invalid", message: message)) }
    func check(_ price: Money, _ field: String, _ what: String) {
      if price < .zero { refuse(field, "\(what) cannot be negative.") }
      if price > Self.highestPrice { refuse(field, "\(what) can be at most \(Self.highestPrice.dollars).") }
    }
    check(baseCost, RateCardField.baseCost, "The base cost")
    check(blendedRate, RateCardField.blendedRate, "The blended rate")
    for (provider, price) in providerPrices.sorted(by: { $0.key < $1.key }) {
      check(price, RateCardField.provider(provider), "The price of \(provider)")
    }
    for (template, prices) in overrides.sorted(by: { $0.key < $1.key }) {
      for (provider, price) in prices.sorted(by: { $0.key < $1.key }) {
        check(price, RateCardField.overrides, "The price of \(provider) for \(template)")
      }
    }
    if tiers.first?.minimumCount != 1 { refuse(RateCardField.tiers, "The first volume tier has to start at 1 lead.") }
    if zip(tiers, tiers.dropFirst()).contains(where: { $0.minimumCount >= $1.minimumCount }) {
      refuse(RateCardField.tiers, "Volume tiers have to start at rising counts.")
    }
    if tiers.contains(where: { $0.percent < 0 || $0.percent > 100 }) { refuse(RateCardField.tiers, "A discount lies between 0 and 100 percent.") }
    if !problems.isEmpty { throw InvalidInput(problems) }
  }

  /// Where a card or a file names neither: dollars.
  public static let standardBaseCost = Money(micros: 50_000)
  public static let standardBlendedRate = Money(micros: 450_000)

  /// The card of a fresh installation: $0.05 a report, 10 % off from 101 leads and 20 % from 501.
  public static func initial(validFrom: Date) -> RateCard {
    RateCard(
      version: 1, validFrom: validFrom, author: "installation", note: "Initial rate card", baseCost: standardBaseCost,
      providerPrices: [:], blendedRate: standardBlendedRate,
      tiers: [
        VolumeTier(minimumCount: 1, percent: 0), VolumeTier(minimumCount: 101, percent: 10), VolumeTier(minimumCount: 501, percent: 20),
      ], source: .installation)
  }
}

/// The names of a card's parts, as the file, the form and the API have them and as a refusal points to them.
public enum RateCardField {
  public static let baseCost = "report_generation_base_cost"
  public static let blendedRate = "default_blended_rate"
  public static let providers = "providers"
  public static let overrides = "overrides"
  public static let tiers = "volume_tiers"
  public static let validFrom = "valid_from"
  public static let note = "note"

  public static func provider(_ name: String) -> String { "\(providers).\(name)" }
  public static func tier(_ place: Int, _ part: String) -> String { "\(tiers).\(place).\(part)" }
  public static func override(_ place: Int, _ part: String) -> String { "\(overrides).\(place).\(part)" }
}

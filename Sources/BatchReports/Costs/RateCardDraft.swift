import Foundation

/// A rate card as a person or a file words it, before it is checked: tiers as ranges, amounts as dollars.
public struct RateCardDraft: Sendable, Hashable {
  /// From `from` to `to` leads, both counted; an open end where `to` is nil.
  public struct Tier: Sendable, Hashable {
    /// Its place among the rows of the form or the file, for what a refusal points to.
    public var place: Int
    public var from: Int
    public var to: Int?
    public var percent: Decimal

    public init(place: Int, from: Int, to: Int?, percent: Decimal) {
      self.place = place
      self.from = from
      self.to = to
      self.percent = percent
    }
  }

  /// A provider's price for one template version.
  public struct Override: Sendable, Hashable {
    public var place: Int
    public var template: String
    public var provider: String
    public var price: Decimal

    public init(place: Int, template: String, provider: String, price: Decimal) {
      self.place = place
      self.template = template
      self.provider = provider
      self.price = price
    }
  }

  /// Nil for "from now on".
  public var validFrom: Date?
  public var note: String
  public var baseCost: Decimal
  public var blendedRate: Decimal
  public var providerPrices: [String: Decimal]
  public var overrides: [Override]
  public var tiers: [Tier]

  public init(
    validFrom: Date? = nil, note: String = "", baseCost: Decimal = RateCard.standardBaseCost.usd, blendedRate: Decimal = RateCard.standardBlendedRate.usd,
    providerPrices: [String: Decimal] = [:], overrides: [Override] = [], tiers: [Tier] = []
  ) {
    self.validFrom = validFrom
    self.note = note
    self.baseCost = baseCost
    self.blendedRate = blendedRate
    self.providerPrices = providerPrices
    self.overrides = overrides
    self.tiers = tiers
  }

  /// The draft that would give this card again, from now on and without its note.
  public init(_ card: RateCard) {
    let rows = card.overrides.sorted { $0.key < $1.key }.flatMap { template, prices in
      prices.sorted { $0.key < $1.key }.map { (template, $0.key, $0.value.usd) }
    }
    let ends = card.tiers.dropFirst().map { Int?($0.minimumCount - 1) } + [nil]
    self.init(
      baseCost: card.baseCost.usd, blendedRate: card.blendedRate.usd, providerPrices: card.providerPrices.mapValues(\.usd),
      overrides: rows.enumerated().map { Override(place: $0.offset, template: $0.element.0, provider: $0.element.1, price: $0.element.2) },
      tiers: zip(card.tiers, ends).enumerated().map { Tier(place: $0.offset, from: $0.element.0.minimumCount, to: $0.element.1, percent: $0.element.0.percent) }
    )
  }

  /// Where the card is to come from; each has its own rules of what may be left out.
  public struct Origin: Sendable {
    public var source: RateCard.Source
    public var author: String

    public static let file = Origin(source: .file, author: "file")
    public static func page(_ author: String) -> Origin { Origin(source: .page, author: author) }
  }

  /// The card, without a number yet. Throws `InvalidInput` with every problem at once, each at its field.
  /// - Parameter others: problems that were found while the draft was read; they are thrown together with these.
  public func card(_ origin: Origin, templates: [ReportTemplate], now: Date, adding others: [InvalidInput.Problem] = []) throws -> RateCard {
    let fields = Set(others.map(\.field))
    // Where a row could not be read, gaps and overlaps of the others would only confuse.
    let hasUnreadRow = fields.contains { $0.hasPrefix(RateCardField.tiers) }
    let found = problems(origin, templates: templates, now: now).filter {
      !fields.contains($0.field) && !(hasUnreadRow && $0.field.hasPrefix(RateCardField.tiers))
    }
    if !(others + found).isEmpty { throw InvalidInput(others + found) }
    return RateCard(
      version: 0, validFrom: validFrom.map { max($0, origin.source == .page ? now : $0) } ?? now, author: origin.author, note: note,
      baseCost: Self.money(baseCost), providerPrices: providerPrices.mapValues(Self.money),
      overrides: overrides.reduce(into: [:]) { $0[$1.template, default: [:]][$1.provider] = Self.money($1.price) },
      blendedRate: Self.money(blendedRate),
      tiers: tiers.sorted { $0.from < $1.from }.map { RateCard.VolumeTier(minimumCount: $0.from, percent: $0.percent) }, source: origin.source,
      addedAt: now)
  }

  /// Only after the check of the amount.
  private static func money(_ usd: Decimal) -> Money { Money(usd: usd) ?? .zero }
}

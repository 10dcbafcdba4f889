import BatchReports
import Foundation
import Storage

/// A rate card as the API writes it: the members of the rates file, and what became of it.
struct RateCardJSON: Encodable {
  struct Override: Encodable {
    var templateVersion: String
    var provider: String
    var priceUsd: Decimal
  }

  struct Tier: Encodable {
    var from: Int
    @OrNull var to: Int?
    var discountPercent: Decimal
  }

  struct Withdrawal: Codable, Hashable, Sendable {
    var at: String
    var by: String
    var reason: String
  }

  var version: Int
  var status: String
  var validFrom: String
  var addedAt: String
  var source: RateCard.Source
  var author: String
  var note: String
  var reportGenerationBaseCost: Decimal
  var defaultBlendedRate: Decimal
  var providers: [String: Decimal]
  var overrides: [Override]
  var volumeTiers: [Tier]
  @OrNull var withdrawal: Withdrawal?

  init(_ card: RateCard, _ standing: RateCardValues.Standing) {
    let draft = RateCardDraft(card)
    version = card.version
    status = standing.rawValue
    validFrom = card.validFrom.rfc3339
    addedAt = card.addedAt.rfc3339
    source = card.source
    author = card.author
    note = card.note
    reportGenerationBaseCost = draft.baseCost
    defaultBlendedRate = draft.blendedRate
    providers = draft.providerPrices
    overrides = draft.overrides.map { Override(templateVersion: $0.template, provider: $0.provider, priceUsd: $0.price) }
    volumeTiers = draft.tiers.map { Tier(from: $0.from, to: $0.to, discountPercent: $0.percent) }
    _withdrawal = OrNull(wrappedValue: card.withdrawal.map { Withdrawal(at: $0.at.rfc3339, by: $0.by, reason: $0.reason) })
  }
}

struct RateCardListJSON: Encodable {
  struct File: Codable, Hashable, Sendable {
    var isGood: Bool
    @OrNull var problem: String?
    @OrNull var version: Int?
  }

  var rateCards: [RateCardJSON]
  @OrNull var ratesFile: File?

  init(_ cards: [RateCardValues], file: RatesFile.Status?) {
    rateCards = cards.map { RateCardJSON($0.card, $0.standing) }
    _ratesFile = OrNull(wrappedValue: file.map { File(isGood: $0.problem == nil, problem: $0.problem, version: $0.version) })
  }
}

import BatchReports
import Foundation

/// A rate card as a page prints it.
struct RateCardValues {
  enum Standing: String { case current, coming, past, withdrawn }

  var card: RateCard
  var standing: Standing
  var clock: WallClock

  var pageValues: PageValues {
    [
      "version": .text("\(card.version)"), "standing": badge.pageValue, "isCurrent": .flag(standing == .current),
      "validFrom": clock.pageValue(card.validFrom), "addedAt": clock.pageValue(card.addedAt), "author": .text(card.author), "note": .text(card.note),
      "withdrawUrl": .text("/settings/rates/\(card.version)/withdraw"), "isWithdrawn": .flag(card.withdrawal != nil),
      "withdrawnBy": .text(card.withdrawal?.by ?? ""), "withdrawnBecause": .text(card.withdrawal?.reason ?? ""),
      "withdrawnAt": clock.pageValue(card.withdrawal?.at),
      "tiers": .list(
        RateCardDraft(card).tiers.map { tier in
          let start = Grouping.thousands(tier.from)
          return [
            "range": .text(tier.to.map { "\(start) to \(Grouping.thousands($0))" } ?? "\(start) and more"), "discount": .text("\(tier.percent) %"),
          ]
        }),
      "prices": .list(prices.map { ["label": .text($0.label), "unit": .text($0.unit), "price": .text($0.price.unitDollars)] }),
    ]
  }

  private var badge: Badge {
    switch standing {
    case .current: Badge(name: "good", label: "In force", tone: "success")
    case .coming: Badge(name: "pending", label: "Coming", tone: "info")
    case .past: Badge(name: "retired", label: "Past", tone: "neutral")
    case .withdrawn: Badge(name: "retired", label: "Withdrawn", tone: "neutral")
    }
  }

  private var prices: [(label: String, unit: String, price: Money)] {
    var rows: [(String, String, Money)] = [("Base cost", "delivered report", card.baseCost)]
    rows += card.providerPrices.sorted { $0.key < $1.key }.map { (Self.label($0.key), "call", $0.value) }
    for (template, prices) in card.overrides.sorted(by: { $0.key < $1.key }) {
      rows += prices.sorted { $0.key < $1.key }.map { ("\(Self.label($0.key)) in \(template)", "call", $0.value) }
    }
    return rows + [("Blended rate", "lead, for providers without a price", card.blendedRate)]
  }

  static func label(_ provider: String) -> String { PaidProvider(rawValue: provider)?.title ?? provider }

  private static func standing(_ card: RateCard, current: Int, now: Date) -> Standing {
    if card.withdrawal != nil { return .withdrawn }
    return card.version == current ? .current : card.validFrom > now ? .coming : .past
  }

  /// Each card with its standing, in the order in which they hold, the newest first.
  static func all(_ cards: [RateCard], current: Int, clock: WallClock, now: Date) -> [RateCardValues] {
    cards.map { card in
      RateCardValues(card: card, standing: standing(card, current: current, now: now), clock: clock)
    }
  }
}

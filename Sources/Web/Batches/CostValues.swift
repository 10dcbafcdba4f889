import BatchReports
import Foundation

/// How a price is made, as the preview shows it.
enum CostValues {
  /// What the numbers of reports and calls, and the range, are based on.
  static func basis(_ preview: Preview) -> String {
    let charged = "Only delivered reports and charged calls cost money."
    if preview.historyBatches == 0 && preview.quote.measuredBy == nil {
      return charged
        + " No batch of this template has ended yet, so the price assumes that every lead with a website gets its report and every call is charged."
    }
    let last = Display.count(preview.historyBatches, "batch", "batches")
    let source = preview.quote.measuredBy == nil ? "" : ", most of all from the sample of these leads"
    return charged + " How many to expect comes from the last \(last) of this template\(source): one batch in ten costs less than the range, one in ten more."
  }

  /// "Our last 10 estimates were off by 2.1 %"; empty without history.
  static func accuracy(_ accuracy: EstimateAccuracy?) -> String {
    guard let accuracy else { return "" }
    let percent = Display.oneDecimal(accuracy.median * 100)
    return accuracy.batches == 1
      ? "Our last estimate was off by \(percent) %."
      : "Our last \(accuracy.batches) estimates were off by \(percent) % (the median of how far each lay from what its batch cost)."
  }

  /// "Hunter, Data Axle".
  static func names(_ providers: [String]) -> String { providers.map(name).joined(separator: ", ") }

  static func name(_ provider: String) -> String {
    if let paid = PaidProvider(rawValue: provider) { return paid.title }
    let words = provider.replacingOccurrences(of: "_", with: " ")
    return words.prefix(1).uppercased() + words.dropFirst()
  }

  /// Base and providers, which sum to the total as they are shown.
  static func lines(_ price: Price, _ shown: ShownPrice) -> [PageValues] {
    let base: PageValues = [
      "label": "Base cost of a report", "count": .text(Grouping.thousands(price.reports)), "unit": .text(price.units.base.gross.unitDollars),
      "total": .text(shown.base.dollars),
    ]
    return [base]
      + zip(price.lines, shown.lines).map { line, total in
        [
          "label": .text(label(line.provider, price.units)), "count": .text(Grouping.thousands(line.calls)),
          "unit": .text(line.unit.gross.unitDollars), "total": .text(total.dollars),
        ]
      }
  }

  private static func label(_ provider: String, _ units: UnitPrices) -> String {
    let covers = units.providers.first { $0.name == provider }?.covers ?? []
    return provider == ProviderRule.blended ? "Blended: \(names(covers))" : name(provider)
  }

  /// What a lead of these would cost in each tier.
  static func tiers(_ preview: Preview) -> [PageValues] {
    let price = preview.quote.price
    let gross = price.leadCount == 0 ? Decimal(0) : (price.base + price.providers).usd / Decimal(price.leadCount)
    return preview.tiers.enumerated().map { index, tier in
      let next = index + 1 < preview.tiers.count ? preview.tiers[index + 1].minimumCount : nil
      let start = Grouping.thousands(tier.minimumCount)
      return [
        "range": .text(next.map { "\(start) to \(Grouping.thousands($0 - 1))" } ?? "\(start) and more"), "discount": .text("\(tier.percent) %"),
        "perLead": .text((Money(usd: gross * (100 - tier.percent) / 100) ?? .zero).dollars), "isCurrent": .flag(tier == preview.currentTier),
      ]
    }
  }
}

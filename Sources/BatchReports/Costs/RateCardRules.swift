import Foundation

extension RateCardDraft {
  public static let mostTiers = 20
  public static let mostOverrides = 100
  /// The largest count that a tier may name.
  public static let largestCount = 1_000_000
  public static let longestNote = 500
  /// Seconds for which a form may have lain open, so that "now" is not the past.
  static let patience: TimeInterval = 3600
  /// Seconds ahead that a card may be planned.
  static let horizon: TimeInterval = 2 * 366 * 86_400

  func problems(_ origin: Origin, templates: [ReportTemplate], now: Date) -> [InvalidInput.Problem] {
    var problems = Problems()
    problems.check(baseCost, "The base cost", RateCardField.baseCost)
    problems.check(blendedRate, "The blended rate", RateCardField.blendedRate)
    let known = Self.providers(of: templates)
    for (provider, price) in providerPrices.sorted(by: { $0.key < $1.key }) {
      let field = RateCardField.provider(provider)
      if !known.contains(provider) { problems.refuse(field, Self.unknown(provider, among: known), code: "unknown") }
      problems.check(price, "The price of \(provider)", field)
    }
    checkOverrides(templates, known, &problems)
    checkTiers(&problems)
    if let problem = TypedText.problem(RateCardField.note, note, "The note", limit: Self.longestNote) { problems.list.append(problem) }
    if origin.source == .page, TypedText.isBlank(note) { problems.refuse(RateCardField.note, "Say in a few words why the prices change.", code: "missing") }
    if let validFrom {
      if origin.source == .page, validFrom < now.addingTimeInterval(-Self.patience) {
        problems.refuse(RateCardField.validFrom, "This lies in the past. Leave it empty for prices that hold at once.", code: "out_of_range")
      } else if validFrom > now.addingTimeInterval(Self.horizon) || validFrom < Date(timeIntervalSince1970: 0) {
        problems.refuse(RateCardField.validFrom, "Prices can be planned for two years at most.", code: "out_of_range")
      }
    }
    return problems.list
  }

  /// Every paid provider that can have a price: those that the product knows, and any other that a template calls.
  public static func providers(of templates: [ReportTemplate]) -> [String] {
    let known = PaidProvider.allCases.map(\.rawValue)
    return known + Set(templates.flatMap { $0.providers.filter(\.isPaid).map(\.name) }).subtracting(known).sorted()
  }

  private static func unknown(_ provider: String, among known: [String]) -> String {
    "There is no paid provider “\(provider.prefix(60))”. There are: \(known.joined(separator: ", "))."
  }

  private func checkOverrides(_ templates: [ReportTemplate], _ known: [String], _ problems: inout Problems) {
    if overrides.count > Self.mostOverrides {
      problems.refuse(RateCardField.overrides, "There can be at most \(Self.mostOverrides) prices for single templates.", code: "too_many")
    }
    var seen: Set<[String]> = []
    for row in overrides {
      let field = { RateCardField.override(row.place, $0) }
      problems.check(row.price, "The price of \(row.provider.prefix(60))", field("price_usd"))
      guard let template = templates.first(where: { $0.reference.description == row.template }) else {
        problems.refuse(field("template_version"), "There is no report template “\(row.template.prefix(80))”.", code: "unknown")
        continue
      }
      if !known.contains(row.provider) {
        problems.refuse(field("provider"), Self.unknown(row.provider, among: known), code: "unknown")
      } else if !template.providers.contains(where: { $0.isPaid && $0.name == row.provider }) {
        problems.refuse(field("provider"), "\(row.template) does not call \(row.provider).", code: "unknown")
      } else if !seen.insert([row.template, row.provider]).inserted {
        problems.refuse(field("provider"), "\(row.provider) has a price for \(row.template) already.", code: "duplicate")
      }
    }
  }

  /// Every count from 1 on belongs to exactly one tier.
  private func checkTiers(_ problems: inout Problems) {
    if tiers.isEmpty { problems.refuse(RateCardField.tiers, "Volume tiers are missing: at least one, from 1 lead on.", code: "missing") }
    if tiers.count > Self.mostTiers { problems.refuse(RateCardField.tiers, "There can be at most \(Self.mostTiers) tiers.", code: "too_many") }
    var isSound = true
    for tier in tiers {
      let field = { RateCardField.tier(tier.place, $0) }
      func refuse(_ part: String, _ message: String, code: String = "invalid") {
        isSound = isSound && part == "discount_percent"
        problems.refuse(field(part), message, code: code)
      }
      if !(1...Self.largestCount).contains(tier.from) { refuse("from", "A tier starts at 1 to \(Self.largestCount) leads.", code: "out_of_range") }
      if let end = tier.to, end < tier.from || end > Self.largestCount { refuse("to", "A tier ends at its start or later, up to \(Self.largestCount).") }
      if tier.percent < 0 || tier.percent > 100 {
        refuse("discount_percent", "A discount lies between 0 and 100 percent.", code: "out_of_range")
      } else if tier.percent.exponent < -4 {
        refuse("discount_percent", "A discount has at most 4 decimals.")
      }
    }
    guard isSound, !tiers.isEmpty else { return }
    let sorted = tiers.sorted { ($0.from, $0.place) < ($1.from, $1.place) }
    if let first = sorted.first, first.from > 1 {
      problems.refuse(RateCardField.tier(first.place, "from"), "The first tier has to start at 1 lead, or small batches have none.", code: "gap")
    }
    for (tier, next) in zip(sorted, sorted.dropFirst()) {
      let field = RateCardField.tier(next.place, "from")
      guard let end = tier.to, end < next.from else {
        problems.refuse(field, "This tier overlaps the one from \(tier.from): both hold for \(next.from) leads.", code: "overlap")
        continue
      }
      if end + 1 < next.from { problems.refuse(field, "No tier holds for \(end + 1) to \(next.from - 1) leads: start this one at \(end + 1).", code: "gap") }
    }
    if let last = sorted.last, let end = last.to {
      problems.refuse(RateCardField.tier(last.place, "to"), "No tier holds above \(end) leads: leave the end of the last one open.", code: "gap")
    }
  }

  struct Problems {
    var list: [InvalidInput.Problem] = []

    mutating func refuse(_ field: String, _ message: String, code: String = "invalid") {
      list.append(.init(field: field, code: code, message: message))
    }

    mutating func check(_ amount: Decimal, _ what: String, _ field: String) {
      if !amount.isFinite {
        refuse(field, "\(what) has to be a number of dollars.")
      } else if amount < 0 {
        refuse(field, "\(what) cannot be negative.", code: "out_of_range")
      } else if amount > RateCard.highestPrice.usd {
        refuse(field, "\(what) can be at most \(RateCard.highestPrice.dollars).", code: "out_of_range")
      } else if (Money(usd: amount)?.usd ?? amount) != amount {
        refuse(field, "\(what) has at most 6 decimals.")
      }
    }
  }
}

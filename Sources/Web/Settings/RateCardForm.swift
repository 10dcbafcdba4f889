import BatchReports
import Foundation

/// The form of a new rate card: its texts as they were typed, and the draft that they make.
struct RateCardForm {
  struct TierRow: Hashable {
    var from = ""
    var to = ""
    var percent = ""
    var isBlank: Bool { from.isEmpty && to.isEmpty && percent.isEmpty }
  }

  struct OverrideRow: Hashable {
    var template = ""
    var provider = ""
    var price = ""
    var isBlank: Bool { template.isEmpty && provider.isEmpty && price.isEmpty }
  }

  var after: Int
  var validFrom = ""
  var note = ""
  var baseCost: String
  var blendedRate: String
  var prices: [(provider: String, text: String)]
  var overrides: [OverrideRow]
  var tiers: [TierRow]

  /// Filled in with a card, with two rows more than it needs.
  init(_ card: RateCard, providers: [String], after: Int) {
    let draft = RateCardDraft(card)
    self.after = after
    baseCost = "\(draft.baseCost)"
    blendedRate = "\(draft.blendedRate)"
    prices = Set(providers).union(draft.providerPrices.keys).sorted { Self.place($0, providers) < Self.place($1, providers) }
      .map { ($0, draft.providerPrices[$0].map { "\($0)" } ?? "") }
    overrides = draft.overrides.map { OverrideRow(template: $0.template, provider: $0.provider, price: "\($0.price)") }
    tiers = draft.tiers.map { TierRow(from: "\($0.from)", to: $0.to.map(String.init) ?? "", percent: "\($0.percent)") }
    addRows()
  }

  private static func place(_ provider: String, _ providers: [String]) -> (Int, String) {
    (providers.firstIndex(of: provider) ?? providers.count, provider)
  }

  /// As it was sent.
  init(_ fields: FormFields) {
    func text(_ name: String) -> String { fields.text(name) ?? "" }
    after = Int(text("after")) ?? 0
    validFrom = text(RateCardField.validFrom)
    note = text(RateCardField.note)
    baseCost = text(RateCardField.baseCost)
    blendedRate = text(RateCardField.blendedRate)
    let prefix = RateCardField.providers + "."
    var seen: Set<String> = []
    prices = fields.pairs.filter { $0.name.hasPrefix(prefix) && seen.insert($0.name).inserted }.prefix(100)
      .map { (String($0.name.dropFirst(prefix.count).prefix(64)), text($0.name)) }
    overrides = (0..<Self.rows(RateCardField.overrides, "price_usd", fields, upTo: RateCardDraft.mostOverrides)).map {
      OverrideRow(
        template: text(RateCardField.override($0, "template_version")), provider: text(RateCardField.override($0, "provider")),
        price: text(RateCardField.override($0, "price_usd")))
    }
    tiers = (0..<Self.rows(RateCardField.tiers, "from", fields, upTo: RateCardDraft.mostTiers)).map {
      TierRow(
        from: text(RateCardField.tier($0, "from")), to: text(RateCardField.tier($0, "to")), percent: text(RateCardField.tier($0, "discount_percent")))
    }
  }

  /// How many rows were sent, counted from 0 without a gap.
  private static func rows(_ list: String, _ part: String, _ fields: FormFields, upTo most: Int) -> Int {
    (0..<most).first { fields["\(list).\($0).\(part)"] == nil } ?? most
  }

  /// Two blank rows at the end of each list.
  mutating func addRows() {
    overrides = Array((overrides + [OverrideRow(), OverrideRow()]).prefix(RateCardDraft.mostOverrides))
    tiers = Array((tiers + [TierRow(), TierRow()]).prefix(RateCardDraft.mostTiers))
  }

  /// The draft, and what could not be read; blank rows are passed over.
  func draft(in timeZone: TimeZone) -> (draft: RateCardDraft, problems: [InvalidInput.Problem]) {
    var problems: [InvalidInput.Problem] = []
    func refuse(_ field: String, _ message: String) { problems.append(.init(field: field, code: "invalid", message: message)) }
    func amount(_ text: String, _ field: String) -> Decimal {
      if let number = Self.decimal(text) { return number }
      refuse(field, text.isEmpty ? "Give an amount in dollars, such as 0.05." : "“\(text.prefix(40))” is no amount: write it like 0.05.")
      return 0
    }
    func whole(_ text: String, _ field: String) -> Int {
      if let number = Int(text), text.utf8.count <= 9 { return number }
      refuse(field, text.isEmpty ? "Give a number of leads." : "“\(text.prefix(40))” is no whole number.")
      return 1
    }
    var draft = RateCardDraft(note: note)
    draft.baseCost = amount(baseCost, RateCardField.baseCost)
    draft.blendedRate = amount(blendedRate, RateCardField.blendedRate)
    for (provider, text) in prices where !text.isEmpty { draft.providerPrices[provider] = amount(text, RateCardField.provider(provider)) }
    for (place, row) in overrides.enumerated() where !row.isBlank {
      draft.overrides.append(
        .init(place: place, template: row.template, provider: row.provider, price: amount(row.price, RateCardField.override(place, "price_usd"))))
    }
    for (place, row) in tiers.enumerated() where !row.isBlank {
      let percent = Self.decimal(row.percent)
      if percent == nil { refuse(RateCardField.tier(place, "discount_percent"), "Give a discount in percent, such as 10.") }
      draft.tiers.append(
        .init(
          place: place, from: whole(row.from, RateCardField.tier(place, "from")),
          to: row.to.isEmpty ? nil : whole(row.to, RateCardField.tier(place, "to")), percent: percent ?? 0))
    }
    if !validFrom.isEmpty {
      do { draft.validFrom = try PlannedStart.moment(validFrom, in: timeZone) } catch {
        refuse(RateCardField.validFrom, "Give a day and a time, such as 2026-12-01T00:00, or leave it empty.")
      }
    }
    return (draft, problems)
  }

  /// "-0.5" is read, so that the rules can say why it is refused.
  private static func decimal(_ text: String) -> Decimal? {
    guard text.wholeMatch(of: /-?[0-9]{1,12}(\.[0-9]{1,12})?/) != nil else { return nil }
    return Decimal(string: text, locale: Locale(identifier: "en_US_POSIX"))
  }
}

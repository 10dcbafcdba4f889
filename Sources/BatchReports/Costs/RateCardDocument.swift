import Foundation

/// A rate card as JSON: the rates file, and what the API takes.
public enum RateCardDocument {
  /// Far above any card: 1 MB of prices is a mistake.
  public static let mostBytes = 262_144

  /// The draft, and what is wrong with the parts that could not be read. Throws `InvalidInput` for what is no such document at all.
  public static func read(_ data: Data) throws -> (draft: RateCardDraft, problems: [InvalidInput.Problem]) {
    if data.count > mostBytes { throw InvalidInput("", "A rate card has at most \(mostBytes / 1024) KB.", code: "too_large") }
    if data.isEmpty { throw InvalidInput("", "It is empty.") }
    let tree: JSONTree
    do { tree = try JSONTree(data) } catch let error as JSONTree.Malformed { throw InvalidInput("", error.explanation) } catch is DecodingError {
      throw InvalidInput("", "It is not JSON that can be read: a number is too large, or it is nested too deeply.")
    }
    guard case .object(let members) = tree else { throw InvalidInput("", "It has to be one JSON object.") }
    var reader = Reader()
    return (reader.draft(members), reader.problems)
  }

  private struct Reader {
    var problems: [InvalidInput.Problem] = []

    mutating func refuse(_ field: String, _ message: String, code: String = "invalid") {
      problems.append(.init(field: field, code: code, message: message))
    }

    mutating func draft(_ members: [String: JSONTree]) -> RateCardDraft {
      var draft = RateCardDraft()
      for (name, value) in members.sorted(by: { $0.key < $1.key }) {
        switch name {
        case RateCardField.baseCost: draft.baseCost = number(value, name)
        case RateCardField.blendedRate: draft.blendedRate = number(value, name)
        case RateCardField.note: draft.note = text(value, name).trimmingCharacters(in: .whitespacesAndNewlines)
        case RateCardField.validFrom: draft.validFrom = moment(value, name)
        case RateCardField.providers:
          let prices = object(value, name)
          draft.providerPrices = prices.reduce(into: [:]) { $0[$1.key] = number($1.value, RateCardField.provider($1.key)) }
        case RateCardField.overrides:
          draft.overrides = list(value, name).enumerated().map { place, row in
            let row = parts(of: row, RateCardField.overrides, place, ["template_version", "provider", "price_usd"])
            return .init(
              place: place, template: text(row["template_version"], RateCardField.override(place, "template_version")),
              provider: text(row["provider"], RateCardField.override(place, "provider")),
              price: number(row["price_usd"], RateCardField.override(place, "price_usd")))
          }
        case RateCardField.tiers:
          draft.tiers = list(value, name).enumerated().map { place, row in
            let row = parts(of: row, RateCardField.tiers, place, ["from", "to", "discount_percent"])
            let end = row["to"] == nil || row["to"] == .null ? nil : row["to"].map { whole($0, RateCardField.tier(place, "to")) }
            return .init(
              place: place, from: whole(row["from"], RateCardField.tier(place, "from")), to: end,
              percent: number(row["discount_percent"], RateCardField.tier(place, "discount_percent")))
          }
        default: refuse(String(name.prefix(80)), "“\(name.prefix(80))” is no part of a rate card.", code: "unknown")
        }
      }
      return draft
    }

    private mutating func parts(of value: JSONTree, _ list: String, _ place: Int, _ known: Set<String>) -> [String: JSONTree] {
      let members = object(value, "\(list).\(place)")
      for name in members.keys.sorted() where !known.contains(name) {
        refuse("\(list).\(place).\(name.prefix(80))", "“\(name.prefix(80))” is no part of it.", code: "unknown")
      }
      return members
    }

    private mutating func number(_ value: JSONTree?, _ field: String) -> Decimal {
      if case .number(let number) = value { return number }
      refuse(field, "\(field) has to be a number.")
      return 0
    }

    private mutating func whole(_ value: JSONTree?, _ field: String) -> Int {
      if case .number(let number) = value, number >= 0, number <= 1_000_000_000, let whole = Int("\(number)") { return whole }
      refuse(field, "\(field) has to be a whole number.")
      return 1
    }

    private mutating func text(_ value: JSONTree?, _ field: String) -> String {
      if case .text(let text) = value { return text }
      refuse(field, "\(field) has to be a text.")
      return ""
    }

    private mutating func moment(_ value: JSONTree, _ field: String) -> Date? {
      if value == .null { return nil }
      if case .text(let text) = value, text.utf8.count > 10, let date = Date(rfc3339: text) { return date }
      refuse(field, "\(field) has to be a time such as 2026-12-01T00:00:00Z.")
      return nil
    }

    private mutating func object(_ value: JSONTree, _ field: String) -> [String: JSONTree] {
      if case .object(let members) = value { return members }
      refuse(field, "\(field) has to be an object.")
      return [:]
    }

    private mutating func list(_ value: JSONTree, _ field: String) -> [JSONTree] {
      if case .list(let items) = value, items.count <= 1000 { return items }
      refuse(field, "\(field) has to be a list of at most 1000 rows.")
      return []
    }
  }
}

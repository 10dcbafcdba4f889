import BatchReports
import Foundation

/// What a lead table shows, as it stands in the URL or in a form: filter, order and place.
struct LeadListQuery: Sendable {
  /// The filter's fields in the order in which URLs and chips have them.
  static let filterNames = ["q", "status", "tier", "from", "to", "source", "tag", "has_website", "reported"]

  var filter = LeadFilter()
  var sort = LeadSort.newest
  var cursor: String?
  /// Whether some field of the filter could not be read; then `typed` holds what was typed.
  private(set) var isFilterRefused = false
  private(set) var problems: [InvalidInput.Problem] = []
  private(set) var typed: [String: String]

  /// Reads the fields; what cannot be read is kept in `problems`, so that a page can show the form again.
  init(_ fields: FormFields, in timeZone: TimeZone) throws {
    typed = Dictionary(uniqueKeysWithValues: Self.filterNames.compactMap { name in fields.text(name).map { (name, $0) } })
    do {
      filter = try LeadFilter(fields: typed, in: timeZone)
      typed = filter.fields(in: timeZone)
    } catch let input as InvalidInput {
      isFilterRefused = true
      problems = input.problems
    }
    if let text = fields.text("sort") {
      if let known = LeadSort(rawValue: text) {
        sort = known
      } else {
        let choices = LeadSort.allCases.map(\.rawValue).joined(separator: ", ")
        problems.append(.init(field: "sort", code: "invalid", message: "sort has to be one of \(choices)."))
      }
    }
    cursor = fields.text("cursor")
  }

  /// Throws `InvalidInput` naming every field that could not be read.
  func check() throws { if !problems.isEmpty { throw InvalidInput(problems) } }

  /// Takes a refusal that came up later, as of a cursor; the list then begins at its start.
  mutating func take(_ input: InvalidInput) {
    problems += input.problems
    cursor = nil
  }

  var isFiltered: Bool { !typed.isEmpty }

  /// The filter's fields that are set, in a fixed order.
  var pairs: [(name: String, value: String)] { Self.filterNames.compactMap { name in typed[name].map { (name, $0) } } }

  /// The page with this filter, in another order, at another place, or without one of the filter's fields.
  func url(sort: LeadSort? = nil, cursor: String? = nil, without name: String? = nil) -> String {
    var pairs = pairs.filter { $0.name != name }
    let order = sort ?? self.sort
    if order != .newest { pairs.append(("sort", order.rawValue)) }
    if let cursor { pairs.append(("cursor", cursor)) }
    let query = FormFields(pairs).query()
    return query.isEmpty ? "/leads" : "/leads?" + query
  }
}

import BatchReports
import Foundation
import Hummingbird
import Storage

/// Ticking leads. Every signed-in account has a selection of its own.
struct SelectionRoutes {
  /// What a form asks for (contract, section 3).
  private enum Action: String, CaseIterable {
    case save, addPage = "add_page", addMatching = "add_matching", clear, keepFirst = "keep_first"
  }

  private struct CountJSON: Encodable { var count: Int }

  let web: WebDependencies
  let services: ReportServices

  /// POST /selection: 303 back with what was done, or `{"count": n}` for a script.
  func change(_ request: Request, _ context: SignedInContext) async throws -> Response {
    let fields = try context.form()
    guard let action = Action(rawValue: fields["action"] ?? "") else {
      throw InvalidInput("action", "action has to be one of \(Action.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
    let (count, message) = try await perform(action, fields, context.account.id)
    if request.acceptsJSONRatherThanPage { return .snakeCaseJSON(CountJSON(count: count)) }
    return .seeOther(ReturnPath.local(fields["return_to"], or: "/leads"), flash: Flash(message))
  }

  private func perform(_ action: Action, _ fields: FormFields, _ account: UUID) async throws -> (count: Int, message: String) {
    switch action {
    case .save:
      let saved = try await save(fields, account)
      return (saved.count, "\(Display.count(saved.count, "lead", "leads")) selected.")
    case .addPage:
      let keys = try await services.leads.keys(ids: Self.ids(fields, "shown"))
      let saved = try await services.selections.add(Array(keys.values), for: account)
      return (saved.count, "\(Self.all(keys.count, "lead on the page", "leads on the page")): \(Grouping.thousands(saved.count)) in all.")
    case .addMatching: return try await addMatching(fields, account)
    case .clear: return (try await services.selections.clear(account).count, "No lead is selected any more.")
    case .keepFirst:
      let query = try LeadListQuery(fields, in: services.timeZone)
      try query.check()
      // Ticks of the page that were not saved yet count too.
      _ = try await save(fields, account)
      let saved = try await services.selections.keepFirst(services.limits.maxLeads, sort: query.sort, for: account)
      return (saved.count, "The first \(Display.count(saved.count, "lead", "leads")) in this order stay selected.")
    }
  }

  /// Of the rows shown, exactly the ticked ones are selected.
  private func save(_ fields: FormFields, _ account: UUID) async throws -> SavedSelection {
    let shown = try await services.leads.keys(ids: Self.ids(fields, "shown"))
    let ticked = Self.ids(fields, "lead").compactMap { shown[$0] }
    return try await services.selections.save(shown: Array(shown.values), ticked: ticked, for: account)
  }

  /// Runs the very filter that was shown, and says how many it took.
  private func addMatching(_ fields: FormFields, _ account: UUID) async throws -> (count: Int, message: String) {
    let query = try LeadListQuery(fields, in: services.timeZone)
    try query.check()
    let matching = try await services.leads.count(query.filter, upTo: .max).count
    let saved = try await services.selections.addMatching(query.filter, for: account)
    return (saved.count, "\(Self.all(matching, "matching lead", "matching leads")): \(Grouping.thousands(saved.count)) in all.")
  }

  /// "All 1,234 matching leads are selected".
  private static func all(_ count: Int, _ singular: String, _ plural: String) -> String {
    switch count {
    case 0: "There is no \(singular)"
    case 1: "The one \(singular) is selected"
    default: "All \(Grouping.thousands(count)) \(plural) are selected"
    }
  }

  /// Values that are no ids are no leads, and are ignored like ids that no lead has.
  private static func ids(_ fields: FormFields, _ name: String) -> [UUID] { fields.all(name).compactMap({ UUID(text: $0) }) }
}

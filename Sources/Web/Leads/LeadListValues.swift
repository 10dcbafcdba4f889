import BatchReports
import Foundation
import Storage

/// The lead table.
struct LeadListValues {
  var query: LeadListQuery
  var page: LeadPage
  var matching: LeadCount
  var total: Int
  var sources: [String]
  var selection: LeadSelection
  /// The newest report of each lead that has one which the account may see.
  var reports: [Int64: BatchStore.NewestReport]
  var account: Account
  var maxLeads: Int
  var clock: WallClock

  var pageValues: PageValues {
    [
      "totalText": .text(totalText), "mayImport": .flag(account.role >= .operator),
      "returnTo": .text(query.url(cursor: query.cursor)), "hasErrors": .flag(!query.problems.isEmpty),
      "errors": .list(query.problems.map(error)), "filter": .values(LeadFilterValues(query: query, sources: sources).pageValues),
      "columns": .list(Self.columns.map(column)), "hasLeads": .flag(!page.leads.isEmpty),
      "leads": .list(
        page.leads.map {
          LeadRowValues(lead: $0, isSelected: selection.contains($0.key), report: reports[$0.key], clock: clock).pageValues
        }),
      "pager": .values(pager), "matchingCount": .text(matching.text), "maxLeads": .text(Grouping.thousands(maxLeads)),
      "isSelectionAboveLimit": .flag(selection.count > maxLeads),
      "selection": .values(["count": .text(Grouping.thousands(selection.count))]),
    ]
  }

  private var totalText: String {
    if total == 0 { return "No leads" }
    let all = Display.count(total, "lead", "leads")
    return query.isFiltered && !query.isFilterRefused ? "\(matching.text) of \(all)" : all
  }

  /// Only fields that the page shows can be jumped to.
  private func error(_ problem: InvalidInput.Problem) -> PageValues {
    let isShown = LeadListQuery.filterNames.contains(problem.field)
    return ["hasField": .flag(isShown), "field": .text(problem.field), "message": .text(problem.message)]
  }

  private struct Column {
    var label: String
    /// The order of the first click, and the other one.
    var sorts: (first: LeadSort, second: LeadSort)?
    var isNumeric = false
  }

  private static let columns = [
    Column(label: "Lead", sorts: (.name, .nameDescending)), Column(label: "Place"), Column(label: "Industry"), Column(label: "Status"),
    Column(label: "Tier"), Column(label: "Score", sorts: (.scoreDescending, .score), isNumeric: true), Column(label: "Tags"),
    Column(label: "Source"), Column(label: "Created", sorts: (.newest, .oldest), isNumeric: true), Column(label: "Report"),
  ]

  private func column(_ column: Column) -> PageValues {
    let isSorted = column.sorts.map { $0.first == query.sort || $0.second == query.sort } ?? false
    let next = column.sorts.map { $0.first == query.sort ? $0.second : $0.first }
    let direction = query.sort.rawValue.hasPrefix("-") ? "descending" : "ascending"
    return [
      "label": .text(column.label), "isSortable": .flag(next != nil), "sortUrl": .text(next.map { query.url(sort: $0) } ?? ""),
      "isSorted": .flag(isSorted), "direction": .text(isSorted ? direction : ""), "isNumeric": .flag(column.isNumeric),
    ]
  }

  private var pager: PageValues {
    let shown = Grouping.thousands(page.leads.count)
    // A place found by its cursor has no number.
    let text = query.cursor == nil ? "1–\(shown) of \(matching.text)" : "\(shown) of \(matching.text) shown"
    return [
      "text": .text(text), "hasFirst": .flag(query.cursor != nil), "firstUrl": .text(query.url()),
      "hasPrevious": .flag(page.previousCursor != nil), "previousUrl": .text(query.url(cursor: page.previousCursor)),
      "hasNext": .flag(page.nextCursor != nil), "nextUrl": .text(query.url(cursor: page.nextCursor)),
    ]
  }
}

extension LeadCount {
  /// "1,234", or "10,000+" where counting was stopped.
  var text: String { Grouping.thousands(count) + (isExact ? "" : "+") }
}

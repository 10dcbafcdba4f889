import BatchReports
import GRDB

/// How a sort reads in SQL: the column, the index that has it, and the value at which a page ends.
struct LeadOrder: Sendable {
  let column: String
  let index: String
  let isDescending: Bool

  init(_ sort: LeadSort) {
    switch sort {
    case .newest, .oldest: (column, index) = ("created_at", "lead_by_created")
    case .name, .nameDescending: (column, index) = ("name", "lead_by_name")
    case .score, .scoreDescending: (column, index) = ("score_rank", "lead_by_score")
    }
    isDescending = sort == .newest || sort == .nameDescending || sort == .scoreDescending
  }

  var isByDate: Bool { column == "created_at" }
  var isByScore: Bool { column == "score_rank" }

  /// Ties are broken by the key in the same direction, so the index can be read either way.
  func clause(reversed: Bool) -> String {
    let direction = isDescending != reversed ? "DESC" : "ASC"
    return "ORDER BY lead.\(column) \(direction), lead.key \(direction)"
  }

  func beyond(reversed: Bool) -> String { "(lead.\(column), lead.key) \(isDescending != reversed ? "<" : ">") (?, ?)" }

  static func value(of lead: Lead, in sort: LeadSort) -> DatabaseValue {
    switch sort {
    case .newest, .oldest: lead.createdAt.milliseconds.databaseValue
    case .name, .nameDescending: lead.name.databaseValue
    case .score, .scoreDescending: Int64(lead.score ?? -1).databaseValue
    }
  }
}

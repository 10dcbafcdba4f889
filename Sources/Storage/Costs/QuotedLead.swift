import BatchReports
import Foundation
import GRDB

/// A lead as far as its price needs to know it.
struct QuotedLead {
  var key: Int64
  var id: UUID
  var traits: ProviderRule.Traits
  var score: Int?

  private static let columns = """
    lead.key, lead.id, lead.website <> '', lead.email <> '', lead.enrichment_status = '\(ProviderRule.enriched)', lead.score
    """

  private init(_ row: Row, at start: Int, id: UUID) {
    key = row[start]
    self.id = id
    traits = ProviderRule.Traits(hasWebsite: row[start + 2], hasEmail: row[start + 3], isEnriched: row[start + 4])
    score = row[start + 5]
  }

  /// One query for all leads; the order of the request is kept.
  static func find(_ leads: QuoteDesk.Request.Leads, in db: Database) throws -> (found: [QuotedLead], unknown: [UUID]) {
    switch leads {
    case .ids(let ids):
      let list = "[" + ids.map { "\"\($0.text)\"" }.joined(separator: ",") + "]"
      let rows = try Row.fetchCursor(
        db.cachedStatement(sql: "SELECT json_each.key, \(columns) FROM json_each(?) JOIN lead ON lead.id = json_each.value"), arguments: [list])
      var byPlace = [QuotedLead?](repeating: nil, count: ids.count)
      while let row = try rows.next() { byPlace[row[0]] = QuotedLead(row, at: 1, id: ids[row[0]]) }
      return (byPlace.compactMap { $0 }, zip(ids, byPlace).compactMap { id, lead in lead == nil ? id : nil })
    case .keys(let keys):
      let list = "[" + keys.map(String.init).joined(separator: ",") + "]"
      let rows = try Row.fetchCursor(
        db.cachedStatement(sql: "SELECT \(columns) FROM json_each(?) JOIN lead ON lead.key = json_each.value ORDER BY json_each.key"),
        arguments: [list])
      var found: [QuotedLead] = []
      var taken: Set<Int64> = []
      while let row = try rows.next() {
        if taken.insert(row[0]).inserted { found.append(QuotedLead(row, at: 0, id: try Decode.uuid(row[1]))) }
      }
      return (found, [])
    }
  }
}

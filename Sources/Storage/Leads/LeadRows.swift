import BatchReports
import Foundation
import GRDB

/// Rows of `lead` as values.
enum LeadRows {
  static let columns = """
    lead.key, lead.id, lead.name, lead.website, lead.email, lead.phone, lead.contact_name, lead.city, lead.region, lead.industry,
    (SELECT name FROM lead_source WHERE lead_source.id = lead.source_id), lead.status, lead.score, lead.enrichment_status,
    lead.created_at, lead.updated_at, lead.reported_at
    """

  /// A list of keys for `json_each`.
  static func list(_ keys: [Int64]) -> String { "[" + keys.map(String.init).joined(separator: ",") + "]" }

  /// The leads with these keys, in their order; keys without a lead are left out.
  static func leads(keys: [Int64], in db: Database) throws -> [Lead] {
    let found = try leads(sql: "json_each(?) AS listed CROSS JOIN lead ON lead.key = listed.value", list: list(keys), in: db)
    let byKey = Dictionary(found.map { ($0.key, $0) }) { first, _ in first }
    return keys.compactMap { byKey[$0] }
  }

  /// The leads with these ids, in their order; ids without a lead are left out.
  static func leads(ids: [UUID], in db: Database) throws -> [Lead] {
    let list = "[" + ids.map { "\"\($0.text)\"" }.joined(separator: ",") + "]"
    let found = try leads(sql: "json_each(?) AS listed CROSS JOIN lead ON lead.id = listed.value", list: list, in: db)
    let byID = Dictionary(found.map { ($0.id, $0) }) { first, _ in first }
    return ids.compactMap { byID[$0] }
  }

  private static func leads(sql: String, list: String, in db: Database) throws -> [Lead] {
    let rows = try Row.fetchCursor(db.cachedStatement(sql: "SELECT \(columns) FROM \(sql)"), arguments: [list])
    var leads: [Lead] = []
    while let row = try rows.next() { leads.append(try lead(row)) }
    let tags = try tags(of: leads.map(\.key), in: db)
    for index in leads.indices { leads[index].tags = tags[leads[index].key] ?? [] }
    return leads
  }

  private static func tags(of keys: [Int64], in db: Database) throws -> [Int64: [String]] {
    let rows = try Row.fetchCursor(
      db.cachedStatement(
        sql: """
          SELECT lead_tag.lead_key, tag.name FROM json_each(?) AS listed
          CROSS JOIN lead_tag INDEXED BY lead_tag_lead ON lead_tag.lead_key = listed.value CROSS JOIN tag ON tag.id = lead_tag.tag_id
          """), arguments: [list(keys)])
    var tags: [Int64: [String]] = [:]
    while let row = try rows.next() { tags[row[0], default: []].append(row[1]) }
    return tags.mapValues { Array(Set($0)).sorted() }
  }

  private static func lead(_ row: Row) throws -> Lead {
    let id: String = row[1]
    let status: String = row[11]
    guard let uuid = UUID(text: id), let status = Lead.Status(rawValue: status) else {
      throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "Lead \(id) has a malformed id or an unknown status.")
    }
    return Lead(
      key: row[0], id: uuid, name: row[2], website: row[3], email: row[4], phone: row[5], contactName: row[6], city: row[7], region: row[8],
      industry: row[9], source: row[10], status: status, score: row[12], enrichmentStatus: row[13],
      createdAt: Date(milliseconds: row[14]), updatedAt: Date(milliseconds: row[15]),
      reportedAt: (row[16] as Int64?).map(Date.init(milliseconds:)))
  }
}

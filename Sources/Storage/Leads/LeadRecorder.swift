import BatchReports
import Foundation
import GRDB

/// Writes leads within one transaction.
struct LeadRecorder {
  let db: Database
  private var sources: [String: Int64] = [:]
  private var tags: [String: Int64] = [:]

  init(_ db: Database) { self.db = db }

  /// Adds the row and its tags; the lead's own key is ignored. Returns the new key.
  mutating func insert(_ lead: Lead) throws -> Int64 {
    try db.cachedStatement(
      sql: """
        INSERT INTO lead (created_at, score, reported_at, source_id, status, id, identity, name, website, email, phone, contact_name, city,
          region, industry, enrichment_status, updated_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(arguments: [
      lead.createdAt.milliseconds, lead.score, lead.reportedAt?.milliseconds, source(lead.source), lead.status.rawValue, lead.id.text,
      LeadIdentity(of: lead).hash, lead.name, lead.website, lead.email, lead.phone, lead.contactName, lead.city, lead.region, lead.industry,
      lead.enrichmentStatus, lead.updatedAt.milliseconds,
    ])
    let key = db.lastInsertedRowID
    try add(tags: lead.tags, to: key)
    return key
  }

  /// Brings the row to `lead`; the texts are written only when one has changed, because that rewrites the text index.
  mutating func update(_ old: Lead, to lead: Lead) throws {
    try db.cachedStatement(
      sql:
        "UPDATE lead SET score = ?, source_id = ?, status = ?, phone = ?, region = ?, enrichment_status = ?, updated_at = ? WHERE key = ?"
    ).execute(arguments: [
      lead.score, source(lead.source), lead.status.rawValue, lead.phone, lead.region, lead.enrichmentStatus, lead.updatedAt.milliseconds,
      old.key,
    ])
    let texts: [KeyPath<Lead, String>] = [\.name, \.website, \.email, \.contactName, \.city, \.industry, \.region]
    if texts.contains(where: { old[keyPath: $0] != lead[keyPath: $0] }) {
      try db.cachedStatement(
        sql: "UPDATE lead SET name = ?, website = ?, email = ?, contact_name = ?, city = ?, industry = ?, identity = ? WHERE key = ?"
      ).execute(arguments: [
        lead.name, lead.website, lead.email, lead.contactName, lead.city, lead.industry, LeadIdentity(of: lead).hash, old.key,
      ])
    }
    try add(tags: lead.tags.filter { !old.tags.contains($0) }, to: old.key)
  }

  private mutating func add(tags names: [String], to key: Int64) throws {
    for name in names {
      try db.cachedStatement(sql: "INSERT OR IGNORE INTO lead_tag (tag_id, lead_key) VALUES (?, ?)").execute(arguments: [tag(name), key])
    }
  }

  private mutating func source(_ name: String) throws -> Int64 {
    if let known = sources[name] { return known }
    try db.cachedStatement(sql: "INSERT INTO lead_source (name) VALUES (?) ON CONFLICT DO NOTHING").execute(arguments: [name])
    let id = try Int64.fetchOne(db.cachedStatement(sql: "SELECT id FROM lead_source WHERE name = ?"), arguments: [name]) ?? 0
    sources[name] = id
    return id
  }

  private mutating func tag(_ name: String) throws -> Int64 {
    if let known = tags[name] { return known }
    try db.cachedStatement(sql: "INSERT INTO tag (name) VALUES (?) ON CONFLICT DO NOTHING").execute(arguments: [name])
    let id = try Int64.fetchOne(db.cachedStatement(sql: "SELECT id FROM tag WHERE name = ?"), arguments: [name]) ?? 0
    tags[name] = id
    return id
  }
}

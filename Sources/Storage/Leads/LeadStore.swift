public import BatchReports
public import Foundation
import GRDB

/// The leads as they are read: pages, counts, single ones. `LeadStoreWriting.swift` has what changes them.
public struct LeadStore: Sendable {
  let database: AppDatabase

  public init(database: AppDatabase) { self.database = database }

  /// One page of the leads that match, from the start or from a cursor of an earlier page. Throws `InvalidInput` for a foreign cursor.
  public func page(_ filter: LeadFilter, sort: LeadSort = .newest, limit: Int, cursor: String? = nil) async throws -> LeadPage {
    let limit = max(1, min(500, limit))
    let cursor = try cursor.map { try LeadCursor(text: $0, sort: sort) }
    return try await database.pool.read { db in
      guard let search = try LeadSearch(filter, in: db) else { return LeadPage(leads: []) }
      let isBackward = cursor?.isBackward ?? false
      var keys = try search.first(limit + 1, in: LeadOrder(sort), from: cursor, reversed: isBackward)
      let goesOn = keys.count > limit
      if goesOn { keys.removeLast() }
      let leads = try LeadRows.leads(keys: isBackward ? keys.reversed() : keys, in: db)
      guard let first = leads.first, let last = leads.last else { return LeadPage(leads: []) }
      let hasNext = isBackward || goesOn
      let hasPrevious = isBackward ? goesOn : cursor != nil
      return LeadPage(
        leads: leads, nextCursor: hasNext ? LeadCursor(last, sort: sort, isBackward: false).text : nil,
        previousCursor: hasPrevious ? LeadCursor(first, sort: sort, isBackward: true).text : nil)
    }
  }

  /// How many leads match: exact up to `limit`, and above it wherever that costs nothing.
  public func count(_ filter: LeadFilter, upTo limit: Int = 10_000) async throws -> LeadCount {
    try await database.pool.read { db in
      try LeadSearch(filter, in: db)?.count(upTo: limit) ?? LeadCount(count: 0, isExact: true)
    }
  }

  /// The keys of all leads that match.
  public func matchingKeys(_ filter: LeadFilter) async throws -> LeadSelection {
    try await database.pool.read { db in try LeadSearch(filter, in: db)?.set() ?? LeadSelection() }
  }

  /// The keys of the first leads that match, in the order shown.
  public func firstKeys(_ limit: Int, matching filter: LeadFilter, sort: LeadSort) async throws -> [Int64] {
    try await database.pool.read { db in
      try LeadSearch(filter, in: db)?.first(max(0, limit), in: LeadOrder(sort)) ?? []
    }
  }

  /// The lead with this id, or nil.
  public func lead(id: UUID) async throws -> Lead? {
    try await database.pool.read { db in try LeadRows.leads(ids: [id], in: db).first }
  }

  /// The leads with these ids in their order, and the ids that no lead has.
  public func leads(ids: [UUID]) async throws -> (found: [Lead], unknown: [UUID]) {
    let found = try await database.pool.read { db in try LeadRows.leads(ids: ids, in: db) }
    let known = Set(found.map(\.id))
    return (found, ids.filter { !known.contains($0) })
  }

  /// The leads with these keys in their order; keys without a lead are left out.
  public func leads(keys: [Int64]) async throws -> [Lead] {
    try await database.pool.read { db in try LeadRows.leads(keys: keys, in: db) }
  }

  /// The keys of these ids; ids without a lead are left out.
  public func keys(ids: [UUID]) async throws -> [UUID: Int64] {
    try await database.pool.read { db in
      let list = "[" + ids.map { "\"\($0.text)\"" }.joined(separator: ",") + "]"
      let rows = try Row.fetchAll(
        db.cachedStatement(sql: "SELECT lead.id, lead.key FROM json_each(?) AS listed CROSS JOIN lead ON lead.id = listed.value"),
        arguments: [list])
      return Dictionary(rows.compactMap { row in UUID(text: row[0]).map { ($0, row[1]) } }) { first, _ in first }
    }
  }

  /// The ids of these keys; keys without a lead are left out.
  public func ids(keys: [Int64]) async throws -> [Int64: UUID] {
    try await database.pool.read { db in
      let rows = try Row.fetchAll(
        db.cachedStatement(sql: "SELECT lead.key, lead.id FROM json_each(?) AS listed CROSS JOIN lead ON lead.key = listed.value"),
        arguments: [LeadRows.list(keys)])
      return Dictionary(rows.compactMap { row in UUID(text: row[1]).map { (row[0], $0) } }) { first, _ in first }
    }
  }

  /// The sources that leads have, for the filter's choices, in alphabetical order.
  public func sources(limit: Int = 200) async throws -> [String] {
    try await database.pool.read { db in
      try String.fetchAll(
        db.cachedStatement(
          sql: """
            SELECT name FROM lead_source WHERE name <> ''
            AND EXISTS (SELECT 1 FROM lead_facet WHERE facet BETWEEN id * 256 AND id * 256 + 255 AND count > 0) ORDER BY name LIMIT ?
            """), arguments: [limit])
    }
  }

  /// The tags that leads have, for the filter's choices, in alphabetical order.
  public func tags(limit: Int = 200) async throws -> [String] {
    try await database.pool.read { db in
      try String.fetchAll(db.cachedStatement(sql: "SELECT name FROM tag WHERE count > 0 ORDER BY name LIMIT ?"), arguments: [limit])
    }
  }
}

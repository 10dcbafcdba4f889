import BatchReports
import GRDB

/// Finds the keys of a query's leads, in an order or as a set, in whichever way costs least.
///
/// Two ways lead to the first leads of an order. A *walk* reads the order's index from where the page begins and takes what matches:
/// right for filters that many leads pass. *Gathering* finds all that match and sorts them: right for few. The work of the cheaper one
/// is at most that of some ten thousand index entries, whatever the filter, as long as its parts are not correlated; when they are,
/// a walk that finds too little is given up for gathering.
struct LeadSearch {
  let query: LeadQuery
  let estimate: LeadEstimate
  let db: Database
  /// Chosen by cost; tests choose it themselves.
  var way: Way?

  enum Way: CaseIterable { case walk, gatherList, gatherColumns }

  /// Microseconds, measured on 1,000,000 leads: an index entry in passing, and a lead looked up by its key.
  private static let entryCost = 0.08
  private static let lookupCost = 1.2
  /// A list longer than this is not handed to SQLite for sorting.
  private static let longestList = 30_000

  /// Nil when nothing can match.
  init?(_ filter: LeadFilter, within selection: LeadSelection? = nil, in db: Database) throws {
    guard let query = try LeadQuery(filter, within: selection, in: db) else { return nil }
    self.query = query
    self.db = db
    estimate = try LeadEstimate(query, in: db)
  }

  /// The first keys in an order, from the cursor on; `reversed` reads the order from its other end.
  func first(_ limit: Int, in order: LeadOrder, from cursor: LeadCursor? = nil, reversed: Bool = false) throws -> [Int64] {
    let place = Place(order: order, cursor: cursor, reversed: reversed, limit: limit)
    let wantedCount = Double(query.wanted?.count ?? estimate.total)
    let matching = max(1, estimate.inColumns * wantedCount / Double(max(1, estimate.total)))
    let entries = Double(order.isByDate ? estimate.inDates : order.isByScore && query.scores != nil ? estimate.inFacets : estimate.total)
    let expectedEntries = min(entries, Double(limit) * entries / matching)
    let gatherCost = min(listCost, columnsCost + matching * Self.lookupCost)
    if way == .walk || (way == nil && expectedEntries * Self.entryCost <= gatherCost) {
      let patience = max(20_000, Int(expectedEntries) * 8)
      if let keys = try walk(place, patience: gatherCost < entries * Self.entryCost ? patience : .max) { return keys }
    }
    if way != .gatherColumns, listCost <= columnsCost || way == .gatherList, let wanted = query.wanted, wanted.count <= Self.longestList {
      return try sort(wanted.keys, place, conditions: query.facetConditions(of: "lead") + query.dateConditions)
    }
    let found = try set()
    if found.count <= Self.longestList { return try sort(found.keys, place, conditions: []) }
    return try walk(place, patience: .max) ?? []
  }

  /// All matching keys as a set.
  func set() throws -> LeadSelection {
    if let wanted = query.wanted, !query.hasFacets, !query.hasDates { return wanted }
    var found = LeadSelection()
    if let wanted = query.wanted, listCost <= columnsCost {
      try eachOfList(wanted) { found.insert($0) }
    } else {
      try eachOfColumns { key in
        if query.accepts(key) { found.insert(key) }
        return true
      }
    }
    return found
  }

  /// How many match; above `limit` counting may stop.
  func count(upTo limit: Int) throws -> LeadCount {
    if !query.hasDates, query.wanted == nil { return LeadCount(count: estimate.inFacets, isExact: true) }
    if let wanted = query.wanted, !query.hasFacets, !query.hasDates { return LeadCount(count: wanted.count, isExact: true) }
    var count = 0
    if let wanted = query.wanted, listCost <= columnsCost {
      try eachOfList(wanted) { _ in count += 1 }
      return LeadCount(count: count, isExact: true)
    }
    try eachOfColumns { key in
      if query.accepts(key) { count += 1 }
      return count <= limit
    }
    return LeadCount(count: min(count, limit), isExact: count <= limit)
  }

  /// What looking up every wanted lead costs.
  private var listCost: Double { query.wanted.map { Double($0.count) * Self.lookupCost } ?? .infinity }
  /// What reading every lead with the right columns costs.
  private var columnsCost: Double { estimate.inColumns * Self.entryCost + Double(isByFacet ? estimate.facetCount : 0) }
  /// Thousands of sources make thousands of facets; then one index is read instead of a piece for each facet.
  private var isByFacet: Bool { query.hasFacets && estimate.facetCount <= 2_000 }

  private struct Place {
    let order: LeadOrder
    let cursor: LeadCursor?
    let reversed: Bool
    let limit: Int

    var conditions: [LeadCondition] {
      cursor.map { [LeadCondition(order.beyond(reversed: reversed), [$0.value, $0.key])] } ?? []
    }
  }

  /// Reads the order's index; nil when more than `patience` entries had to be looked at one by one.
  private func walk(_ place: Place, patience: Int) throws -> [Int64]? {
    // A tier is one stretch of the scores' index, and the rest of that index need not be read.
    let scores =
      place.order.isByScore
      ? query.scores.map { [LeadCondition("lead.score_rank BETWEEN ? AND ?", [$0.lowerBound, $0.upperBound])] } ?? [] : []
    let conditions = LeadCondition(query.facetConditions(of: "lead") + query.dateConditions + scores + place.conditions)
    let sql = """
      SELECT lead.key FROM lead INDEXED BY \(place.order.index) WHERE \(conditions.sql) \(place.order.clause(reversed: place.reversed))
      """
    let entries = try Int64.fetchCursor(db.cachedStatement(sql: sql), arguments: conditions.arguments)
    var keys: [Int64] = []
    var seen = 0
    while keys.count < place.limit, let key = try entries.next() {
      if query.accepts(key) { keys.append(key) }
      seen += 1
      if seen > patience { return nil }
    }
    return keys
  }

  private func sort(_ keys: [Int64], _ place: Place, conditions: [LeadCondition]) throws -> [Int64] {
    let conditions = LeadCondition(conditions + place.conditions)
    let sql = """
      SELECT lead.key FROM json_each(?) AS listed CROSS JOIN lead ON lead.key = listed.value
      WHERE \(conditions.sql) \(place.order.clause(reversed: place.reversed)) LIMIT ?
      """
    return try Int64.fetchAll(db.cachedStatement(sql: sql), arguments: [LeadRows.list(keys)] + conditions.arguments + [place.limit])
  }

  /// Every wanted lead that has the right columns.
  private func eachOfList(_ wanted: LeadSelection, _ visit: (Int64) -> Void) throws {
    let conditions = LeadCondition(query.facetConditions(of: "lead") + query.dateConditions)
    let sql = "SELECT lead.key FROM json_each(?) AS listed CROSS JOIN lead ON lead.key = listed.value WHERE \(conditions.sql)"
    let keys = try Int64.fetchCursor(db.cachedStatement(sql: sql), arguments: [LeadRows.list(wanted.keys)] + conditions.arguments)
    while let key = try keys.next() { visit(key) }
  }

  /// Every lead that has the right columns, until `visit` says no.
  private func eachOfColumns(_ visit: (Int64) -> Bool) throws {
    let facets = LeadCondition(query.facetConditions(of: isByFacet ? "lead_facet" : "lead"))
    let dates = LeadCondition(query.dateConditions)
    let sql =
      isByFacet
      ? """
      SELECT lead.key FROM lead_facet CROSS JOIN lead INDEXED BY lead_by_facet ON lead.facet = lead_facet.facet
      WHERE lead_facet.count > 0 AND \(facets.sql) AND \(dates.sql)
      """ : "SELECT lead.key FROM lead INDEXED BY lead_by_created WHERE \(facets.sql) AND \(dates.sql)"
    let keys = try Int64.fetchCursor(db.cachedStatement(sql: sql), arguments: facets.arguments + dates.arguments)
    while let key = try keys.next(), visit(key) {}
  }
}

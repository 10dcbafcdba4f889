import GRDB

/// How many leads there are and how many of them the parts of a query let through, for choosing the cheapest way to its leads.
struct LeadEstimate {
  /// All leads.
  let total: Int
  /// Exactly the leads with the facets asked for.
  let inFacets: Int
  /// How many different facets these are.
  let facetCount: Int
  /// About as many leads were created between the dates; exact for few.
  let inDates: Int

  private static let exactDates = 2_000

  init(_ query: LeadQuery, in db: Database) throws {
    let facets = LeadCondition(query.facetConditions(of: "lead_facet"))
    let row = try Row.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT coalesce(sum(count), 0), coalesce(sum(count) FILTER (WHERE \(facets.sql)), 0),
            count(*) FILTER (WHERE count > 0 AND \(facets.sql))
          FROM lead_facet
          """), arguments: facets.arguments + facets.arguments)
    total = row?[0] ?? 0
    inFacets = row?[1] ?? 0
    facetCount = row?[2] ?? 0
    inDates = try query.hasDates ? Self.countDates(query, total: total, in: db) : total
  }

  /// About as many leads have both the facets and the dates.
  var inColumns: Double { total == 0 ? 0 : Double(inFacets) * Double(inDates) / Double(total) }

  private static func countDates(_ query: LeadQuery, total: Int, in db: Database) throws -> Int {
    let dates = LeadCondition(query.dateConditions)
    let few = try Int.fetchOne(
      db.cachedStatement(
        sql: "SELECT count(*) FROM (SELECT 1 FROM lead INDEXED BY lead_by_created WHERE \(dates.sql) LIMIT \(exactDates))"),
      arguments: dates.arguments)
    guard let few, few == exactDates else { return few ?? 0 }
    // Evenly between the first and the last day: a guess that only has to be right within a factor of some.
    guard let first = try Int64.fetchOne(db.cachedStatement(sql: "SELECT min(created_at) FROM lead")),
      let last = try Int64.fetchOne(db.cachedStatement(sql: "SELECT max(created_at) FROM lead"))
    else { return 0 }
    let span = Double(min(query.to ?? last, last) - max(query.from ?? first, first))
    return max(few, Int(Double(total) * min(1, span / Double(max(1, last - first)))))
  }
}

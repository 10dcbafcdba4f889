import BatchReports
import GRDB

/// A filter as the database can ask it: conditions on the columns that every sort's index carries, and a set of leads for words and tags.
///
/// Words and tags are read into a bitmap first. The text index hands over 30 million keys a second, while asking it about single leads
/// costs up to milliseconds each, so no other order of work comes near.
struct LeadQuery: Sendable {
  private let facet: LeadFacet
  private let facets: ClosedRange<Int64>?
  let from: Int64?
  let to: Int64?
  /// The values of `score_rank` that the tier has.
  let scores: ClosedRange<Int>?
  /// The leads that have the words and the tag; nil when neither is asked for.
  private(set) var wanted: LeadSelection?

  /// Nil when nothing can match, as with a source or a tag that no lead has. Throws `DatabaseError`.
  init?(_ filter: LeadFilter, within selection: LeadSelection? = nil, in db: Database) throws {
    facet = LeadFacet(filter)
    from = filter.from?.milliseconds
    to = filter.to?.milliseconds
    scores = filter.tier.map(\.scores)
    if let source = filter.source {
      guard let id = try Int64.fetchOne(db.cachedStatement(sql: "SELECT id FROM lead_source WHERE name = ?"), arguments: [source]) else {
        return nil
      }
      facets = LeadFacet.range(ofSource: id)
    } else {
      facets = nil
    }
    wanted = selection
    if let tag = filter.tag {
      guard let id = try Int64.fetchOne(db.cachedStatement(sql: "SELECT id FROM tag WHERE name = ?"), arguments: [tag]) else { return nil }
      try narrow(sql: "SELECT lead_key FROM lead_tag WHERE tag_id = ?", arguments: [id], in: db)
    }
    if let text = filter.text {
      let words = try LeadWords(text, in: db)
      if words.words.isEmpty { return nil }
      try narrow(sql: "SELECT rowid FROM lead_text WHERE lead_text MATCH ?", arguments: [words.pattern], in: db)
    }
    if wanted?.isEmpty == true { return nil }
  }

  private mutating func narrow(sql: String, arguments: StatementArguments, in db: Database) throws {
    if wanted?.isEmpty == true { return }
    var found = LeadSelection()
    let keys = try Int64.fetchCursor(db.cachedStatement(sql: sql), arguments: arguments)
    while let key = try keys.next() { found.insert(key) }
    if let wanted { found.formIntersection(wanted) }
    wanted = found
  }

  var hasDates: Bool { from != nil || to != nil }
  var hasFacets: Bool { facets != nil || facet.mask != 0 }

  /// Whether a lead that the columns' conditions let through is one of the words' and the tag's.
  func accepts(_ key: Int64) -> Bool { wanted?.contains(key) ?? true }

  /// Conditions on the facet of `table`.
  func facetConditions(of table: String) -> [LeadCondition] {
    var conditions: [LeadCondition] = []
    if facet.mask != 0 { conditions.append(LeadCondition("\(table).facet & ? = ?", [facet.mask, facet.value])) }
    if let facets { conditions.append(LeadCondition("\(table).facet BETWEEN ? AND ?", [facets.lowerBound, facets.upperBound])) }
    return conditions
  }

  var dateConditions: [LeadCondition] {
    var conditions: [LeadCondition] = []
    if let from { conditions.append(LeadCondition("lead.created_at >= ?", [from])) }
    if let to { conditions.append(LeadCondition("lead.created_at < ?", [to])) }
    return conditions
  }
}

extension LeadTier {
  /// Scores of this tier (contract, section 1); -1 stands for none.
  fileprivate var scores: ClosedRange<Int> {
    switch self {
    case .a: 80...100
    case .b: 60...79
    case .c: 40...59
    case .d: 0...39
    case .unscored: -1...(-1)
    }
  }
}

/// A piece of a WHERE clause with its arguments in order.
struct LeadCondition {
  var sql: String
  var arguments: StatementArguments

  init(_ sql: String, _ arguments: StatementArguments) {
    self.sql = sql
    self.arguments = arguments
  }

  /// All of the parts.
  init(_ parts: [LeadCondition]) {
    sql = parts.isEmpty ? "1" : parts.map(\.sql).joined(separator: " AND ")
    arguments = parts.reduce(into: StatementArguments()) { $0 += $1.arguments }
  }
}

import BatchReports
import Foundation
import GRDB
import Testing

@testable import Storage

@Suite struct LeadPlanTests {
  private func plan(_ sql: String, _ arguments: StatementArguments?, _ leads: LeadDatabase) async throws -> String {
    try await leads.database.pool.read { db in
      try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN " + sql, arguments: arguments ?? nulls(sql)).map { $0["detail"] as String }.joined(
        separator: "\n")
    }
  }

  private func nulls(_ sql: String) -> StatementArguments {
    StatementArguments(Array(repeating: nil as Int?, count: sql.count { $0 == "?" }))
  }

  /// Every statement that the work prepares.
  private func statements(_ leads: LeadDatabase, _ work: @Sendable (Database) throws -> Void) async throws -> [String] {
    try await leads.database.pool.write { db in
      var seen: [String] = []
      db.trace { seen.append($0.description) }
      defer { db.trace(options: []) }
      try work(db)
      return seen
    }
  }

  @Test("a walk reads its sort's index from the cursor on, without sorting", arguments: LeadSort.allCases, [false, true])
  func walks(sort: LeadSort, reversed: Bool) async throws {
    let leads = try LeadDatabase()
    let order = LeadOrder(sort)
    let sql = """
      SELECT lead.key FROM lead INDEXED BY \(order.index) WHERE lead.facet & 3 = 2 AND lead.created_at >= 5
      AND \(order.beyond(reversed: reversed)) \(order.clause(reversed: reversed))
      """
    let plan = try await plan(sql, [7, 9], leads)
    #expect(plan.contains("SEARCH lead USING INDEX \(order.index) (\(order.column)"))
    #expect(!plan.contains("TEMP B-TREE"))
  }

  @Test("no list scans the table of leads, whatever is asked")
  func nothingScansTheTable() async throws {
    let leads = try LeadDatabase()
    var random = RandomLeads(seed: 21)
    try await leads.store.insert(random.next(300))
    for _ in 0..<80 {
      let filter = random.filter()
      let sort = random.random.pick(LeadSort.allCases)
      let asked = try await statements(leads) { db in
        guard let search = try LeadSearch(filter, in: db) else { return }
        let keys = try search.first(20, in: LeadOrder(sort))
        _ = try search.count(upTo: 10)
        _ = try search.set()
        _ = try LeadRows.leads(keys: keys, in: db)
      }
      for sql in asked where sql.hasPrefix("SELECT") {
        let plan = try await plan(sql, nil, leads)
        for line in plan.split(separator: "\n") where line.contains("SCAN lead") {
          #expect(line.contains("USING") || line.contains("SCAN lead_facet") || line.contains("SCAN lead_text"), "\(line) in \(sql)")
        }
        if !sql.contains("json_each") { #expect(!plan.contains("TEMP B-TREE"), "\(plan) in \(sql)") }
      }
    }
  }

  @Test("choices of the filter are read from the small tables")
  func choices() async throws {
    let leads = try LeadDatabase()
    let plan = try await plan("SELECT name FROM tag WHERE count > 0 ORDER BY name LIMIT 5", [], leads)
    #expect(plan.contains("USING INDEX sqlite_autoindex_tag_1") && !plan.contains("TEMP B-TREE"))
  }

  @Test("both ways to a page find the same leads", arguments: [UInt64](31...33))
  func waysAgree(seed: UInt64) async throws {
    let leads = try LeadDatabase()
    var random = RandomLeads(seed: seed)
    try await leads.store.insert(random.next(300))
    for _ in 0..<40 {
      let filter = random.filter()
      let sort = random.random.pick(LeadSort.allCases)
      try await leads.database.pool.read { db in
        guard var search = try LeadSearch(filter, in: db) else { return }
        var answers: [[Int64]] = []
        for way in LeadSearch.Way.allCases {
          search.way = way
          answers.append(try search.first(12, in: LeadOrder(sort)))
        }
        #expect(Set(answers).count == 1, "\(filter.fields(in: .gmt)) \(sort) \(answers)")
      }
    }
  }
}

import BatchReports
import Foundation
import GRDB
import Testing

@testable import Storage

@Suite struct LeadSchemaTests {
  /// The facet counts and tag counts as the triggers keep them, beside what the rows say.
  private func expectCountsToBeTrue(_ leads: LeadDatabase) async throws {
    try await leads.database.pool.read { db in
      let kept = try Row.fetchAll(db, sql: "SELECT facet, count FROM lead_facet WHERE count > 0 ORDER BY facet").map {
        [$0[0] as Int64, $0[1]]
      }
      let true_ = try Row.fetchAll(db, sql: "SELECT facet, count(*) FROM lead GROUP BY facet ORDER BY facet").map {
        [$0[0] as Int64, $0[1]]
      }
      #expect(kept == true_)
      #expect(
        try Int.fetchOne(db, sql: "SELECT count(*) FROM tag WHERE count <> (SELECT count(*) FROM lead_tag WHERE tag_id = tag.id)") == 0)
    }
  }

  @Test("the kept counts follow every change")
  func countsFollow() async throws {
    let leads = try LeadDatabase()
    var random = RandomLeads(seed: 41)
    try await leads.store.insert(random.next(200))
    try await expectCountsToBeTrue(leads)
    try await leads.database.pool.write { db in
      try db.execute(sql: "UPDATE lead SET reported_at = 9 WHERE key % 3 = 0")
      try db.execute(sql: "UPDATE lead SET status = 'lost', score = 50 WHERE key % 5 = 0")
      try db.execute(sql: "UPDATE lead SET website = '' WHERE key % 7 = 0")
      try db.execute(sql: "DELETE FROM lead WHERE key % 4 = 0")
    }
    try await expectCountsToBeTrue(leads)
  }

  @Test("each facet holds exactly the leads that a filter for it finds")
  func facetsMatchTheValues() async throws {
    let leads = try LeadDatabase()
    var random = RandomLeads(seed: 42)
    try await leads.store.insert(random.next(200))
    for status in Lead.Status.allCases {
      var filter = LeadFilter()
      filter.status = status
      #expect(try await leads.store.page(filter, limit: 500).leads.allSatisfy { $0.status == status })
    }
    for tier in LeadTier.allCases {
      var filter = LeadFilter()
      filter.tier = tier
      #expect(try await leads.store.page(filter, limit: 500).leads.allSatisfy { $0.tier == tier })
    }
  }

  @Test(
    "rows that break a rule are refused by the schema",
    arguments: [
      "UPDATE lead SET status = 'old'", "UPDATE lead SET score = 101", "UPDATE lead SET score = -1", "UPDATE lead SET name = ''",
      "UPDATE lead SET id = 'short'", "UPDATE lead SET source_id = 999", "UPDATE lead SET key = 0",
      "INSERT INTO lead_tag VALUES (999, 1)", "INSERT INTO lead_tag VALUES (1, 999)", "INSERT INTO tag (name) VALUES ('')",
      "INSERT INTO selection VALUES ('nobody', 1, 0, x'')",
    ])
  func refusals(sql: String) async throws {
    let leads = try LeadDatabase()
    _ = try await leads.store.merge([LeadDraft(name: "A", tags: ["x"])])
    await #expect(throws: DatabaseError.self) { try await leads.database.pool.write { try $0.execute(sql: sql) } }
  }

  @Test("a selection's bitmap has whole words")
  func bitmaps() async throws {
    let leads = try LeadDatabase()
    let account = try await leads.account()
    await #expect(throws: DatabaseError.self) {
      try await leads.database.pool.write {
        try $0.execute(sql: "INSERT INTO selection VALUES (?, 1, 0, x'01')", arguments: [account.text])
      }
    }
  }

  @Test("an id is taken once")
  func uniqueIDs() async throws {
    let leads = try LeadDatabase()
    let lead = Lead(id: .version7(), name: "A", createdAt: .now, updatedAt: .now)
    try await leads.store.insert([lead])
    await #expect(throws: DatabaseError.self) { try await leads.store.insert([lead]) }
  }
}

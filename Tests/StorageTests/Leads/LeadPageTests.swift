import BatchReports
import Foundation
import GRDB
import Testing

@testable import Storage

@Suite struct LeadPageTests {
  @Test(
    "walking the pages of any sort shows each lead exactly once, in order, and the way back shows the same", arguments: LeadSort.allCases)
  func pagesCoverEverything(sort: LeadSort) async throws {
    let leads = try LeadDatabase()
    var random = RandomLeads(seed: 11)
    try await leads.store.insert(random.next(157))
    let expected = NaiveLeads.sorted(try await leads.all(), by: sort)
    var forward: [[Lead]] = []
    var page = try await leads.store.page(LeadFilter(), sort: sort, limit: 10)
    #expect(page.previousCursor == nil)
    forward.append(page.leads)
    // A broken cursor must fail the test, not keep it going for ever.
    while let cursor = page.nextCursor, forward.count < 20 {
      page = try await leads.store.page(LeadFilter(), sort: sort, limit: 10, cursor: cursor)
      #expect(page.previousCursor != nil)
      forward.append(page.leads)
    }
    #expect(forward.flatMap { $0 }.map(\.key) == expected.map(\.key))
    var back: [[Lead]] = [page.leads]
    while let cursor = page.previousCursor, back.count < 20 {
      page = try await leads.store.page(LeadFilter(), sort: sort, limit: 10, cursor: cursor)
      #expect(page.hasMore)
      back.insert(page.leads, at: 0)
    }
    #expect(back.map { $0.map(\.key) } == forward.map { $0.map(\.key) })
  }

  @Test("any filter with any sort finds what a naive filter finds, and counts it", arguments: [UInt64](1...6))
  func filtersAgreeWithTheNaiveOne(seed: UInt64) async throws {
    let leads = try LeadDatabase()
    var random = RandomLeads(seed: seed)
    try await leads.store.insert(random.next(400))
    let all = try await leads.all()
    var nonEmpty = 0
    for _ in 0..<60 {
      let filter = random.filter()
      let sort = random.random.pick(LeadSort.allCases)
      let expected = NaiveLeads.sorted(all.filter { NaiveLeads.matches($0, filter) }, by: sort).map(\.key)
      var found: [Int64] = []
      var cursor: String?
      repeat {
        let page = try await leads.store.page(filter, sort: sort, limit: 25, cursor: cursor)
        found += page.leads.map(\.key)
        cursor = page.nextCursor
      } while cursor != nil && found.count <= expected.count
      #expect(found == expected, "\(filter.fields(in: .gmt)) \(sort)")
      #expect(try await leads.store.count(filter) == LeadCount(count: expected.count, isExact: true), "\(filter.fields(in: .gmt))")
      #expect(try await leads.store.matchingKeys(filter).keys == expected.sorted(), "\(filter.fields(in: .gmt))")
      #expect(try await leads.store.firstKeys(7, matching: filter, sort: sort) == Array(expected.prefix(7)))
      nonEmpty += expected.isEmpty ? 0 : 1
    }
    #expect(nonEmpty > 15)
  }

  @Test("among thousands of leads a narrow stretch of days and a wide one are estimated well enough to choose by")
  func estimates() async throws {
    let leads = try LeadDatabase()
    var random = RandomLeads(seed: 8)
    try await leads.store.insert(random.next(4_000))
    for (days, expected) in [(1, 60...160), (20, 1_900...2_200), (40, 3_900...4_000)] {
      var filter = LeadFilter()
      filter.from = RandomLeads.start
      filter.to = RandomLeads.start.addingTimeInterval(Double(days) * 86_400)
      let estimate = try await leads.database.pool.read { [filter] db in
        try LeadQuery(filter, in: db).map { try LeadEstimate($0, in: db).inDates } ?? 0
      }
      #expect(expected.contains(estimate), "\(days) days: \(estimate)")
    }
  }

  @Test("a count above the limit may stop there and says so")
  func countStops() async throws {
    let leads = try LeadDatabase()
    var random = RandomLeads(seed: 3)
    try await leads.store.insert(random.next(300))
    var filter = LeadFilter()
    filter.from = RandomLeads.start
    #expect(try await leads.store.count(filter, upTo: 50) == LeadCount(count: 50, isExact: false))
    #expect(try await leads.store.count(filter, upTo: 300) == LeadCount(count: 300, isExact: true))
    #expect(try await leads.store.count(LeadFilter(), upTo: 50) == LeadCount(count: 300, isExact: true))
  }

  @Test("a cursor that is no cursor, or of another sort, is refused")
  func badCursors() async throws {
    let leads = try LeadDatabase()
    var random = RandomLeads(seed: 4)
    try await leads.store.insert(random.next(20))
    let foreign = try #require(try await leads.store.page(LeadFilter(), sort: .name, limit: 5).nextCursor)
    func encoded(_ plain: String) -> String { Data(plain.utf8).base64EncodedString().replacing("=", with: "") }
    let bad = [
      "", "x", "%%%", "ÿ", foreign, encoded("1|-created|f|1"), encoded("2|-created|f|1|1"), encoded("1|-created|x|1|1"),
      encoded("1|-created|f|a|1"),
      encoded("1|-created|f|1|a"), String(repeating: "A", count: 2_000), Data([0xFF, 0xFE]).base64EncodedString(),
    ]
    for cursor in bad {
      await #expect(throws: InvalidInput.self, "\(cursor)") {
        try await leads.store.page(LeadFilter(), sort: .newest, limit: 5, cursor: cursor)
      }
    }
    do {
      _ = try await leads.store.page(LeadFilter(), limit: 5, cursor: "nonsense")
    } catch let refusal as InvalidInput {
      #expect(refusal.field == "cursor")
    }
  }

  @Test("a cursor keeps names with any characters")
  func cursorCarriesAnyName() async throws {
    for name in ["a|b|c", "", "日本語 🏪", "x\u{1F}y\"'"] {
      let lead = Lead(key: 9, id: UUID(), name: name, createdAt: .now, updatedAt: .now)
      let cursor = LeadCursor(lead, sort: .nameDescending, isBackward: true)
      #expect(try LeadCursor(text: cursor.text, sort: .nameDescending) == cursor)
    }
  }

  @Test("a cursor whose lead has gone still goes on from its place, and one behind the end shows an empty page")
  func cursorOutlivesItsLead() async throws {
    let leads = try LeadDatabase()
    var random = RandomLeads(seed: 5)
    try await leads.store.insert(random.next(30))
    let order = NaiveLeads.sorted(try await leads.all(), by: .name)
    let cursor = try #require(try await leads.store.page(LeadFilter(), sort: .name, limit: 10).nextCursor)
    try await leads.database.pool.write { try $0.execute(sql: "DELETE FROM lead WHERE key = ?", arguments: [order[9].key]) }
    #expect(try await leads.store.page(LeadFilter(), sort: .name, limit: 10, cursor: cursor).leads.map(\.key) == order[10..<20].map(\.key))
    let end = LeadCursor(order[29], sort: .name, isBackward: false).text
    #expect(try await leads.store.page(LeadFilter(), sort: .name, limit: 10, cursor: end) == LeadPage(leads: []))
  }

  @Test("the page size is kept between 1 and 500")
  func pageSize() async throws {
    let leads = try LeadDatabase()
    var random = RandomLeads(seed: 6)
    try await leads.store.insert(random.next(502))
    #expect(try await leads.store.page(LeadFilter(), limit: 0).leads.count == 1)
    #expect(try await leads.store.page(LeadFilter(), limit: 9_999).leads.count == 500)
  }
}

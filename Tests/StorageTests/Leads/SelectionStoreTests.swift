import BatchReports
import Foundation
import GRDB
import Testing

@testable import Storage

@Suite struct SelectionStoreTests {
  private func database(_ count: Int) async throws -> (LeadDatabase, UUID) {
    let leads = try LeadDatabase()
    var random = RandomLeads(seed: 61)
    try await leads.store.insert(random.next(count))
    return (leads, try await leads.account())
  }

  @Test("a selection starts empty, and its revision rises only with a change")
  func revisions() async throws {
    let (leads, account) = try await database(10)
    #expect(try await leads.selections.selection(of: account) == SavedSelection())
    #expect(try await leads.selections.clear(account).revision == 0)
    #expect(try await leads.selections.add([3, 1], for: account).revision == 1)
    let same = try await leads.selections.add([1], for: account)
    #expect(same.revision == 1 && same.leads.keys == [1, 3] && same.count == 2)
    #expect(try await leads.selections.clear(account) == SavedSelection(revision: 2))
  }

  @Test("saving a page ticks and unticks what it shows and nothing else")
  func savePage() async throws {
    let (leads, account) = try await database(10)
    try await leads.selections.add([1, 2, 9], for: account)
    let saved = try await leads.selections.save(shown: [1, 2, 3, 4], ticked: [2, 4], for: account)
    #expect(saved.leads.keys == [2, 4, 9])
  }

  @Test("leads that do not exist cannot be ticked")
  func unknownLeads() async throws {
    let (leads, account) = try await database(5)
    #expect(try await leads.selections.add([2, 77, -4], for: account).leads.keys == [2])
    #expect(try await leads.selections.replace(with: [5, 78], for: account).leads.keys == [5])
    #expect(try await leads.selections.save(shown: [5], ticked: [5, 79], for: account).leads.keys == [5])
    #expect(try await leads.selections.replace(with: [], for: account).leads.isEmpty)
  }

  @Test("all matching are added to what is ticked already")
  func addMatching() async throws {
    let (leads, account) = try await database(200)
    let all = try await leads.all()
    try await leads.selections.add([1], for: account)
    var filter = LeadFilter()
    filter.status = .lost
    filter.text = "bak"
    let expected = LeadSelection(all.filter { NaiveLeads.matches($0, filter) }.map(\.key) + [1])
    #expect(try await leads.selections.addMatching(filter, for: account).leads == expected)
    #expect(try await leads.selections.addMatching(LeadFilter(), for: account).count == 200)
  }

  @Test("only the first ones in an order are kept", arguments: LeadSort.allCases)
  func keepFirst(sort: LeadSort) async throws {
    let (leads, account) = try await database(120)
    let keys = (1...120).filter { $0 % 2 == 0 }.map(Int64.init)
    try await leads.selections.add(keys, for: account)
    let ordered = NaiveLeads.sorted(try await leads.all().filter { $0.key % 2 == 0 }, by: sort).map(\.key)
    #expect(try await leads.selections.keepFirst(17, sort: sort, for: account).leads == LeadSelection(ordered.prefix(17)))
    #expect(try await leads.selections.keepFirst(17, sort: sort, for: account).revision == 2)
    #expect(try await leads.selections.keepFirst(0, sort: sort, for: account).leads.isEmpty)
  }

  @Test("many tabs that tick at once lose no tick")
  func concurrentTicks() async throws {
    let (leads, account) = try await database(400)
    let selections = leads.selections
    try await withThrowingTaskGroup(of: Void.self) { group in
      for tab in 0..<20 {
        group.addTask {
          for step in 0..<20 { try await selections.add([Int64(tab * 20 + step + 1)], for: account) }
        }
      }
      try await group.waitForAll()
    }
    let saved = try await selections.selection(of: account)
    #expect(saved.leads.keys == (1...400).map(Int64.init))
    #expect(saved.revision == 400)
  }

  @Test("two processes that tick at once lose no tick")
  func concurrentProcesses() async throws {
    let (leads, account) = try await database(60)
    let second = SelectionStore(database: try AppDatabase(path: leads.folder.appending(path: "leads.sqlite").path))
    let first = leads.selections
    async let evens: Void = { for key in 1...30 { try await first.add([Int64(key * 2)], for: account) } }()
    async let odds: Void = { for key in 1...30 { try await second.save(shown: [], ticked: [Int64(key * 2 - 1)], for: account) } }()
    _ = try await (evens, odds)
    #expect(try await first.selection(of: account).count == 60)
  }

  @Test("accounts do not see each other's ticks, an unknown account has none to change, and a broken bitmap is an error")
  func accounts() async throws {
    let (leads, account) = try await database(5)
    let other = try await leads.account()
    try await leads.selections.add([1], for: account)
    #expect(try await leads.selections.selection(of: other).count == 0)
    await #expect(throws: DatabaseError.self) { try await leads.selections.add([1], for: UUID()) }
    try await leads.database.pool.write { try $0.execute(sql: "PRAGMA ignore_check_constraints = ON; UPDATE selection SET bitmap = x'01'") }
    await #expect(throws: DatabaseError.self) { try await leads.selections.selection(of: account) }
  }
}

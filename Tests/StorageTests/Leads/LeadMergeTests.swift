import BatchReports
import Foundation
import GRDB
import Testing

@testable import Storage

@Suite struct LeadMergeTests {
  private let first = Date(milliseconds: 1_700_000_000_000)
  private let later = Date(milliseconds: 1_700_000_100_000)

  private func counts(_ inserted: Int, _ updated: Int, _ unchanged: Int) -> LeadMergeCounts {
    var counts = LeadMergeCounts()
    (counts.inserted, counts.updated, counts.unchanged) = (inserted, updated, unchanged)
    return counts
  }

  @Test("a draft of a known lead fills in what it knows, keeps the rest, and the id and birth of the lead")
  func updates() async throws {
    let leads = try LeadDatabase()
    let old = LeadDraft(
      name: "Bakery", website: "https://www.bakery.example/", email: "a@bakery.example", city: "Austin", source: "ads", status: .contacted,
      score: 40,
      tags: ["vip"], createdAt: first)
    #expect(try await leads.store.merge([old], now: first) == counts(1, 0, 0))
    let before = try await leads.all()[0]
    let new = LeadDraft(
      name: "The Bakery", website: "http://bakery.example", phone: "1", score: 90, tags: ["VIP", "new"], createdAt: later)
    #expect(try await leads.store.merge([new], now: later) == counts(0, 1, 0))
    var expected = before
    (expected.name, expected.website, expected.phone, expected.score) = ("The Bakery", "http://bakery.example", "1", 90)
    (expected.tags, expected.updatedAt) = (["new", "vip"], later)
    #expect(try await leads.all() == [expected])
    #expect(try await leads.store.merge([new], now: Date(milliseconds: 1_800_000_000_000)) == counts(0, 0, 1))
    #expect(try await leads.all() == [expected])
  }

  @Test("a lead is known by its website, else its email, else its name and place")
  func identities() async throws {
    let leads = try LeadDatabase()
    let drafts = [
      LeadDraft(name: "A", website: "https://a.example/shop", email: "x@same.example"),
      LeadDraft(name: "B", website: "https://b.example/", email: "x@same.example"),
      LeadDraft(name: "C", email: "X@Same.example"), LeadDraft(name: "D", city: "Austin", region: "TX"),
      LeadDraft(name: "D", city: "Boston"),
    ]
    #expect(try await leads.store.merge(drafts, now: first) == counts(5, 0, 0))
    let again = [
      LeadDraft(name: "A2", website: "a.example/shop/"), LeadDraft(name: "A2", website: "https://a.example/other"),
      LeadDraft(name: "C2", email: "x@same.example"), LeadDraft(name: "d", city: " austin", region: "tx", industry: "Law"),
    ]
    #expect(try await leads.store.merge(again, now: later) == counts(1, 3, 0))
    #expect(try await leads.all().map(\.name) == ["A2", "B", "C2", "d", "D", "A2"])
  }

  @Test("a list that brings a website finds the lead that was known by its email, once")
  func strongerFacts() async throws {
    let leads = try LeadDatabase()
    _ = try await leads.store.merge([LeadDraft(name: "A", email: "a@a.example")], now: first)
    let draft = LeadDraft(name: "A", website: "https://a.example", email: "a@a.example")
    #expect(try await leads.store.merge([draft, draft], now: later) == counts(0, 1, 1))
    #expect(try await leads.store.merge([LeadDraft(name: "Other", email: "a@a.example")], now: later) == counts(1, 0, 0))
  }

  @Test("the same lead twice in one list is one lead")
  func duplicatesInOneList() async throws {
    let leads = try LeadDatabase()
    let draft = LeadDraft(name: "A", email: "a@a.example")
    var other = draft
    other.phone = "2"
    #expect(try await leads.store.merge([draft, draft, other], now: first) == counts(1, 1, 1))
    #expect(try await leads.all().map(\.phone) == ["2"])
  }

  @Test("two leads whose hashes are equal stay two leads")
  func hashesAreNotTrusted() async throws {
    let leads = try LeadDatabase()
    _ = try await leads.store.merge([LeadDraft(name: "A", email: "a@a.example")], now: first)
    let draft = LeadDraft(name: "B", email: "b@b.example")
    let hash = LeadIdentity.candidates(of: draft)[0].hash
    try await leads.database.pool.write { try $0.execute(sql: "UPDATE lead SET identity = ?", arguments: [hash]) }
    #expect(try await leads.store.merge([draft], now: first) == counts(1, 0, 0))
  }

  @Test("thousands of drafts are written in several transactions, and other writers get their turn in between")
  func manyDrafts() async throws {
    let leads = try LeadDatabase()
    let drafts = (0..<3_000).map { LeadDraft(name: "Lead \($0)", website: "https://site\($0).example", tags: ["t\($0 % 7)"]) }
    #expect(try await leads.store.merge(drafts, now: first) == counts(3_000, 0, 0))
    #expect(try await leads.store.merge(drafts, now: later) == counts(0, 0, 3_000))
    #expect(try await leads.store.tags() == (0..<7).map { "t\($0)" })
  }

  @Test("a list that is given up keeps what was written, in whole transactions")
  func cancellation() async throws {
    let leads = try LeadDatabase()
    let store = leads.store
    let drafts = (0..<20_000).map { LeadDraft(name: "Lead \($0)") }
    let work = Task { try await store.merge(drafts, now: .now) }
    work.cancel()
    await #expect(throws: CancellationError.self) { try await work.value }
    #expect(try await store.count(LeadFilter()).count < 20_000)
  }
}

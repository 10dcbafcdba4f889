import BatchReports
import Foundation
import GRDB
import Testing

@testable import Storage

@Suite struct LeadLookupTests {
  @Test("a lead comes back as it was stored, with its tags in order")
  func roundTrip() async throws {
    let leads = try LeadDatabase()
    let date = Date(milliseconds: 1_700_000_000_123)
    var lead = Lead(
      id: .version7(), name: "Ünïcode 🏪", website: "https://x.example", email: "e@x.example", phone: "+1", contactName: "Jo",
      city: "C",
      region: "R",
      industry: "I", source: "S", status: .qualified, score: 0, enrichmentStatus: "pending", tags: ["b", "a"], createdAt: date,
      updatedAt: date,
      reportedAt: date)
    try await leads.store.insert([lead])
    lead.key = 1
    lead.tags = ["a", "b"]
    #expect(try await leads.store.lead(id: lead.id) == lead)
    #expect(try await leads.store.lead(id: UUID()) == nil)
  }

  @Test("1000 ids are looked up in one question, in the order given, and the unknown ones are named")
  func manyIDs() async throws {
    let leads = try LeadDatabase()
    var random = RandomLeads(seed: 51)
    try await leads.store.insert(random.next(1_000))
    let all = try await leads.all()
    let unknown = [UUID(), UUID()]
    let asked = [unknown[0]] + all.map(\.id).reversed() + [unknown[1]]
    let (found, missing) = try await leads.store.leads(ids: asked)
    #expect(found == all.reversed())
    #expect(missing == unknown)
    let keys = try await leads.store.keys(ids: asked)
    #expect(keys.count == 1_000 && keys[all[7].id] == all[7].key)
    let ids = try await leads.store.ids(keys: [all[3].key, 99_999])
    #expect(ids == [all[3].key: all[3].id])
    #expect(try await leads.store.leads(keys: [5, 99_999, 2]).map(\.key) == [5, 2])
    #expect(try await leads.store.leads(ids: []).found.isEmpty)
  }

  @Test("the choices of the filter are the sources and tags that leads have now, in order")
  func choices() async throws {
    let leads = try LeadDatabase()
    _ = try await leads.store.merge([
      LeadDraft(name: "A", source: "web", tags: ["x", "B"]), LeadDraft(name: "B", source: "ads", tags: ["b"]), LeadDraft(name: "C"),
      LeadDraft(name: "D", source: "gone", tags: ["gone"]),
    ])
    try await leads.database.pool.write { try $0.execute(sql: "DELETE FROM lead WHERE name = 'D'") }
    #expect(try await leads.store.sources() == ["ads", "web"])
    #expect(try await leads.store.tags() == ["B", "x"])
    #expect(try await leads.store.sources(limit: 1) == ["ads"])
    #expect(try await leads.store.tags(limit: 1) == ["B"])
  }
}

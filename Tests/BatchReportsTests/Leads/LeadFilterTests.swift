import BatchReports
import Foundation
import Testing

@Suite struct LeadFilterTests {
  @Test("every field of the URL is read")
  func reads() throws {
    let fields = [
      "q": " cafe ", "status": "lost", "tier": "unscored", "from": "2026-01-01", "to": "2026-01-31", "source": "ads", "tag": "vip",
      "has_website": "Yes", "reported": "0", "page": "7",
    ]
    let filter = try LeadFilter(fields: fields, in: .gmt)
    var expected = LeadFilter()
    (expected.text, expected.status, expected.tier, expected.source, expected.tag) = ("cafe", .lost, .unscored, "ads", "vip")
    (expected.hasWebsite, expected.isReported) = (true, false)
    (expected.from, expected.to) = (Date(rfc3339: "2026-01-01"), Date(rfc3339: "2026-02-01"))
    #expect(filter == expected && !filter.isEmpty)
  }

  @Test("empty fields count as absent")
  func empty() throws {
    #expect(try LeadFilter(fields: ["q": "  ", "status": "", "from": ""], in: .gmt).isEmpty)
  }

  @Test(
    "what is written as fields is read back the same",
    arguments: [
      ["q": "x", "status": "new"], ["from": "2026-01-01", "to": "2026-01-01"],
      ["from": "2026-01-01T10:00:00Z", "to": "2026-01-01T10:00:00.500Z"],
      ["tier": "A", "has_website": "no", "reported": "yes", "source": "a b", "tag": "t"],
    ])
  func roundTrip(fields: [String: String]) throws {
    let filter = try LeadFilter(fields: fields, in: .gmt)
    #expect(try LeadFilter(fields: filter.fields(in: .gmt), in: .gmt) == filter)
  }

  @Test("a day stays a day in a link")
  func days() throws {
    #expect(try LeadFilter(fields: ["from": "2026-01-01", "to": "2026-01-31"], in: .gmt).fields(in: .gmt) == ["from": "2026-01-01", "to": "2026-01-31"])
  }

  @Test("a day is a day of the installation's time zone, and stays the same in a link", arguments: ["America/New_York", "Asia/Tokyo", "UTC"])
  func zones(name: String) throws {
    let zone = try #require(TimeZone(identifier: name))
    let fields = ["from": "2026-01-30", "to": "2026-01-30"]
    let filter = try LeadFilter(fields: fields, in: zone)
    let start = try #require(Date(rfc3339: "2026-01-30")).addingTimeInterval(-Double(zone.secondsFromGMT(for: .init(milliseconds: 1_769_731_200_000))))
    #expect(filter.from == start && filter.to == start.addingTimeInterval(86_400))
    #expect(filter.fields(in: zone) == fields)
  }

  @Test("each field that cannot be read is named at once")
  func refusals() {
    let long = String(repeating: "x", count: 201)
    let fields = [
      "q": long, "status": "old", "tier": "E", "from": "yesterday", "to": "32", "source": long, "tag": long, "has_website": "maybe",
      "reported": "2",
    ]
    #expect(throws: InvalidInput.self) { try LeadFilter(fields: fields, in: .gmt) }
    do {
      _ = try LeadFilter(fields: fields, in: .gmt)
    } catch let refusal as InvalidInput {
      #expect(Set(refusal.problems.map(\.field)) == Set(fields.keys))
    } catch {
      Issue.record(error)
    }
  }

  @Test("a range that ends before it begins is refused")
  func backwards() {
    #expect(throws: InvalidInput.self) { try LeadFilter(fields: ["from": "2026-02-01", "to": "2026-01-01"], in: .gmt) }
  }

  @Test(
    "tiers are the bands of the contract",
    arguments: [
      (nil, LeadTier.unscored), (0, .d), (39, .d), (40, .c), (59, .c), (60, .b), (79, .b), (80, .a), (100, .a),
    ] as [(Int?, LeadTier)])
  func tiers(score: Int?, tier: LeadTier) {
    #expect(LeadTier(score: score) == tier)
    #expect(Lead(id: UUID(), name: "A", score: score, createdAt: .now, updatedAt: .now).tier == tier)
  }
}

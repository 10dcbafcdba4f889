import DemoSites
import Foundation
import Testing

@Suite("Sample leads are varied, made up and always the same")
struct SampleLeadsTests {
  private let leads = SampleLeads.all(port: 8_123, now: ServedDemo.now)

  @Test("The same call gives the same leads, and fewer are the beginning of more")
  func deterministic() {
    #expect(SampleLeads.all(port: 8_123, now: ServedDemo.now) == leads)
    #expect(SampleLeads.all(count: 7, port: 8_123, now: ServedDemo.now) == Array(leads.prefix(7)))
  }

  @Test("Neither the port nor the time changes who a lead is")
  func stableIdentity() {
    let later = SampleLeads.all(port: 9_999, now: ServedDemo.now.addingTimeInterval(86_400))
    #expect(later.map(\.id) == leads.map(\.id))
    #expect(later.map(\.name) == leads.map(\.name))
    #expect(later[0].website != leads[0].website)
  }

  @Test("A thousand leads have a thousand identifiers, names and websites")
  func unique() {
    let many = SampleLeads.all(count: 1_000, port: 8_123, now: ServedDemo.now)
    #expect(many.count == 1_000)
    #expect(Set(many.map(\.id)).count == 1_000)
    #expect(Set(many.map(\.name)).count == 1_000)
    let sites = many.compactMap(\.website).filter { $0.hasPrefix("http://127.") }
    #expect(Set(sites).count == sites.count)
    #expect(many.count { $0.siteKind == .hangs } == 1)
  }

  @Test("A count outside of the range is brought back into it")
  func clamped() {
    #expect(SampleLeads.all(count: -1, port: 1, now: ServedDemo.now).isEmpty)
    #expect(SampleLeads.all(count: 5_000, port: 1, now: ServedDemo.now).count == SampleLeads.maximumCount)
  }

  @Test("Identifiers have the shape of version 7 and rise with the index")
  func identifiers() {
    let texts = leads.map(\.id.uuidString)
    #expect(texts.allSatisfy { $0.dropFirst(14).first == "7" })
    #expect(texts.allSatisfy { "89AB".contains($0.dropFirst(19).first ?? "x") })
    #expect(texts == texts.sorted())
  }

  @Test("Every value is one that the product knows, and each kind of value occurs")
  func values() {
    #expect(Set(leads.map(\.status)) == ["new", "contacted", "qualified", "customer", "lost"])
    #expect(Set(leads.map(\.enrichmentStatus)) == ["enriched", "pending", "failed", "none"])
    let tiers = Dictionary(grouping: leads.compactMap(\.score)) { $0 >= 80 ? "A" : $0 >= 60 ? "B" : $0 >= 40 ? "C" : "D" }
    #expect(tiers.keys.sorted() == ["A", "B", "C", "D"])
    #expect(tiers.values.allSatisfy { $0.count >= 15 })
    #expect(leads.compactMap(\.score).allSatisfy { (0...100).contains($0) })
    #expect((15...60).contains(leads.count { $0.score == nil }))
    #expect(Set(leads.map(\.industry)).count == 16)
    #expect(Set(leads.map(\.region)).count >= 15)
    #expect(Set(leads.map(\.source)).count == 6)
    #expect(leads.contains { $0.tags.isEmpty } && leads.contains { $0.tags.count >= 3 })
  }

  @Test("Creation times spread over the last 400 days")
  func creationTimes() {
    let days = leads.map { ServedDemo.now.timeIntervalSince($0.createdAt) / 86_400 }
    #expect(days.allSatisfy { (0..<400).contains($0) })
    #expect((0..<8).allSatisfy { part in days.contains { Int($0 / 50) == part } })
  }

  @Test("Phones and mail addresses belong to nobody")
  func fictitious() {
    #expect(leads.allSatisfy { $0.phone.wholeMatch(of: /\(\d{3}\) 555-01\d\d/) != nil })
    #expect(leads.allSatisfy { $0.email.hasSuffix(".example") || $0.email.hasSuffix("@example.com") })
    #expect(leads.allSatisfy { $0.email.wholeMatch(of: /[a-z0-9]+@[a-z0-9]+\.[a-z]+/) != nil })
  }

  @Test("Two names attack, and one is long and of many scripts")
  func unusualNames() {
    let names = leads.map(\.name)
    #expect(names.contains("<script>alert('lead')</script> Plumbing"))
    #expect(names.contains("=cmd|' /C calc'!A0 Bakery"))
    #expect(names.contains { $0.contains("設計事務所") && $0.contains("هندسة") && $0.count > 120 })
  }

  @Test("The kinds of sites have believable shares")
  func shares() {
    let counts = Dictionary(grouping: leads, by: \.siteKind).mapValues(\.count)
    #expect(Set(counts.keys) == Set(SiteKind.allCases))
    #expect(counts[.good, default: 0] + counts[.fair, default: 0] == 70)
    #expect(counts[.poor] == 60)
    #expect(counts[.hangs] == 1)
  }

  @Test("Served sites have an address each on the one port, the others what their kind says")
  func websites() {
    for lead in leads {
      switch lead.siteKind {
      case .noWebsite: #expect(lead.website == nil)
      case .invalidWebsite: #expect(lead.website.map { !$0.hasPrefix("http://") } == true)
      case .privateAddress: #expect(["http://10.0.0.1/", "http://169.254.169.254/"].contains(lead.website))
      default: #expect(lead.website?.wholeMatch(of: /http:\/\/127\.20\.0\.\d{1,3}:8123\//) != nil)
      }
    }
    #expect(Set(leads.filter { $0.siteKind == .privateAddress }.map(\.website)).count == 2)
    #expect(Set(leads.filter { $0.siteKind == .invalidWebsite }.map(\.website)).count == 2)
  }

  @Test("Sites past the 250th go on in the next block of addresses")
  func secondBlock() {
    let many = SampleLeads.all(count: 260, port: 80, now: ServedDemo.now)
    #expect(many.compactMap(\.website).contains { $0.hasPrefix("http://127.20.1.") })
    #expect(!many.compactMap(\.website).contains { $0.contains(".255:") || $0.contains(".0:") })
  }
}

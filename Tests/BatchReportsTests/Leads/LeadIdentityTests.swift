import BatchReports
import Foundation
import Testing

@Suite struct LeadIdentityTests {
  @Test(
    "a website is the same with and without scheme, www, default port, slash, query and capitals of the host",
    arguments: [
      "example.com/a", "https://www.Example.com/a/", "http://example.com:80/a?x=1", "https://user@EXAMPLE.com:443/a#top",
      " example.com./a ",
    ])
  func sameWebsite(website: String) {
    #expect(LeadIdentity.candidates(of: LeadDraft(name: "A", website: website))[0].text == "w:example.com/a")
  }

  @Test(
    "another path, port or host is another website",
    arguments: ["example.com/A", "example.com/b", "example.com:8080/a", "x.example.com/a", "example.com"])
  func otherWebsite(website: String) {
    #expect(LeadIdentity.candidates(of: LeadDraft(name: "A", website: website))[0].text != "w:example.com/a")
  }

  @Test("the facts stand in the order of their strength")
  func order() {
    let draft = LeadDraft(name: " Ann's  Café", website: "a.example", email: "A@B.example", city: "San José", region: "CA")
    #expect(LeadIdentity.candidates(of: draft).map(\.text) == ["w:a.example", "e:a@b.example", "n:ann's café|san josé|ca"])
    #expect(LeadIdentity.candidates(of: LeadDraft(name: "A")).map(\.text) == ["n:a||"])
    #expect(LeadIdentity.candidates(of: LeadDraft(name: "A", website: " https:// ")).map(\.text) == ["n:a||"])
  }

  @Test("a lead is known by the strongest fact that it has")
  func ofLead() {
    for draft in [
      LeadDraft(name: "A", website: "a.example", email: "a@b.example"), LeadDraft(name: "A", email: "a@b.example"),
      LeadDraft(name: "A", city: "B"),
    ] {
      #expect(LeadIdentity(of: Lead(draft, id: UUID(), now: .now)) == LeadIdentity.candidates(of: draft)[0])
    }
  }

  @Test("hashes are fixed, because rows keep them")
  func hashes() {
    let identity = LeadIdentity.candidates(of: LeadDraft(name: "A", website: "a.example"))[0]
    #expect(identity.hash == 8_805_443_454_900_033_953)
    #expect(LeadIdentity.candidates(of: LeadDraft(name: "B")).map(\.hash).allSatisfy { $0 >= 0 })
  }

  @Test("a draft changes only what it knows")
  func updates() {
    let lead = Lead(LeadDraft(name: "A", phone: "1", status: .lost, score: 3, tags: ["x"]), id: UUID(), now: .now)
    #expect(lead.updated(with: LeadDraft(name: "")) == lead)
    let updated = lead.updated(with: LeadDraft(name: "B", status: .new, score: 0, enrichmentStatus: "done", tags: ["X", "y"]))
    #expect(updated.name == "B" && updated.phone == "1" && updated.status == .new && updated.score == 0 && updated.tags == ["x", "y"])
    #expect(updated.enrichmentStatus == "done" && lead.enrichmentStatus == "none")
  }
}

import BatchReports
import Testing

@Suite("Stratified sample")
struct StratifiedSampleTests {
  typealias Stratum = StratifiedSample.Stratum

  static func stratum(_ tier: LeadTier, website: Bool = true, email: Bool = true) -> Stratum {
    Stratum(tier: tier, traits: .init(hasWebsite: website, hasEmail: email, isEnriched: false))
  }

  @Test("each kind of lead has its share, the leads stay in their order, and the same seed picks the same leads")
  func shares() {
    let leads = (0..<100).map { (key: Int64($0), stratum: $0 < 60 ? Self.stratum(.a) : $0 < 90 ? Self.stratum(.b, email: false) : Self.stratum(.unscored)) }
    let picked = StratifiedSample.pick(10, of: leads, seed: 7)
    #expect(picked.count == 10 && picked == picked.sorted())
    #expect(picked.count { $0 < 60 } == 6 && picked.count { (60..<90).contains($0) } == 3)
    #expect(StratifiedSample.pick(10, of: leads, seed: 7) == picked)
    #expect(StratifiedSample.pick(10, of: leads, seed: 8) != picked)
  }

  @Test("whatever the leads, a sample has as many as were asked for, each once, and no kind is off by more than one")
  func always() {
    var random = Seeded(seed: 3)
    for round in 0..<200 {
      let count = Int.random(in: 6...400, using: &random)
      let leads = (0..<count).map { key in
        let tier = LeadTier.allCases[Int.random(in: 0..<5, using: &random)]
        return (key: Int64(key), stratum: Self.stratum(tier, website: Bool.random(using: &random), email: Bool.random(using: &random)))
      }
      let size = Int.random(in: 5...min(50, count - 1), using: &random)
      let picked = Set(StratifiedSample.pick(size, of: leads, seed: UInt64(round)))
      #expect(picked.count == size)
      for (_, members) in Dictionary(grouping: leads, by: \.stratum) {
        let share = Double(size * members.count) / Double(count)
        #expect(abs(Double(members.count { picked.contains($0.key) }) - share) <= 1)
      }
    }
  }

  @Test("a size outside of 5 to 50, or one that leaves nothing for later, is refused")
  func sizes() throws {
    for (size, leads) in [(nil, 100), (4, 100), (51, 100), (10, 10), (10, 9)] as [(Int?, Int)] {
      #expect(throws: InvalidInput.self) { try StratifiedSample.check(size, of: leads) }
    }
    #expect(try StratifiedSample.check(5, of: 6) == 5)
    #expect(try StratifiedSample.check(50, of: 51) == 50)
  }
}

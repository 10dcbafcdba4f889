import BatchReports
import Testing

@testable import WebsiteAudit

/// A small generator with a fixed seed (SplitMix64), so that a failing page can be made again.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

@Suite("Scores and top fixes")
struct ScoreTests {
  private static let base: @Sendable (Int) -> Severity? = { CheckCatalogue.byNumber[$0]?.severity }
  private static let everything = ReportSection.allCases

  private func finding(_ number: Int, _ result: Finding.Result, _ severity: Severity? = nil) -> Finding {
    let check = CheckCatalogue.byNumber[number] ?? CheckCatalogue.all[0]
    return Finding(
      check: number, section: check.section, severity: severity ?? check.severity, result: result, title: "", advice: "", evidence: "",
      source: "")
  }

  private func score(_ findings: [Finding], _ sections: [ReportSection] = everything) -> Score {
    Score(findings, sections: sections, baseSeverity: Self.base)
  }

  @Test("a section's score is the share of weight passed")
  func share() {
    // Found: 23 (medium 3) and 29 (high 7).
    let result = score([finding(23, .passed), finding(29, .failed), finding(33, .notApplicable), finding(26, .notMeasured)], [.found])
    #expect(result.sections == [SectionScore(section: .found, score: 30, passed: 1, failed: 1)])
    #expect(result.overall == 30)
  }

  @Test("a failed critical check caps its section at 49")
  func cap() {
    let many = [22, 23, 24, 26, 28, 29, 30].map { finding($0, .passed) }
    #expect(score(many + [finding(21, .failed)], [.found]).sections[0].score == 49)
    #expect(score(many + [finding(21, .passed)], [.found]).sections[0].score == 100)
    #expect(score([finding(21, .failed), finding(22, .passed)], [.found]).sections[0].score == 9)
  }

  @Test("a section without weight has no score, and does not count")
  func nothingMeasured() {
    let result = score([finding(31, .failed), finding(21, .notMeasured), finding(46, .passed)])
    #expect(result.sections.first { $0.section == .found }?.score == nil)
    #expect(result.overall == 100)
    #expect(score([]).overall == 0)
  }

  @Test("a milder failure weighs less")
  func severities() {
    #expect(score([finding(5, .failed, .high), finding(3, .passed)], [.safe]).sections[0].score == 59)
    #expect(score([finding(5, .failed, .critical), finding(3, .passed)], [.safe]).sections[0].score == 49)
  }

  private func randomFindings(_ generator: inout SeededGenerator) -> [Finding] {
    CheckCatalogue.all.map { check in
      let result: Finding.Result = [.passed, .failed, .failed, .notApplicable, .notMeasured].randomElement(using: &generator) ?? .passed
      let milder = Severity.allCases.filter { $0 <= check.severity }
      let severity = result == .failed && Bool.random(using: &generator) ? milder.randomElement(using: &generator) : nil
      return finding(check.number, result, severity)
    }
  }

  @Test("repairing a fault never lowers a score", arguments: 0..<200)
  func monotone(seed: UInt64) {
    var generator = SeededGenerator(state: seed)
    let findings = randomFindings(&generator)
    let before = score(findings)
    #expect((0...100).contains(before.overall))
    for index in findings.indices where findings[index].result == .failed {
      var repaired = findings
      repaired[index] = findings[index].repaired(CheckCatalogue.byNumber)
      let after = score(repaired)
      #expect(after.exact >= before.exact - 1e-9, "check \(findings[index].check)")
      for (old, new) in zip(before.sections, after.sections) { #expect((new.score ?? 0) >= (old.score ?? 0)) }
    }
  }

  @Test("repairing everything gives 100")
  func allRepaired() {
    var generator = SeededGenerator(state: 7)
    let repaired = randomFindings(&generator).map { $0.result == .failed ? $0.repaired(CheckCatalogue.byNumber) : $0 }
    #expect(score(repaired).overall == 100)
  }

  private func fixes(_ findings: [Finding], _ sections: [ReportSection] = everything) -> [Int] {
    TopFixes.choose(from: findings, sections: sections, catalogue: CheckCatalogue.byNumber).map(\.check)
  }

  @Test("the fixes of greatest effect come first, at most three")
  func order() {
    let findings = CheckCatalogue.all.map { finding($0.number, [21, 29, 23, 22, 24].contains($0.number) ? .failed : .passed) }
    #expect(fixes(findings) == [21, 29, 23])
  }

  @Test("two critical faults in one section share the gain of lifting its cap")
  func sharedCap() {
    let findings = CheckCatalogue.all.map { finding($0.number, [21, 25, 29].contains($0.number) ? .failed : .passed) }
    #expect(fixes(findings).prefix(2) == [21, 25])
  }

  @Test("what is for information only is no fix, and sections that are not asked for have none")
  func leftOut() {
    #expect(fixes([finding(13, .failed), finding(31, .failed), finding(21, .passed)]).isEmpty)
    #expect(fixes([finding(21, .failed), finding(3, .failed)], [.safe]) == [3])
  }

  @Test("the first fix is the one that gains most, on random pages", arguments: 0..<50)
  func bestFirst(seed: UInt64) {
    var generator = SeededGenerator(state: seed &+ 1_000)
    // Without critical faults, where gains are shared.
    let findings = randomFindings(&generator).map {
      $0.result == .failed && $0.severity == .critical ? $0.repaired(CheckCatalogue.byNumber) : $0
    }
    let before = score(findings).exact
    let gain = { (number: Int) in
      self.score(findings.map { $0.check == number ? $0.repaired(CheckCatalogue.byNumber) : $0 }).exact - before
    }
    let chosen = fixes(findings)
    let best = findings.filter { $0.result == .failed && $0.severity != .info }.map { gain($0.check) }.max() ?? 0
    #expect(chosen.count == 3)
    #expect(abs(gain(chosen[0]) - best) < 1e-9)
  }
}

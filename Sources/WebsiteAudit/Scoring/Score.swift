import BatchReports

/// The scores of a report, from its findings alone.
///
/// A section's score is 100 × weight passed / weight applicable, where a finding weighs what its severity weighs, and what was not
/// applicable or not measured weighs nothing. A failed critical check caps its section at 49. A section in which nothing has weight has
/// no score.
///
/// The overall score is the mean of the sections' scores, each weighted by the catalogue's severities of the checks that were answered
/// in it. Those weights do not depend on the answers, so a repaired fault never lowers the score.
struct Score: Sendable {
  static let cap = 49.0

  let sections: [SectionScore]
  /// 0 to 100, not rounded.
  let exact: Double

  var overall: Int { Int(exact.rounded()) }

  /// - Parameter baseSeverity: the catalogue's severity of a check, by its number.
  init(_ findings: [Finding], sections wanted: [ReportSection], baseSeverity: (Int) -> Severity?) {
    var sum = 0.0
    var total = 0.0
    var scores: [SectionScore] = []
    for section in wanted {
      let answered = findings.filter { $0.section == section && ($0.result == .passed || $0.result == .failed) }
      let passed = answered.filter { $0.result == .passed }
      let score = Self.exactScore(answered)
      let weight = Double(answered.reduce(0) { $0 + (baseSeverity($1.check) ?? $1.severity).weight })
      if let score {
        sum += score * weight
        total += weight
      }
      scores.append(
        SectionScore(section: section, score: score.map { Int($0.rounded()) }, passed: passed.count, failed: answered.count - passed.count))
    }
    sections = scores
    exact = total > 0 ? sum / total : 0
  }

  private static func exactScore(_ answered: [Finding]) -> Double? {
    let applicable = answered.reduce(0) { $0 + $1.severity.weight }
    guard applicable > 0 else { return nil }
    let passed = answered.filter { $0.result == .passed }.reduce(0) { $0 + $1.severity.weight }
    let score = 100 * Double(passed) / Double(applicable)
    let isCapped = answered.contains { $0.result == .failed && $0.severity == .critical }
    return isCapped ? min(score, cap) : score
  }
}

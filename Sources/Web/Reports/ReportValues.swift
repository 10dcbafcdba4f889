import BatchReports
import Foundation

/// A report as its page and its download print it.
struct ReportValues {
  var report: Report
  var clock: WallClock

  var pageValues: PageValues {
    [
      "leadName": .text(report.leadName), "website": .text(report.website), "finalUrl": .text(report.finalURL),
      "fetchedAt": clock.pageValue(report.fetchedAt), "templateVersion": .text(report.templateVersion), "verdict": .text(verdict),
      "score": .values([
        "value": .text("\(report.score)"), "label": .text(Self.label(report.score)), "tone": .text(Self.tone(report.score)),
      ]),
      "sections": .list(report.sections.map(section)), "hasTopFixes": .flag(!report.topFixes.isEmpty),
      "topFixesTitle": .text(Self.topFixesTitle(report.topFixes.count)),
      "topFixes": .list(report.topFixes.map { ["title": .text($0.title), "why": .text($0.why), "how": .text($0.how)] }),
      "facts": .list(report.facts.map { ["name": .text($0.name), "value": .text($0.value)] }),
      "hasNotMeasured": .flag(!report.notMeasured.isEmpty),
      "notMeasured": .list(report.notMeasured.map { ["what": .text($0.what), "why": .text($0.why)] }),
      "hasProviders": .flag(report.providers != nil), "providers": .list((report.providers ?? []).map(provider)),
      "method": "Scripts were not run. Each finding names its source.",
    ]
  }

  private static func topFixesTitle(_ count: Int) -> String {
    switch count {
    case 1: "Do this first"
    case 2: "Do these two first"
    default: "Do these three first"
    }
  }

  /// One sentence for somebody who reads nothing else: the score, the strongest section and the weakest.
  private var verdict: String {
    let scored = report.sections.compactMap { section in section.score.map { (section.section, $0) } }
    guard let best = scored.max(by: { $0.1 < $1.1 }), let worst = scored.min(by: { $0.1 < $1.1 }) else {
      return "Nothing about this website could be measured."
    }
    let overall =
      switch report.score {
      case 85...: "This website is in very good shape."
      case 70..<85: "A good website with a few things to mend."
      case 50..<70: "A fair website that gives customers away."
      default: "This website turns customers away."
      }
    if best.1 == worst.1 { return overall }
    return "\(overall) Best: \(best.0.title) (\(best.1)). Weakest: \(worst.0.title) (\(worst.1))."
  }

  static func label(_ score: Int) -> String {
    switch score {
    case 85...: "Very good"
    case 70..<85: "Good"
    case 50..<70: "Fair"
    default: "Poor"
    }
  }

  static func tone(_ score: Int) -> String { score >= 70 ? "success" : score >= 50 ? "warning" : "danger" }

  private func section(_ score: SectionScore) -> PageValues {
    let findings = report.findings.filter { $0.section == score.section }
    let failed = findings.filter { $0.result == .failed }.sorted { ($0.severity, -$0.check) > ($1.severity, -$1.check) }
    let passed = findings.filter { $0.result == .passed }
    let other = findings.filter { $0.result == .notApplicable || $0.result == .notMeasured }
    return [
      "anchor": .text(score.section.rawValue), "title": .text(score.section.title), "question": .text(score.section.question),
      "score": .text(score.score.map(String.init) ?? "–"), "scoreText": .text(score.score.map { "\($0) of 100" } ?? "not measured"),
      "tone": .text(score.score.map(Self.tone) ?? "neutral"), "tally": .text("\(failed.count) to fix, \(passed.count) fine"),
      "hasFailed": .flag(!failed.isEmpty), "failed": .list(failed.map(finding)), "hasPassed": .flag(!passed.isEmpty),
      "passedSummary": .text(Display.count(passed.count, "check passed", "checks passed")), "passed": .list(passed.map(finding)),
      "hasOther": .flag(!other.isEmpty),
      "otherSummary": .text(Display.count(other.count, "check did not apply or was not measured", "checks did not apply or were not measured")),
      "other": .list(
        other.map { ["title": .text($0.title), "result": .text($0.result == .notMeasured ? "not measured" : "does not apply")] }),
    ]
  }

  private func provider(_ part: ProviderPart) -> PageValues {
    [
      "title": .text(part.provider.part), "source": .text(part.provider.title), "isMeasured": .flag(part.isMeasured),
      "why": .text(part.whyNot ?? ""), "facts": .list(part.facts.map { ["name": .text($0.name), "value": .text($0.value)] }),
      "hasText": .flag(part.text != nil), "text": .text(part.text ?? ""), "hasImage": .flag(part.image != nil),
      "image": .text(part.image?.base64EncodedString() ?? ""),
    ]
  }

  private func finding(_ finding: Finding) -> PageValues {
    let (label, tone) =
      switch finding.severity {
      case .critical: ("Critical", "danger")
      case .high: ("High", "danger")
      case .medium: ("Medium", "warning")
      case .low: ("Low", "neutral")
      case .info: ("For information", "info")
      }
    return [
      "check": .text("\(finding.check)"), "title": .text(finding.title), "severity": .text(finding.severity.rawValue),
      "severityLabel": .text(label), "tone": .text(tone), "hasAdvice": .flag(!finding.advice.isEmpty), "advice": .text(finding.advice),
      "hasEvidence": .flag(!finding.evidence.isEmpty), "evidence": .text(finding.evidence), "source": .text(finding.source),
    ]
  }
}

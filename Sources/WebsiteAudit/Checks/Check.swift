import BatchReports
import Foundation
import HTTPFetch

/// One rule of the catalogue: what it asks, and how it tells the owner.
struct Check: Sendable {
  /// How much of the page the answer rests on; it decides what a cut page can still say.
  enum Reading: Sendable {
    /// Headers, timings, the first bytes.
    case answer
    /// Something must be there: a page cut short can still show that it is, never that it is not.
    case presence
    /// Nothing faulty may be there: a page cut short can show a fault, never that there is none.
    case faults
  }

  var number: Int
  var section: ReportSection
  /// The catalogue's severity: the weight of the check in its section, and of its failure unless the outcome says another.
  var severity: Severity
  var source: String
  var ruleVersion = 1
  var reading = Reading.answer
  /// Needs requests beside the home page itself.
  var needsExtraRequests = false
  /// The title of a pass, and of a failure.
  var good: String
  var bad: String
  /// What the fault costs the owner.
  var why: String
  /// What to ask the web person to do.
  var how: String
  var answer: @Sendable (AuditedPage) -> CheckOutcome
}

/// What one check found out about one page.
enum CheckOutcome: Sendable, Hashable {
  case passed(String)
  case failed(String, severity: Severity? = nil)
  case notApplicable(String)
  case notMeasured(String)

  /// Passed or failed by a claim, with the evidence of each.
  static func when(_ isGood: Bool, _ evidence: String, otherwise fault: String) -> CheckOutcome {
    isGood ? .passed(evidence) : .failed(fault)
  }
}

extension Check {
  static let houseRule = "house rule"
  static let cutReason = "the page is too large to be analysed fully"

  func finding(on audited: AuditedPage) -> Finding {
    let outcome = settled(audited)
    let (result, evidence, level): (Finding.Result, String, Severity?) =
      switch outcome {
      case .passed(let evidence): (.passed, evidence, nil)
      case .failed(let evidence, let level): (.failed, evidence, level)
      case .notApplicable(let reason): (.notApplicable, reason, nil)
      case .notMeasured(let reason): (.notMeasured, reason, nil)
      }
    return Finding(
      check: number, ruleVersion: ruleVersion, section: section, severity: level ?? severity, result: result,
      title: result == .failed ? bad : good, advice: result == .failed ? "\(why) \(how)" : "", evidence: Evidence.line(evidence),
      source: source)
  }

  private func settled(_ audited: AuditedPage) -> CheckOutcome {
    if needsExtraRequests, audited.extra == nil { return .notMeasured("only the home page itself was requested") }
    let outcome = answer(audited)
    guard audited.page.isCut else { return outcome }
    switch (reading, outcome) {
    case (.answer, _), (_, .notMeasured), (.presence, .passed), (.faults, .failed): return outcome
    default: return .notMeasured(Self.cutReason)
    }
  }
}

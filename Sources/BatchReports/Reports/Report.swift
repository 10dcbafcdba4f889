import Foundation

/// One lead's finished website audit: what is kept on disk and what a report page shows.
public struct Report: Codable, Sendable, Hashable {
  /// The version of this shape; a reader refuses one that it does not know.
  public static let currentFormat = 1

  public var format = Report.currentFormat
  public var leadID: UUID
  public var leadName: String
  public var website: String
  public var templateVersion: String
  public var finalURL: String
  /// When the home page was fetched.
  public var fetchedAt: Date
  /// 0 to 100: the mean of the sections' scores, weighted by what was measured in each.
  public var score: Int
  public var sections: [SectionScore]
  public var findings: [Finding]
  /// At most three, the fixes of greatest effect first.
  public var topFixes: [Fix]
  /// What cannot be known from the answer, and why; never guessed.
  public var notMeasured: [NotMeasured]
  /// Plain facts of the fetch, ready to print: "Time to first byte" "0.213 s".
  public var facts: [Fact]
  /// What paid sources brought, in the template's order; nil where the template asks none.
  public var providers: [ProviderPart]?

  public init(
    leadID: UUID, leadName: String, website: String, templateVersion: String, finalURL: String, fetchedAt: Date, score: Int,
    sections: [SectionScore], findings: [Finding], topFixes: [Fix], notMeasured: [NotMeasured], facts: [Fact]
  ) {
    self.leadID = leadID
    self.leadName = leadName
    self.website = website
    self.templateVersion = templateVersion
    self.finalURL = finalURL
    self.fetchedAt = fetchedAt
    self.score = score
    self.sections = sections
    self.findings = findings
    self.topFixes = topFixes
    self.notMeasured = notMeasured
    self.facts = facts
  }
}

/// The five questions a report answers.
public enum ReportSection: String, Codable, Sendable, CaseIterable, Hashable {
  case found, fast, safe, usable, trusted

  public var title: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }

  /// The section as a business owner would ask for it.
  public var question: String {
    switch self {
    case .found: "Can customers and search engines find it?"
    case .fast: "Does it load quickly?"
    case .safe: "Is it safe to visit?"
    case .usable: "Can everyone use it, on a phone too?"
    case .trusted: "Does it win a customer's trust?"
    }
  }
}

public struct SectionScore: Codable, Sendable, Hashable {
  public var section: ReportSection
  /// 0 to 100; nil when nothing in the section could be measured.
  public var score: Int?
  public var passed: Int
  public var failed: Int

  public init(section: ReportSection, score: Int?, passed: Int, failed: Int) {
    self.section = section
    self.score = score
    self.passed = passed
    self.failed = failed
  }
}

/// Weights after the catalogue of checks: critical 10, high 7, medium 3, low 1, info 0.
public enum Severity: String, Codable, Sendable, CaseIterable, Hashable, Comparable {
  case critical, high, medium, low, info

  public var weight: Int {
    switch self {
    case .critical: 10
    case .high: 7
    case .medium: 3
    case .low: 1
    case .info: 0
    }
  }

  public static func < (a: Severity, b: Severity) -> Bool { a.weight < b.weight }
}

/// The answer of one check.
public struct Finding: Codable, Sendable, Hashable {
  /// "Not applicable" (a page without forms has no unlabelled field) and "not measured" are different, and neither is a pass.
  public enum Result: String, Codable, Sendable, Hashable { case passed, failed, notApplicable = "not_applicable", notMeasured = "not_measured" }

  /// The check's number in the catalogue, 1 to 78.
  public var check: Int
  /// Raised when the check's rule changes, so that old findings stay explicable.
  public var ruleVersion: Int
  public var section: ReportSection
  public var severity: Severity
  public var result: Result
  /// What is wrong or right, in the business owner's words.
  public var title: String
  /// What to do about it; empty when the check passed.
  public var advice: String
  /// A short snippet, header or figure from the page; never trusted, always escaped where it is shown.
  public var evidence: String
  /// "Lighthouse document-title; WCAG 2.4.2", or "house rule".
  public var source: String

  public init(
    check: Int, ruleVersion: Int = 1, section: ReportSection, severity: Severity, result: Result, title: String, advice: String,
    evidence: String, source: String
  ) {
    self.check = check
    self.ruleVersion = ruleVersion
    self.section = section
    self.severity = severity
    self.result = result
    self.title = title
    self.advice = advice
    self.evidence = evidence
    self.source = source
  }
}

/// One of the three things to do first.
public struct Fix: Codable, Sendable, Hashable {
  public var check: Int
  public var title: String
  public var why: String
  public var how: String

  public init(check: Int, title: String, why: String, how: String) {
    self.check = check
    self.title = title
    self.why = why
    self.how = how
  }
}

public struct NotMeasured: Codable, Sendable, Hashable {
  public var what: String
  public var why: String

  public init(what: String, why: String) {
    self.what = what
    self.why = why
  }
}

public struct Fact: Codable, Sendable, Hashable {
  public var name: String
  public var value: String

  public init(name: String, value: String) {
    self.name = name
    self.value = value
  }
}

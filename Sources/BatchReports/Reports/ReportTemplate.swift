import Foundation

/// One version of a named report: which sections it has, and which providers it calls.
public struct ReportTemplate: Sendable, Hashable {
  public enum Status: String, Sendable, Codable { case active, retired }

  /// A source that the template calls for each lead.
  public struct Provider: Sendable, Hashable, Codable {
    public var name: String
    public var isPaid: Bool
    public var callsPerLead: Int

    public init(name: String, isPaid: Bool, callsPerLead: Int = 1) {
      self.name = name
      self.isPaid = isPaid
      self.callsPerLead = callsPerLead
    }
  }

  public var reference: TemplateReference
  public var title: String
  public var summary: String
  public var status: Status
  public var isLatest: Bool
  public var sections: [ReportSection]
  public var providers: [Provider]
  /// Whether robots.txt, sitemap and the http address are asked for besides the home page.
  public var makesExtraRequests: Bool

  public init(
    reference: TemplateReference, title: String, summary: String, status: Status, isLatest: Bool, sections: [ReportSection],
    providers: [Provider], makesExtraRequests: Bool
  ) {
    self.reference = reference
    self.title = title
    self.summary = summary
    self.status = status
    self.isLatest = isLatest
    self.sections = sections
    self.providers = providers
    self.makesExtraRequests = makesExtraRequests
  }
}

/// `name:version`, as clients write it; a bare `v1` means the default template's.
public struct TemplateReference: Sendable, Hashable, CustomStringConvertible {
  public static let defaultName = "website-audit"

  public var name: String
  public var version: String

  public init(name: String, version: String) {
    self.name = name
    self.version = version
  }

  /// Nil for a text that is no reference: names and versions are lower-case letters, digits, hyphens and dots, up to 64 characters.
  public init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    let named = parts.count == 1 ? [Self.defaultName] + parts : parts
    let isWord = { (word: String) in
      (1...64).contains(word.count) && word.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "-" || $0 == ".") }
    }
    guard named.count == 2, named.allSatisfy(isWord) else { return nil }
    self.init(name: named[0], version: named[1])
  }

  public var description: String { "\(name):\(version)" }
}

/// Why a template cannot be used for a new batch.
public enum TemplateRefusal: Refusal, Hashable {
  case unknown(String)
  case retired(String, latest: String)

  public var code: RefusalCode {
    switch self {
    case .unknown: .unknownTemplate
    case .retired: .templateRetired
    }
  }

  public var explanation: String {
    switch self {
    case .unknown(let text): "There is no report template “\(text.prefix(80))”. Choose one of the list."
    case .retired(let text, let latest): "The template \(text) is retired. Use \(latest)."
    }
  }

  public var field: String? { "template_version" }
}

import Foundation

/// What one paid source brought to a report: measured facts, or why there are none.
public struct ProviderPart: Codable, Sendable, Hashable {
  public var provider: PaidProvider
  /// "not measured: …" in the reader's words; nil when it was measured.
  public var whyNot: String?
  /// Ready to print; from outside, never trusted, always escaped where they are shown.
  public var facts: [Fact]
  /// Whole sentences, where the source writes them; as untrusted as the facts.
  public var text: String?
  /// A JPEG picture, small enough to be kept with the report.
  public var image: Data?

  public init(_ provider: PaidProvider, facts: [Fact], text: String? = nil, image: Data? = nil) {
    self.provider = provider
    self.facts = facts
    self.text = text
    self.image = image
  }

  public init(_ provider: PaidProvider, notMeasured why: String) {
    self.provider = provider
    whyNot = why
    facts = []
  }

  public var isMeasured: Bool { whyNot == nil }
}

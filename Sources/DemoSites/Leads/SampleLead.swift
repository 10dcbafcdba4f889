import Foundation

/// A made-up small business for the demo: every name, phone and address of mail is fictitious, its city is real.
public struct SampleLead: Sendable, Hashable {
  /// Of version 7 in shape (RFC 9562), derived from the lead's index alone.
  public let id: UUID
  public let name: String
  /// Nil for a lead without a website.
  public let website: String?
  public let email: String
  public let phone: String
  public let contactName: String
  public let city: String
  /// The two letters of a US state.
  public let region: String
  public let industry: String
  public let source: String
  /// `new`, `contacted`, `qualified`, `customer` or `lost`.
  public let status: String
  /// 0 to 100; nil when unscored.
  public let score: Int?
  /// `enriched`, `pending`, `failed` or `none`.
  public let enrichmentStatus: String
  public let tags: [String]
  public let createdAt: Date
  /// How the lead's website behaves.
  public let siteKind: SiteKind
}

import Foundation

/// A small business that may get a report.
public struct Lead: Sendable, Hashable {
  public enum Status: String, Sendable, Codable, CaseIterable { case new, contacted, qualified, customer, lost }

  /// The row's integer key, which selections and queries use; ids are for the outside.
  public var key: Int64
  public var id: UUID
  public var name: String
  public var website: String
  public var email: String
  public var phone: String
  public var contactName: String
  public var city: String
  public var region: String
  public var industry: String
  public var source: String
  public var status: Status
  /// 0 to 100, or nil while unscored.
  public var score: Int?
  public var enrichmentStatus: String
  public var tags: [String]
  public var createdAt: Date
  public var updatedAt: Date
  /// When its newest report was delivered.
  public var reportedAt: Date?

  public init(
    key: Int64 = 0, id: UUID, name: String, website: String = "", email: String = "", phone: String = "", contactName: String = "",
    city: String = "", region: String = "", industry: String = "", source: String = "", status: Status = .new, score: Int? = nil,
    enrichmentStatus: String = "none", tags: [String] = [], createdAt: Date, updatedAt: Date, reportedAt: Date? = nil
  ) {
    self.key = key
    self.id = id
    self.name = name
    self.website = website
    self.email = email
    self.phone = phone
    self.contactName = contactName
    self.city = city
    self.region = region
    self.industry = industry
    self.source = source
    self.status = status
    self.score = score
    self.enrichmentStatus = enrichmentStatus
    self.tags = tags
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.reportedAt = reportedAt
  }

  public var tier: LeadTier { LeadTier(score: score) }
}

/// The band of a lead's score (contract, section 1).
public enum LeadTier: String, Sendable, Codable, CaseIterable {
  case a = "A", b = "B", c = "C", d = "D", unscored

  public init(score: Int?) {
    switch score {
    case nil: self = .unscored
    case .some(80...): self = .a
    case .some(60...): self = .b
    case .some(40...): self = .c
    default: self = .d
    }
  }
}

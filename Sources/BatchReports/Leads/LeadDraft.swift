import Foundation

/// What is known of a lead before it has a row: one line of an import, or a lead that a command adds.
public struct LeadDraft: Sendable, Hashable {
  public var name: String
  public var website: String
  public var email: String
  public var phone: String
  public var contactName: String
  public var city: String
  public var region: String
  public var industry: String
  public var source: String
  /// Nil leaves the status of a known lead as it is; a new lead is `new`.
  public var status: Lead.Status?
  public var score: Int?
  /// Empty leaves it as it is; a new lead has `none`.
  public var enrichmentStatus: String
  public var tags: [String]
  /// Nil means now. A known lead keeps its own.
  public var createdAt: Date?

  public init(
    name: String, website: String = "", email: String = "", phone: String = "", contactName: String = "", city: String = "",
    region: String = "", industry: String = "", source: String = "", status: Lead.Status? = nil, score: Int? = nil,
    enrichmentStatus: String = "", tags: [String] = [], createdAt: Date? = nil
  ) {
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
  }
}

extension Lead {
  /// The lead with what the draft knows: empty fields of the draft change nothing, tags are added to.
  public func updated(with draft: LeadDraft) -> Lead {
    var lead = self
    func take(_ field: WritableKeyPath<Lead, String>, _ value: String) { if !value.isEmpty { lead[keyPath: field] = value } }
    take(\.name, draft.name)
    take(\.website, draft.website)
    take(\.email, draft.email)
    take(\.phone, draft.phone)
    take(\.contactName, draft.contactName)
    take(\.city, draft.city)
    take(\.region, draft.region)
    take(\.industry, draft.industry)
    take(\.source, draft.source)
    take(\.enrichmentStatus, draft.enrichmentStatus)
    lead.status = draft.status ?? status
    lead.score = draft.score ?? score
    for tag in draft.tags where !lead.tags.contains(where: { $0.lowercased() == tag.lowercased() }) { lead.tags.append(tag) }
    return lead
  }

  /// A new lead from a draft.
  public init(_ draft: LeadDraft, id: UUID, now: Date) {
    let blank = Lead(id: id, name: draft.name, createdAt: draft.createdAt ?? now, updatedAt: now)
    self = blank.updated(with: draft)
  }
}

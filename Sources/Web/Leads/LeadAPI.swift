import BatchReports
import Foundation
import Hummingbird
import Storage

/// The JSON call that lists leads (contract, section 4).
struct LeadAPI {
  let web: WebDependencies
  let services: ReportServices

  /// GET /api/leads
  func list(_ request: Request, _ context: SignedInContext) async throws -> Response {
    let fields = try request.query()
    let query = try LeadListQuery(fields, in: services.timeZone)
    try query.check()
    let limit = try fields.integer("limit", in: 1...500) ?? 50
    let page = try await services.leads.page(query.filter, sort: query.sort, limit: limit, cursor: query.cursor)
    let count = try await services.leads.count(query.filter)
    return .snakeCaseJSON(
      LeadListJSON(
        leads: page.leads.map(LeadJSON.init), totalCount: count.count, totalIsExact: count.isExact,
        pageInfo: PageInfoJSON(nextCursor: page.nextCursor)))
  }
}

struct LeadListJSON: Encodable {
  var leads: [LeadJSON]
  var totalCount: Int
  var totalIsExact: Bool
  var pageInfo: PageInfoJSON
}

/// A lead as the API shows it. Keys are turned to snake_case by the encoder.
struct LeadJSON: Encodable {
  var id: String
  var name: String
  var website: String
  var email: String
  var phone: String
  var contactName: String
  var city: String
  var region: String
  var industry: String
  var source: String
  var status: Lead.Status
  @OrNull var score: Int?
  var tier: LeadTier
  var enrichmentStatus: String
  var createdAt: String
  var updatedAt: String
  var tags: [String]
  @OrNull var reportedAt: String?

  init(_ lead: Lead) {
    id = lead.id.text
    name = lead.name
    website = lead.website
    email = lead.email
    phone = lead.phone
    contactName = lead.contactName
    city = lead.city
    region = lead.region
    industry = lead.industry
    source = lead.source
    status = lead.status
    score = lead.score
    tier = lead.tier
    enrichmentStatus = lead.enrichmentStatus
    createdAt = lead.createdAt.rfc3339
    updatedAt = lead.updatedAt.rfc3339
    tags = lead.tags
    reportedAt = lead.reportedAt?.rfc3339
  }
}

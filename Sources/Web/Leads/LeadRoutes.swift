import BatchReports
import Foundation
import Hummingbird
import Storage

/// The lead table and single leads.
struct LeadRoutes {
  static let pageSize = 50

  let web: WebDependencies
  let services: ReportServices

  /// GET /leads: a filter that cannot be read is shown again with the reasons and 422.
  func list(_ request: Request, _ context: SignedInContext) async throws -> Response {
    var query = try LeadListQuery(try request.query(), in: services.timeZone)
    var page = LeadPage(leads: [])
    if !query.isFilterRefused {
      do { page = try await self.page(query) } catch let input as InvalidInput {
        query.take(input)
        page = try await self.page(query)
      }
      // The lead at which this page began is gone, or no longer matches.
      if page.leads.isEmpty, query.cursor != nil { return .seeOther(query.url()) }
    }
    let values = try await values(query, page, context.account)
    if query.problems.isEmpty {
      return try await web.pages.show("leads/leads", title: "Leads", section: .leads, values, request, context)
    }
    return try await web.pages.refuse(
      InvalidInput(query.problems), with: "leads/leads", title: "Leads", section: .leads, values, request, context)
  }

  private func page(_ query: LeadListQuery) async throws -> LeadPage {
    try await services.leads.page(query.filter, sort: query.sort, limit: Self.pageSize, cursor: query.cursor)
  }

  private func values(_ query: LeadListQuery, _ page: LeadPage, _ account: Account) async throws -> PageValues {
    let total = try await services.leads.count(LeadFilter()).count
    let matching = query.isFilterRefused ? LeadCount(count: 0, isExact: true) : try await services.leads.count(query.filter)
    return LeadListValues(
      query: query, page: page, matching: matching, total: total, sources: try await services.leads.sources(),
      selection: try await services.selections.selection(of: account.id).leads,
      reports: try await services.batches.newestReports(of: page.leads.map(\.key), visibleTo: account),
      account: account, maxLeads: services.limits.maxLeads, clock: services.clock
    ).pageValues
  }

  /// GET /leads/{id}
  func detail(_ request: Request, _ context: SignedInContext) async throws -> Response {
    guard let lead = try await services.leads.lead(id: try context.id("id")) else { throw RequestRefusal.notFound }
    let values = LeadDetailValues(
      lead: lead, isSelected: try await services.selections.selection(of: context.account.id).leads.contains(lead.key),
      reports: try await services.batches.reports(ofLead: lead.id, visibleTo: context.account),
      attempts: try await services.batches.attempts(ofLead: lead.id, visibleTo: context.account), clock: services.clock
    ).pageValues
    return try await web.pages.show("leads/lead", title: lead.name, section: .leads, ["lead": .values(values)], request, context)
  }
}

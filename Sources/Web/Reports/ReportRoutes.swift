import BatchReports
import Foundation
import Hummingbird
import Storage

/// A lead's report, to read and to take away.
struct ReportRoutes {
  let web: WebDependencies
  let services: ReportServices

  /// GET /batches/{id}/leads/{lead_id}/report: the page, or with `?download=1` one HTML file that needs nothing else.
  func report(_ request: Request, _ context: SignedInContext) async throws -> Response {
    let (batch, lead) = (try context.id("id"), try context.id("lead_id"))
    guard let found = try await services.batches.find(batch, visibleTo: context.account) else { throw NoSuchBatch(id: batch) }
    guard let row = try await services.batches.lead(lead, of: found) else { throw RequestRefusal.notFound }
    guard row.hasReport else { throw ReportRefusal.notThere(row.leadName, row.state) }
    let report: Report
    var madeAt: Date?
    do {
      guard let place = try await services.batches.reportPlace(of: row, in: found) else { throw ReportArchive.Failure.missing }
      report = try services.archive.report(of: lead, batch: place.batchID, at: place.place)
      if place.batchID != batch { madeAt = place.madeAt }
    } catch let failure as ReportArchive.Failure {
      web.logger.error("a report cannot be read", metadata: ["lead": "\(lead)", "batch": "\(batch)", "error": "\(failure)"])
      throw ReportRefusal.damaged(row.leadName)
    }
    let values = ReportValues(report: report, clock: services.clock).pageValues
    let folder = "reports/\(template(of: found))"
    if try request.query().isTicked("download") { return try download(values, folder, lead) }
    let links: PageValues = [
      "batchUrl": .text("/batches/\(batch.text)"), "batchName": .text(found.name), "leadUrl": .text("/leads/\(lead.text)"),
      "isReused": .flag(madeAt != nil), "madeAt": services.clock.pageValue(madeAt),
      "downloadUrl": .text("/batches/\(batch.text)/leads/\(lead.text)/report?download=1"),
    ]
    return try await web.pages.show(
      folder + "/report", title: "Website report: \(report.leadName)", section: .batches, values.merging(links), request, context)
  }

  private func download(_ values: PageValues, _ folder: String, _ lead: UUID) throws -> Response {
    var response = Response.html(try web.templates.render(folder + "/download", values))
    response.headers[.contentDisposition] = "attachment; filename=\"website-report-\(lead.text.prefix(8)).html\""
    return response
  }

  private func template(of batch: Batch) -> String { "\(batch.template.name)/\(batch.template.version)" }
}

/// Why there is no report to show.
enum ReportRefusal: Refusal, Hashable {
  case notThere(String, BatchLeadState)
  case damaged(String)

  var code: RefusalCode { .notFound }

  var explanation: String {
    switch self {
    case .notThere(let name, let state): "“\(name)” has no report in this batch: it is \(Badge(state).label.lowercased())."
    case .damaged(let name): "The report of “\(name)” is missing or damaged on the disk. Run the lead again to have a new one."
    }
  }
}

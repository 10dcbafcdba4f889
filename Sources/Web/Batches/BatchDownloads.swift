import BatchReports
import CSV
import Foundation
import Hummingbird
import Storage

/// A batch's results and failures as CSV, streamed page by page so that any size takes little memory.
struct BatchDownloads {
  private static let pageSize = 500

  let web: WebDependencies
  let services: ReportServices

  /// GET /api/batch/{id}/results.csv: every lead with what became of it.
  func results(_ request: Request, _ context: SignedInContext) async throws -> Response {
    let base = web.settings.linkBase
    return try await stream(
      context, name: "results", states: [],
      header: [
        "lead_id", "lead_name", "website", "status", "score", "attempts", "error_code", "error_message", "cost_usd", "duration_ms", "processed_at",
        "report_url",
      ]
    ) { lead, batch in
      [
        lead.leadID.text, lead.leadName, lead.website, lead.state.rawValue, lead.score.map(String.init) ?? "", "\(lead.attempts)",
        lead.errorCode?.rawValue ?? "", lead.errorMessage ?? "", lead.cost.exact, lead.durationMilliseconds.map(String.init) ?? "",
        lead.finishedAt?.rfc3339 ?? "", lead.hasReport ? "\(base)/batches/\(batch.id.text)/leads/\(lead.leadID.text)/report" : "",
      ]
    }
  }

  /// GET /api/batch/{id}/errors.csv: the leads that failed, with cause and remedy.
  func errors(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try await stream(
      context, name: "errors", states: [.failed],
      header: ["lead_id", "lead_name", "website", "error_code", "error_message", "remedy", "attempts", "processed_at"]
    ) { lead, _ in
      [
        lead.leadID.text, lead.leadName, lead.website, lead.errorCode?.rawValue ?? "", lead.errorMessage ?? "", lead.errorCode?.remedy ?? "",
        "\(lead.attempts)", lead.finishedAt?.rfc3339 ?? "",
      ]
    }
  }

  private func stream(
    _ context: SignedInContext, name: String, states: [BatchLeadState], header: [String],
    line: @escaping @Sendable (BatchLead, Batch) -> [String]
  ) async throws -> Response {
    let id = try context.id("id")
    guard let batch = try await services.batches.find(id, visibleTo: context.account) else { throw NoSuchBatch(id: id) }
    let store = services.batches
    let body = ResponseBody { writer in
      // Without the mark Excel reads the file in the local encoding, and "Käse" is no longer cheese.
      try await writer.write(ByteBuffer(string: "\u{FEFF}" + CSVWriter.line(header, guardFormulas: true)))
      var cursor: String?
      repeat {
        let page = try await store.leads(of: batch, states: states, limit: Self.pageSize, cursor: cursor)
        let text = page.leads.map { CSVWriter.line(line($0, batch), guardFormulas: true) }.joined()
        if !text.isEmpty { try await writer.write(ByteBuffer(string: text)) }
        cursor = page.nextCursor
      } while cursor != nil
      try await writer.finish(nil)
    }
    return Response(
      status: .ok,
      headers: [
        .contentType: "text/csv; charset=utf-8", .contentDisposition: "attachment; filename=\"batch-\(batch.id.text.prefix(8))-\(name).csv\"",
      ], body: body)
  }
}

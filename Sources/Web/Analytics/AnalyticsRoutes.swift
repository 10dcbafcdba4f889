import BatchReports
import CSV
import Foundation
import Hummingbird
import Storage

/// What was spent, on what, and how good the estimates were.
struct AnalyticsRoutes {
  private static let pageSize = 500

  let web: WebDependencies
  let services: ReportServices
  private let book: SpendBook

  init(web: WebDependencies, services: ReportServices) {
    self.web = web
    self.services = services
    book = SpendBook(database: web.database, timeZone: services.timeZone)
  }

  /// GET /analytics: days that cannot be shows the usual ones, with the reason and 422.
  func page(_ request: Request, _ context: SignedInContext) async throws -> Response {
    let query = try request.query()
    var refusal: InvalidInput?
    var days = SpendReport.standardDays
    do { days = try SpendReport.days(query.text("days")) } catch let input as InvalidInput { refusal = input }
    // One moment, so that both tell of the same days.
    let now = web.now()
    let spend = try await book.spend(days: days, now: now)
    let outcomes = try await book.outcomes(days: days, visibleTo: context.account, now: now)
    let form = FormState(["days": query["days"] ?? String(days)], refusal: refusal)
    let values = form.pageValues.merging(
      AnalyticsValues(spend: spend, outcomes: outcomes, days: days, account: context.account, clock: services.clock).pageValues)
    if let refusal {
      return try await web.pages.refuse(refusal, with: "analytics/analytics", title: "Analytics", section: .analytics, values, request, context)
    }
    return try await web.pages.show("analytics/analytics", title: "Analytics", section: .analytics, values, request, context)
  }

  /// GET /api/batch/analytics
  func report(_ request: Request, _ context: SignedInContext) async throws -> Response {
    let days = try SpendReport.days(try request.query().text("days"))
    // One moment, so that both tell of the same days.
    let now = web.now()
    let spend = try await book.spend(days: days, now: now)
    let outcomes = try await book.outcomes(days: days, visibleTo: context.account, now: now)
    return .snakeCaseJSON(AnalyticsJSON(spend, outcomes, days: days))
  }

  /// GET /analytics/finance.csv: one row a charge, then the unresolved calls; amounts to the millionth, so that they sum to the ledger.
  func finance(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try context.requireRole(.admin)
    let days = try SpendReport.days(try request.query().text("days"))
    let reading = try await book.financeReading(days: days, now: web.now())
    let book = book
    let body = ResponseBody { writer in
      // Without the mark Excel reads the file in the local encoding.
      try await writer.write(ByteBuffer(string: "\u{FEFF}" + CSVWriter.line(Self.header, guardFormulas: true)))
      for state in [FinanceRow.State.charged, .unresolved] {
        var last: Int64 = 0
        while true {
          let rows =
            state == .charged
            ? try await book.charges(reading, after: last, limit: Self.pageSize) : try await book.unresolved(reading, after: last, limit: Self.pageSize)
          guard let end = rows.last?.id else { break }
          try await writer.write(ByteBuffer(string: rows.map { CSVWriter.line(Self.line($0), guardFormulas: true) }.joined()))
          last = end
        }
      }
      try await writer.finish(nil)
    }
    return Response(
      status: .ok,
      headers: [.contentType: "text/csv; charset=utf-8", .contentDisposition: "attachment; filename=\"finance-\(days)-days.csv\""], body: body)
  }

  private static let header = [
    "status", "day", "charged_at", "kind", "provider", "step", "call", "units", "unit_cost_usd", "amount_usd", "in_doubt_usd", "batch_id", "batch_name",
    "lead_id", "lead_name", "started_by", "template_version", "rate_card_version", "external_id",
  ]

  private static func line(_ row: FinanceRow) -> [String] {
    [
      row.state.rawValue, row.day, row.at.rfc3339, row.kind.rawValue, row.provider ?? "", row.step ?? "", row.call.map(String.init) ?? "", "\(row.units)",
      row.unitCost.exact, row.amount.exact, row.inDoubt.exact, row.batchID.text, row.batchName, row.leadID.text, row.leadName, row.owner,
      row.template.description, "\(row.rateCardVersion)", row.externalID ?? "",
    ]
  }
}

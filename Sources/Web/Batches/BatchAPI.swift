import BatchReports
import Foundation
import Hummingbird
import Storage

/// The JSON calls about batches (contract, section 4).
struct BatchAPI {
  let web: WebDependencies
  let services: ReportServices
  let statuses: StatusCache

  /// GET /api/templates
  func templates(_ request: Request, _ context: SignedInContext) async throws -> Response {
    .snakeCaseJSON(TemplateListJSON(try await services.templates.all()))
  }

  /// GET /api/batch
  func list(_ request: Request, _ context: SignedInContext) async throws -> Response {
    let fields = try request.query()
    let query = try BatchHistoryQuery(query: fields, in: services.timeZone)
    let limit = try fields.integer("limit", in: 1...500) ?? 50
    let page = try await services.batches.history(query.filter, visibleTo: context.account, limit: limit, cursor: query.cursor)
    let now = web.now()
    let batches = page.batches.map {
      BatchJSON($0, progress: ProgressSnapshot(batch: $0, currentLeads: [], recentErrors: [], recentRate: nil, now: now))
    }
    return .snakeCaseJSON(BatchListJSON(batches: batches, totalCount: page.totalCount, pageInfo: PageInfoJSON(nextCursor: page.nextCursor)))
  }

  /// GET /api/batch/{id} and /api/batch/{id}/status: from memory while nobody has committed since it was read.
  func status(_ request: Request, _ context: SignedInContext) async throws -> Response {
    let id = try context.id("id")
    let status = try await statuses.status(of: id, version: context.base.commitVersion) { try await self.read(id) }
    guard let status, context.account.maySee(isPrivate: status.isPrivate, ownedBy: status.owner) else { throw NoSuchBatch(id: id) }
    return .jsonBytes(status.body)
  }

  private func read(_ id: UUID) async throws -> StatusCache.Status? {
    guard let rows = try await services.batches.progress(of: id) else { return nil }
    let json = BatchJSON(
      rows.batch, progress: services.feed.snapshot(of: rows), errorSummary: try await services.batches.failureCauses(of: rows.batch))
    return StatusCache.Status(owner: rows.batch.owner, isPrivate: rows.batch.isPrivate, isLive: rows.batch.state.isLive, body: try SnakeCase.encode(json))
  }

  /// GET /api/batch/{id}/leads
  func leads(_ request: Request, _ context: SignedInContext) async throws -> Response {
    let fields = try request.query()
    let filter = try BatchLeadFilter(query: fields)
    let limit = try fields.integer("limit", in: 1...500) ?? 50
    let batch = try await visible(context)
    let page = try await services.batches.leads(
      of: batch, states: filter.status.map { [$0] } ?? [], errorCode: filter.errorCode, limit: limit, cursor: filter.cursor)
    return .snakeCaseJSON(
      BatchLeadListJSON(leads: page.leads.map { BatchLeadJSON($0, batch: batch.id) }, pageInfo: PageInfoJSON(nextCursor: page.nextCursor)))
  }

  /// POST /api/batch/{id}/pause
  func pause(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try context.requireRole(.operator)
    return try await changed(
      services.batches.pause(try context.id("id"), reason: try await reason(request, context), by: context.account, now: web.now()))
  }

  /// POST /api/batch/{id}/resume
  func resume(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try context.requireRole(.operator)
    let order = try await resumeOrder(request, context)
    return try await changed(services.batches.resume(try context.id("id"), order, by: context.account, now: web.now()))
  }

  private struct ResumeBody: Decodable {
    var reason: String?
    var cost_approved: Bool?
    var estimated_cost_usd: Money?
    var overrun_reason: String?
  }

  /// The body may be missing; money is asked for only where the batch has spent what was approved.
  private func resumeOrder(_ request: Request, _ context: SignedInContext) async throws -> ResumeOrder {
    if let form = context.base.form {
      return try ResumeOrder(
        reason: form["reason"] ?? "", approvedCost: try form.money("estimated_cost_usd"), isApproved: form.isTicked("cost_approved"),
        overrunReason: form["overrun_reason"])
    }
    let buffer = try await BodyLimits.collect(request, upTo: BodyLimits.json)
    if buffer.readableBytes == 0 { return try ResumeOrder() }
    var again = request
    again.body = RequestBody(buffer: buffer)
    let body = try await again.json(ResumeBody.self)
    return try ResumeOrder(
      reason: body.reason ?? "", approvedCost: body.estimated_cost_usd, isApproved: body.cost_approved ?? false, overrunReason: body.overrun_reason)
  }

  /// POST /api/batch/{id}/cancel: 200 when the batch has ended, 202 while leads in flight are being called back.
  func cancel(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try context.requireRole(.operator)
    let (batch, receipt) = try await services.batches.cancel(
      try context.id("id"), reason: try await reason(request, context), by: context.account, now: web.now())
    return try await changed(batch, receipt: receipt, status: batch.state == .cancelling ? .accepted : .ok)
  }

  func changed(
    _ batch: Batch, receipt: BatchStore.CancelReceipt? = nil, status: HTTPResponse.Status = .ok
  ) async throws -> Response {
    services.nudge()
    guard let rows = try await services.batches.progress(of: batch.id) else { throw NoSuchBatch(id: batch.id) }
    var json = BatchJSON(batch, progress: services.feed.snapshot(of: rows))
    json.receipt = receipt.map(ReceiptJSON.init)
    return .snakeCaseJSON(json, status: status)
  }

  private struct Reason: Decodable { var reason: String? }

  /// The body may be missing, JSON with a `reason`, or the form's field.
  func reason(_ request: Request, _ context: SignedInContext) async throws -> String {
    let text: String
    if let form = context.base.form {
      text = form["reason"] ?? ""
    } else {
      let buffer = try await BodyLimits.collect(request, upTo: BodyLimits.json)
      if buffer.readableBytes == 0 { return "" }
      var again = request
      again.body = RequestBody(buffer: buffer)
      text = try await again.json(Reason.self).reason ?? ""
    }
    return try TypedText.reason(text)
  }

  func visible(_ context: SignedInContext) async throws -> Batch {
    let id = try context.id("id")
    guard let batch = try await services.batches.find(id, visibleTo: context.account) else { throw NoSuchBatch(id: id) }
    return batch
  }
}

struct TemplateListJSON: Encodable {
  struct TemplateJSON: Encodable {
    var name: String
    var version: String
    var templateVersion: String
    var title: String
    var isLatest: Bool
    var status: ReportTemplate.Status
    var sections: [ReportSection]
    var providers: [String]
  }

  var templates: [TemplateJSON]

  init(_ templates: [ReportTemplate]) {
    self.templates = templates.map {
      TemplateJSON(
        name: $0.reference.name, version: $0.reference.version, templateVersion: $0.reference.description, title: $0.title,
        isLatest: $0.isLatest, status: $0.status, sections: $0.sections, providers: $0.providers.map(\.name))
    }
  }
}

import BatchReports
import Foundation
import Hummingbird
import Secrets
import Storage

/// Previewing and starting batches by the API.
struct StartAPI {
  /// A thousand ids and a name fit many times over.
  static let bodyLimit = 8_000_000

  let web: WebDependencies
  let services: ReportServices
  /// Quotes that an account may have sealed; each is a row.
  let previews: RateLimiter

  struct PreviewBody: Decodable {
    var lead_ids: [String]?
    var filter: [String: FilterValue]?
    var sample_of: String?
    var sample_size: Int?
    var rest_of: String?
    var template_version: String?
    var max_concurrent: Int?
    var retry_count: Int?
    var reuse_days: Int?

    /// Throws `InvalidInput` for what is not taken beside the others: passed over, the caller would think that it holds.
    func refuseFieldsBeside() throws {
      let isDerived = sample_of != nil || rest_of != nil
      let sent = [
        ("template_version", isDerived && template_version != nil), ("max_concurrent", isDerived && max_concurrent != nil),
        ("retry_count", isDerived && retry_count != nil), ("reuse_days", isDerived && reuse_days != nil),
        ("sample_size", sample_of == nil && sample_size != nil),
      ].filter(\.1).map(\.0)
      if sent.isEmpty { return }
      throw InvalidInput(
        sent.map { field in
          let why = field == "sample_size" ? "A size stands beside sample_of alone." : "The quote or batch that is named says this already; leave it out."
          return .init(field: field, code: "invalid", message: why)
        })
    }
  }

  /// A filter's value as text or boolean; null is as good as absent.
  struct FilterValue: Decodable {
    var text: String

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if container.decodeNil() {
        text = ""
      } else if let flag = try? container.decode(Bool.self) {
        text = flag ? "true" : "false"
      } else {
        text = try container.decode(String.self)
      }
    }
  }

  struct StartBody: Decodable {
    var lead_ids: [String]?
    var quote: String?
    var template_version: String?
    var estimated_cost_usd: Money?
    var cost_approved: Bool?
    var name: String?
    var description: String?
    var max_concurrent: Int?
    var retry_count: Int?
    var reuse_days: Int?
    var max_failure_percent: Double?
    var max_failure_count: Int?
    var `private`: Bool?
    var priority: String?
    var start_at: String?
    var overrun_reason: String?
  }

  /// POST /api/batch/preview
  func preview(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try context.requireRole(.operator)
    try previews.take(context.account.id.text, at: web.now())
    let body = try await request.json(PreviewBody.self, upTo: Self.bodyLimit)
    try body.refuseFieldsBeside()
    let leads: QuoteDesk.Request.Leads
    switch (body.lead_ids, body.filter, body.sample_of, body.rest_of) {
    case (let ids?, nil, nil, nil): leads = .ids(try Self.ids(ids))
    case (nil, let fields?, nil, nil): leads = .keys(try await matching(fields))
    case (nil, nil, let quote?, nil): return .snakeCaseJSON(PreviewJSON(try await sample(of: quote, size: body.sample_size, context)))
    case (nil, nil, nil, let batch?): return .snakeCaseJSON(PreviewJSON(try await rest(of: batch, context)))
    default: throw InvalidInput("lead_ids", "Send one of lead_ids, filter, sample_of and rest_of.", code: "missing")
    }
    let preview = try await services.quotes.preview(
      .init(
        leads: leads, template: body.template_version, maxConcurrent: body.max_concurrent ?? services.limits.maxConcurrentLeads,
        retryCount: body.retry_count ?? services.limits.retryCount, reuseDays: body.reuse_days), for: context.account, now: web.now())
    return .snakeCaseJSON(PreviewJSON(preview))
  }

  /// A few leads of an earlier preview, to run first.
  private func sample(of text: String, size: Int?, _ context: SignedInContext) async throws -> Preview {
    guard let quote = UUID(text: text) else { throw InvalidInput("sample_of", "This is no quote that a preview gave.") }
    return try await services.quotes.sample(of: quote, size: size ?? StratifiedSample.standardSize, for: context.account, now: web.now())
  }

  /// The leads that a sample's batch left, at what it measured.
  private func rest(of text: String, _ context: SignedInContext) async throws -> Preview {
    guard let id = UUID(text: text) else { throw InvalidInput("rest_of", "This is no batch.") }
    guard let batch = try await services.batches.find(id, visibleTo: context.account) else { throw NoSuchBatch(id: id) }
    return try await services.quotes.rest(of: batch, for: context.account, now: web.now())
  }

  /// Throws `InvalidInput`, also for a field that is none: passed over, a slip of the pen would price every lead.
  private func matching(_ fields: [String: FilterValue]) async throws -> [Int64] {
    let unknown = fields.keys.filter { !LeadListQuery.filterNames.contains($0) }.sorted()
    if !unknown.isEmpty {
      let choices = LeadListQuery.filterNames.joined(separator: ", ")
      throw InvalidInput(unknown.map { .init(field: "filter.\($0)", code: "unknown", message: "A filter has only these fields: \(choices).") })
    }
    let filter: LeadFilter
    do { filter = try LeadFilter(fields: fields.mapValues(\.text), in: services.timeZone) } catch let input as InvalidInput {
      throw InvalidInput(input.problems.map { .init(field: "filter.\($0.field)", code: $0.code, message: $0.message) })
    }
    let keys = try await services.leads.matchingKeys(filter)
    if keys.count > services.limits.maxLeads { throw StartRefusal.tooManyLeads(count: keys.count, limit: services.limits.maxLeads) }
    return keys.keys
  }

  /// POST /api/batch/start: 201 with the batch, also for a repetition that made it before.
  func start(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try context.requireRole(.operator)
    let buffer = try await BodyLimits.collect(request, upTo: Self.bodyLimit)
    var again = request
    again.body = RequestBody(buffer: buffer)
    let body = try await again.json(StartBody.self, upTo: Self.bodyLimit)
    let idempotency = try idempotency(request, Data(buffer.readableBytesView))
    if let idempotency,
      let batch = try await services.batches.earlierBatch(idempotencyKey: idempotency.key, digest: idempotency.digest, by: context.account)
    {
      return try await created(batch)
    }
    try await services.features.require(.batchProcessing)
    let order = try await order(body, context)
    let quote = try await quote(body, order, context)
    do {
      let batch = try await services.batches.place(
        .init(
          quote: quote, order: order, template: body.template_version, approvedCost: body.estimated_cost_usd,
          isApproved: body.cost_approved ?? false, idempotency: idempotency), by: context.account, now: web.now())
      services.nudge()
      return try await created(batch)
    } catch let refusal as BudgetExceeded {
      return ProblemJSON.response(refusal, adding: BudgetProblem(refusal), requestID: context.requestID)
    } catch let refusal as StartRefusal {
      guard case .quoteChanged(let was, _) = refusal else { throw refusal }
      return try await changedPrice(was, quote, body, order, context)
    }
  }

  /// What is not said stands in the quote, where there is one, and else in the settings.
  private func order(_ body: StartBody, _ context: SignedInContext) async throws -> BatchOrder {
    var (maxConcurrent, retryCount) = (services.limits.maxConcurrentLeads, services.limits.retryCount)
    if let id = body.quote.flatMap({ UUID(text: $0) }) {
      let quote = try await services.quotes.reopen(id, for: context.account, now: web.now()).quote
      (maxConcurrent, retryCount) = (quote.maxConcurrent, quote.retryCount)
    }
    return try BatchOrder(
      name: body.name ?? "", description: body.description ?? "", maxConcurrent: body.max_concurrent ?? maxConcurrent,
      retryCount: body.retry_count ?? retryCount, maxFailurePercent: body.max_failure_percent, maxFailureCount: body.max_failure_count,
      isPrivate: body.private ?? false, priority: try body.priority.map { try BatchPriority(field: $0) } ?? .normal,
      startAt: try body.start_at.map { try PlannedStart.moment($0, in: services.timeZone) }, overrunReason: body.overrun_reason)
  }

  /// The quote that was named, or a new one for the leads that were listed.
  private func quote(_ body: StartBody, _ order: BatchOrder, _ context: SignedInContext) async throws -> UUID {
    switch (body.quote, body.lead_ids) {
    case (let text?, nil):
      guard let id = UUID(text: text) else { throw InvalidInput("quote", "This is no quote that a preview gave.") }
      let quote = try await services.quotes.reopen(id, for: context.account, now: web.now()).quote
      if body.reuse_days != nil, try ReportReuse.check(body.reuse_days) != quote.reuseDays {
        throw InvalidInput("reuse_days", "The quote says which reports are reused. Preview again to reuse others.")
      }
      return id
    case (nil, let ids?):
      if body.estimated_cost_usd == nil {
        throw InvalidInput(
          "estimated_cost_usd", "Send the price that was approved, as the preview gave it; only a quote carries one itself.", code: "missing")
      }
      try previews.take(context.account.id.text, at: web.now())
      let preview = try await services.quotes.preview(
        .init(
          leads: .ids(try Self.ids(ids)), template: body.template_version, maxConcurrent: order.maxConcurrent, retryCount: order.retryCount,
          reuseDays: body.reuse_days),
        for: context.account, now: web.now())
      if !preview.unknownLeadIDs.isEmpty { throw StartRefusal.unknownLeads(preview.unknownLeadIDs) }
      return preview.quote.id
    default: throw InvalidInput("quote", "Send either quote or lead_ids.", code: "missing")
    }
  }

  /// 409 with the new preview beside the problem, so that a client can show and approve it at once.
  private func changedPrice(
    _ was: Money, _ old: UUID, _ body: StartBody, _ order: BatchOrder, _ context: SignedInContext
  ) async throws -> Response {
    let before = try await services.quotes.reopen(old, for: context.account, now: web.now())
    let preview = try await services.quotes.preview(
      .init(
        leads: .keys(before.quote.leadKeys), template: body.template_version ?? before.quote.template.description,
        maxConcurrent: order.maxConcurrent, retryCount: order.retryCount, reuseDays: before.quote.reuseDays, sample: before.quote.sample,
        measuredBy: before.quote.measuredBy), for: context.account, now: web.now())
    let refusal = StartRefusal.quoteChanged(was: was, now: preview.quote.price.total)
    var problem = ProblemJSON(Fault(refusal), requestID: context.requestID)
    problem.additions = NewPreview(preview: PreviewJSON(preview))
    var response = Response.snakeCaseJSON(problem, status: refusal.code.status)
    response.headers[.contentType] = "application/problem+json"
    return response
  }

  private struct NewPreview: Encodable { var preview: PreviewJSON }

  private func created(_ batch: Batch) async throws -> Response {
    guard let rows = try await services.batches.progress(of: batch.id) else { throw NoSuchBatch(id: batch.id) }
    var response = Response.snakeCaseJSON(BatchJSON(rows.batch, progress: services.feed.snapshot(of: rows)), status: .created)
    response.headers[.location] = "/api/batch/\(batch.id.text)"
    return response
  }

  private func idempotency(_ request: Request, _ body: Data) throws -> (key: String, digest: Data)? {
    guard let key = request.headers[.idempotencyKey] else { return nil }
    guard (1...200).contains(key.utf8.count) else {
      throw InvalidInput("Idempotency-Key", "An idempotency key has 1 to 200 characters.", code: "out_of_range")
    }
    return (key, Digest.sha256(body))
  }

  /// Throws `InvalidInput` naming the first that is no UUID.
  private static func ids(_ texts: [String]) throws -> [UUID] {
    try texts.enumerated().map { index, text in
      guard let id = UUID(text: text) else {
        throw InvalidInput("lead_ids.\(index)", "“\(text.prefix(60))” is no lead id.", code: "invalid")
      }
      return id
    }
  }
}

import BatchReports
import Foundation
import Hummingbird
import Storage

extension BatchAPI {
  struct RetryBody: Decodable {
    var scope: String?
    var error_code: String?
    var lead_ids: [String]?
    var run: Int?
    var cost_approved: Bool?
    var estimated_cost_usd: Money?
    var reason: String?
    var overrun_reason: String?
  }

  /// POST /api/batch/{id}/retry: 200 with the batch, which runs again.
  func retry(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try context.requireRole(.operator)
    let id = try context.id("id")
    let body = try await retryBody(request, context)
    try await services.features.require(.batchProcessing)
    let order = try RetryOrder(
      scope: try RetryOrder.Scope(body.scope, errorCode: body.error_code, leads: body.lead_ids ?? []), run: body.run,
      approvedCost: body.estimated_cost_usd, isApproved: body.cost_approved ?? false, reason: body.reason ?? "", overrunReason: body.overrun_reason)
    do { return try await changed(services.batches.retry(id, order, by: context.account, now: web.now())) } catch let refusal as any Refusal
      where [.quoteChanged, .costNotApproved].contains(refusal.code)
    {
      let offer = try await services.batches.retryOffer(id, order.scope, by: context.account, now: web.now())
      return ProblemJSON.response(refusal, adding: RetryPrice(offer), requestID: context.requestID)
    }
  }

  /// GET /api/batch/{id}/retry: what the same POST would do and cost.
  func retryPrice(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try context.requireRole(.operator)
    let query = try request.query()
    let scope = try RetryOrder.Scope(query.text("scope"), errorCode: query.text("error_code"), leads: query.all("lead_ids"))
    return .snakeCaseJSON(RetryPrice(try await services.batches.retryOffer(try context.id("id"), scope, by: context.account, now: web.now())))
  }

  /// The price that would be approved now, for a client that shows it at once.
  private struct RetryPrice: Encodable {
    var run: Int
    var leadCount: Int
    var expectedCostUsd: Money
    /// What it reserves and can cost at most; the POST takes it back under this name.
    var estimatedCostUsd: Money

    enum CodingKeys: String, CodingKey {
      case run, leadCount = "lead_count", expectedCostUsd = "expected_cost_usd", estimatedCostUsd = "estimated_cost_usd"
    }

    init(_ offer: BatchStore.RetryOffer) {
      run = offer.batch.run
      leadCount = offer.leadCount
      expectedCostUsd = offer.expected
      estimatedCostUsd = offer.cost
    }
  }

  /// JSON, or the form's fields.
  private func retryBody(_ request: Request, _ context: SignedInContext) async throws -> RetryBody {
    guard let form = context.base.form else { return try await request.json(RetryBody.self, upTo: StartAPI.bodyLimit) }
    return RetryBody(
      scope: form.text("scope"), error_code: form.text("error_code"), lead_ids: form.all("lead"), run: try form.integer("run", in: 1...Int.max),
      cost_approved: form.isTicked("cost_approved"), estimated_cost_usd: try form.money("estimated_cost_usd"), reason: form["reason"],
      overrun_reason: form["overrun_reason"])
  }
}

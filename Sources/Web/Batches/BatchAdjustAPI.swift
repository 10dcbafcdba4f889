import BatchReports
import Foundation
import Hummingbird
import Storage

/// The calls that change a batch on its way, and those for several batches.
extension BatchAPI {
  private struct AdjustBody: Decodable {
    var max_concurrent: Int?
    var priority: String?
    var reason: String?
  }

  private struct BulkBody: Decodable {
    var action: String
    var batch_ids: [String]
    var reason: String?
  }

  /// POST /api/batch/{id}/concurrency
  func concurrency(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try context.requireRole(.operator)
    let body = try await adjustment(request, context)
    guard let number = body.max_concurrent else { throw InvalidInput("max_concurrent", "Send max_concurrent, 1 to 100.", code: "missing") }
    return try await changed(
      services.batches.setConcurrency(
        try context.id("id"), to: number, reason: try TypedText.reason(body.reason), by: context.account, now: web.now()))
  }

  /// POST /api/batch/{id}/priority
  func priority(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try context.requireRole(.operator)
    let body = try await adjustment(request, context)
    guard let word = body.priority else { throw InvalidInput("priority", "Send priority: low, normal or high.", code: "missing") }
    return try await changed(
      services.batches.setPriority(
        try context.id("id"), to: try BatchPriority(field: word), reason: try TypedText.reason(body.reason), by: context.account, now: web.now()))
  }

  /// POST /api/batch/{id}/start-now
  func startNow(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try context.requireRole(.operator)
    return try await changed(
      services.batches.startNow(try context.id("id"), reason: try await reason(request, context), by: context.account, now: web.now()))
  }

  /// POST /api/batch/bulk: 200 also when some or all of them were left as they are; each result says so.
  func bulk(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try context.requireRole(.operator)
    let body = try await request.json(BulkBody.self)
    let action = try BulkControl.Action(field: body.action)
    let ids = try body.batch_ids.enumerated().map { index, text in
      guard let id = UUID(text: text) else { throw InvalidInput("batch_ids.\(index)", "“\(text.prefix(60))” is no batch id.") }
      return id
    }
    let control = BulkControl(batches: services.batches, account: context.account, now: web.now(), logger: context.logger)
    defer { services.nudge() }
    let results = try await control.apply(action, to: ids, reason: try TypedText.reason(body.reason))
    return .snakeCaseJSON(BulkJSON(action: action, results))
  }

  /// JSON, or the form's fields.
  private func adjustment(_ request: Request, _ context: SignedInContext) async throws -> AdjustBody {
    guard let form = context.base.form else { return try await request.json(AdjustBody.self) }
    return AdjustBody(
      max_concurrent: try form.integer("max_concurrent", in: BatchOrder.concurrencyRange), priority: form.text("priority"), reason: form["reason"])
  }
}

/// What became of each batch of a bulk call.
struct BulkJSON: Encodable {
  struct Entry: Encodable {
    var batchId: String
    var changed: Bool
    @OrNull var status: BatchState?
    @OrNull var code: String?
    @OrNull var message: String?
    var receipt: ReceiptJSON?
  }

  var action: BulkControl.Action
  var changedCount: Int
  var results: [Entry]

  init(action: BulkControl.Action, _ results: [BulkControl.Result]) {
    self.action = action
    changedCount = results.count { $0.refusal == nil }
    self.results = results.map { result in
      Entry(
        batchId: result.id.text, changed: result.refusal == nil, status: result.batch?.state, code: result.refusal?.code.rawValue,
        message: result.refusal?.explanation, receipt: result.receipt.map(ReceiptJSON.init))
    }
  }
}

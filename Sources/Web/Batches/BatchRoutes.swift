import BatchReports
import Foundation
import Hummingbird
import Storage

/// The history, one batch, and its controls.
struct BatchRoutes {
  static let pageSize = 50

  let web: WebDependencies
  let services: ReportServices

  /// GET /batches
  func history(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try await history(try request.query(), BulkForm(), nil, request, context)
  }

  /// The list with what was ticked and typed, and why that was refused.
  func history(
    _ fields: FormFields, _ bulk: BulkForm, _ refusal: InvalidInput?, _ request: Request, _ context: SignedInContext
  ) async throws -> Response {
    var refusal = refusal
    var filter = BatchFilter()
    var cursor: String?
    var page = BatchPage(batches: [], totalCount: 0, nextCursor: nil)
    do {
      let query = try BatchHistoryQuery(query: fields, in: services.timeZone)
      (filter, cursor) = (query.filter, query.cursor)
      page = try await services.batches.history(filter, visibleTo: context.account, limit: Self.pageSize, cursor: cursor)
    } catch let input as InvalidInput { refusal = refusal ?? input }
    let live = try await services.batches.live().filter { context.account.maySee(isPrivate: $0.isPrivate, ownedBy: $0.owner) }
    let values = BatchHistoryValues(
      page: page, fields: fields, cursor: cursor, liveCount: live.count, emails: try await services.batches.owners(visibleTo: context.account),
      templates: try await services.templates.all(), account: context.account, refusal: refusal, bulk: bulk, now: web.now(), clock: services.clock
    ).pageValues
    if let refusal {
      let here = values.merging(["refresh": .values(Pages.refreshValues(.off, at: "/batches", fields))])
      return try await web.pages.refuse(refusal, with: "batches/batches", title: "Batches", section: .batches, here, request, context)
    }
    let refreshes = page.batches.contains { $0.state.isLive } && !request.isRefreshOff
    return try await web.pages.show(
      "batches/batches", title: "Batches", section: .batches, values, refresh: refreshes ? .every(seconds: 5) : .off, request, context)
  }

  /// GET /batches/{id}: a filter that cannot be read shows all leads, with the reasons and 422.
  func detail(_ request: Request, _ context: SignedInContext) async throws -> Response {
    let query = try request.query()
    let batch = try await visible(context)
    guard let rows = try await services.batches.progress(of: batch.id) else { throw NoSuchBatch(id: batch.id) }
    var refusal: InvalidInput?
    var filter = BatchLeadFilter(isRefreshOff: request.isRefreshOff)
    do { filter = try BatchLeadFilter(query: query) } catch let input as InvalidInput { refusal = input }
    let leads: BatchLeadPage
    do { leads = try await self.leads(of: rows.batch, filter) } catch let input as InvalidInput {
      (refusal, filter.cursor) = (input, nil)
      leads = try await self.leads(of: rows.batch, filter)
    }
    let needsEngine = [.pending, .processing, .cancelling].contains(rows.batch.state)
    let engineWarning = if needsEngine { await web.engine?.look().warning } else { nil as String? }
    let offer = context.account.role >= .operator ? try await services.quotes.restOffer(of: rows.batch, now: web.now()) : nil
    let restBatch = rows.batch.state.isTerminal ? try await services.quotes.restBatch(of: rows.batch, visibleTo: context.account) : nil
    let calls = UnresolvedCalls(database: web.database)
    let sum = rows.batch.unitPrices.isEmpty ? .none : try await calls.sum(batch: rows.batch)
    let unresolved = UnresolvedCallValues(
      sum: sum, calls: sum.count == 0 ? [] : try await calls.list(batch: rows.batch, limit: 20), mayResolve: context.account.role == .admin,
      clock: services.clock)
    let causes = try await services.batches.failureCauses(of: rows.batch)
    let mayRetry = context.account.mayControl(ownedBy: rows.batch.owner)
    let detail = BatchDetail(
      rows: rows, snapshot: services.feed.snapshot(of: rows), causes: causes,
      forecasts: mayRetry ? try await services.batches.retryForecasts(of: rows.batch, causes: causes) : [:],
      history: try await services.batches.history(of: rows.batch), leads: leads, filter: filter, account: context.account,
      engineWarning: engineWarning, providers: services.providerStates(), rest: offer, restBatch: restBatch, unresolved: unresolved, now: web.now(),
      clock: services.clock)
    let values = FormState(["status": "", "error_code": ""], refusal: refusal).pageValues.merging(["batch": .values(detail.pageValues)])
    if let refusal {
      return try await web.pages.refuse(refusal, with: "batches/batch", title: rows.batch.name, section: .batches, values, request, context)
    }
    let refreshes = rows.batch.state.isLive && !filter.isRefreshOff
    return try await web.pages.show(
      "batches/batch", title: rows.batch.name, section: .batches, values, refresh: refreshes ? .every(seconds: 5) : .off, request, context)
  }

  private func leads(of batch: Batch, _ filter: BatchLeadFilter) async throws -> BatchLeadPage {
    try await services.batches.leads(
      of: batch, states: filter.status.map { [$0] } ?? [], errorCode: filter.errorCode, limit: Self.pageSize, cursor: filter.cursor)
  }

  /// POST /batches/{id}/pause
  func pause(_ request: Request, _ context: SignedInContext) async throws -> Response {
    let batch = try await services.batches.pause(try context.id("id"), reason: try reason(context), by: context.account, now: web.now())
    return done(batch, "Paused. Leads in flight finish; nothing new begins.")
  }

  /// GET /batches/{id}/cancel: what a cancel would do.
  func cancelPage(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try await cancelPage(try await visible(context), "", nil, request, context)
  }

  /// POST /batches/{id}/cancel
  func cancel(_ request: Request, _ context: SignedInContext) async throws -> Response {
    let batch = try await visible(context)
    do {
      let (cancelled, receipt) = try await services.batches.cancel(batch.id, reason: try reason(context), by: context.account, now: web.now())
      let rest = cancelled.state == .cancelling ? " \(Display.count(receipt.inFlight, "lead is", "leads are")) still in flight and will end." : ""
      return done(cancelled, "Cancelled. \(receipt.charged.dollars) is charged, \(receipt.released.dollars) goes back to the budget.\(rest)")
    } catch let input as InvalidInput {
      return try await cancelPage(batch, try context.form()["reason"] ?? "", input, request, context)
    }
  }

  /// POST /batches/{id}/rerun: selects the batch's leads anew and leads to the price.
  func rerun(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try context.requireRole(.operator)
    let batch = try await visible(context)
    let keys = try await services.batches.leadKeys(of: batch)
    try await services.selections.replace(with: keys, for: context.account.id)
    return .seeOther("/batches/new", flash: Flash("\(Display.count(keys.count, "lead is", "leads are")) selected as in “\(batch.name)”.", tone: .info))
  }

  private func cancelPage(
    _ batch: Batch, _ typed: String, _ refusal: InvalidInput?, _ request: Request, _ context: SignedInContext
  ) async throws -> Response {
    guard context.account.mayControl(ownedBy: batch.owner) else { throw AccessRefusal.notYours }
    guard [.pending, .processing, .paused].contains(batch.state) else { throw InvalidTransition(action: "cancelled", state: batch.state) }
    let receipt = BatchStore.receipt(of: batch)
    let others = batch.counts.processed - batch.counts.completed
    let values = FormState(["reason": typed], refusal: refusal).pageValues.merging([
      "batchUrl": .text("/batches/\(batch.id.text)"), "batchName": .text(batch.name), "done": .text(Grouping.thousands(batch.counts.completed)),
      "hasOthers": .flag(others > 0), "others": .text(Grouping.thousands(others)),
      "charged": .text(receipt.charged.dollars), "inFlight": .text(Grouping.thousands(receipt.inFlight)),
      "open": .text(Grouping.thousands(receipt.neverBegun)), "released": .text(receipt.released.dollars),
    ])
    let title = "Cancel \(batch.name)"
    if let refusal {
      return try await web.pages.refuse(refusal, with: "batches/cancel", title: title, section: .batches, values, request, context)
    }
    return try await web.pages.show("batches/cancel", title: title, section: .batches, values, request, context)
  }

  func done(_ batch: Batch, _ message: String) -> Response {
    services.nudge()
    return .seeOther("/batches/\(batch.id.text)", flash: Flash(message))
  }

  /// Throws `InvalidInput` for one that cannot be kept.
  func reason(_ context: SignedInContext) throws -> String { try TypedText.reason(context.form()["reason"]) }

  func visible(_ context: SignedInContext) async throws -> Batch {
    let id = try context.id("id")
    guard let batch = try await services.batches.find(id, visibleTo: context.account) else { throw NoSuchBatch(id: id) }
    return batch
  }
}

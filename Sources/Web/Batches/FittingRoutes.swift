import BatchReports
import Foundation
import Hummingbird
import Storage

extension NewBatchRoutes {
  /// POST /batches/fitting: selects those leads of a quote, best by score first, that today's budget can pay, and leads to their price.
  func fitting(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try context.requireRole(.operator)
    let fields = try context.form()
    let id = fields.text("quote").flatMap { UUID(text: $0) }
    do {
      guard let id else { throw StartRefusal.quoteExpired }
      let before = try await base(id, fields, context)
      let keys = try await services.quotes.fitting(before.quote.id, for: context.account, now: web.now())
      if keys.isEmpty {
        throw BudgetExceeded(needed: before.quote.high, remaining: before.budget.remaining ?? .zero, fittingLeadCount: 0)
      }
      try previews.take(context.account.id.text, at: web.now())
      let chosen = Set(keys)
      let dropped = before.quote.leadKeys.filter { !chosen.contains($0) }
      let preview = try await services.quotes.preview(
        .init(
          leads: .keys(keys), template: before.quote.template.description, maxConcurrent: before.quote.maxConcurrent,
          retryCount: before.quote.retryCount, reuseDays: before.quote.reuseDays,
          sample: before.quote.sample.map { .init(of: $0.of, rest: $0.rest + dropped) }, measuredBy: before.quote.measuredBy),
        for: context.account, now: web.now())
      try await services.selections.replace(with: keys, for: context.account.id)
      let count = keys.count == 1 ? "The best lead by score is" : "The best \(Grouping.thousands(keys.count)) leads by score are"
      return .seeOther(NewBatchRoutes.url(of: preview.quote, fields), flash: Flash("\(count) selected: this is their price."))
    } catch let refusal as any Refusal { return try await refused(refusal, id, fields, request, context) }
  }
}

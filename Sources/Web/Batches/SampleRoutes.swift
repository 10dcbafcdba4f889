import BatchReports
import Foundation
import Hummingbird
import Storage

/// Running a few leads first, then the rest.
struct SampleRoutes {
  let web: WebDependencies
  let services: ReportServices
  let pages: NewBatchRoutes

  /// POST /batches/sample: seals the price of a sample of a quote's leads and leads to it.
  func sample(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try context.requireRole(.operator)
    let fields = try context.form()
    let quote = fields.text("quote").flatMap { UUID(text: $0) }
    do {
      guard let quote else { throw StartRefusal.quoteExpired }
      try pages.previews.take(context.account.id.text, at: web.now())
      let base = try await pages.base(quote, fields, context)
      let preview = try await services.quotes.sample(
        of: base.quote.id, size: fields.text("sample_size").flatMap { Int($0) }, for: context.account, now: web.now())
      return .seeOther(NewBatchRoutes.url(of: preview.quote, fields))
    } catch let refusal as any Refusal { return try await pages.refused(refusal, quote, fields, request, context) }
  }

  /// POST /batches/{id}/rest: selects the leads that a sample left and leads to their price.
  func rest(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try context.requireRole(.operator)
    let id = try context.id("id")
    guard let batch = try await services.batches.find(id, visibleTo: context.account) else { throw NoSuchBatch(id: id) }
    try pages.previews.take(context.account.id.text, at: web.now())
    let preview = try await services.quotes.rest(of: batch, for: context.account, now: web.now())
    try await services.selections.replace(with: preview.quote.leadKeys, for: context.account.id)
    return .seeOther(NewBatchRoutes.url(of: preview.quote, FormFields(batch.isPrivate ? [(name: "private", value: "true")] : [])))
  }
}

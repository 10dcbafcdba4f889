import BatchReports
import Foundation
import Hummingbird
import Storage

/// Looking at the price of the selection, and starting it.
struct NewBatchRoutes {
  let web: WebDependencies
  let services: ReportServices
  /// Quotes that an account may have sealed; each is a row.
  let previews: RateLimiter

  /// GET /batches/new: the choices, or with `quote` the sealed price. It never writes.
  func page(_ request: Request, _ context: SignedInContext) async throws -> Response {
    let query = try request.query()
    guard let text = query.text("quote") else { return try await choices(try await standardForm(), nil, request, context) }
    guard let id = UUID(text: text) else { throw RequestRefusal.notFound }
    let preview: Preview
    do { preview = try await services.quotes.reopen(id, for: context.account, now: web.now()) } catch let refusal as StartRefusal {
      return try await choices(try await standardForm(), refusal, request, context)
    }
    var form = StartForm(fields: query, standard: StartForm(of: preview.quote))
    // No link approves a price.
    form.isApproved = false
    return try await quoted(preview, form, nil, request, context)
  }

  /// POST /batches/preview: seals a quote for the selection and leads to it; with `quote`, for the leads of that one.
  func preview(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try context.requireRole(.operator)
    let fields = try context.form()
    if let quote = fields.text("quote") { return try await previewAgain(quote, fields, request, context) }
    try await saveTicks(fields, context)
    let form = StartForm(fields: fields, standard: try await standardForm())
    do {
      let order = try form.order(in: services.timeZone)
      try previews.take(context.account.id.text, at: web.now())
      let selection = try await services.selections.selection(of: context.account.id)
      if selection.count > services.limits.maxLeads {
        throw StartRefusal.tooManyLeads(count: selection.count, limit: services.limits.maxLeads)
      }
      let preview = try await services.quotes.preview(
        .init(
          leads: .keys(selection.leads.keys), template: form.templateVersion, maxConcurrent: order.maxConcurrent, retryCount: order.retryCount,
          reuseDays: try ReportReuse.days(form.reuseDays)),
        for: context.account, now: web.now())
      return .seeOther("/batches/new?quote=\(preview.quote.id.text)")
    } catch let refusal as any Refusal { return try await choices(form, refusal, request, context) }
  }

  /// What a quote's own leads cost by other settings, beside all that was typed.
  private func previewAgain(_ quote: String, _ fields: FormFields, _ request: Request, _ context: SignedInContext) async throws -> Response {
    let before: Preview
    do {
      guard let id = UUID(text: quote) else { throw StartRefusal.quoteExpired }
      before = try await services.quotes.reopen(id, for: context.account, now: web.now())
    } catch let refusal as StartRefusal {
      return try await choices(StartForm(fields: fields, standard: try await standardForm()), refusal, request, context)
    }
    let form = StartForm(fields: fields, standard: StartForm(of: before.quote))
    do { return try await requote(before.quote, form, nil, request, context) } catch let refusal as any Refusal {
      return try await quoted(before, form, refusal, request, context)
    }
  }

  /// The leads page sends its ticks along, so that ticks which were not yet saved count.
  private func saveTicks(_ fields: FormFields, _ context: SignedInContext) async throws {
    let shown = fields.all("shown").compactMap({ UUID(text: $0) })
    if shown.isEmpty { return }
    let keys = try await services.leads.keys(ids: shown)
    let ticked = fields.all("lead").compactMap({ UUID(text: $0) }).compactMap { keys[$0] }
    try await services.selections.save(shown: Array(keys.values), ticked: ticked, for: context.account.id)
  }

  /// POST /batches: starts the quoted batch; the same quote again leads to the batch that it made.
  func start(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try context.requireRole(.operator)
    let fields = try context.form()
    guard let quote = fields.text("quote").flatMap({ UUID(text: $0) }) else {
      return try await choices(StartForm(fields: fields, standard: try await standardForm()), StartRefusal.quoteExpired, request, context)
    }
    let before: Preview
    do { before = try await services.quotes.reopen(quote, for: context.account, now: web.now()) } catch let refusal as StartRefusal {
      return try await choices(StartForm(fields: fields, standard: try await standardForm()), refusal, request, context)
    }
    var form = StartForm(fields: fields, standard: StartForm(of: before.quote))
    do {
      try await services.features.require(.batchProcessing)
      if try ReportReuse.days(form.reuseDays) != before.quote.reuseDays { throw PricedAnew.otherReuse }
      let start = BatchStore.Start(quote: quote, order: try form.order(in: services.timeZone), template: form.templateVersion, isApproved: form.isApproved)
      let batch = try await services.batches.place(start, by: context.account, now: web.now())
      services.nudge()
      return .seeOther("/batches/\(batch.id.text)")
    } catch let refusal as any Refusal {
      if case StartRefusal.quoteChanged = refusal { return try await requote(before.quote, form, refusal, request, context) }
      if case StartRefusal.quoteExpired = refusal { return try await requote(before.quote, form, PricedAnew.expired, request, context) }
      if refusal is PricedAnew { return try await requote(before.quote, form, refusal, request, context) }
      form.templateVersion = before.quote.template.description
      return try await quoted(before, form, refusal, request, context)
    }
  }

  /// What is said of a price that does not hold when the new one stands below.
  private struct PricedAnew: Refusal {
    static let expired = PricedAnew(
      code: .quoteExpired, explanation: "The price had expired. This is the price now: check it and approve it.")
    static let otherReuse = PricedAnew(
      code: .quoteChanged, explanation: "You chose to reuse other reports. This is the price with that: check it and approve it.")
    var code: RefusalCode
    var field: String? { "quote" }
    var explanation: String
  }

  /// The price has expired, or is another one now: seals the new price and shows it with what was typed, unapproved.
  private func requote(
    _ before: Quote, _ form: StartForm, _ refusal: (any Refusal)?, _ request: Request, _ context: SignedInContext
  ) async throws -> Response {
    var form = form
    form.isApproved = false
    try previews.take(context.account.id.text, at: web.now())
    let order = try form.order(in: services.timeZone)
    let preview = try await services.quotes.preview(
      .init(
        leads: .keys(before.leadKeys), template: form.templateVersion, maxConcurrent: order.maxConcurrent, retryCount: order.retryCount,
        reuseDays: try ReportReuse.days(form.reuseDays), sample: before.sample, measuredBy: before.measuredBy),
      for: context.account, now: web.now())
    var refusal = refusal
    // What was compared with the quote is the price by other units; the price of the new preview goes by the history of now as well.
    if case .quoteChanged(let was, _)? = refusal as? StartRefusal { refusal = StartRefusal.quoteChanged(was: was, now: preview.quote.price.total) }
    return try await quoted(preview, form, refusal, request, context)
  }

  /// The quote that a sample or a choice is made from: by the template and reuse that were typed beside it, which another price goes with.
  func base(_ id: UUID, _ fields: FormFields, _ context: SignedInContext) async throws -> Preview {
    let before = try await services.quotes.reopen(id, for: context.account, now: web.now())
    let standard = StartForm(of: before.quote)
    let form = StartForm(fields: fields, standard: standard)
    if form.templateVersion == standard.templateVersion && form.reuseDays == standard.reuseDays { return before }
    return try await services.quotes.preview(
      .init(
        leads: .keys(before.quote.leadKeys), template: form.templateVersion, maxConcurrent: before.quote.maxConcurrent,
        retryCount: before.quote.retryCount, reuseDays: try ReportReuse.days(form.reuseDays), sample: before.quote.sample,
        measuredBy: before.quote.measuredBy),
      for: context.account, now: web.now())
  }

  /// The page of a quote that was made from another, with what was typed there.
  static func url(of quote: Quote, _ fields: FormFields) -> String {
    let typed = FormFields(
      StartForm.typed.compactMap { name in
        // Empty is what most of them are anyway; only reuse may have been turned off.
        fields[name].flatMap { $0.isEmpty && name != "reuse_days" ? nil : (name: name, value: $0) }
      })
    return "/batches/new?" + FormFields([(name: "quote", value: quote.id.text)] + typed.pairs).query()
  }

  /// What became of a sample that was refused: the price that it was to be taken from, or the choices when that is gone.
  func refused(
    _ refusal: any Refusal, _ quote: UUID?, _ fields: FormFields, _ request: Request, _ context: SignedInContext
  ) async throws -> Response {
    let standard = try await standardForm()
    guard let quote else { return try await choices(StartForm(fields: fields, standard: standard), refusal, request, context) }
    let before: Preview
    do { before = try await services.quotes.reopen(quote, for: context.account, now: web.now()) } catch let gone as StartRefusal {
      return try await choices(StartForm(fields: fields, standard: standard), gone, request, context)
    }
    var form = StartForm(fields: fields, standard: StartForm(of: before.quote))
    form.isApproved = false
    form.sampleSize = fields["sample_size"] ?? ""
    return try await quoted(before, form, refusal, request, context)
  }

  private func standardForm() async throws -> StartForm {
    StartForm(
      templateVersion: try await services.templates.latest().reference.description, maxConcurrent: services.limits.maxConcurrentLeads,
      retryCount: services.limits.retryCount)
  }

  private func choices(_ form: StartForm, _ refusal: (any Refusal)?, _ request: Request, _ context: SignedInContext) async throws -> Response {
    let selected = try await services.selections.selection(of: context.account.id).count
    let stage = selected == 0 ? NewBatchValues.Stage.empty : .choosing(selected: selected, limit: services.limits.maxLeads)
    return try await show(stage, form, refusal, request, context)
  }

  private func quoted(
    _ preview: Preview, _ form: StartForm, _ refusal: (any Refusal)?, _ request: Request, _ context: SignedInContext
  ) async throws -> Response {
    try await show(.quoted(preview), form, refusal, request, context)
  }

  private func show(
    _ stage: NewBatchValues.Stage, _ form: StartForm, _ refusal: (any Refusal)?, _ request: Request, _ context: SignedInContext
  ) async throws -> Response {
    var form = form
    if let refusal { form.take(refusal) }
    var fitting: Int?
    if case .quoted(let preview) = stage, !preview.budget.isWithin(preview.quote.high), context.account.role >= .operator {
      fitting = try await services.quotes.fitting(preview.quote.id, for: context.account, now: web.now()).count
    }
    let values = NewBatchValues(
      stage: stage, templates: try await services.templates.all(), form: form, account: context.account, now: web.now(), clock: services.clock,
      fitting: fitting
    ).pageValues
    if let refusal {
      return try await web.pages.refuse(refusal, with: "batches/new", title: "New batch", section: .batches, values, request, context)
    }
    return try await web.pages.show("batches/new", title: "New batch", section: .batches, values, request, context)
  }
}

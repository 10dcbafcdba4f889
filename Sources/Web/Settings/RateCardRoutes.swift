import BatchReports
import Foundation
import Hummingbird
import Storage

/// The settings pages of the rate cards, and the same for programs.
struct RateCardRoutes {
  let web: WebDependencies
  let services: ReportServices

  /// GET /settings/rates
  func list(_ request: Request, _ context: SignedInContext) async throws -> Response {
    let cards = try await cards()
    let file = services.ratesFile?.status
    let values: PageValues = [
      "mayAdd": .flag(context.account.role == .admin), "card": .values(cards.first { $0.standing == .current }?.pageValues ?? [:]),
      "hasComing": .flag(cards.contains { $0.standing == .coming }),
      "coming": .list(cards.filter { $0.standing == .coming }.map(\.pageValues)), "history": .list(cards.map(\.pageValues)),
      "file": file.map { .values(fileValues($0, cards)) } ?? .none,
    ]
    let frame = SettingsSection.frame(.rates, lede: "The prices that hold now, those to come, and those that held.", for: context.account)
    return try await web.pages.show("settings/rates", title: "Rates", section: .settings, frame.merging(values), request, context)
  }

  private func fileValues(_ status: RatesFile.Status, _ cards: [RateCardValues]) -> PageValues {
    let standing = cards.first { $0.card.version == status.version }?.standing ?? .past
    return [
      "path": .text(URL(fileURLWithPath: status.path).lastPathComponent), "problem": .optional(status.problem), "hasProblem": .flag(status.problem != nil),
      "badSince": services.clock.pageValue(status.badSince), "hasVersion": .flag(status.version != nil),
      "version": .text(status.version.map(String.init) ?? ""), "isSuperseded": .flag(status.version != nil && standing == .past),
      "isWithdrawn": .flag(standing == .withdrawn),
    ]
  }

  private func cards() async throws -> [RateCardValues] {
    let now = web.now()
    let current = try await services.rateCards.current(at: now)
    var history = try await services.rateCards.history()
    // Behind more coming and past cards than one page shows.
    if !history.contains(where: { $0.version == current.version }) { history.append(current) }
    return RateCardValues.all(history, current: current.version, clock: services.clock, now: now)
  }

  /// GET /settings/rates/new: filled in with the card in force, or with the one that `from` names.
  func newPage(_ request: Request, _ context: SignedInContext) async throws -> Response {
    let number = try request.query().text("from").flatMap(Int.init)
    let named = if let number { try await services.rateCards.find(number) } else { RateCard?.none }
    let card = if let named { named } else { try await services.rateCards.current(at: web.now()) }
    let templates = try await services.templates.all()
    let last = try await services.rateCards.lastVersion()
    return try await page(RateCardForm(card, providers: RateCardDraft.providers(of: templates), after: last), nil, templates, request, context)
  }

  /// POST /settings/rates: a new version; `action` = `rows` only gives the form more rows.
  func add(_ request: Request, _ context: SignedInContext) async throws -> Response {
    let fields = try context.form()
    var form = RateCardForm(fields)
    let templates = try await services.templates.all()
    if fields["action"] == "rows" {
      form.addRows()
      return try await page(form, nil, templates, request, context)
    }
    do {
      let (draft, problems) = form.draft(in: services.timeZone)
      let card = try draft.card(.page(context.account.email), templates: templates, now: web.now(), adding: problems)
      let added = try await services.rateCards.add(card, by: .account(context.account), after: form.after)
      let kept = "Batches that were started before keep their prices; a preview that has others by then has to be made again."
      return .seeOther("/settings/rates", flash: Flash("Rate card \(added.version) is added. \(kept)"))
    } catch let refusal as any Refusal {
      // Sent again after a look at it, it is meant.
      form.after = try await services.rateCards.lastVersion()
      return try await page(form, refusal, templates, request, context)
    }
  }

  private func page(
    _ form: RateCardForm, _ refusal: (any Refusal)?, _ templates: [ReportTemplate], _ request: Request, _ context: SignedInContext
  ) async throws -> Response {
    let frame = SettingsSection.frame(.rates, lede: "A new version of the prices. Nothing that was started changes.", for: context.account)
    let values = frame.merging(form.pageValues(refusal, templates: templates)).merging(["timeZone": .text(services.timeZone.identifier)])
    guard let refusal else {
      return try await web.pages.show("settings/rates-new", title: "New rate card", section: .settings, values, request, context)
    }
    return try await web.pages.refuse(
      refusal, with: "settings/rates-new", title: "New rate card", section: .settings, values, request, context)
  }

  /// GET /api/rate-cards
  func listJSON(_ request: Request, _ context: SignedInContext) async throws -> Response {
    .snakeCaseJSON(RateCardListJSON(try await cards(), file: services.ratesFile?.status))
  }

  /// POST /api/rate-cards: the document of the rates file.
  func addJSON(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try context.requireRole(.admin)
    guard request.headers[.contentType]?.lowercased().hasPrefix("application/json") == true else {
      throw RequestRefusal.unsupportedMediaType(expected: "application/json")
    }
    let body = try await BodyLimits.collect(request, upTo: RateCardDocument.mostBytes)
    let (draft, problems) = try RateCardDocument.read(Data(buffer: body))
    let templates = try await services.templates.all()
    let card = try draft.card(.page(context.account.email), templates: templates, now: web.now(), adding: problems)
    let added = try await services.rateCards.add(card, by: .account(context.account))
    let standing = try await services.rateCards.current(at: web.now()).version == added.version ? RateCardValues.Standing.current : .coming
    return .snakeCaseJSON(RateCardJSON(added, standing), status: .created)
  }
}

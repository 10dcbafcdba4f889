import BatchReports
import Foundation
import Hummingbird
import Storage

/// The settings pages about budget and report templates.
struct PriceSettingsRoutes {
  let web: WebDependencies
  let services: ReportServices

  /// GET /settings/budget
  func budget(_ request: Request, _ context: SignedInContext) async throws -> Response { try await budget(nil, request, context) }

  /// With why a call without a known answer was not settled.
  func budget(_ refusal: (any Refusal)?, _ request: Request, _ context: SignedInContext) async throws -> Response {
    let state = try await services.budget.state(at: web.now())
    let days = try await services.budget.lastDays(14)
    let calls = UnresolvedCalls(database: web.database)
    let mayResolve = context.account.role == .admin
    let unresolved = UnresolvedCallValues(
      sum: try await calls.sum(), calls: mayResolve ? try await calls.list() : [], mayResolve: mayResolve, clock: services.clock)
    let values: PageValues = [
      "budget": .values(BudgetValues(state: state).pageValues), "hasDays": .flag(!days.isEmpty), "unresolved": .values(unresolved.pageValues),
      "days": .list(
        days.map {
          [
            "day": .text($0.day), "spent": .text($0.state.spentToday.dollars), "reserved": .text($0.state.reserved.dollars),
            "inDoubt": .text($0.state.inDoubt.dollars), "overrun": .text($0.state.overrun.dollars),
          ]
        }),
    ]
    let frame = SettingsSection.frame(
      .budget, lede: "A batch reserves the upper end of its range when it starts, and settles what it delivers and calls.", for: context.account)
    let all = frame.merging(values).merging(FormState([:], refusal: refusal).pageValues)
    guard let refusal else { return try await web.pages.show("settings/budget", title: "Budget", section: .settings, all, request, context) }
    return try await web.pages.refuse(refusal, with: "settings/budget", title: "Budget", section: .settings, all, request, context)
  }

  /// GET /settings/templates
  func templates(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try await templates(nil, request, context)
  }

  /// POST /settings/templates: `action` make_latest, retire or restore.
  func changeTemplate(_ request: Request, _ context: SignedInContext) async throws -> Response {
    let form = try context.form()
    do {
      let text = form["template_version"] ?? ""
      guard let reference = TemplateReference(text) else { throw TemplateRefusal.unknown(text) }
      switch form["action"] {
      case "make_latest": try await services.templates.makeLatest(reference, by: context.account, now: web.now())
      case "retire": try await services.templates.set(reference, status: .retired, by: context.account, now: web.now())
      case "restore": try await services.templates.set(reference, status: .active, by: context.account, now: web.now())
      default: throw InvalidInput("action", "Choose one of the buttons.")
      }
      return .seeOther("/settings/templates", flash: Flash("\(reference) is changed."))
    } catch let refusal as any Refusal { return try await templates(refusal, request, context) }
  }

  private func templates(_ refusal: (any Refusal)?, _ request: Request, _ context: SignedInContext) async throws -> Response {
    let isAdmin = context.account.role == .admin
    let rows = try await services.templates.all().map { template -> PageValues in
      let isActive = template.status == .active
      return [
        "reference": .text(template.reference.description), "name": .text(template.reference.name), "version": .text(template.reference.version),
        "isLatest": .flag(template.isLatest), "summary": .text(template.summary),
        "sections": .text(template.sections.map(\.title).joined(separator: ", ")), "providers": .text(NewBatchValues.providers(of: template)),
        "status": Badge(name: template.status.rawValue, label: isActive ? "Active" : "Retired", tone: isActive ? "success" : "neutral").pageValue,
        "mayMakeLatest": .flag(isActive && !template.isLatest), "mayRetire": .flag(isActive && !template.isLatest), "mayRestore": .flag(!isActive),
      ]
    }
    var values = SettingsSection.frame(
      .templates, lede: "A batch keeps its version, so old reports stay as they were.", for: context.account
    ).merging(["mayChange": .flag(isAdmin), "templates": .list(rows)])
    guard let refusal else {
      return try await web.pages.show("settings/templates", title: "Templates", section: .settings, values, request, context)
    }
    values["hasErrors"] = true
    values["errors"] = .list([["hasField": false, "field": "", "message": .text(refusal.explanation)]])
    return try await web.pages.refuse(refusal, with: "settings/templates", title: "Templates", section: .settings, values, request, context)
  }
}

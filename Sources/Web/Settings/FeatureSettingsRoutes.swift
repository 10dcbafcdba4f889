import BatchReports
import Hummingbird
import Storage

/// The settings page of the feature flags, for admins.
struct FeatureSettingsRoutes {
  let web: WebDependencies
  let services: ReportServices

  /// GET /settings/features
  func list(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try await page(nil, request, context)
  }

  /// POST /settings/features: `feature` and `action` on or off, with an optional `reason`.
  func change(_ request: Request, _ context: SignedInContext) async throws -> Response {
    let form = try context.form()
    do {
      guard let flag = form["feature"].flatMap(FeatureFlag.init(rawValue:)) else { throw InvalidInput("feature", "There is no such feature.") }
      guard let action = form["action"], ["on", "off"].contains(action) else { throw InvalidInput("action", "Choose one of the buttons.") }
      let reason = try TypedText.reason(form["reason"])
      try await services.features.set(flag, isOn: action == "on", reason: reason, by: context.account, now: web.now())
      services.nudge()
      return .seeOther("/settings/features", flash: Flash("\(flag.title) is switched \(action)."))
    } catch let refusal as any Refusal { return try await page(refusal, request, context) }
  }

  private func page(_ refusal: (any Refusal)?, _ request: Request, _ context: SignedInContext) async throws -> Response {
    let rows = try await services.features.all().map { state -> PageValues in
      [
        "name": .text(state.flag.rawValue), "title": .text(state.flag.title), "summary": .text(state.flag.summary), "isOn": .flag(state.isOn),
        "status": Badge(name: state.isOn ? "good" : "paused", label: state.isOn ? "On" : "Off", tone: state.isOn ? "success" : "neutral").pageValue,
        "hasChange": .flag(state.changedBy != nil), "changedBy": .optional(state.changedBy), "changedAt": services.clock.pageValue(state.changedAt),
      ]
    }
    let frame = SettingsSection.frame(
      .features, lede: "The environment gives the first value; what is switched here holds for every process at once.", for: context.account)
    var values = frame.merging(["features": .list(rows)])
    guard let refusal else {
      return try await web.pages.show("settings/features", title: "Features", section: .settings, values, request, context)
    }
    values["hasErrors"] = true
    values["errors"] = .list([["hasField": false, "field": "", "message": .text(refusal.explanation)]])
    return try await web.pages.refuse(refusal, with: "settings/features", title: "Features", section: .settings, values, request, context)
  }
}

import BatchReports
import Hummingbird

/// The settings page of the paid providers, for admins: what is on, where it is reached and how it is. Never a key.
struct ProviderSettingsRoutes {
  let web: WebDependencies
  let services: ReportServices

  /// GET /settings/providers
  func list(_ request: Request, _ context: SignedInContext) async throws -> Response {
    let card = try await services.rateCards.current(at: web.now())
    let latest = try await services.templates.latest()
    let rows = services.providerStates().map { state -> PageValues in
      let price = card.price(of: state.provider.rawValue, for: latest.reference)
      return [
        "title": .text(state.provider.title), "part": .text(state.provider.part), "name": .text(state.provider.rawValue),
        "status": badge(state).pageValue, "isOn": .flag(state.isOn), "host": .text(state.host ?? ""),
        "need": .text(state.provider.isNeeded ? "A lead waits for it" : "A report does without it"),
        "isSilent": .flag(state.silentSince != nil), "silentSince": services.clock.pageValue(state.silentSince),
        "nextProbe": services.clock.pageValue(state.nextProbe), "price": .text(price?.dollars ?? "blended rate"),
        "setting": .text("BATCH_\(state.provider.rawValue.uppercased())_KEY"),
      ]
    }
    let frame = SettingsSection.frame(
      .providers, lede: "A provider is on when its key is set in the environment of this process. Keys are never shown.", for: context.account)
    return try await web.pages.show(
      "settings/providers", title: "Providers", section: .settings, frame.merging(["providers": .list(rows)]), request, context)
  }

  private func badge(_ state: ProviderState) -> Badge {
    if !state.isOn { return Badge(name: "paused", label: "Off", tone: "neutral") }
    if state.silentSince != nil { return Badge(name: "failed", label: "Not answering", tone: "danger") }
    return Badge(name: "good", label: "On", tone: "success")
  }
}

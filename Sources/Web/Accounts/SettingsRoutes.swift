import Hummingbird

/// The start of the settings.
struct SettingsRoutes: Sendable {
  private let dependencies: WebDependencies

  init(_ dependencies: WebDependencies) { self.dependencies = dependencies }

  @Sendable func home(_ request: Request, _ context: SignedInContext) async throws -> Response {
    let tiles = SettingsSection.allCases.filter { $0.isVisible(to: context.account.role) }
    let values: PageValues = [
      "tiles": .list(tiles.map { ["label": .text($0.label), "url": .text($0.url), "description": .text($0.description)] })
    ]
    let frame = SettingsSection.frame(nil, lede: "What you may see and change depends on your role.", for: context.account)
    return try await dependencies.pages.show(
      "settings/home", title: "Settings", section: .settings, frame.merging(values), request, context)
  }
}

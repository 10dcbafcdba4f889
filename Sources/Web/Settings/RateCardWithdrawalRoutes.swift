import BatchReports
import Foundation
import Hummingbird
import Storage

/// Taking a coming rate card back, with a reason.
struct RateCardWithdrawalRoutes {
  let web: WebDependencies
  let services: ReportServices

  /// GET /settings/rates/{version}/withdraw: the card, and a field for the reason.
  func page(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try await page(try Self.version(context), typed: "", nil, request, context)
  }

  /// POST /settings/rates/{version}/withdraw
  func withdraw(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try context.requireRole(.admin)
    let version = try Self.version(context)
    let reason = try context.form()["reason"] ?? ""
    do {
      let card = try await services.rateCards.withdraw(version, reason: reason, by: context.account, now: web.now())
      return .seeOther("/settings/rates", flash: Flash("Rate card \(card.version) is withdrawn: it will not hold."))
    } catch let refusal as any Refusal { return try await page(version, typed: reason, refusal, request, context) }
  }

  private struct Body: Decodable { var reason: String? }

  /// POST /api/rate-cards/{version}/withdraw
  func withdrawJSON(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try context.requireRole(.admin)
    let version = try Self.version(context)
    let body = try await request.json(Body.self)
    let card = try await services.rateCards.withdraw(version, reason: body.reason ?? "", by: context.account, now: web.now())
    return .snakeCaseJSON(RateCardJSON(card, .withdrawn))
  }

  private static func version(_ context: SignedInContext) throws -> Int {
    guard let version = context.parameters.get("version").flatMap({ Int($0) }) else { throw RequestRefusal.notFound }
    return version
  }

  private func page(
    _ version: Int, typed: String, _ refusal: (any Refusal)?, _ request: Request, _ context: SignedInContext
  ) async throws -> Response {
    guard let card = try await services.rateCards.find(version) else { throw RateCardRefusal.unknown(version) }
    let current = try await services.rateCards.current(at: web.now()).version
    let shown = RateCardValues.all([card], current: current, clock: services.clock, now: web.now())
    let frame = SettingsSection.frame(.rates, lede: "A card that was withdrawn never holds. It stays in the history.", for: context.account)
    let values = frame.merging(FormState(["reason": typed], refusal: refusal).pageValues).merging([
      "card": .values(shown[0].pageValues), "isComing": .flag(shown[0].standing == .coming),
    ])
    let title = "Withdraw rate card \(version)"
    if let refusal {
      return try await web.pages.refuse(refusal, with: "settings/rates-withdraw", title: title, section: .settings, values, request, context)
    }
    return try await web.pages.show("settings/rates-withdraw", title: title, section: .settings, values, request, context)
  }
}

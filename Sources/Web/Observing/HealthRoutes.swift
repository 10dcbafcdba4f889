import Foundation
import Hummingbird
import Storage

/// What an operator's probes ask.
struct HealthRoutes: Sendable {
  private let dependencies: WebDependencies
  private let checks: [HealthCheck]

  init(_ dependencies: WebDependencies) {
    self.dependencies = dependencies
    let database = dependencies.database
    let logger = dependencies.logger
    checks =
      [
        HealthCheck("database") {
          do {
            _ = try await database.pool.read { try Int.fetchOne($0, sql: "SELECT 1") }
            return .init(isWell: true)
          } catch {
            logger.error("the database does not answer", metadata: ["error": "\(error)"])
            return .init(isWell: false, detail: "The database does not answer.")
          }
        }
      ] + dependencies.healthChecks
  }

  private struct Health: Encodable {
    struct Component: Encodable {
      var status: String
      var detail: String
    }
    var status: String
    var version: String
    var components: [String: Component]
  }

  @Sendable func health(_ request: Request, _ context: AppRequestContext) async throws -> Response {
    var components: [(name: String, state: HealthCheck.State)] = []
    for check in checks { components.append((check.name, await check.check())) }
    let isWell = components.allSatisfy(\.state.isWell)
    let status: HTTPResponse.Status = isWell ? .ok : .serviceUnavailable
    var response: Response
    if request.headers[.accept]?.contains("text/html") == true, !request.uri.path.hasPrefix("/api") {
      response = try await dependencies.pages.show(
        "errors/health", title: "Health",
        [
          "isWell": .flag(isWell),
          "components": .list(
            components.map { ["name": .text($0.name), "status": $0.state.badge.pageValue, "detail": .text($0.state.detail)] }),
        ], status: status, request, context)
    } else {
      let states = components.map { ($0.name, Health.Component(status: $0.state.word, detail: $0.state.detail)) }
      response = Response.json(
        Health(
          status: isWell ? "ok" : "failing", version: dependencies.settings.version,
          components: Dictionary(states) { first, _ in first }), status: status)
    }
    if !isWell { response.headers[.retryAfter] = "5" }
    return response
  }

  /// Whether requests may be sent here: the process runs and its database answers.
  @Sendable func ready(_ request: Request, _ context: AppRequestContext) async throws -> Response {
    let isReady = await checks[0].check().isWell
    var response = Response.bytes(
      Data((isReady ? "ready\n" : "not ready\n").utf8), type: "text/plain; charset=utf-8", status: isReady ? .ok : .serviceUnavailable)
    if !isReady { response.headers[.retryAfter] = "5" }
    return response
  }

  @Sendable func metrics(_ request: Request, _ context: AppRequestContext) async throws -> Response {
    Response.bytes(Data(await dependencies.metrics.text().utf8), type: "text/plain; version=0.0.4; charset=utf-8")
  }

  /// What the service worker shows without a connection: the same for everyone, so that it may be kept.
  @Sendable func offline(_ request: Request, _ context: AppRequestContext) async throws -> Response {
    var anonymous = context
    anonymous.identity = nil
    return try await dependencies.pages.show("errors/offline", title: "Offline", [:], request, anonymous)
  }
}

import BatchReports
import Hummingbird
import Logging

/// One line for each request, and its counters.
struct AccessLog: RouterMiddleware {
  typealias Context = AppRequestContext
  let metrics: WebMetrics

  func handle(_ request: Request, context: AppRequestContext, next: (Request, AppRequestContext) async throws -> Response) async throws
    -> Response
  {
    let start = ContinuousClock.now
    let response = try await next(request, context)
    let duration = ContinuousClock.now - start
    // A web socket's answer is not an answered request: it stays open for hours.
    if response.status != .switchingProtocols { metrics.count(status: response.status.code, duration: duration) }
    let path = context.endpointPath ?? "-"
    context.logger.log(
      level: path == "/ready" || path == "/metrics" ? .debug : .info, "request",
      metadata: [
        "method": "\(request.method.rawValue)", "path": "\(path)", "status": "\(response.status.code)",
        "ms": "\(duration / .milliseconds(1))", "account": "\(context.notes.identity?.account.id.text ?? "-")",
      ])
    return response
  }
}

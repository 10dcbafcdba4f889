import BatchReports
import Hummingbird
import Storage

/// Refuses the pages about leads and batches while they are switched off.
struct PagesSwitch: RouterMiddleware {
  typealias Context = SignedInContext
  let features: FeatureFlags

  func handle(
    _ request: Request, context: SignedInContext, next: (Request, SignedInContext) async throws -> Response
  ) async throws -> Response {
    try await features.require(.batchRunnerPages)
    return try await next(request, context)
  }
}

import BatchReports
import Hummingbird

/// A control that no longer fits its batch, or was pressed twice, leads back to the batch's page, which shows where it stands.
struct BackToBatch: RouterMiddleware {
  typealias Context = SignedInContext

  func handle(
    _ request: Request, context: SignedInContext, next: (Request, SignedInContext) async throws -> Response
  ) async throws -> Response {
    do { return try await next(request, context) } catch let refusal as any Refusal where refusal.code == .invalidTransition && !request.isFromProgram {
      return .seeOther("/batches/\(try context.id("id").text)", flash: Self.flash(refusal))
    }
  }

  static func flash(_ refusal: any Refusal) -> Flash {
    guard let transition = refusal as? InvalidTransition else { return Flash(refusal.explanation, tone: .warning) }
    switch (transition.action, transition.state) {
    case ("paused", .paused), ("cancelled", .cancelled), ("resumed", .pending), ("resumed", .processing):
      return Flash("This batch is \(transition.state.label.lowercased()) already.", tone: .info)
    case ("cancelled", .cancelling): return Flash("This batch is being cancelled already.", tone: .info)
    default: return Flash("This batch is \(transition.state.label.lowercased()), so it cannot be \(transition.action).", tone: .warning)
    }
  }
}

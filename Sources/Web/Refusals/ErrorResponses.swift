import BatchReports
import Hummingbird

/// Turns whatever a route throws into a page or, for programs, into problem+json; the one place that does.
struct ErrorResponses: RouterMiddleware {
  typealias Context = AppRequestContext

  let pages: Pages
  let allowed: AllowedMethods

  func handle(_ request: Request, context: AppRequestContext, next: (Request, AppRequestContext) async throws -> Response) async throws
    -> Response
  {
    do {
      return try await next(request, context)
    } catch {
      var context = context
      context.identity = context.notes.identity
      return await response(to: error, request, context)
    }
  }

  private func response(to error: any Error, _ request: Request, _ context: AppRequestContext) async -> Response {
    let isForPrograms = request.isFromProgram
    if let refusal = error as? AccessRefusal, refusal == .notSignedIn, !isForPrograms { return toSignIn(request) }
    let methods = isUnknownPath(error) ? allowed.methods(at: request.uri.path) : []
    let fault = Fault(error, allowed: methods.contains(request.method) ? [] : methods) ?? .ours
    if fault.status == .internalServerError {
      context.logger.error(
        "the request failed",
        metadata: [
          "error": "\(error)", "path": "\(request.uri.path)", "account": "\(context.identity?.account.id.text ?? "-")",
        ])
    }
    if isForPrograms { return ProblemJSON.response(fault, requestID: context.id) }
    do {
      return try await page(fault, request, context)
    } catch {
      // The page itself cannot be made (a broken template, a locked database): problem+json needs neither.
      context.logger.error("the error page failed", metadata: ["error": "\(error)"])
      return ProblemJSON.response(fault, requestID: context.id)
    }
  }

  private func isUnknownPath(_ error: any Error) -> Bool { (error as? HTTPError)?.status == .notFound }

  private func page(_ fault: Fault, _ request: Request, _ context: AppRequestContext) async throws -> Response {
    let isNotFound = fault.status == .notFound && context.identity != nil
    let isSignIn = fault.status == .unauthorized
    var response = try await pages.show(
      "errors/error", title: fault.title,
      [
        "status": "\(fault.status.code)", "detail": .text(fault.detail), "advice": .text(fault.advice),
        "hasAction": .flag(isNotFound || isSignIn),
        "actionUrl": isSignIn ? "/login" : "/batches", "actionLabel": isSignIn ? "Sign in" : "Open the history", "hasRequestId": true,
        "requestId": .text(context.id),
      ],
      status: fault.status, request, context)
    response.headers.append(contentsOf: fault.headers)
    return response
  }

  /// Pages answer a missing session with the sign-in page, which leads back: to the page asked for, or to the one that held the form.
  private func toSignIn(_ request: Request) -> Response {
    let wanted = request.method == .get || request.method == .head ? request.uri.string : RequestOrigin.refererPath(request)
    let path = ReturnPath.local(wanted)
    return .seeOther(path == "/" ? "/login" : "/login?return_to=" + PercentEncoding.encode(path))
  }
}

extension Request {
  /// Whether the answer goes to a program: the API, a bearer token, or an `Accept` that names JSON and not HTML.
  var isFromProgram: Bool {
    let path = uri.path
    if path == "/api" || path.hasPrefix("/api/") || headers[.authorization] != nil { return true }
    return acceptsJSONRatherThanPage
  }

  var acceptsJSONRatherThanPage: Bool {
    let accept = headers[.accept] ?? ""
    return accept.contains("json") && !accept.contains("text/html")
  }
}

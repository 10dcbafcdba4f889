import BatchReports
import Hummingbird

/// An error as it is told to a client: the same facts for a page and for problem+json.
struct Fault: Sendable {
  var status: HTTPResponse.Status
  var code: String
  var title: String
  var detail: String
  var advice: String
  var problems: [InvalidInput.Problem] = []
  var headers: HTTPFields = [:]

  /// Nil for an error that is a fault of ours.
  init?(_ error: any Error, allowed: [HTTPRequest.Method] = []) {
    switch error {
    case let refusal as any Refusal: self.init(refusal)
    case let error as any HTTPResponseError where (400..<500).contains(error.status.code):
      self.init(status: error.status, allowed: allowed)
      if let error = error as? HTTPError { headers.append(contentsOf: error.headers) }
    default: return nil
    }
  }

  init(_ refusal: any Refusal) {
    status = refusal.code.status
    code = refusal.code.rawValue
    title = refusal.code.title
    detail = refusal.explanation
    advice = refusal.code.advice
    if let input = refusal as? InvalidInput {
      problems = input.problems
    } else if let field = refusal.field {
      problems = [.init(field: field, code: code, message: detail)]
    }
    if let seconds = refusal.retryAfterSeconds { headers[.retryAfter] = "\(max(1, seconds))" }
    if refusal.code == .unauthenticated { headers[.wwwAuthenticate] = "Bearer" }
  }

  /// What Hummingbird itself refuses: unknown paths, wrong methods, bodies it cannot take.
  private init(status: HTTPResponse.Status, allowed: [HTTPRequest.Method]) {
    switch status {
    case .notFound where !allowed.isEmpty:
      self.init(status: .methodNotAllowed, code: "method_not_allowed", title: "This address does not take that kind of request")
      headers[.allow] = allowed.map(\.rawValue).sorted().joined(separator: ", ")
    case .notFound: self.init(RequestRefusal.notFound)
    case .contentTooLarge: self.init(RequestRefusal.payloadTooLarge(limitBytes: BodyLimits.form))
    case .unsupportedMediaType: self.init(RequestRefusal.unsupportedMediaType(expected: "another media type"))
    case .requestTimeout: self.init(status: status, code: "request_timeout", title: "The request took too long to arrive")
    default: self.init(status: status, code: "bad_request", title: "The request cannot be read")
    }
  }

  private init(status: HTTPResponse.Status, code: String, title: String) {
    self.status = status
    self.code = code
    self.title = title
    detail = title + "."
    advice = "Go back and try again."
  }

  /// Says nothing of the inside; the log has the rest under the request id.
  static let ours = Fault(
    status: .internalServerError, code: "internal", title: "Something went wrong here", detail: "The server met a fault of its own.",
    advice: "Try again in a minute. If it happens again, report the request id.")

  private init(status: HTTPResponse.Status, code: String, title: String, detail: String, advice: String) {
    self.status = status
    self.code = code
    self.title = title
    self.detail = detail
    self.advice = advice
  }
}

import Foundation

/// Each service's own kind of refusal.
enum StubErrors {
  static func wrongKey(_ provider: StubProvider) -> StubAnswer {
    switch provider {
    case .pagespeed: google(400, reason: "badRequest", status: "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.")
    case .screenshotone: screenshot("access_key_invalid", status: 400)
    case .hunter: hunter(401, id: "authentication_failed", "No user found for the API key supplied")
    case .dataAxle: .json(["error": "Unauthorized"], status: 401)
    case .semrush: semrush(120, "WRONG KEY - ID PAIR", status: 403)
    // Services have been seen to repeat the key.
    case .openai: openAI(401, type: "invalid_request_error", code: "invalid_api_key", "Incorrect API key provided.")
    }
  }

  static func error(_ provider: StubProvider, status: Int) -> StubAnswer {
    switch provider {
    case .pagespeed: google(status, reason: status < 500 ? "badRequest" : "backendError", status: status < 500 ? "INVALID_ARGUMENT" : "INTERNAL", "Error")
    case .screenshotone:
      screenshot(status < 500 ? "request_not_valid" : status == 503 ? "temporary_unavailable" : "internal_application_error", status: status)
    case .hunter: hunter(status, id: status < 500 ? "wrong_params" : "internal_error", "Something is wrong")
    case .dataAxle: .json(["error": "Something is wrong"], status: status)
    case .semrush: semrush(40, "MANDATORY PARAMETER \"TYPE\" NOT SET OR EMPTY", status: status)
    case .openai: openAI(status, type: status < 500 ? "invalid_request_error" : "server_error", code: nil, "Something is wrong")
    }
  }

  static func cannotLoad(_ provider: StubProvider, status: Int) -> StubAnswer {
    switch provider {
    case .pagespeed:
      google(
        status, domain: "lighthouse", reason: status == 400 ? "lighthouseUserError" : "lighthouseError", status: "INTERNAL",
        "Lighthouse returned error: ERRORED_DOCUMENT_REQUEST.")
    case .screenshotone: screenshot("host_returned_error", status: status)
    default: error(provider, status: status)
    }
  }

  static func busy(_ provider: StubProvider, retryAfter: Int?) -> StubAnswer {
    var answer =
      switch provider {
      case .pagespeed: google(429, reason: "rateLimitExceeded", status: "RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'Queries'")
      case .screenshotone: screenshot("concurrency_limit_reached", status: 400)
      case .hunter: hunter(403, id: "rate_limit_reached", "You have reached the rate limit")
      case .dataAxle: StubAnswer.json(["error": "Rate limit exceeded"], status: 429)
      case .semrush: semrush(131, "LIMIT EXCEEDED")
      case .openai: openAI(429, type: "requests", code: "rate_limit_exceeded", "Rate limit reached for requests")
      }
    if let retryAfter { answer.headers.append(("Retry-After", "\(retryAfter)")) }
    return answer
  }

  static func screenshot(_ code: String, status: Int) -> StubAnswer {
    .json(
      [
        "is_successful": false, "error_code": code, "error_message": "An explanation for people.",
        "documentation_url": "https://screenshotone.com/docs/errors/",
      ], status: status)
  }

  static func semrush(_ code: Int, _ words: String, status: Int = 200) -> StubAnswer {
    StubAnswer(status: status, type: "text/plain; charset=utf-8", body: Data("ERROR \(code) :: \(words)".utf8))
  }

  private static func google(_ code: Int, domain: String = "global", reason: String, status: String, _ message: String) -> StubAnswer {
    .json(
      ["error": ["code": code, "message": message, "status": status, "errors": [["message": message, "domain": domain, "reason": reason]]]],
      status: code)
  }

  private static func hunter(_ code: Int, id: String, _ details: String) -> StubAnswer {
    .json(["errors": [["id": id, "code": code, "details": details]]], status: code)
  }

  private static func openAI(_ status: Int, type: String, code: String?, _ message: String) -> StubAnswer {
    .json(["error": ["message": message, "type": type, "param": NSNull(), "code": code ?? NSNull()] as [String: Any]], status: status)
  }
}

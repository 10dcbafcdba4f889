import BatchReports
import Secrets

/// Why a request could not be taken, whatever it was about.
public enum RequestRefusal: Refusal, Hashable {
  case notFound
  case malformed(String)
  case payloadTooLarge(limitBytes: Int)
  case unsupportedMediaType(expected: String)
  case foreignOrigin
  case rateLimited(retryAfterSeconds: Int)
  case unavailable(String, retryAfterSeconds: Int)

  public var code: RefusalCode {
    switch self {
    case .notFound: .notFound
    case .malformed: .invalidInput
    case .payloadTooLarge: .payloadTooLarge
    case .unsupportedMediaType: .unsupportedMediaType
    case .foreignOrigin: .forbidden
    case .rateLimited: .rateLimited
    case .unavailable: .unavailable
    }
  }

  public var explanation: String {
    switch self {
    case .notFound: "Nothing is found at this address, or you may not see it."
    case .malformed(let what): what
    case .payloadTooLarge(let limit): "The request is larger than the \(limit) bytes that are taken here."
    case .unsupportedMediaType(let expected): "Send this as \(expected)."
    case .foreignOrigin: "This request came from another site. Open the page here and send it again."
    case .rateLimited(let seconds): "Too many requests. Try again in \(seconds) seconds."
    case .unavailable(let what, _): what
    }
  }

  public var retryAfterSeconds: Int? {
    switch self {
    case .rateLimited(let seconds), .unavailable(_, let seconds): seconds
    default: nil
    }
  }
}

extension PasswordHasher.Busy: Refusal {
  public var code: RefusalCode { .unavailable }
  public var explanation: String { "Too many people are signing in at this moment. Try again in \(retryAfterSeconds ?? 0) seconds." }
}

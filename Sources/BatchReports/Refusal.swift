/// A rule that was broken, said so that the user can act on it. Everything else that is thrown is a fault of ours.
public protocol Refusal: Error, Sendable {
  /// The stable code of the contract, section 4: `quote_expired`.
  var code: RefusalCode { get }
  /// What is wrong and what to do about it, in one or two sentences.
  var explanation: String { get }
  /// The form field or JSON member at fault, where there is one.
  var field: String? { get }
  /// Seconds after which trying again makes sense (Retry-After).
  var retryAfterSeconds: Int? { get }
}

extension Refusal {
  public var field: String? { nil }
  public var retryAfterSeconds: Int? { nil }
}

/// Every code an API client may meet; the HTTP status of each stands in one place, in Web.
public enum RefusalCode: String, Sendable, CaseIterable {
  case invalidInput = "invalid_input"
  case noLeads = "no_leads"
  case duplicateLeads = "duplicate_leads"
  case tooManyLeads = "too_many_leads"
  case unknownLeads = "unknown_leads"
  case unknownTemplate = "unknown_template"
  case templateRetired = "template_retired"
  case costNotApproved = "cost_not_approved"
  case quoteChanged = "quote_changed"
  case quoteExpired = "quote_expired"
  case budgetExceeded = "budget_exceeded"
  case invalidTransition = "invalid_transition"
  case idempotencyConflict = "idempotency_conflict"
  case batchInProgress = "batch_in_progress"
  case unauthenticated
  case forbidden
  case notFound = "not_found"
  case payloadTooLarge = "payload_too_large"
  case unsupportedMediaType = "unsupported_media_type"
  case rateLimited = "rate_limited"
  case unavailable
}

/// Bad input, field by field, so that a form can show each reason where it belongs.
public struct InvalidInput: Refusal, Hashable {
  public struct Problem: Sendable, Hashable {
    public var field: String
    public var code: String
    public var message: String

    public init(field: String, code: String, message: String) {
      self.field = field
      self.code = code
      self.message = message
    }
  }

  public var problems: [Problem]

  public init(_ problems: [Problem]) { self.problems = problems }

  public init(_ field: String, _ message: String, code: String = "invalid") {
    problems = [Problem(field: field, code: code, message: message)]
  }

  public var code: RefusalCode { .invalidInput }
  public var explanation: String { problems.map(\.message).joined(separator: " ") }
  public var field: String? { problems.first?.field }
}

import BatchReports
import Hummingbird

extension RefusalCode {
  /// The one place that says which HTTP status a code has (contract, section 4).
  public var status: HTTPResponse.Status {
    switch self {
    case .invalidInput, .noLeads, .duplicateLeads, .tooManyLeads, .unknownLeads, .unknownTemplate, .templateRetired, .costNotApproved:
      .unprocessableContent
    case .quoteChanged, .quoteExpired, .budgetExceeded, .invalidTransition, .idempotencyConflict, .batchInProgress: .conflict
    case .unauthenticated: .unauthorized
    case .forbidden: .forbidden
    case .notFound: .notFound
    case .payloadTooLarge: .contentTooLarge
    case .unsupportedMediaType: .unsupportedMediaType
    case .rateLimited: .tooManyRequests
    case .unavailable: .serviceUnavailable
    }
  }

  /// A short name of the kind of fault: the page's heading and a problem's title (RFC 9457, 3.1.3).
  public var title: String {
    switch self {
    case .invalidInput: "Something in the input is wrong"
    case .noLeads: "No leads are selected"
    case .duplicateLeads: "Some leads are named twice"
    case .tooManyLeads: "Too many leads are selected"
    case .unknownLeads: "Some leads are not known"
    case .unknownTemplate: "There is no such report template"
    case .templateRetired: "This report template is retired"
    case .costNotApproved: "The cost has not been approved"
    case .quoteChanged: "The price has changed"
    case .quoteExpired: "The price has expired"
    case .budgetExceeded: "The budget does not suffice"
    case .invalidTransition: "This cannot be done in the present state"
    case .idempotencyConflict: "This key was used for another request"
    case .batchInProgress: "These leads are already being worked on"
    case .unauthenticated: "You are not signed in"
    case .forbidden: "You may not do this"
    case .notFound: "There is no such page"
    case .payloadTooLarge: "That is too large"
    case .unsupportedMediaType: "This kind of content is not taken here"
    case .rateLimited: "Too many requests"
    case .unavailable: "This is not available at the moment"
    }
  }

  /// What to do next, for the error page.
  var advice: String {
    switch self {
    case .unauthenticated: "Sign in and try again."
    case .forbidden: "Go back and reload the page. If you need this, ask an admin."
    case .notFound: "Check the address, or look for the batch in the history."
    case .rateLimited, .unavailable: "Wait a moment and try again."
    default: "Go back, change it and send it again."
    }
  }
}

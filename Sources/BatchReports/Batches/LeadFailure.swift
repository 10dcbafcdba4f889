/// Why one lead got no report. The raw values are stable: clients and the CSV of failures carry them.
public enum LeadErrorCode: String, Codable, Sendable, CaseIterable, Hashable {
  case noWebsite = "no_website"
  case privateAddress = "private_address"
  case dnsFailed = "dns_failed"
  case connectFailed = "connect_failed"
  case tlsFailed = "tls_failed"
  case timeout
  case tooManyRedirects = "too_many_redirects"
  case tooLarge = "too_large"
  case notHTML = "not_html"
  case http429 = "http_429"
  case http5xx = "http_5xx"
  case providerTimeout = "provider_timeout"
  case providerUnavailable = "provider_unavailable"
  case providerRateLimited = "provider_rate_limited"
  case providerRefused = "provider_refused"
  case crashedRepeatedly = "crashed_repeatedly"
  case `internal`

  /// Whether another try a little later may well succeed; the others fail at once (contract, section 2).
  public var isTransient: Bool {
    switch self {
    case .timeout, .connectFailed, .http429, .http5xx, .providerTimeout, .providerUnavailable, .providerRateLimited: true
    default: false
    }
  }

  /// The cause in a few words, as a heading on a page.
  public var title: String {
    switch self {
    case .noWebsite: "No website on file"
    case .privateAddress: "Website points to a private address"
    case .dnsFailed: "Domain name not found"
    case .connectFailed: "Could not connect"
    case .tlsFailed: "Secure connection failed"
    case .timeout: "Website took too long"
    case .tooManyRedirects: "Too many redirects"
    case .tooLarge: "Page too large"
    case .notHTML: "Not a web page"
    case .http429: "Website asked us to slow down"
    case .http5xx: "Website had a server error"
    case .providerTimeout: "A paid provider took too long"
    case .providerUnavailable: "A paid provider was not available"
    case .providerRateLimited: "A paid provider asked us to slow down"
    case .providerRefused: "A paid provider refused us"
    case .crashedRepeatedly: "Set aside after repeated crashes"
    case .internal: "Our own fault"
    }
  }

  /// What the operator can do about it.
  public var remedy: String {
    switch self {
    case .noWebsite: "Add a website to the lead, then retry."
    case .privateAddress: "Correct the website address: it leads into a private network, which is never fetched."
    case .dnsFailed: "Check the website's spelling, or whether the domain has lapsed."
    case .connectFailed, .timeout, .http429, .http5xx: "Usually passes: retry later."
    case .tlsFailed: "The site cannot be reached securely; its owner has to repair it."
    case .tooManyRedirects: "The site redirects in a circle; its owner has to repair it."
    case .tooLarge: "The home page is above the size limit."
    case .notHTML: "The address leads to a file, not a page: correct the website."
    case .providerTimeout, .providerUnavailable, .providerRateLimited: "Usually passes: retry later. What was paid for is kept and not paid again."
    case .providerRefused: "Check the provider's key, credit and plan with an admin, then retry. What was paid for is kept and not paid again."
    case .crashedRepeatedly: "This lead was in flight in three crashes; report it before trying again."
    case .internal: "Retry; if it fails again, report the request id in the log."
    }
  }
}

/// Thrown by a report pipeline: the stable code, and a sentence about this very lead.
public struct LeadFailure: Error, Sendable, Hashable {
  public var code: LeadErrorCode
  public var message: String
  /// Seconds the website asked us to wait (Retry-After, RFC 9110, 10.2.3), where it did.
  public var retryAfter: Double?

  public init(_ code: LeadErrorCode, _ message: String, retryAfter: Double? = nil) {
    self.code = code
    self.message = message
    self.retryAfter = retryAfter
  }
}

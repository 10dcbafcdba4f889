import Foundation

/// What came back: the last answer of a chain of redirects, with the facts of how it came.
public struct FetchedPage: Sendable {
  public var requestedURL: String
  public var finalURL: String
  public var status: Int
  /// Headers of the last answer only, in the order received.
  public var headers: [HTTPHeader]
  /// Decoded body (gzip, deflate, br and zstd undone).
  public var body: Data
  /// Bytes of body as they crossed the network, before decoding.
  public var bytesReceived: Int
  public var redirects: [Redirect]
  /// Where a redirect points that was not followed, as an absolute address; nil for any other answer.
  public var redirectTarget: String?
  /// The cookies of the chain so far, as libcurl writes them; only of a request that follows no redirects.
  public var cookies: [String] = []
  public var timings: FetchTimings
  /// The address that was really connected to, without brackets.
  public var remoteAddress: String
  public var httpVersion: HTTPVersion
  /// Nil when the last hop was plain http.
  public var tls: TLSFacts?
  public var fetchedAt: Date

  public init(
    requestedURL: String, finalURL: String, status: Int, headers: [HTTPHeader], body: Data, bytesReceived: Int,
    redirects: [Redirect] = [], timings: FetchTimings = FetchTimings(), remoteAddress: String = "",
    httpVersion: HTTPVersion = .http1_1, tls: TLSFacts? = nil, fetchedAt: Date
  ) {
    self.requestedURL = requestedURL
    self.finalURL = finalURL
    self.status = status
    self.headers = headers
    self.body = body
    self.bytesReceived = bytesReceived
    self.redirects = redirects
    self.timings = timings
    self.remoteAddress = remoteAddress
    self.httpVersion = httpVersion
    self.tls = tls
    self.fetchedAt = fetchedAt
  }

  /// The first value of a header, its name compared without case (RFC 9110, 5.1).
  public func header(_ name: String) -> String? {
    headers.first { $0.name.caseInsensitiveCompare(name) == .orderedSame }?.value
  }

  /// Every value of a header that may stand more than once, such as Set-Cookie.
  public func headerValues(_ name: String) -> [String] {
    headers.filter { $0.name.caseInsensitiveCompare(name) == .orderedSame }.map(\.value)
  }
}

/// One hop: the address that answered with a 3xx, and where it pointed.
public struct Redirect: Sendable, Hashable {
  public var status: Int
  public var from: String
  public var to: String

  public init(status: Int, from: String, to: String) {
    self.status = status
    self.from = from
    self.to = to
  }
}

/// Seconds since the start of the transfer, as libcurl counts them: each figure includes those before it.
/// After redirects they describe the last hop, except `total` and `redirect`.
public struct FetchTimings: Sendable, Hashable {
  public var nameLookup = 0.0
  public var connect = 0.0
  public var tls = 0.0
  public var firstByte = 0.0
  public var total = 0.0
  /// Seconds spent in all redirect hops before the last.
  public var redirect = 0.0

  public init() {}
}

public enum HTTPVersion: String, Sendable, Hashable { case http1_0 = "HTTP/1.0", http1_1 = "HTTP/1.1", http2 = "HTTP/2", http3 = "HTTP/3" }

/// What the TLS session and the server's certificate said.
public struct TLSFacts: Sendable, Hashable {
  /// "TLSv1.3", "TLSv1.2", … ; nil when the library cannot tell.
  public var version: String?
  public var subject: String?
  public var issuer: String?
  public var validFrom: Date?
  public var expires: Date?
  /// Nil when the certificate was accepted.
  public var problem: CertificateProblem?

  public init(
    version: String? = nil, subject: String? = nil, issuer: String? = nil, validFrom: Date? = nil, expires: Date? = nil,
    problem: CertificateProblem? = nil
  ) {
    self.version = version
    self.subject = subject
    self.issuer = issuer
    self.validFrom = validFrom
    self.expires = expires
    self.problem = problem
  }
}

public enum CertificateProblem: String, Sendable, Hashable { case expired, notYetValid, wrongHost, selfSigned, untrusted }

/// Why no answer could be had. Each case is one that an operator would tell apart.
public enum FetchError: Error, Sendable, Hashable {
  /// Not an absolute http or https URL with a host.
  case invalidURL(String)
  /// The address policy refused the address that the name resolved to.
  case addressRefused(address: String)
  case nameNotResolved(host: String)
  case connectFailed(detail: String)
  /// The TLS handshake failed for a reason other than an untrusted certificate.
  case tlsFailed(detail: String)
  /// The certificate was not trusted; fetch again without verification to have the page all the same.
  case certificateInvalid(CertificateProblem)
  case timedOut(seconds: Double)
  case tooManyRedirects(limit: Int)
  case tooLarge(limit: Int)
  /// The body is compressed more than once. libcurl undoes all layers before it asks us, and two can hide hours of work that yield nothing.
  case compressedRepeatedly
  /// The peer closed or reset the connection, or spoke no HTTP.
  case brokenTransfer(detail: String)
  case cancelled
}

import Foundation

/// One HTTP request as the fetcher understands it.
public struct FetchRequest: Sendable {
  public enum Method: String, Sendable { case get = "GET", head = "HEAD", post = "POST" }

  public var url: String
  public var method: Method
  public var headers: [HTTPHeader]
  public var body: Data?
  /// Seconds for the whole transfer, redirects included.
  public var timeout: Double
  /// Seconds for name resolution, TCP and TLS of one hop.
  public var connectTimeout: Double
  /// Bytes of decoded body above which the transfer is abandoned as `FetchError.tooLarge`.
  public var maximumBytes: Int
  /// Redirects that are followed; one more is `FetchError.tooManyRedirects`. 0 hands a 3xx answer back as it is.
  public var maximumRedirects: Int
  /// False hands each redirect back as `FetchedPage.redirectTarget`, for a caller who has to see every hop before it is made.
  public var followsRedirects: Bool
  /// What earlier hops of the same chain left in `FetchedPage.cookies`.
  public var cookies: [String] = []
  /// True opens a connection for this request alone, so that it is never sent a second time because a kept one was dead.
  public var needsOwnConnection = false
  /// False fetches a page whose certificate cannot be trusted; the facts still say what is wrong with it.
  public var verifiesCertificate: Bool

  public init(
    url: String, method: Method = .get, headers: [HTTPHeader] = [], body: Data? = nil, timeout: Double = 20,
    connectTimeout: Double = 8, maximumBytes: Int = 5 * 1024 * 1024, maximumRedirects: Int = 10, followsRedirects: Bool = true,
    verifiesCertificate: Bool = true
  ) {
    self.url = url
    self.method = method
    self.headers = headers
    self.body = body
    self.timeout = timeout
    self.connectTimeout = connectTimeout
    self.maximumBytes = maximumBytes
    self.maximumRedirects = maximumRedirects
    self.followsRedirects = followsRedirects
    self.verifiesCertificate = verifiesCertificate
  }
}

/// A header line in the order and spelling in which it was sent or received.
public struct HTTPHeader: Sendable, Hashable {
  public var name: String
  public var value: String

  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

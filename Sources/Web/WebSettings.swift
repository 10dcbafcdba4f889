import Foundation

/// What of the settings the web side needs.
public struct WebSettings: Sendable {
  /// The address that people type; https turns on secure cookies and HSTS.
  public var publicURL: URL
  /// Whether an operator named that address; else it is the one that the server listens on, which may lead nowhere from elsewhere.
  public var hasPublicURL: Bool
  /// Origins that may read the API from their own pages, such as `https://crm.example.com`.
  public var corsOrigins: Set<String>
  /// Whether a proxy in front sets X-Forwarded-For; without one the header is anyone's to write.
  public var trustsProxy: Bool
  /// The product's version, shown in the footer.
  public var version: String
  /// In which pages print times and days begin.
  public var timeZone: TimeZone

  public init(
    publicURL: URL, hasPublicURL: Bool = true, corsOrigins: Set<String> = [], trustsProxy: Bool = false, version: String = "1.0.0",
    timeZone: TimeZone = .gmt
  ) {
    self.publicURL = publicURL
    self.hasPublicURL = hasPublicURL
    self.corsOrigins = corsOrigins
    self.trustsProxy = trustsProxy
    self.version = version
    self.timeZone = timeZone
  }

  /// What stands before a path in a file that leaves this site; empty where the address is not known.
  var linkBase: String {
    guard hasPublicURL else { return "" }
    let text = publicURL.absoluteString
    return text.hasSuffix("/") ? String(text.dropLast()) : text
  }

  public var isSecure: Bool { publicURL.scheme?.lowercased() == "https" }
}

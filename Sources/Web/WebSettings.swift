import Foundation

/// What of the settings the web side needs.
public struct WebSettings: Sendable {
  /// The address that people type; https turns on secure cookies and HSTS.
  public var publicURL: URL
  /// Origins that may read the API from their own pages, such as `https://crm.example.com`.
  public var corsOrigins: Set<String>
  /// Whether a proxy in front sets X-Forwarded-For; without one the header is anyone's to write.
  public var trustsProxy: Bool
  /// The product's version, shown in the footer.
  public var version: String
  /// In which pages print times and days begin.
  public var timeZone: TimeZone

  public init(
    publicURL: URL, corsOrigins: Set<String> = [], trustsProxy: Bool = false, version: String = "1.0.0", timeZone: TimeZone = .gmt
  ) {
    self.publicURL = publicURL
    self.corsOrigins = corsOrigins
    self.trustsProxy = trustsProxy
    self.version = version
    self.timeZone = timeZone
  }

  public var isSecure: Bool { publicURL.scheme?.lowercased() == "https" }
}

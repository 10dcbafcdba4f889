import Foundation
import Hummingbird

/// Which site a request was sent from.
public enum RequestOrigin {
  /// True when the browser says that another site sent this: by `Sec-Fetch-Site`, or by an `Origin` that is neither ours nor this host's.
  ///
  /// A web socket's handshake asks this too: no other check keeps foreign pages from opening one with our cookie (RFC 6455, 10.2).
  public static func isForeign(_ request: Request, _ settings: WebSettings) -> Bool {
    if let site = request.headers[.secFetchSite], site != "same-origin", site != "none" { return true }
    guard let origin = request.headers[.origin] else { return false }
    if origin == self.origin(of: settings.publicURL) { return false }
    guard let host = hostHeader(request), let url = URL(string: origin), url.scheme == "http" || url.scheme == "https" else { return true }
    return authority(of: url) != host.lowercased()
  }

  /// The path and query of the page that held the form, if it was of this host.
  static func refererPath(_ request: Request) -> String? {
    guard let text = request.headers[.referer], let url = URL(string: text), let host = hostHeader(request),
      authority(of: url) == host.lowercased()
    else { return nil }
    let path = url.path(percentEncoded: true)
    return url.query(percentEncoded: true).map { path + "?" + $0 } ?? path
  }

  static func origin(of url: URL) -> String {
    "\(url.scheme?.lowercased() ?? "http")://\(authority(of: url))"
  }

  private static func hostHeader(_ request: Request) -> String? { request.head.authority ?? request.headers[.host] }

  private static func authority(of url: URL) -> String {
    let host = url.host(percentEncoded: true)?.lowercased() ?? ""
    let bracketed = host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
    return url.port.map { "\(bracketed):\($0)" } ?? bracketed
  }
}

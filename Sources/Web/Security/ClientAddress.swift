import Foundation
import Hummingbird
import NIOCore

/// The IP address that a request came from.
enum ClientAddress {
  /// With a trusted proxy, the last entry of X-Forwarded-For, which the proxy itself wrote; the ones before it are anyone's claims.
  static func of(_ request: Request, _ context: some PageContext, trustsProxy: Bool) -> String {
    if trustsProxy, let header = request.headers[.forwardedFor], let last = header.split(separator: ",").last {
      let address = last.trimmingCharacters(in: .whitespaces)
      if !address.isEmpty, address.utf8.count <= 45 { return address }
    }
    return context.channel.remoteAddress?.ipAddress ?? "unknown"
  }
}

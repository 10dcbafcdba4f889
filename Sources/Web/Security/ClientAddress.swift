import Foundation
import Hummingbird
import NIOCore

/// The IP address that a request came from.
enum ClientAddress {
  /// With a trusted proxy, the last entry of X-Forwarded-For, which the proxy itself wrote; the ones before it are anyone's claims.
  static func of(_ request: Request, _ context: some PageContext, trustsProxy: Bool) -> String {
    if trustsProxy, let last = request.headers[.forwardedFor]?.split(separator: ",").last, let address = bare(last) { return address }
    return context.channel.remoteAddress?.ipAddress ?? "unknown"
  }

  /// What counts as one client: an IPv4 address, or the /64 that one customer has of IPv6 (RFC 6177), where addresses are free to change.
  static func network(of address: String) -> String {
    var bytes = [UInt8](repeating: 0, count: 16)
    guard inet_pton(AF_INET6, String(address.prefix { $0 != "%" }), &bytes) == 1 else { return address }
    if bytes.prefix(12) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF] { return bytes.suffix(4).map { "\($0)" }.joined(separator: ".") }
    return bytes.prefix(8).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + "/64"
  }

  /// An entry without the port that some proxies add; nil for what is no address, such as "unknown".
  private static func bare(_ entry: Substring) -> String? {
    var text = entry.trimmingCharacters(in: .whitespaces)[...]
    if text.hasPrefix("[") { text = text.dropFirst().prefix { $0 != "]" } } else if text.count(where: { $0 == ":" }) == 1 { text = text.prefix { $0 != ":" } }
    var bytes = [UInt8](repeating: 0, count: 16)
    let isAddress = [AF_INET, AF_INET6].contains { inet_pton($0, String(text), &bytes) == 1 }
    return isAddress ? String(text) : nil
  }
}

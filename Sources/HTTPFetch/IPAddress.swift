import Foundation

/// An IPv4 or IPv6 address as a number.
public enum IPAddress: Sendable, Hashable, CustomStringConvertible {
  case v4(UInt32)
  case v6(UInt128)

  /// Reads the textual form, "192.0.2.1" or "2001:db8::1" (RFC 4291, 2.2), without brackets, port or zone; nil for anything else.
  public init?(_ text: String) {
    var v4 = in_addr()
    var v6 = in6_addr()
    if inet_pton(AF_INET, text, &v4) == 1 {
      self.init(bytes: withUnsafeBytes(of: &v4, Array.init))
    } else if inet_pton(AF_INET6, text, &v6) == 1 {
      self.init(bytes: withUnsafeBytes(of: &v6, Array.init))
    } else {
      return nil
    }
  }

  /// Reads 4 or 16 bytes in network order; nil for another count.
  public init?(bytes: some Collection<UInt8>) {
    switch bytes.count {
    case 4: self = .v4(bytes.reduce(0) { $0 << 8 | UInt32($1) })
    case 16: self = .v6(bytes.reduce(0) { $0 << 8 | UInt128($1) })
    default: return nil
    }
  }

  /// The usual spelling (RFC 5952 for IPv6), without brackets.
  public var description: String {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    switch self {
    case .v4(let number):
      var address = in_addr(s_addr: number.bigEndian)
      inet_ntop(AF_INET, &address, &text, socklen_t(text.count))
    case .v6(let number):
      var bigEndian = number.bigEndian
      inet_ntop(AF_INET6, &bigEndian, &text, socklen_t(text.count))
    }
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// True for 127.0.0.0/8; the IPv6 forms do not count.
  var isIPv4Loopback: Bool {
    guard case .v4(let number) = self else { return false }
    return number >> 24 == 127
  }
}

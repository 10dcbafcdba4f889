/// Which network addresses a fetcher may connect to. It is asked for the very address of each connection, after name
/// resolution and on every redirect, so a name that resolves anew to a private address gains nothing.
public enum AddressPolicy: Sendable, Hashable {
  /// Globally reachable addresses only (IANA special-purpose registries, RFC 6890): no loopback, private, link-local, shared,
  /// multicast or reserved address, nor a form that hides one (IPv4-mapped, NAT64, 6to4).
  case publicOnly
  /// Public addresses, and loopback addresses (127.0.0.0/8) with exactly this port: the demo sites.
  case publicAndLoopback(port: UInt16)
  /// Everything; for an operator who audits an intranet (ALLOW_PRIVATE_HOSTS).
  case unrestricted

  /// Whether a connection to this address and port may be opened.
  public func allows(_ address: IPAddress, port: UInt16) -> Bool {
    switch self {
    case .publicOnly: address.isGloballyReachable
    case .publicAndLoopback(let open): address.isGloballyReachable || (address.isIPv4Loopback && port == open)
    case .unrestricted: true
    }
  }
}

/// The TLS facts of open connections. libcurl tells the certificate only to the transfer that made the handshake; later transfers on
/// the same connection find it here. It belongs to the transfer thread.
final class ConnectionCertificates {
  /// A connection, as both ends see it.
  struct Key: Hashable {
    var localPort: Int
    var remoteAddress: String
    var remotePort: Int
  }

  /// Connections that libcurl keeps open for reuse; facts are kept for more than that, so that none in use is forgotten.
  static let pooledConnections = 256
  private static let limit = 4 * pooledConnections

  private var facts: [Key: TLSFacts] = [:]
  private var order: [Key] = []

  subscript(_ key: Key) -> TLSFacts? { facts[key] }

  func remember(_ new: TLSFacts, of key: Key) {
    if facts.updateValue(new, forKey: key) == nil { order.append(key) }
    guard order.count > Self.limit else { return }
    for old in order.prefix(Self.limit / 2) { facts[old] = nil }
    order.removeFirst(Self.limit / 2)
  }
}

/// Why the demo's websites cannot be served.
public enum DemoSiteError: Error, Sendable, Hashable {
  case alreadyStarted
  case wrongSiteCount(Int)
  /// The wanted port is taken on one of the addresses.
  case portTaken(port: Int, address: String)
  /// No port was free on all of the addresses.
  case noFreePort(attempts: Int)
  /// The system does not let a server listen on the address.
  case addressUnavailable(address: String, reason: String)

  public var code: String {
    switch self {
    case .alreadyStarted: "already_started"
    case .wrongSiteCount: "wrong_site_count"
    case .portTaken: "port_taken"
    case .noFreePort: "no_free_port"
    case .addressUnavailable: "address_unavailable"
    }
  }

  public var explanation: String {
    switch self {
    case .alreadyStarted: "The sample websites are served already."
    case .wrongSiteCount(let count): "The demo serves 1 to \(SampleLeads.maximumCount) sample websites, not \(count)."
    case .portTaken(let port, let address):
      "Port \(port) on \(address), which the sample leads' websites name, is taken. "
        + "Stop the program that uses it, or start with an empty data folder."
    case .noFreePort(let attempts): "No port was free on all loopback addresses of the sample websites in \(attempts) attempts. Try again."
    case .addressUnavailable(let address, let reason):
      "The sample websites cannot listen on \(address): \(reason). They need Linux, where all of 127.0.0.0/8 is loopback."
    }
  }
}

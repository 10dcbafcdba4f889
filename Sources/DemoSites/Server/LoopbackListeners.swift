import Glibc
import NIOCore
import NIOPosix

/// One listening socket for each address, all on one port. The addresses are of 127.0.0.0/8, so that nothing outside of the
/// machine can connect.
struct LoopbackListeners: Sendable {
  let port: Int
  private let channels: [any Channel]

  static let attempts = 8

  /// Binds the wanted port or throws `DemoSiteError.portTaken`; without one, finds a port that is free on every address.
  static func bound(
    to addresses: [String], preferredPort: Int?, by bootstrap: (_ address: String) -> ServerBootstrap
  ) async throws -> LoopbackListeners {
    if let preferredPort { return try await bound(to: addresses, port: preferredPort, by: bootstrap) }
    for _ in 0..<attempts {
      do {
        return try await bound(to: addresses, port: 0, by: bootstrap)
      } catch DemoSiteError.portTaken {
        continue
      }
    }
    throw DemoSiteError.noFreePort(attempts: attempts)
  }

  func close() async {
    for channel in channels {
      // A listener that is closed already is what was wanted.
      try? await channel.close()
    }
  }

  /// Port 0 lets the system choose on the first address.
  private static func bound(
    to addresses: [String], port: Int, by bootstrap: (_ address: String) -> ServerBootstrap
  ) async throws -> LoopbackListeners {
    var port = port
    var channels: [any Channel] = []
    for address in addresses {
      do {
        let channel = try await bootstrap(address).bind(host: address, port: port).get()
        channels.append(channel)
        port = channel.localAddress?.port ?? port
      } catch {
        await LoopbackListeners(port: port, channels: channels).close()
        throw refusal(of: error, port: port, address: address)
      }
    }
    return LoopbackListeners(port: port, channels: channels)
  }

  private static func refusal(of error: any Error, port: Int, address: String) -> any Error {
    guard let failure = error as? IOError else { return error }
    return failure.errnoCode == EADDRINUSE
      ? DemoSiteError.portTaken(port: port, address: address)
      : DemoSiteError.addressUnavailable(address: address, reason: String(cString: strerror(failure.errnoCode)))
  }
}

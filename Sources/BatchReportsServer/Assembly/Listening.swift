import Hummingbird
import ServiceLifecycle
import Synchronization

/// The web server as a service that says in an operator's words why it cannot listen.
struct Listening<Server: ApplicationProtocol>: Service {
  let host: String
  let port: Int
  let server: Server
  let hasBegun: ListeningHasBegun

  /// Throws `SettingsError` when the server fails before it listens.
  func run() async throws {
    do { try await server.run() } catch {
      if hasBegun.isSo { throw error }
      throw SettingsError(
        setting: "BATCH_HOST with BATCH_PORT", value: "\(host):\(port)",
        expected: "an address of this machine and a port that is free there (\(error))")
    }
  }
}

/// Told by the server as soon as it listens.
final class ListeningHasBegun: Sendable {
  private let flag = Mutex(false)
  var isSo: Bool { flag.withLock { $0 } }
  func tell() { flag.withLock { $0 = true } }
}

import Foundation
import Hummingbird
import Logging

/// The yardstick: a plain Hummingbird route with the framework's own server. Serves until SIGTERM and prints the port that it got.
@main
struct HelloYardstick {
  static func main() async throws {
    let router = Router()
    router.get("/hello") { _, _ in "hello" }
    var logger = Logger(label: "hello-yardstick")
    logger.logLevel = .error
    let application = Application(
      router: router, server: .http1(), configuration: .init(address: .hostname("127.0.0.1", port: 0), backlog: 1024),
      onServerRunning: { channel in
        FileHandle.standardOutput.write(Data("http://127.0.0.1:\(channel.localAddress?.port ?? 0)\n".utf8))
      }, logger: logger)
    try await application.runService()
  }
}

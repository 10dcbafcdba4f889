import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle

@testable import WebSockets

struct SocketContext: UpgradableRequestContext {
  var coreContext: CoreRequestContextStorage
  let channel: any Channel

  init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    channel = source.channel
  }
}

/// A running server with the routes that a test adds.
struct TestServer: Sendable {
  let port: Int
  private let group: ServiceGroup

  /// Stops as SIGTERM does.
  func stop() async { await group.triggerGracefulShutdown() }

  static func run(
    server: HTTPServerBuilder = .http1WithWebSockets(),
    routes: (Router<SocketContext>) -> Void,
    test: @Sendable (TestServer) async throws -> Void
  ) async throws {
    let router = Router(context: SocketContext.self)
    routes(router)
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let (ports, port) = AsyncStream.makeStream(of: Int.self)
    let app = Application(
      router: router,
      server: server,
      configuration: .init(address: .hostname("127.0.0.1", port: 0)),
      onServerRunning: { channel in
        port.yield(channel.localAddress?.port ?? 0)
        port.finish()
      },
      logger: logger
    )
    let group = ServiceGroup(configuration: .init(services: [app], logger: logger))
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try await group.run() }
      for await port in ports {
        do {
          try await test(TestServer(port: port, group: group))
        } catch {
          await group.triggerGracefulShutdown()
          throw error
        }
      }
      await group.triggerGracefulShutdown()
      try await tasks.waitForAll()
    }
  }
}

/// A socket that sends back what it gets.
func echo(_ socket: WebSocketConnection) async {
  for await text in socket.inbound { socket.send(text: text) }
}

extension Router<SocketContext> {
  /// Adds a route that becomes a socket.
  func socket(_ path: RouterPath, _ options: WebSocketOptions = WebSocketOptions(), _ handler: @escaping WebSocketUpgrade.Handler) {
    get(path) { request, context in
      try WebSocketUpgrade.response(to: request, context: context, options: options, handler: handler)
    }
  }
}

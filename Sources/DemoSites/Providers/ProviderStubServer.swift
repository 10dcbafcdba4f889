import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// Serves the stubs of all six paid services on one loopback port, from one thread: each below a path of its own name.
public actor ProviderStubServer {
  static let address = "127.0.0.1"

  public nonisolated let stubs: ProviderStubs
  private var group: MultiThreadedEventLoopGroup?

  public init(_ stubs: ProviderStubs = ProviderStubs()) { self.stubs = stubs }

  /// The address below which a service answers, as it is set in place of the real one's.
  public static func baseURL(of provider: StubProvider, port: Int) -> String {
    "http://\(address):\(port)/\(provider.rawValue)" + (provider == .openai ? "/v1" : "")
  }

  /// Takes a free port and gives it. Throws `DemoSiteError`.
  public func start() async throws -> Int {
    guard group == nil else { throw DemoSiteError.alreadyStarted }
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    self.group = group
    let stubs = stubs
    do {
      let listeners = try await LoopbackListeners.bound(to: [Self.address], preferredPort: nil) { _ in
        ServerBootstrap(group: group)
          .serverChannelOption(.backlog, value: 256)
          .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
          .childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
              let pipeline = channel.pipeline.syncOperations
              try pipeline.configureHTTPServerPipeline(withErrorHandling: true)
              try pipeline.addHandler(ProviderStubHandler(stubs: stubs))
            }
          }
      }
      return listeners.port
    } catch {
      await shutdown()
      throw error
    }
  }

  /// Closes the listener and every connection at once, also those that hang, and ends the thread.
  public func shutdown() async {
    guard let group else { return }
    self.group = nil
    do { try await group.shutdownGracefully() } catch { assertionFailure("The stubs' event loop did not end: \(error)") }
  }
}

import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// A request context that knows the connection of its request; it has it from `ApplicationRequestContextSource.channel`.
public protocol UpgradableRequestContext: RequestContext {
  var channel: any Channel { get }
}

/// The upgrade of a request to a WebSocket, inside an ordinary route.
public enum WebSocketUpgrade {
  /// What a route does with its socket; returning closes with 1000, throwing with 1011, and it is cancelled when the socket ends.
  public typealias Handler = @Sendable (WebSocketConnection) async throws -> Void

  /// Thrown out of the response body when a socket has ended, so that no HTTP follows on its connection.
  private struct SocketEnded: Error {}

  /// The 101 answer to a handshake; whatever the route must check of the account, it checks before.
  ///
  /// The server must be built with `HTTPServerBuilder.http1WithWebSockets`. No middleware may wrap the body of this answer.
  /// - Throws: ``HandshakeRefusal`` when the request is not a handshake.
  public static func response(
    to request: Request,
    context: some UpgradableRequestContext,
    options: WebSocketOptions = WebSocketOptions(),
    handler: @escaping Handler
  ) throws(HandshakeRefusal) -> Response {
    let handshake = try Handshake(request.head, offersCompression: options.compresses)
    let channel = context.channel
    let logger = context.logger
    return Response(
      status: .switchingProtocols,
      headers: handshake.headers,
      body: ResponseBody { _ in
        let connection = try await open(channel, options, deflates: handshake.deflates, logger)
        await run(handler, on: connection, logger)
        throw SocketEnded()
      }
    )
  }

  private static func open(
    _ channel: any Channel, _ options: WebSocketOptions, deflates: Bool, _ logger: Logger
  ) async throws -> WebSocketConnection {
    do {
      return try await channel.eventLoop.submit {
        let slot = try channel.pipeline.syncOperations.handler(type: UpgradeSlot.self)
        return try slot.becomeWebSocket(options: options, deflates: deflates)
      }.get()
    } catch {
      // A client that left in the meantime is no news; a server without the slot is.
      if channel.isActive { logger.error("The connection cannot become a WebSocket", metadata: ["error": "\(error)"]) }
      throw error
    }
  }

  private static func run(_ handler: @escaping Handler, on connection: WebSocketConnection, _ logger: Logger) async {
    await withDiscardingTaskGroup { group in
      group.addTask {
        do {
          try await handler(connection)
          await connection.close()
        } catch {
          // Cancelled by the end of the socket, or with the whole server.
          if error is CancellationError { return await connection.close(code: .goingAway) }
          if connection.closeCode == nil { logger.error("A WebSocket's handler failed", metadata: ["error": "\(error)"]) }
          await connection.close(code: .internalError)
        }
      }
      await connection.closed()
      group.cancelAll()
    }
  }
}

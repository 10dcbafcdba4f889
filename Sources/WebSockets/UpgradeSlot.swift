import HTTPTypes
import NIOCore
import NIOHTTP1

/// The place in an HTTP/1.1 pipeline at which a connection can turn into a WebSocket, and the rules for connections that must end.
///
/// NIO's decoder reads nothing more after a request with an Upgrade field or with CONNECT. So each answer to such a request,
/// other than 101, closes the connection; otherwise the client's next request would hang. HTTP/1.0 connections
/// close too, and their answers are never chunked.
final class UpgradeSlot: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  enum SwitchError: Error { case notReady }

  private struct Exchange {
    var isLast: Bool
    var isOld: Bool
  }

  /// How long a client may take to read the last answer before the connection is cut.
  private let lingerTime: TimeAmount = .seconds(1)
  /// The handlers that speak HTTP, the request decoder last: they go when the connection becomes a WebSocket.
  private var httpHandlers: [any RemovableChannelHandler]
  private var exchanges = CircularBuffer<Exchange>(initialCapacity: 2)
  private var context: ChannelHandlerContext?
  private var cutting: Scheduled<Void>?

  private var isReadingRequest = false
  private var takesRequests = true
  private var isLastResponse = false
  private var isFinished = false
  private var hasSwitched = false
  private var isQuiescing = false
  private var isInputClosed = false

  init(httpHandlers: [any RemovableChannelHandler]) { self.httpHandlers = httpHandlers }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) {
    cutting?.cancel()
    httpHandlers = []
    self.context = nil
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard takesRequests || isReadingRequest else { return }
    switch unwrapInboundIn(data) {
    case .head(var head):
      let isOld = head.version == .http1_0
      let stopsDecoder = head.method == .CONNECT || head.headers.contains(name: "Upgrade")
      let isLast = isOld || stopsDecoder || !head.isKeepAlive
      exchanges.append(Exchange(isLast: isLast, isOld: isOld))
      isReadingRequest = true
      takesRequests = !isLast
      guard isOld else { return context.fireChannelRead(data) }
      // An HTTP/1.0 client cannot be upgraded (RFC 9110, 7.8), nor read the chunks that compressed answers come in.
      head.headers.remove(name: "Upgrade")
      head.headers.remove(name: "Accept-Encoding")
      context.fireChannelRead(wrapInboundOut(.head(head)))
    case .body:
      context.fireChannelRead(data)
    case .end:
      isReadingRequest = false
      context.fireChannelRead(data)
    }
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    guard !isFinished else {
      promise?.fail(ChannelError.outputClosed)
      return
    }
    switch unwrapOutboundIn(data) {
    case .head(var head):
      hasSwitched = head.status == .switchingProtocols
      guard head.status.code >= 200 else { return context.write(data, promise: promise) }
      // No exchange: the answer to bytes that are not HTTP.
      let exchange = exchanges.first ?? Exchange(isLast: true, isOld: false)
      isLastResponse = exchange.isLast || !head.isKeepAlive
      guard isLastResponse else { return context.write(data, promise: promise) }
      if exchange.isOld { head.version = .http1_0 }
      let options = head.headers[canonicalForm: "connection"].filter { $0.lowercased() != "close" && $0.lowercased() != "keep-alive" }
      head.headers.replaceOrAdd(name: "Connection", value: (options + ["close"]).joined(separator: ", "))
      context.write(wrapOutboundOut(.head(head)), promise: promise)
    case .body:
      context.write(data, promise: promise)
    case .end:
      _ = exchanges.popFirst()
      context.write(data, promise: promise)
      if isLastResponse { finish(context) }
    }
  }

  /// Shuts the output behind the last answer. The input stays open for a moment: closing a socket with unread bytes
  /// would reset the connection, and the client could miss the answer.
  private func finish(_ context: ChannelHandlerContext) {
    isFinished = true
    takesRequests = false
    context.flush()
    context.close(mode: .output, promise: nil)
    cutting = context.eventLoop.assumeIsolated().scheduleTask(in: lingerTime) { [weak self] in self?.context?.close(promise: nil) }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is ChannelShouldQuiesceEvent { isQuiescing = true }
    if case .some(.inputClosed) = event as? ChannelEvent { isInputClosed = true }
    context.fireUserInboundEventTriggered(event)
  }

  /// Takes HTTP out of the pipeline and puts the socket in; the 101 answer must be written.
  ///
  /// The decoder goes last and hands on the bytes that came right behind the handshake.
  func becomeWebSocket(options: WebSocketOptions, deflates: Bool) throws -> WebSocketConnection {
    guard let context, hasSwitched, !isReadingRequest else { throw SwitchError.notReady }
    let connection = WebSocketConnection(channel: context.channel, options: options, deflates: deflates)
    let socket = connection.pipelineHandler
    let pipeline = context.pipeline.syncOperations
    try? context.channel.syncOptions?.setOption(.socketOption(.so_sndbuf), value: numericCast(options.sendBufferBytes))
    try pipeline.addHandler(socket, position: .after(self))
    for handler in [self] + httpHandlers { pipeline.removeHandler(handler, promise: nil) }
    // These were told before the socket was there to hear it.
    if isQuiescing { socket.shutDown() }
    if isInputClosed { socket.drop() }
    return connection
  }
}

@available(*, unavailable)
extension UpgradeSlot: Sendable {}

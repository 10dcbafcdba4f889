import NIOCore

/// An open WebSocket, usable from any task.
public final class WebSocketConnection: Sendable {
  /// The client's text messages; it ends when the socket does. Only a few wait here: when a handler does not read them, a client
  /// that goes on sending is closed with 1008.
  public let inbound: AsyncStream<String>

  private let channel: any Channel
  private let options: WebSocketOptions
  private let outbox: Outbox
  private let handler: NIOLoopBound<SocketHandler>

  /// Makes the connection and its handler; on the channel's event loop.
  init(channel: any Channel, options: WebSocketOptions, deflates: Bool) {
    let (inbound, messages) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingOldest(options.inboundCapacity))
    let outbox = Outbox(capacity: options.outboundCapacity)
    let now = channel.eventLoop.now
    let handler = SocketHandler(options: options, deflates: deflates, outbox: outbox, messages: messages, now: now)
    self.inbound = inbound
    self.channel = channel
    self.options = options
    self.outbox = outbox
    self.handler = NIOLoopBound(handler, eventLoop: channel.eventLoop)
  }

  /// Sends a small message that must not be left out. A client that lets thousands of them pile up is dropped.
  public func send(text: String) {
    put(SharedMessage(text), topic: nil)
  }

  /// Sends a snapshot. While it waits on a slow reader, a newer one on the same topic takes its place.
  public func offer(_ message: SharedMessage) {
    put(message, topic: message.topic)
  }

  /// Sends what was offered before, says goodbye, and returns when the connection is closed.
  ///
  /// A code that may not be sent goes out as 1011, and a reason longer than 123 bytes is cut.
  public func close(code: WebSocketCloseCode = .normal, reason: String = "") async {
    channel.eventLoop.execute { [handler, options] in
      handler.value.close(code, reason: reason, timeout: options.closeTimeout)
    }
    await closed()
  }

  /// Returns when the connection is closed, whoever closed it.
  public func closed() async {
    // The future of a closed channel never fails.
    try? await channel.closeFuture.get()
  }

  /// How the socket ended: the code of the close frame that was sent or received first, or 1006; nil while it is open.
  public var closeCode: WebSocketCloseCode? { outbox.closeCode }

  /// The handler to put into the pipeline; on the event loop.
  var pipelineHandler: SocketHandler { handler.value }

  private func put(_ message: SharedMessage, topic: String?) {
    switch outbox.put(message, topic: topic) {
    case .wake: channel.eventLoop.execute { [handler] in handler.value.drain() }
    case .full: channel.eventLoop.execute { [handler] in handler.value.drop() }
    case .queued, .closed: break
    }
  }
}

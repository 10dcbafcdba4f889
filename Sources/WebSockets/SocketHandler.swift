import NIOCore

/// The WebSocket end of a channel: frames in, messages out, pings, and the ways in which a socket ends.
///
/// It lives on the channel's event loop. Nothing that it reads goes on: behind it stands a handler that expects HTTP.
final class SocketHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private enum Phase {
    case open
    /// This side asked for the end: what waits is written, then the close frame, then the answer is awaited.
    case closing(WebSocketCloseCode, reason: String)
    /// The close frame is out and the client has the word.
    case closeSent
    /// All is said: the output is shut, input is ignored, the client's end of stream is awaited for a moment.
    case lingering
  }

  /// How long a client may take to read the last bytes before the connection is cut.
  private let lingerTime: TimeAmount = .seconds(1)
  private let options: WebSocketOptions
  private let deflates: Bool
  private let outbox: Outbox
  private let messages: AsyncStream<String>.Continuation

  private var phase = Phase.open
  private var parser: FrameParser
  private var assembler: MessageAssembler
  private var rate: InboundRate
  private var context: ChannelHandlerContext?
  private var isWriting = false
  private var isDraining = false
  private var heartbeat: Heartbeat
  private var clock: Scheduled<Void>?
  private var deadline: Scheduled<Void>?

  init(options: WebSocketOptions, deflates: Bool, outbox: Outbox, messages: AsyncStream<String>.Continuation, now: NIODeadline) {
    self.options = options
    self.deflates = deflates
    self.outbox = outbox
    self.messages = messages
    parser = FrameParser(maximumPayload: options.maximumMessageBytes, allowsCompression: deflates)
    assembler = MessageAssembler(maximumBytes: options.maximumMessageBytes)
    rate = InboundRate(limit: options.rateLimit, window: TimeAmount(options.rateWindow))
    heartbeat = Heartbeat(options, from: now)
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    scheduleBeat(context)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    end(.abnormal)
    clock?.cancel()
    deadline?.cancel()
    self.context = nil
  }

  // MARK: What comes in

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if case .lingering = phase { return }
    heartbeat.heard(at: context.eventLoop.now)
    parser.append(unwrapInboundIn(data))
    do {
      while let frame = try parser.next() {
        try receive(frame, context)
        if case .lingering = phase { return }
      }
    } catch {
      finish(with: .close(error.code, reason: error.reason), code: error.code, context)
    }
  }

  private func receive(_ frame: Frame, _ context: ChannelHandlerContext) throws(SocketFailure) {
    if frame.opcode != .continuation, !rate.admits(heartbeat.lastHeard) {
      throw SocketFailure(code: .policyViolation, reason: "too many messages")
    }
    switch frame.opcode {
    case .ping:
      // A client that reads nothing could heap up answers: it gets none until it reads (RFC 6455, 5.5.3, asks only for the last one).
      guard case .open = phase, context.channel.isWritable else { return }
      context.writeAndFlush(wrapOutboundOut(Frame(opcode: .pong, payload: frame.payload).encoded()), promise: nil)
    case .pong:
      break
    case .close:
      try receiveClose(frame.payload, context)
    case .text, .binary, .continuation:
      guard let text = try assembler.add(frame), case .open = phase else { return }
      if case .dropped = messages.yield(text) {
        throw SocketFailure(code: .policyViolation, reason: "messages come faster than they are read")
      }
    }
  }

  /// Answers the client's close with the same code (RFC 6455, 5.5.1), or ends what this side began.
  private func receiveClose(_ payload: ByteBuffer, _ context: ChannelHandlerContext) throws(SocketFailure) {
    var reason = payload
    let code = reason.readInteger(as: UInt16.self).map(WebSocketCloseCode.init(rawValue:))
    guard payload.readableBytes != 1, code?.mayBeSent ?? true else { throw .protocolError("that close code may not be sent") }
    guard String(validating: reason.readableBytesView, as: UTF8.self) != nil else {
      throw SocketFailure(code: .invalidPayload, reason: "a close reason must be UTF-8")
    }
    if case .closeSent = phase {
      end(code ?? .normal)
      context.close(promise: nil)
    } else {
      finish(with: code.map { .close($0) } ?? Frame(opcode: .close), code: code ?? .normal, context)
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case is ChannelShouldQuiesceEvent:
      shutDown()
    case ChannelEvent.inputClosed:
      // Half a socket is of no use to anyone.
      context.close(promise: nil)
    default:
      context.fireUserInboundEventTriggered(event)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    end(.abnormal)
    context.fireChannelInactive()
  }

  // MARK: What goes out

  /// Writes what waits, one message at a time: the rest stays replaceable until the kernel has taken the one before.
  func drain() {
    guard let context, !isDraining else { return }
    isDraining = true
    defer { isDraining = false }
    while !isWriting, mayWrite, let message = outbox.take() {
      isWriting = true
      let written = context.eventLoop.makePromise(of: Void.self)
      written.futureResult.assumeIsolated().whenComplete { _ in
        self.isWriting = false
        self.drain()
      }
      context.writeAndFlush(wrapOutboundOut(message.frame(deflated: deflates)), promise: written)
    }
    if !isWriting, case .closing(let code, let reason) = phase {
      phase = .closeSent
      context.writeAndFlush(wrapOutboundOut(Frame.close(code, reason: reason).encoded()), promise: nil)
    }
  }

  private var mayWrite: Bool {
    switch phase {
    case .open, .closing: true
    case .closeSent, .lingering: false
    }
  }

  // MARK: The end

  /// Begins the closing handshake; what was offered before still goes out first.
  func close(_ code: WebSocketCloseCode, reason: String, timeout: Duration) {
    guard let context, case .open = phase else { return }
    outbox.seal(code)
    phase = .closing(code, reason: reason)
    cut(context, after: TimeAmount(timeout))
    drain()
  }

  /// The server stops: a socket that is closing already only gets less time.
  func shutDown() {
    switch phase {
    case .open: close(options.shutdownCode, reason: "the server stops", timeout: options.shutdownTimeout)
    case .closing, .closeSent: if let context { cut(context, after: TimeAmount(options.shutdownTimeout)) }
    case .lingering: break
    }
  }

  /// Cuts the connection without a word.
  func drop() {
    context?.close(promise: nil)
  }

  /// Sends the last frame and shuts the output behind it. The input stays open for a moment: closing a socket
  /// with unread bytes would reset the connection, and the client could miss the reason.
  private func finish(with last: Frame, code: WebSocketCloseCode, _ context: ChannelHandlerContext) {
    let wasSent = if case .closeSent = phase { true } else { false }
    phase = .lingering
    end(code)
    cut(context, after: lingerTime)
    if !wasSent { context.writeAndFlush(wrapOutboundOut(last.encoded()), promise: nil) }
    context.close(mode: .output, promise: nil)
  }

  private func end(_ code: WebSocketCloseCode) {
    outbox.close(code)
    messages.finish()
  }

  private func cut(_ context: ChannelHandlerContext, after time: TimeAmount) {
    deadline?.cancel()
    deadline = context.eventLoop.assumeIsolated().scheduleTask(in: time) { [weak self] in self?.drop() }
  }

  // MARK: The clock

  private func scheduleBeat(_ context: ChannelHandlerContext) {
    clock = context.eventLoop.assumeIsolated().scheduleTask(deadline: heartbeat.nextBeat) { [weak self] in self?.beat() }
  }

  private func beat() {
    guard let context else { return }
    switch heartbeat.beat(at: context.eventLoop.now) {
    case .drop: return drop()
    case .ping where mayWrite: context.writeAndFlush(wrapOutboundOut(Frame(opcode: .ping).encoded()), promise: nil)
    case .ping, .wait: break
    }
    scheduleBeat(context)
  }
}

@available(*, unavailable)
extension SocketHandler: Sendable {}

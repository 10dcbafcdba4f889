import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Compresses text answers with gzip for clients that accept it.
///
/// An answer that is written whole keeps a Content-Length; a streamed one loses it before its head goes out, and each flush of
/// the stream reaches the client at once. NIO's `HTTPResponseCompressor` was not used: it leaves a stale Content-Length on streams,
/// writes a body to HEAD, sends no Vary, and traps on an answer without a request, such as the one to a parse error.
final class ResponseCompression: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  /// For each request without an answer yet: whether its answer may be compressed.
  private var acceptances = CircularBuffer<Bool>(initialCapacity: 2)
  private var deflater: Deflater?
  private var heldHead: HTTPResponse?
  private var output = ByteBuffer()
  private var hasUnflushedInput = false
  private var absorbed: EventLoopPromise<Void>?

  func handlerRemoved(context: ChannelHandlerContext) {
    absorbed?.fail(ChannelError.ioOnClosedChannel)
    absorbed = nil
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if case .head(let request) = unwrapInboundIn(data) {
      acceptances.append(request.method != .head && CompressionRules.acceptsGzip(request))
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head(let head) where head.status.kind == .informational:
      context.write(data, promise: promise)
    case .head(let head):
      writeHead(head, context, promise)
    case .body(let body):
      guard let deflater else { return context.write(data, promise: promise) }
      deflater.compress(body, into: &output, flush: .none)
      hasUnflushedInput = true
      absorb(promise)
    case .end:
      if let deflater {
        deflater.compress(ByteBuffer(), into: &output, flush: .finish)
        heldHead?.headerFields[.contentLength] = String(output.readableBytes)
        emit(context)
        self.deflater = nil
        hasUnflushedInput = false
      }
      context.write(data, promise: promise)
    }
  }

  private func writeHead(_ head: HTTPResponse, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
    let isAccepted = acceptances.popFirst() ?? false
    var head = head
    if CompressionRules.varies(head) { CompressionRules.addVary(to: &head) }
    guard isAccepted, CompressionRules.isWorthwhile(head), let deflater = Deflater(.gzip) else {
      return context.write(wrapOutboundOut(.head(head)), promise: promise)
    }
    CompressionRules.markCompressed(&head)
    self.deflater = deflater
    heldHead = head
    absorb(promise)
  }

  func flush(context: ChannelHandlerContext) {
    if let deflater {
      if hasUnflushedInput {
        deflater.compress(ByteBuffer(), into: &output, flush: .sync)
        hasUnflushedInput = false
      }
      emit(context)
    }
    context.flush()
  }

  /// Writes the head, if it still waits, and what has come out of the deflater.
  private func emit(_ context: ChannelHandlerContext) {
    let promise = absorbed
    absorbed = nil
    guard heldHead != nil || output.readableBytes > 0 else {
      promise?.succeed()
      return
    }
    if let head = heldHead {
      heldHead = nil
      context.write(wrapOutboundOut(.head(head)), promise: output.readableBytes == 0 ? promise : nil)
    }
    if output.readableBytes > 0 {
      context.write(wrapOutboundOut(.body(output)), promise: promise)
      output = ByteBuffer()
    }
  }

  /// Keeps the promise of a part that goes out later, as a part of another one.
  private func absorb(_ promise: EventLoopPromise<Void>?) {
    guard let promise else { return }
    if let absorbed {
      absorbed.futureResult.cascade(to: promise)
    } else {
      absorbed = promise
    }
  }
}

@available(*, unavailable)
extension ResponseCompression: Sendable {}

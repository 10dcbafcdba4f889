import Glibc
import NIOCore
import NIOHTTP1

/// Answers one connection's requests as its site does. All of it runs on the connection's event loop.
final class DemoSiteHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  /// Marks an answer for the compressor, which takes it off again.
  static let compressionMark = "X-Demo-Compress"
  static let maximumBodyBytes = 65_536
  static let maximumTargetBytes = 2_048

  private let site: ServedSite
  private var request: HTTPRequestHead?
  private var bodyBytes = 0
  private var pending: Scheduled<Void>?

  init(site: ServedSite) { self.site = site }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      request = head
      bodyBytes = 0
    case .body(let part):
      bodyBytes += part.readableBytes
      if bodyBytes > Self.maximumBodyBytes, request != nil { refuse(status: 413, context) }
    case .end:
      guard let request else { return }
      react(to: request, context)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    pending?.cancel()
    context.fireChannelInactive()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is IdleStateHandler.IdleStateEvent {
      context.close(promise: nil)
    } else {
      context.fireUserInboundEventTriggered(event)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  private func react(to request: HTTPRequestHead, _ context: ChannelHandlerContext) {
    guard request.uri.utf8.count <= Self.maximumTargetBytes else { return refuse(status: 414, context) }
    guard request.method == .GET || request.method == .HEAD else { return refuse(status: 405, context) }
    let path = String(request.uri.prefix { $0 != "?" && $0 != "#" })
    switch site.reaction(to: path) {
    case .answer(let answer): send(answer, for: request, context)
    case .silence: break
    case .closeConnection: context.close(promise: nil)
    case .resetConnection: reset(context)
    }
  }

  /// Ends the connection after a short answer, as the rest of its request is not read.
  private func refuse(status: Int, _ context: ChannelHandlerContext) {
    let version = request?.version ?? .http1_1
    request = nil
    let headers = HTTPHeaders([("Content-Length", "0"), ("Connection", "close"), ("Allow", "GET, HEAD")])
    let head = HTTPResponseHead(version: version, status: HTTPResponseStatus(statusCode: status), headers: headers)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    finish(keepsAlive: false, context)
  }

  /// With a linger of zero the kernel sends RST instead of FIN (SO_LINGER, socket(7)).
  private func reset(_ context: ChannelHandlerContext) {
    guard let options = context.channel as? any SocketOptionProvider else { return context.close(promise: nil) }
    options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).assumeIsolated().whenComplete { _ in context.close(promise: nil) }
  }

  private func send(_ answer: SiteAnswer, for request: HTTPRequestHead, _ context: ChannelHandlerContext) {
    switch answer.pace {
    case .atOnce:
      sendWhole(answer, for: request, context)
    case .after(let milliseconds):
      schedule(milliseconds, context) { self.sendWhole(answer, for: request, context) }
    case .everyPiece(let milliseconds):
      guard request.method == .GET else { return sendWhole(answer, for: request, context) }
      context.writeAndFlush(wrapOutboundOut(.head(head(of: answer, for: request))), promise: nil)
      sendPieces(answer.body[...], every: milliseconds, for: request, context)
    }
  }

  private func sendWhole(_ answer: SiteAnswer, for request: HTTPRequestHead, _ context: ChannelHandlerContext) {
    context.write(wrapOutboundOut(.head(head(of: answer, for: request))), promise: nil)
    if request.method == .GET {
      for piece in answer.body { context.write(wrapOutboundOut(.body(.byteBuffer(piece))), promise: nil) }
    }
    finish(keepsAlive: request.isKeepAlive, context)
  }

  private func sendPieces(
    _ pieces: ArraySlice<ByteBuffer>, every milliseconds: Int, for request: HTTPRequestHead, _ context: ChannelHandlerContext
  ) {
    guard let piece = pieces.first else { return finish(keepsAlive: request.isKeepAlive, context) }
    context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(piece))), promise: nil)
    schedule(milliseconds, context) { self.sendPieces(pieces.dropFirst(), every: milliseconds, for: request, context) }
  }

  private func schedule(_ milliseconds: Int, _ context: ChannelHandlerContext, _ work: @escaping () -> Void) {
    pending = context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(Int64(milliseconds)), work)
  }

  private func head(of answer: SiteAnswer, for request: HTTPRequestHead) -> HTTPResponseHead {
    var headers = HTTPHeaders(answer.headers.map { ($0.name, $0.value) })
    headers.add(name: "Content-Length", value: String(answer.length))
    if answer.isCompressible {
      headers.add(name: "Vary", value: "Accept-Encoding")
      if request.method == .GET { headers.add(name: Self.compressionMark, value: "1") }
    }
    if !request.isKeepAlive { headers.add(name: "Connection", value: "close") }
    return HTTPResponseHead(version: request.version, status: HTTPResponseStatus(statusCode: answer.status), headers: headers)
  }

  private func finish(keepsAlive: Bool, _ context: ChannelHandlerContext) {
    request = nil
    pending = nil
    let sent = context.writeAndFlush(wrapOutboundOut(.end(nil)))
    if !keepsAlive { sent.assumeIsolated().whenComplete { _ in context.close(promise: nil) } }
  }
}

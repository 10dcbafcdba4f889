import Foundation
import Glibc
import NIOCore
import NIOHTTP1

/// Answers one connection's requests as the stubs say. All of it runs on the connection's event loop.
final class ProviderStubHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  static let maximumBodyBytes = 262_144

  private let stubs: ProviderStubs
  private var head: HTTPRequestHead?
  private var body = Data()
  private var pending: Scheduled<Void>?

  init(stubs: ProviderStubs) { self.stubs = stubs }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      self.head = head
      body = Data()
    case .body(let part):
      if body.count + part.readableBytes > Self.maximumBodyBytes { return context.close(promise: nil) }
      body.append(contentsOf: part.readableBytesView)
    case .end:
      guard let head else { return }
      react(to: head, context)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    pending?.cancel()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  private func react(to head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    let read = StubRequest.read(method: head.method.rawValue, target: head.uri, headers: head.headers.map { ($0.name, $0.value) }, body: body)
    guard let (provider, request) = read else { return send(StubAnswer(status: 404, body: Data("{}".utf8)), head, context) }
    switch stubs.react(provider, to: request) {
    case .silence: break
    case .reset: reset(context)
    case .answer(let answer, 0): send(answer, head, context)
    case .answer(let answer, let milliseconds):
      pending = context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(Int64(milliseconds))) { self.send(answer, head, context) }
    }
  }

  /// With a linger of zero the kernel sends RST instead of FIN (SO_LINGER, socket(7)).
  private func reset(_ context: ChannelHandlerContext) {
    guard let options = context.channel as? any SocketOptionProvider else { return context.close(promise: nil) }
    options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).assumeIsolated().whenComplete { _ in context.close(promise: nil) }
  }

  private func send(_ answer: StubAnswer, _ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    var headers = HTTPHeaders([("Content-Type", answer.type), ("Content-Length", "\(answer.body.count)")] + answer.headers.map { ($0.name, $0.value) })
    if !head.isKeepAlive { headers.add(name: "Connection", value: "close") }
    let response = HTTPResponseHead(version: head.version, status: HTTPResponseStatus(statusCode: answer.status), headers: headers)
    context.write(wrapOutboundOut(.head(response)), promise: nil)
    context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.body)))), promise: nil)
    let sent = context.writeAndFlush(wrapOutboundOut(.end(nil)))
    if !head.isKeepAlive { sent.assumeIsolated().whenComplete { _ in context.close(promise: nil) } }
  }
}

import NIOCore
import NIOPosix

@testable import WebSockets

/// A TCP client of the tests: what it sends is exactly what is on the wire, and it reads no more than it is asked to.
actor RawClient {
  struct ConnectionEnded: Error {}

  nonisolated let channel: any Channel
  private let arriving: AsyncStream<ByteBuffer>
  private var buffer = ByteBuffer()
  private(set) var hasEnded = false

  private init(channel: any Channel, arriving: AsyncStream<ByteBuffer>) {
    self.channel = channel
    self.arriving = arriving
  }

  /// - Parameter reads: when false, nothing is read before `startReading`, as if the client were stuck.
  static func connect(_ port: Int, reads: Bool = true) async throws -> RawClient {
    let (stream, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
    let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelOption(.autoRead, value: reads)
      .channelOption(.allowRemoteHalfClosure, value: true)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          if !reads { try channel.syncOptions?.setOption(.socketOption(.so_rcvbuf), value: 4096) }
          try channel.pipeline.syncOperations.addHandler(Receiver(continuation))
        }
      }
    return RawClient(channel: try await bootstrap.connect(host: "127.0.0.1", port: port).get(), arriving: stream)
  }

  func startReading() async throws {
    try await channel.setOption(.autoRead, value: true).get()
  }

  nonisolated func send(_ text: String) async throws { try await send(ByteBuffer(string: text)) }
  nonisolated func send(_ bytes: ByteBuffer) async throws { try await channel.writeAndFlush(bytes) }
  nonisolated func shutOutput() async throws { try await channel.close(mode: .output) }
  nonisolated func close() async { try? await channel.close() }

  /// Gives what `parse` makes of the bytes so far, reading on while it gives nil; throws at the end of the stream.
  func read<T: Sendable>(_ parse: @Sendable (inout ByteBuffer) throws -> T?) async throws -> T {
    while true {
      if let value = try parse(&buffer) { return value }
      guard await receive() else { throw ConnectionEnded() }
    }
  }

  /// All that comes until the server closes its side.
  func readToEnd() async -> String {
    while await receive() {}
    return String(buffer: buffer)
  }

  private func receive() async -> Bool {
    var iterator = arriving.makeAsyncIterator()
    guard let bytes = await iterator.next(isolation: self) else {
      hasEnded = true
      return false
    }
    buffer.writeImmutableBuffer(bytes)
    return true
  }

  private final class Receiver: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let continuation: AsyncStream<ByteBuffer>.Continuation
    init(_ continuation: AsyncStream<ByteBuffer>.Continuation) { self.continuation = continuation }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { continuation.yield(unwrapInboundIn(data)) }
    func channelInactive(context: ChannelHandlerContext) { continuation.finish() }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
      if case .some(.inputClosed) = event as? ChannelEvent { continuation.finish() }
    }
  }
}

import Glibc
import NIOCore
import NIOPosix

/// What one connection brought, byte for byte.
struct Exchange: Sendable {
  enum Ending: Sendable, Hashable { case closed, reset, timedOut, refused }

  var bytes: [UInt8] = []
  var pieces = 0
  var ending = Ending.closed
  var firstByte: Duration?
  var total = Duration.zero

  private var headEnd: Int? {
    guard bytes.count >= 4 else { return nil }
    let blank: [UInt8] = [13, 10, 13, 10]
    return (0...(bytes.count - 4)).first { bytes[$0..<$0 + 4].elementsEqual(blank) }
  }

  private var headLines: [Substring] {
    headEnd.map { String(decoding: bytes[..<$0], as: UTF8.self).split(separator: "\r\n") } ?? []
  }

  var status: Int? { headLines.first.flatMap { Int($0.split(separator: " ").dropFirst().first ?? "") } }
  var body: [UInt8] { headEnd.map { Array(bytes[($0 + 4)...]) } ?? [] }
  var text: String { String(decoding: body, as: UTF8.self) }

  func header(_ name: String) -> String? {
    for line in headLines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      if parts.count == 2, parts[0].lowercased() == name.lowercased() { return parts[1].drop { $0 == " " }.description }
    }
    return nil
  }
}

/// Speaks raw bytes to one address, and reads until the other side ends the connection or the time is over.
enum RawClient {
  static func get(
    _ path: String = "/", from host: String, port: Int, headers: String = "", method: String = "GET", timeout: Duration = .seconds(20)
  ) async throws -> Exchange {
    let request = "\(method) \(path) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\(headers)\r\n"
    return try await send(Array(request.utf8), to: host, port: port, timeout: timeout)
  }

  static func ending(of host: String, port: Int) async throws -> Exchange.Ending {
    try await get(from: host, port: port).ending
  }

  static func send(_ bytes: [UInt8], to host: String, port: Int, timeout: Duration = .seconds(20)) async throws -> Exchange {
    try await open(bytes, to: host, port: port, timeout: timeout).get()
  }

  /// Returns as soon as the bytes are on their way.
  static func open(
    _ bytes: [UInt8], to host: String, port: Int, timeout: Duration = .seconds(20)
  ) async throws -> EventLoopFuture<Exchange> {
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let done = loop.makePromise(of: Exchange.self)
    do {
      let channel = try await ClientBootstrap(group: loop)
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(Collector(timeout: timeout, done: done))
          }
        }
        .connect(host: host, port: port).get()
      // A server that closes early may refuse the rest of a long request; what it answered still counts.
      try? await channel.writeAndFlush(ByteBuffer(bytes: bytes))
    } catch is NIOConnectionError {
      done.succeed(Exchange(ending: .refused))
    } catch let error as IOError where error.errnoCode == ECONNREFUSED {
      done.succeed(Exchange(ending: .refused))
    }
    return done.futureResult
  }

  private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let timeout: Duration
    private let done: EventLoopPromise<Exchange>
    private let start = ContinuousClock.now
    private var exchange = Exchange()
    private var alarm: Scheduled<Void>?

    init(timeout: Duration, done: EventLoopPromise<Exchange>) {
      self.timeout = timeout
      self.done = done
    }

    func channelActive(context: ChannelHandlerContext) {
      alarm = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(timeout)) {
        self.exchange.ending = .timedOut
        context.close(promise: nil)
      }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      if exchange.firstByte == nil { exchange.firstByte = start.duration(to: .now) }
      exchange.pieces += 1
      exchange.bytes += unwrapInboundIn(data).readableBytesView
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
      exchange.ending = .reset
      context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
      alarm?.cancel()
      exchange.total = start.duration(to: .now)
      done.succeed(exchange)
    }
  }
}

import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

extension HTTPServerBuilder {
  /// An HTTP/1.1 server whose connections can become WebSockets, and which compresses texts.
  ///
  /// The configuration is that of Hummingbird's own `.http1`: idle time, header limits, further handlers.
  /// The idle time also ends a request whose head or body does not arrive.
  public static func http1WithWebSockets(
    configuration: HTTP1Channel.Configuration = .init(idleTimeout: .seconds(60)),
    compressesResponses: Bool = true
  ) -> HTTPServerBuilder {
    HTTPServerBuilder { responder in
      UpgradableHTTP1Channel(responder: responder, configuration: configuration, compressesResponses: compressesResponses)
    }
  }
}

/// Hummingbird's `HTTP1Channel`, but with its handlers at hand, so that they can be taken out again.
struct UpgradableHTTP1Channel: ServerChildChannel, HTTPChannelHandler {
  typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

  /// The most bytes that wait undecoded: a part of a head, or what comes behind a handshake before it is answered.
  private static let maximumUndecodedBytes = 256 * 1024

  let responder: HTTPChannelHandler.Responder
  let configuration: HTTP1Channel.Configuration
  let compressesResponses: Bool

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    channel.eventLoop.makeCompletedFuture {
      var limits = NIOHTTPDecoderLimitConfiguration()
      limits.maxHeaderFieldSize = configuration.httpDecoder.maxHeaderFieldSize
      limits.maxHeaderListSize = configuration.httpDecoder.maxHeaderListSize
      limits.maxHeaderFieldCount = configuration.httpDecoder.maxHeaderFieldCount

      let encoder = HTTPResponseEncoder()
      let decoder = ByteToMessageHandler(
        HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits),
        maximumBufferSize: Self.maximumUndecodedBytes
      )
      var above: [any ChannelHandler & RemovableChannelHandler] = [HTTP1ToHTTPServerCodec(secure: false)]
      if compressesResponses { above.append(ResponseCompression()) }
      above += configuration.additionalChannelHandlers()
      above.append(HTTPConnectionStateHandler(idleTimeout: configuration.idleTimeout.map { Duration($0) }, logger: logger))

      let pipeline = channel.pipeline.syncOperations
      try pipeline.addHandlers([encoder, decoder, UpgradeSlot(httpHandlers: above + [encoder, decoder])] + above)
      return try NIOAsyncChannel(wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
    }
  }

  func handle(value: Value, logger: Logger) async {
    await handleHTTP(asyncChannel: value, logger: logger)
  }
}

/// What a socket grants its client, and for how long.
public struct WebSocketOptions: Sendable {
  /// Time between the pings that the server sends.
  public var pingInterval: Duration = .seconds(20)
  /// A client that has sent nothing, not even a pong, for this long is dropped.
  public var silenceLimit: Duration = .seconds(40)
  /// The longest message from the client in bytes, also after inflating; a longer one ends in close 1009.
  public var maximumMessageBytes = 4096
  /// The most messages, pings and pongs that a client may send in ``rateWindow``; more end in close 1008.
  public var rateLimit = 30
  public var rateWindow: Duration = .seconds(10)
  /// How many messages wait for a handler that does not read them; more end in close 1008.
  public var inboundCapacity = 8
  /// The most unsent messages: beyond it the client is dropped, for it reads nothing. Offers on one topic count once.
  public var outboundCapacity = 4096
  /// How long a close waits for unsent messages and for the client's answer.
  public var closeTimeout: Duration = .seconds(5)
  /// The code for the clients when the server stops: 1001 going away, or 1012 service restart.
  public var shutdownCode: WebSocketCloseCode = .goingAway
  /// How long a stopping server waits for its clients.
  public var shutdownTimeout: Duration = .seconds(2)
  /// The kernel's send buffer in bytes: small, or the kernel would hold an old backlog for a slow reader.
  public var sendBufferBytes = 32 * 1024
  /// Whether permessage-deflate is agreed to.
  public var compresses = true

  public init() {}
}

import NIOCore
import NIOEmbedded
import Testing

@testable import WebSockets

/// A socket on a loop whose time only moves when it is told to.
private struct EmbeddedSocket {
  let channel = EmbeddedChannel()
  let connection: WebSocketConnection

  init(_ change: (inout WebSocketOptions) -> Void = { _ in }) throws {
    var options = WebSocketOptions()
    change(&options)
    connection = WebSocketConnection(channel: channel, options: options, deflates: false)
    try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    try channel.pipeline.syncOperations.addHandler(connection.pipelineHandler)
  }

  func pass(_ seconds: Int64) { channel.embeddedEventLoop.advanceTime(by: .seconds(seconds)) }
  func receive(_ frame: Frame) throws { try channel.writeInbound(RawClient.bytes(of: frame)) }
  func sent() throws -> ByteBuffer? { try channel.readOutbound(as: ByteBuffer.self) }
}

@Suite("Pings, silence and time limits of a socket")
struct ClockTests {
  private let ping = Frame(opcode: .ping).encoded()

  @Test("a ping goes out every 20 seconds while the client answers")
  func pings() throws {
    let socket = try EmbeddedSocket()
    for _ in 0..<10 {
      socket.pass(19)
      #expect(try socket.sent() == nil)
      socket.pass(1)
      #expect(try socket.sent() == ping)
      try socket.receive(Frame(opcode: .pong))
    }
    #expect(socket.channel.isActive)
  }

  @Test("a client is dropped after exactly 40 seconds of silence, whenever they begin")
  func silence() throws {
    let socket = try EmbeddedSocket()
    socket.pass(7)
    try socket.receive(Frame(opcode: .text, payload: ByteBuffer(string: "hello")))
    socket.pass(39)
    #expect(socket.channel.isActive)
    socket.pass(1)
    #expect(!socket.channel.isActive)
    #expect(socket.connection.closeCode == .abnormal)
  }

  @Test("a close waits 5 seconds for its answer, then cuts")
  func closeTimeout() throws {
    let socket = try EmbeddedSocket()
    socket.connection.pipelineHandler.close(4003, reason: "gone", timeout: .seconds(5))
    #expect(try socket.sent() == Frame.close(4003, reason: "gone").encoded())
    // A second close changes nothing, and messages are neither taken nor read.
    socket.connection.pipelineHandler.close(.normal, reason: "", timeout: .seconds(50))
    socket.connection.offer(SharedMessage("late"))
    try socket.receive(Frame(opcode: .text, payload: ByteBuffer(string: "late")))
    try socket.receive(Frame(opcode: .ping))
    socket.pass(4)
    #expect(try socket.sent() == nil)
    #expect(socket.channel.isActive)
    socket.pass(1)
    #expect(!socket.channel.isActive)
    #expect(socket.connection.closeCode == 4003)
  }

  @Test("the client's answer to a close ends the connection")
  func closeAnswer() throws {
    let socket = try EmbeddedSocket()
    socket.connection.pipelineHandler.close(.normal, reason: "", timeout: .seconds(5))
    try socket.receive(Frame.close(.normal))
    #expect(!socket.channel.isActive)
  }

  @Test("a server that stops says 1001, or what it is told to, and gives 2 seconds", arguments: [1001, 1012] as [UInt16])
  func shutdown(code: UInt16) throws {
    let socket = try EmbeddedSocket { $0.shutdownCode = WebSocketCloseCode(rawValue: code) }
    socket.connection.offer(SharedMessage("last"))
    socket.channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    #expect(try socket.sent() == SharedMessage("last").frame(deflated: false))
    #expect(try socket.sent() == Frame.close(WebSocketCloseCode(rawValue: code), reason: "the server stops").encoded())
    socket.pass(2)
    #expect(!socket.channel.isActive)
  }

  @Test("a stop shortens a close that is under way")
  func shutdownWhileClosing() throws {
    let socket = try EmbeddedSocket()
    socket.connection.pipelineHandler.close(.normal, reason: "", timeout: .seconds(30))
    socket.channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    socket.pass(2)
    #expect(!socket.channel.isActive)
  }

  @Test("the limit of messages slides with time, and pings count")
  func rate() throws {
    let socket = try EmbeddedSocket { $0.inboundCapacity = 100 }
    for _ in 0..<15 {
      try socket.receive(Frame(opcode: .ping))
      try socket.receive(Frame(opcode: .text))
    }
    socket.pass(10)
    for _ in 0..<30 { try socket.receive(Frame(opcode: .text)) }
    #expect(socket.connection.closeCode == nil)
    try socket.receive(Frame(opcode: .text))
    #expect(socket.connection.closeCode == .policyViolation)
  }

  @Test("a client that reads nothing gets no more pongs")
  func noPongsUnread() throws {
    let socket = try EmbeddedSocket()
    socket.channel.isWritable = false
    try socket.receive(Frame(opcode: .ping))
    #expect(try socket.sent() == nil)
    socket.channel.isWritable = true
    try socket.receive(Frame(opcode: .ping))
    #expect(try socket.sent() == Frame(opcode: .pong).encoded())
  }

  @Test("an error of the channel and the end of its input close it")
  func errors() throws {
    let failed = try EmbeddedSocket()
    failed.channel.pipeline.fireErrorCaught(ChannelError.ioOnClosedChannel)
    #expect(!failed.channel.isActive)
    let ended = try EmbeddedSocket()
    ended.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    #expect(!ended.channel.isActive)
    ended.connection.pipelineHandler.shutDown()
    ended.connection.pipelineHandler.drain()
  }

  @Test("other events and the end of the channel are passed on")
  func passesOn() throws {
    final class Tail: ChannelInboundHandler {
      typealias InboundIn = ByteBuffer
      var events: [String] = []
      func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) { events.append("\(event)") }
      func channelInactive(context: ChannelHandlerContext) { events.append("inactive") }
    }
    let socket = try EmbeddedSocket()
    let tail = Tail()
    try socket.channel.pipeline.syncOperations.addHandler(tail)
    socket.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.outputClosed)
    try socket.channel.close().wait()
    #expect(tail.events == ["outputClosed", "inactive"])
  }

  @Test("the outbox replaces by topic, keeps plain texts, and tells the loop once")
  func outbox() {
    let outbox = Outbox(capacity: 3)
    #expect(outbox.put(SharedMessage("a1", topic: "a"), topic: "a") == .wake)
    #expect(outbox.put(SharedMessage("pong"), topic: nil) == .queued)
    #expect(outbox.put(SharedMessage("pong"), topic: nil) == .queued)
    #expect(outbox.put(SharedMessage("b1", topic: "b"), topic: "b") == .full)
    #expect(outbox.put(SharedMessage("a2", topic: "a"), topic: "a") == .queued)
    #expect(outbox.take()?.text == "a2")
    #expect(outbox.take()?.text == "pong")
    #expect(outbox.take()?.text == "pong")
    #expect(outbox.take() == nil)
    #expect(outbox.put(SharedMessage("a3", topic: "a"), topic: "a") == .wake)
    outbox.seal(.normal)
    #expect(outbox.put(SharedMessage("a4", topic: "a"), topic: "a") == .closed)
    #expect(outbox.take()?.text == "a3")
    outbox.close(.abnormal)
    #expect(outbox.closeCode == .normal)
  }
}

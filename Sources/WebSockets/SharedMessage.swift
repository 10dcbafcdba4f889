import NIOCore
import Synchronization

/// A text message that is encoded once, however many sockets it goes to.
///
/// The plain and the deflated frame are each made when first asked for, then kept.
public final class SharedMessage: Sendable {
  public let text: String
  /// What the message is about: a newer one on the same topic replaces it while it waits on a slow socket.
  public let topic: String

  private struct Frames {
    var plain: ByteBuffer?
    var deflated: ByteBuffer?
  }
  private let frames = Mutex(Frames())

  public init(_ text: String, topic: String = "") {
    self.text = text
    self.topic = topic
  }

  /// The whole frame as it goes over the wire.
  func frame(deflated: Bool) -> ByteBuffer {
    frames.withLock { frames in
      if deflated {
        if let frame = frames.deflated { return frame }
        if let payload = MessageDeflate.deflate(ByteBuffer(string: text)) {
          let frame = Frame(opcode: .text, isCompressed: true, payload: payload).encoded()
          frames.deflated = frame
          return frame
        }
      }
      let frame = frames.plain ?? Frame(opcode: .text, payload: ByteBuffer(string: text)).encoded()
      frames.plain = frame
      // A text that does not shrink is sent plain to everyone, and is not deflated again.
      if deflated { frames.deflated = frame }
      return frame
    }
  }
}

import NIOCore
import Synchronization

/// What waits to be written to one socket: filled from any thread, emptied on the socket's event loop.
final class Outbox: Sendable {
  enum Outcome: Equatable {
    /// The loop must be told.
    case wake
    /// Somebody told the loop before.
    case queued
    /// Nothing was taken: the socket is closing.
    case closed
    /// Nothing was taken: the client reads too slowly.
    case full
  }

  private struct State {
    var waiting = CircularBuffer<(topic: String?, message: SharedMessage)>(initialCapacity: 1)
    var isAwake = false
    var isClosed = false
    var closeCode: WebSocketCloseCode?
  }
  private let state = Mutex(State())
  private let capacity: Int

  init(capacity: Int) { self.capacity = capacity }

  /// Queues a message; with a topic it takes the place of a waiting one on the same topic.
  func put(_ message: SharedMessage, topic: String?) -> Outcome {
    state.withLock { state in
      if state.isClosed { return .closed }
      if let topic, let index = state.waiting.firstIndex(where: { $0.topic == topic }) {
        state.waiting[index].message = message
        return .queued
      }
      if state.waiting.count >= capacity { return .full }
      state.waiting.append((topic, message))
      defer { state.isAwake = true }
      return state.isAwake ? .queued : .wake
    }
  }

  /// The next message to write; nil puts the outbox to sleep until the next `put`.
  func take() -> SharedMessage? {
    state.withLock { state in
      let next = state.waiting.popFirst()
      state.isAwake = next != nil
      return next?.message
    }
  }

  /// Takes no more messages; those that wait may still be written. Notes why.
  func seal(_ code: WebSocketCloseCode) {
    state.withLock { state in
      state.isClosed = true
      state.closeCode = state.closeCode ?? code
    }
  }

  /// Takes no more messages, forgets those that wait, and notes why; the first reason stays.
  func close(_ code: WebSocketCloseCode) {
    state.withLock { state in
      state.isClosed = true
      state.waiting.removeAll()
      state.closeCode = state.closeCode ?? code
    }
  }

  var closeCode: WebSocketCloseCode? { state.withLock { $0.closeCode } }
}

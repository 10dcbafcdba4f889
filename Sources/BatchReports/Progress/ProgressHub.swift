import Foundation
import Synchronization

/// The newest progress of each batch, and who wants to hear of it. It never waits for a listener.
public final class ProgressHub: Sendable {
  /// A snapshot with the JSON that goes to every listener, encoded once.
  public final class Message: Sendable {
    public let batchID: UUID
    public let snapshot: ProgressSnapshot
    public let json: String

    init(batchID: UUID, snapshot: ProgressSnapshot) throws {
      self.batchID = batchID
      self.snapshot = snapshot
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.withoutEscapingSlashes]
      json = String(decoding: try encoder.encode(snapshot), as: UTF8.self)
    }

    public var isTerminal: Bool { snapshot.status.isTerminal }
  }

  /// Messages that are held for listeners who come back with `?after=SEQ` (contract, section 5).
  public static let heldPerBatch = 100

  private struct State {
    var held: [UUID: [Message]] = [:]
    var listeners: [Int: (batch: UUID?, mailbox: ProgressMailbox)] = [:]
    var nextListener = 0
  }

  private let state = Mutex(State())

  public init() {}

  /// Hands a snapshot to everyone who listens, unless a newer one of its batch was published before.
  ///
  /// Throws `EncodingError` when the snapshot is no JSON, which no snapshot is.
  @discardableResult
  public func publish(_ snapshot: ProgressSnapshot, of batchID: UUID) throws -> Message {
    let message = try Message(batchID: batchID, snapshot: snapshot)
    // Handed over under the lock: of two publishers at once, the one that was accepted first must not arrive last.
    state.withLock { state in
      var held = state.held[batchID] ?? []
      if let last = held.last, last.snapshot.seq > snapshot.seq { return }
      if held.last?.snapshot.seq == snapshot.seq { held.removeLast() }
      held.append(message)
      if held.count > Self.heldPerBatch { held.removeFirst(held.count - Self.heldPerBatch) }
      state.held[batchID] = held
      for listener in state.listeners.values where listener.batch == nil || listener.batch == batchID { listener.mailbox.put(message) }
    }
    return message
  }

  /// Wakes every listener to ask whether they may still listen, as of a version of the commit clock.
  public func callRoll(version: Int64) {
    state.withLock { state in
      for listener in state.listeners.values { listener.mailbox.put(roll: version) }
    }
  }

  /// Starts listening to one batch, or to all for nil. End it with `ProgressMailbox.close()`.
  public func listen(to batch: UUID? = nil) -> ProgressMailbox {
    state.withLock { state in
      let number = state.nextListener
      state.nextListener += 1
      let mailbox = ProgressMailbox { [weak self] in self?.state.withLock { _ = $0.listeners.removeValue(forKey: number) } }
      state.listeners[number] = (batch, mailbox)
      return mailbox
    }
  }

  /// Held messages of a batch after a `seq`, oldest first.
  public func held(of batch: UUID, after seq: Int64) -> [Message] {
    state.withLock { $0.held[batch]?.filter { $0.snapshot.seq > seq } ?? [] }
  }

  public func newest(of batch: UUID) -> Message? { state.withLock { $0.held[batch]?.last } }

  public var listenerCount: Int { state.withLock { $0.listeners.count } }

  /// The batches that somebody listens to by name, and whether somebody listens to all.
  public var interest: (batches: Set<UUID>, all: Bool) {
    state.withLock { state in
      (Set(state.listeners.values.compactMap(\.batch)), state.listeners.values.contains { $0.batch == nil })
    }
  }

  /// Forgets batches that ended and that nobody listens to.
  public func forget(except batches: Set<UUID>) {
    state.withLock { state in
      let wanted = batches.union(state.listeners.values.compactMap(\.batch))
      state.held = state.held.filter { wanted.contains($0.key) }
    }
  }
}

/// What one listener has not taken yet: of each batch only the newest message, so a slow reader never gathers a backlog.
public final class ProgressMailbox: Sendable {
  private let newest = Mutex<[UUID: ProgressHub.Message]>([:])
  private let roll = Mutex<Int64?>(nil)
  private let continuation: AsyncStream<Void>.Continuation
  private let onClose: @Sendable () -> Void
  /// Yields whenever there is something to take, a roll call too; ends on close. For one reader.
  public let signals: AsyncStream<Void>

  init(onClose: @escaping @Sendable () -> Void) {
    (signals, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    self.onClose = onClose
  }

  func put(_ message: ProgressHub.Message) {
    newest.withLock { $0[message.batchID] = message }
    continuation.yield()
  }

  func put(roll version: Int64) {
    roll.withLock { $0 = version }
    continuation.yield()
  }

  /// The version of a roll call since the last take; nil when there was none.
  public func takeRoll() -> Int64? {
    roll.withLock { version in
      defer { version = nil }
      return version
    }
  }

  /// Everything new since the last take, in the order of batch ids.
  public func take() -> [ProgressHub.Message] {
    newest.withLock { messages in
      defer { messages = [:] }
      return messages.values.sorted { $0.batchID.text < $1.batchID.text }
    }
  }

  public func close() {
    onClose()
    continuation.finish()
  }
}

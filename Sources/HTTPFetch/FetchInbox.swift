import CCurl
import Synchronization

/// What callers tell the transfer thread: new orders, cancellations, the end. Any thread may write; only the transfer thread takes.
final class FetchInbox: Sendable {
  /// Everything that came since the last look.
  struct Mail: Sendable {
    var orders: [FetchOrder] = []
    var cancellations: [FetchOrder.Ticket] = []
    var isClosing = false
  }

  private struct State {
    var mail = Mail()
    /// The multi handle as a number: `curl_multi_wakeup` is the one call on it that any thread may make. Nil before and after the thread.
    var multi: UInt?
    var hasEnded = false
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  /// Hands an order over; after `close` it is answered at once with `FetchError.cancelled`.
  func post(_ order: FetchOrder) {
    let isOpen = state.withLock { state in
      guard !state.mail.isClosing else { return false }
      state.mail.orders.append(order)
      Self.wake(state)
      return true
    }
    if !isOpen { order.continuation.resume(returning: .failure(.cancelled)) }
  }

  func cancel(_ ticket: FetchOrder.Ticket) {
    ticket.cancel()
    state.withLock { state in
      guard !state.mail.isClosing else { return }
      state.mail.cancellations.append(ticket)
      Self.wake(state)
    }
  }

  /// Asks the thread to end; the waiter is resumed when it has ended.
  func close(waiter: CheckedContinuation<Void, Never>? = nil) {
    let hasEnded = state.withLock { state in
      state.mail.isClosing = true
      if let waiter, !state.hasEnded { state.waiters.append(waiter) }
      Self.wake(state)
      return state.hasEnded
    }
    if hasEnded { waiter?.resume() }
  }

  /// The thread is ready and can be woken.
  func opened(multi: UnsafeMutableRawPointer) {
    let address = UInt(bitPattern: multi)
    state.withLock { $0.multi = address }
  }

  /// The thread takes its mail; the closing mark stays.
  func take() -> Mail {
    state.withLock { state in
      let mail = state.mail
      state.mail = Mail(isClosing: mail.isClosing)
      return mail
    }
  }

  /// No more wake-ups: the thread is about to free its multi handle. Answers the orders that came last.
  func closed() -> Mail {
    state.withLock { state in
      let mail = state.mail
      state.mail = Mail(isClosing: true)
      state.multi = nil
      return mail
    }
  }

  /// The thread has freed all it held.
  func ended() {
    let waiters = state.withLock { state in
      state.hasEnded = true
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume() }
  }

  private static func wake(_ state: borrowing State) {
    guard let address = state.multi, let multi = UnsafeMutableRawPointer(bitPattern: address) else { return }
    curl_multi_wakeup(multi)
  }
}

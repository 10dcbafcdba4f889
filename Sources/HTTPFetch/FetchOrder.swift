import Synchronization

/// How a fetch ends.
typealias FetchResult = Result<FetchedPage, FetchError>

/// A caller's request on its way to the transfer thread.
struct FetchOrder: Sendable {
  let ticket: Ticket
  let request: FetchRequest
  let url: RequestURL
  let continuation: CheckedContinuation<FetchResult, Never>

  /// Names one fetch, and carries the caller's wish to end it: a wish that comes before the order is seen by whoever takes the order.
  final class Ticket: Sendable {
    private let cancelled = Atomic(false)

    var isCancelled: Bool { cancelled.load(ordering: .acquiring) }
    func cancel() { cancelled.store(true, ordering: .releasing) }
  }
}

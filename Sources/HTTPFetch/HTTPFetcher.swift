import Foundation

/// An HTTP client on libcurl: one thread drives all transfers of a fetcher, and one address policy guards every connection it opens.
/// The policy belongs to the fetcher and not to the request, because a kept-alive connection is reused without asking again.
public final class HTTPFetcher: Sendable {
  private let inbox = FetchInbox()

  /// `userAgent` identifies us, e.g. "BatchReports/1.0 (+https://example.org/bot)". At most `maximumConnectionsPerHost` transfers to one
  /// scheme, host and port run at a time.
  public convenience init(policy: AddressPolicy, userAgent: String, maximumConnectionsPerHost: Int = 2) {
    self.init(
      settings: FetcherSettings(policy: policy, userAgent: userAgent, maximumConnectionsPerHost: max(1, maximumConnectionsPerHost)))
  }

  init(settings: FetcherSettings) {
    let thread = Thread { [inbox] in TransferLoop(settings: settings, inbox: inbox)?.run() }
    thread.name = "http-fetch"
    thread.start()
  }

  deinit {
    inbox.close()
  }

  /// Fetches one page. The timeouts begin when the transfer begins: time spent queued behind others to the same host does not count.
  /// Request headers are sent anew on every redirect, except Authorization and Cookie, which stay with the first host.
  /// Throws `FetchError`; cancelling the task aborts the transfer at once and throws `FetchError.cancelled`.
  public func fetch(_ request: FetchRequest) async throws(FetchError) -> FetchedPage {
    let url = try RequestURL(request.url)
    try request.checkHeaders()
    let ticket = FetchOrder.Ticket()
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        inbox.post(FetchOrder(ticket: ticket, request: request, url: url, continuation: continuation))
      }
    } onCancel: {
      inbox.cancel(ticket)
    }
    return try result.get()
  }

  /// Aborts what is running and ends the thread; returns when it has ended. Later fetches throw `FetchError.cancelled`.
  public func shutdown() async {
    await withCheckedContinuation { inbox.close(waiter: $0) }
  }
}

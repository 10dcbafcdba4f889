import CCurl
import Foundation

/// The transfer thread: it alone touches the multi handle and the transfers, so neither needs a lock.
final class TransferLoop {
  private let settings: FetcherSettings
  private let inbox: FetchInbox
  private let multi: UnsafeMutableRawPointer
  private var running: [UnsafeMutableRawPointer: Transfer] = [:]
  private var queue: OriginQueue<FetchOrder>
  private let certificates = ConnectionCertificates()

  private static let isLibraryReady = ccurl_global_init() == CURLE_OK

  /// Nil when libcurl cannot start; every order is then refused.
  init?(settings: FetcherSettings, inbox: FetchInbox) {
    guard Self.isLibraryReady, let multi = curl_multi_init() else {
      inbox.close()
      for order in inbox.closed().orders { order.continuation.resume(returning: .failure(.cancelled)) }
      inbox.ended()
      return nil
    }
    self.settings = settings
    self.inbox = inbox
    self.multi = multi
    queue = OriginQueue(limit: settings.maximumConnectionsPerHost)
    _ = ccurl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, settings.maximumConnectionsPerHost)
    _ = ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, ConnectionCertificates.pooledConnections)
  }

  /// Returns when the inbox is closed and everything is freed.
  func run() {
    blockSignals()
    // libcurl converts international host names from the locale's encoding: UTF-8 on this thread, whatever the process has.
    let locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nil)
    let inherited = uselocale(locale)
    serve()
    curl_multi_cleanup(multi)
    uselocale(inherited)
    if let locale { freelocale(locale) }
    inbox.ended()
  }

  private func serve() {
    inbox.opened(multi: multi)
    while true {
      let mail = inbox.take()
      if mail.isClosing {
        refuse(mail.orders)
        break
      }
      for order in mail.orders { admit(order) }
      for ticket in mail.cancellations { cancel(ticket) }
      var count: Int32 = 0
      let code = curl_multi_perform(multi, &count)
      if code != CURLM_OK { endAll(.brokenTransfer(detail: String(cString: curl_multi_strerror(code)))) }
      collect()
      curl_multi_poll(multi, nil, 0, 60_000, nil)
    }
    refuse(inbox.closed().orders)
    refuse(queue.removeAll())
    endAll(.cancelled)
  }

  /// Blocks signals, above all the SIGPIPE of a TLS write to a closed connection, which CURLOPT_NOSIGNAL leaves to us.
  private func blockSignals() {
    var signals = sigset_t()
    sigfillset(&signals)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
  }

  private func admit(_ order: FetchOrder) {
    if order.ticket.isCancelled {
      order.continuation.resume(returning: .failure(.cancelled))
    } else if queue.admits(order, origin: order.url.origin) {
      start(order)
    }
  }

  private func start(_ order: FetchOrder) {
    var next: FetchOrder? = order
    while let order = next {
      if let transfer = Transfer(order: order, settings: settings, certificates: certificates) {
        running[transfer.handle] = transfer
        curl_multi_add_handle(multi, transfer.handle)
        return
      }
      order.continuation.resume(returning: .failure(.brokenTransfer(detail: "libcurl could not set the transfer up.")))
      next = queue.next(afterOneOf: order.url.origin)
    }
  }

  private func cancel(_ ticket: FetchOrder.Ticket) {
    if let order = queue.remove(where: { $0.ticket === ticket }) {
      order.continuation.resume(returning: .failure(.cancelled))
    } else if let transfer = running.values.first(where: { $0.order.ticket === ticket }) {
      end(transfer, .failure(.cancelled))
    }
  }

  /// Takes the finished transfers from libcurl.
  private func collect() {
    var left: Int32 = 0
    while let message = curl_multi_info_read(multi, &left)?.pointee {
      guard message.msg == CURLMSG_DONE, let handle = message.easy_handle, let transfer = running[handle] else { continue }
      end(transfer, transfer.outcome(of: message.data.result))
    }
  }

  /// The only way out of `running`: frees the handle, answers the caller, lets the next one of the origin start.
  private func end(_ transfer: Transfer, _ result: FetchResult) {
    curl_multi_remove_handle(multi, transfer.handle)
    running[transfer.handle] = nil
    transfer.free()
    transfer.order.continuation.resume(returning: result)
    if let next = queue.next(afterOneOf: transfer.order.url.origin) { start(next) }
  }

  private func endAll(_ error: FetchError) {
    for transfer in Array(running.values) { end(transfer, .failure(error)) }
  }

  private func refuse(_ orders: [FetchOrder]) {
    for order in orders { order.continuation.resume(returning: .failure(.cancelled)) }
  }
}

import CCurl

extension Transfer {
  /// Hangs our functions into libcurl. Each gets this object as its context: see the type's comment for why that pointer is valid.
  func callbackOptions() -> [CURLcode] {
    let context = Unmanaged.passUnretained(self).toOpaque()
    return [
      ccurl_on_header(
        handle,
        { data, size, count, context in
          Transfer.taken(data, size * count, context) { $0.receive(headerLine: $1) }
        }, context),
      ccurl_on_body(
        handle,
        { data, size, count, context in
          Transfer.taken(data, size * count, context) { $0.receive(body: $1) }
        }, context),
      ccurl_on_progress(
        handle,
        { context, _, received, _, _ in
          guard let transfer = Transfer.from(context) else { return 1 }
          return transfer.isWithinLimit(networkBytes: received) ? 0 : 1
        }, context),
      ccurl_on_open_socket(
        handle,
        { context, purpose, target in
          guard let transfer = Transfer.from(context), let target else { return ccurl_bad_socket() }
          return transfer.openSocket(to: target)
        }, context),
    ]
  }

  /// Lets the peer's chain be judged although nothing depends on the judgement.
  func judgementOption() -> CURLcode {
    ccurl_on_tls_context(
      handle,
      { handle, tlsContext, context in
        guard let handle, let tlsContext, let transfer = Transfer.from(context) else { return CURLE_ABORTED_BY_CALLBACK }
        ccurl_load_trust(handle, tlsContext, transfer.trustFile)
        return CURLE_OK
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  private static func from(_ context: UnsafeMutableRawPointer?) -> Transfer? {
    context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
  }

  /// The number of bytes taken, as libcurl wants it: another number than it gave ends the transfer.
  private static func taken(
    _ data: UnsafeMutablePointer<CChar>?, _ count: Int, _ context: UnsafeMutableRawPointer?,
    _ receive: (Transfer, UnsafeRawBufferPointer) -> Bool
  ) -> Int {
    guard count > 0 else { return 0 }
    guard let transfer = from(context) else { return 0 }
    return receive(transfer, UnsafeRawBufferPointer(start: data, count: count)) ? count : 0
  }

  private func openSocket(to target: UnsafeMutablePointer<curl_sockaddr>) -> curl_socket_t {
    var bytes = [UInt8](repeating: 0, count: 16)
    var port: UInt16 = 0
    let length = ccurl_address(target, &bytes, &port)
    guard let address = IPAddress(bytes: bytes.prefix(Int(length))), mayConnect(to: address, port: port) else {
      return ccurl_bad_socket()
    }
    return ccurl_open_socket(target)
  }
}

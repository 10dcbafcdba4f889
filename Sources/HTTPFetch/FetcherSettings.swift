/// What all transfers of one fetcher share.
struct FetcherSettings: Sendable {
  var policy: AddressPolicy
  var userAgent: String
  var maximumConnectionsPerHost = 2
  /// A PEM file of certificate authorities in place of the system's; tests bring their own.
  var trustFile: String?
  /// Names answered without a resolver, in libcurl's form "name:port:address,address".
  var knownNames: [String] = []
}

extension FetchRequest {
  /// Throws `FetchError.brokenTransfer` for a header that would smuggle another line into the request.
  func checkHeaders() throws(FetchError) {
    for header in headers {
      let isToken = !header.name.isEmpty && header.name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }
      guard isToken, !header.value.utf8.contains(where: { ($0 < 0x20 && $0 != 0x09) || $0 == 0x7F }) else {
        throw .brokenTransfer(detail: "The request header \(header.name.debugDescription) cannot be sent.")
      }
    }
  }
}

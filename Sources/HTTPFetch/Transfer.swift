import CCurl
import Foundation

/// One fetch while it runs: the easy handle, and what its callbacks gather. It lives on the transfer thread only.
///
/// The callbacks know it by an unretained pointer. That is sound because the loop's table holds the object until `free` has
/// ended the handle, and libcurl calls back only during `curl_multi_perform` and calls on the handle itself, on the same thread.
final class Transfer {
  let order: FetchOrder
  let handle: UnsafeMutableRawPointer
  let policy: AddressPolicy
  let trustFile: String?
  let certificates: ConnectionCertificates
  let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

  private(set) var answer = AnswerHeaders()
  private(set) var body = Data()
  private(set) var redirects: [Redirect] = []
  /// Facts of the connection that answered last.
  private(set) var tls: TLSFacts?
  /// Times that libcurl had summed up when the hop before the last one answered.
  private(set) var earlierTimes = HopTimes()
  /// Addresses refused in the hop under way.
  private(set) var refusedAddresses: [IPAddress] = []
  /// Set when we, not the peer, end the transfer.
  private(set) var stop: FetchError?

  private var lists: [UnsafeMutablePointer<curl_slist>] = []
  private var headerBytes = 0
  private var openedSockets = 0
  private var answeredURL = ""
  private var answeredStatus = 0
  private var answeredTimes = HopTimes()

  /// Bytes of header lines that one hop may send, interim answers and trailers included.
  static let maximumHeaderBytes = 256 * 1024

  /// Nil when libcurl cannot set the transfer up.
  init?(order: FetchOrder, settings: FetcherSettings, certificates: ConnectionCertificates) {
    guard let handle = curl_easy_init() else {
      errorText.deallocate()
      return nil
    }
    self.order = order
    self.handle = handle
    policy = settings.policy
    trustFile = settings.trustFile
    self.certificates = certificates
    errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    guard configure(settings) else {
      free()
      return nil
    }
  }

  /// Frees the handle; it must have left the multi handle, and nothing may be done with the transfer's handle afterwards.
  func free() {
    curl_easy_cleanup(handle)
    for list in lists { curl_slist_free_all(list) }
    lists = []
    errorText.deallocate()
  }

  /// A list of lines that libcurl reads until the handle is freed.
  func list(_ lines: [String]) -> UnsafeMutablePointer<curl_slist>? {
    var list: UnsafeMutablePointer<curl_slist>?
    for line in lines {
      guard let longer = curl_slist_append(list, line) else { break }
      list = longer
    }
    if let list { lists.append(list) }
    return list
  }

  // MARK: What the callbacks report; false ends the transfer.

  func receive(headerLine: UnsafeRawBufferPointer) -> Bool {
    headerBytes += headerLine.count
    guard headerBytes <= Self.maximumHeaderBytes else {
      stop = .brokenTransfer(detail: "The answer has more than \(Self.maximumHeaderBytes) bytes of headers.")
      return false
    }
    if answer.take(headerLine) == .completed { noteAnswer() }
    return stop == nil
  }

  func receive(body bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count <= limit - body.count else {
      stop = .tooLarge(limit: order.request.maximumBytes)
      return false
    }
    body.append(contentsOf: bytes)
    return true
  }

  /// Counts bytes of body as they cross the network. A redirect's body, or one that decodes to nothing, never reaches `receive(body:)`.
  func isWithinLimit(networkBytes: Int) -> Bool {
    guard networkBytes > limit + 64 * 1024 else { return true }
    stop = .tooLarge(limit: order.request.maximumBytes)
    return false
  }

  /// Asks the policy about the address that is about to be connected to.
  func mayConnect(to address: IPAddress, port: UInt16) -> Bool {
    guard policy.allows(address, port: port) else {
      refusedAddresses.append(address)
      return false
    }
    openedSockets += 1
    return true
  }

  private var limit: Int { min(max(0, order.request.maximumBytes), Int.max / 2) }

  /// The headers of an answer are complete: keeps the facts that the next hop would wipe out.
  private func noteAnswer() {
    let url = string(CURLINFO_EFFECTIVE_URL) ?? order.url.text
    if ccurl_get_long(handle, CURLINFO_REDIRECT_COUNT) > redirects.count {
      redirects.append(Redirect(status: answeredStatus, from: answeredURL, to: url))
      earlierTimes = answeredTimes
      headerBytes = 0
    }
    answeredURL = url
    answeredStatus = answer.status
    answeredTimes = HopTimes(handle)
    tls = currentTLS(url: url, isNewConnection: openedSockets > 0)
    openedSockets = 0
    refusedAddresses = []
    if answer.decoders > 1 { stop = .compressedRepeatedly } else { checkAnnouncedLength() }
  }

  /// Spares the download of a body that is announced as too large.
  private func checkAnnouncedLength() {
    let isFollowed = answer.status / 100 == 3 && order.request.maximumRedirects > 0 && value(of: "location") != nil
    guard order.request.method != .head, !isFollowed, answer.status != 204, answer.status != 304,
      let length = value(of: "content-length").flatMap({ Int($0) }), length > limit
    else { return }
    stop = .tooLarge(limit: order.request.maximumBytes)
  }

  private func value(of name: String) -> String? {
    answer.headers.first { $0.name.caseInsensitiveCompare(name) == .orderedSame }?.value
  }

  func string(_ info: CURLINFO) -> String? {
    ccurl_get_string(handle, info).map { String(cString: $0) }
  }
}

/// An absolute http or https address, read leniently as browsers do, and quickly: a page may hold thousands.
struct WebAddress: Sendable, Hashable {
  var scheme: String
  /// Lower case, without port, credentials and a final dot.
  var host: String
  var port: Int?
  /// Path and query, beginning with "/" or "?"; empty when there is none. No fragment.
  var path: String

  init?(_ text: String) {
    let text = text.trimmed
    guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
    let scheme = text[..<colon].lowercased()
    guard scheme == "http" || scheme == "https", text[colon...].hasPrefix("://") else { return nil }
    self.init(scheme: scheme, afterSlashes: text[text.index(colon, offsetBy: 3)...])
  }

  private init?(scheme: String, afterSlashes rest: Substring) {
    let end = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" || $0 == "\\" } ?? rest.endIndex
    var authority = rest[..<end]
    if let at = authority.lastIndex(of: "@") { authority = authority[authority.index(after: at)...] }
    var host = authority
    if let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") {
      host = authority[..<colon]
      let digits = authority[authority.index(after: colon)...]
      if !digits.isEmpty {
        guard let number = Int(digits), (1...65_535).contains(number) else { return nil }
        port = number
      }
    }
    if host.last == "." { host = host.dropLast() }
    guard !host.isEmpty, !host.unicodeScalars.contains(where: Self.isForbidden) else { return nil }
    self.scheme = scheme
    self.host = host.lowercased()
    let tail = rest[end...]
    path = String(tail[..<(tail.firstIndex(of: "#") ?? tail.endIndex)])
  }

  /// WHATWG URL: forbidden host code points.
  private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value <= 0x20 || scalar.value == 0x7F || "#<>?@\\^|%\"".unicodeScalars.contains(scalar)
  }

  /// A reference from a page at this address; nil when it is no http or https address (mailto, tel, javascript, data).
  /// The path of a relative reference is not normalised: no check looks at it.
  func resolving(_ reference: String) -> WebAddress? {
    let reference = reference.trimmed
    if reference.hasPrefix("//") { return WebAddress(scheme: scheme, afterSlashes: reference.dropFirst(2)) }
    if let scheme = Self.scheme(of: reference) {
      return scheme == "http" || scheme == "https" ? WebAddress(reference) : nil
    }
    var address = self
    if reference.hasPrefix("/") { address.path = reference } else { address.path = "/" + reference }
    return address
  }

  /// The scheme of a reference, lower case; nil when it is relative (RFC 3986, 3.1).
  static func scheme(of reference: String) -> String? {
    var length = 0
    for byte in reference.utf8 {
      if byte == UInt8(ascii: ":") { return length > 0 ? reference.utf8.prefix(length).lowercasedASCII : nil }
      let isPart = byte.isASCIILetter || (length > 0 && (byte.isASCIIDigit || byte == 0x2B || byte == 0x2D || byte == 0x2E))
      guard isPart, length < 32 else { return nil }
      length += 1
    }
    return nil
  }

  var isHTTPS: Bool { scheme == "https" }
  var usesDefaultPort: Bool { port == nil || port == (isHTTPS ? 443 : 80) }
  /// "example.com:8080"
  var hostAndPort: String { usesDefaultPort ? host : "\(host):\(port ?? 0)" }
  var origin: String { "\(scheme)://\(hostAndPort)" }

  /// The host without a leading "www.".
  var bareHost: String { host.hasPrefix("www.") ? String(host.dropFirst(4)) : host }

  /// The registered domain, by a short list of two-level suffixes: enough to tell one's own hosts from others'.
  var site: String {
    let labels = host.split(separator: ".")
    guard labels.count > 2, !host.hasPrefix("["), !labels.allSatisfy({ Int($0) != nil }) else { return host }
    let suffix = labels.suffix(2).joined(separator: ".")
    return labels.suffix(Self.twoLevelSuffixes.contains(suffix) ? 3 : 2).joined(separator: ".")
  }

  private static let twoLevelSuffixes = Set(
    """
    co.uk org.uk me.uk ltd.uk plc.uk ac.uk gov.uk com.au net.au org.au id.au co.nz net.nz org.nz co.za org.za com.br net.br com.mx com.ar
    com.co com.pe com.tr co.in net.in org.in co.jp ne.jp or.jp co.kr or.kr com.cn net.cn com.tw com.hk com.sg com.my co.th co.id com.ph
    com.vn co.il org.il com.ua com.pl co.at or.at com.es com.pt com.gr com.cy com.eg com.sa com.ng co.ke
    """.words)
}

extension Sequence where Element == UInt8 {
  var lowercasedASCII: String { String(decoding: map(\.asciiLowercased), as: UTF8.self) }
}

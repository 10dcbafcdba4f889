import HTTPTypes

/// Which answers are compressed, and what their header fields then say (RFC 9110, 8.4, 12.5.3 and 12.5.5).
enum CompressionRules {
  /// Shorter bodies are sent as they are: a packet carries them either way.
  static let minimumBytes = 1024

  /// Whether the client takes gzip: its quality must not be 0.
  static func acceptsGzip(_ request: HTTPRequest) -> Bool {
    guard let header = request.headerFields[.acceptEncoding] else { return false }
    var acceptsAny = false
    for item in header.split(separator: ",") {
      let parts = item.split(separator: ";").map(trimmed)
      guard let coding = parts.first?.lowercased() else { continue }
      let isAccepted = !parts.dropFirst().contains { isZeroQuality($0) }
      if coding == "gzip" || coding == "x-gzip" { return isAccepted }
      if coding == "*" { acceptsAny = isAccepted }
    }
    return acceptsAny
  }

  /// Whether another client could get this answer in another coding, which caches must know. A 304 says what its 200 would say.
  static func varies(_ head: HTTPResponse) -> Bool {
    if head.status == .notModified { return true }
    guard head.status != .noContent, head.status != .partialContent, let type = head.headerFields[.contentType] else { return false }
    return isText(type) && head.headerFields[.contentEncoding] == nil
  }

  /// Whether compressing gains something and is allowed; for answers that vary.
  static func isWorthwhile(_ head: HTTPResponse) -> Bool {
    guard varies(head), head.status != .notModified, head.headerFields[.contentRange] == nil else { return false }
    if let control = head.headerFields[.cacheControl], control.lowercased().contains("no-transform") { return false }
    guard let length = head.headerFields[.contentLength].flatMap({ Int($0) }) else { return true }
    return length >= minimumBytes
  }

  static func addVary(to head: inout HTTPResponse) {
    let fields = head.headerFields[.vary] ?? ""
    let names = fields.split(separator: ",").map { trimmed($0).lowercased() }
    guard !names.contains("accept-encoding"), !names.contains("*") else { return }
    head.headerFields[.vary] = fields.isEmpty ? "Accept-Encoding" : fields + ", Accept-Encoding"
  }

  /// The length is no longer known, byte ranges would be of other bytes, and a strong ETag would promise equal bytes.
  static func markCompressed(_ head: inout HTTPResponse) {
    head.headerFields[.contentEncoding] = "gzip"
    head.headerFields[.contentLength] = nil
    head.headerFields[.acceptRanges] = nil
    if let tag = head.headerFields[.eTag], !tag.hasPrefix("W/") { head.headerFields[.eTag] = "W/" + tag }
  }

  private static func isZeroQuality(_ parameter: Substring) -> Bool {
    let pair = parameter.split(separator: "=").map(trimmed)
    return pair.count == 2 && pair[0].lowercased() == "q" && Double(pair[1]) == 0
  }

  private static func isText(_ contentType: String) -> Bool {
    let type = trimmed(contentType.prefix { $0 != ";" }).lowercased()
    if type.hasPrefix("text/") || type.hasSuffix("+json") || type.hasSuffix("+xml") { return true }
    return ["application/json", "application/javascript", "application/xml", "application/x-ndjson"].contains(type)
  }
}

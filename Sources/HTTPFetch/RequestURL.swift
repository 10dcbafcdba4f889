import CCurl

/// An absolute http or https URL, read by the same parser that later makes the request, so that the two cannot disagree.
struct RequestURL {
  /// The URL as it is requested: the scheme and host in small letters, bytes outside ASCII percent-encoded.
  let text: String
  /// Host as it stands in the URL, without brackets.
  let host: String
  /// Scheme, host and port: what one connection serves.
  let origin: String

  /// Throws `FetchError.invalidURL` for a relative URL, another scheme, an empty host, a user name, a space or a control character.
  init(_ url: String) throws(FetchError) {
    guard !url.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }), let parts = curl_url() else { throw .invalidURL(url) }
    defer { curl_url_cleanup(parts) }
    let flags = UInt32(CURLU_DISALLOW_USER) | UInt32(CURLU_URLENCODE)
    guard curl_url_set(parts, CURLUPART_URL, url, flags) == CURLUE_OK,
      let scheme = Self.part(CURLUPART_SCHEME, of: parts), scheme == "http" || scheme == "https",
      let host = Self.part(CURLUPART_HOST, of: parts), !host.isEmpty,
      let port = Self.part(CURLUPART_PORT, of: parts, flags: UInt32(CURLU_DEFAULT_PORT)),
      let text = Self.part(CURLUPART_URL, of: parts)
    else { throw .invalidURL(url) }
    self.text = text
    self.host = Self.withoutBrackets(host)
    origin = "\(scheme)://\(host.lowercased()):\(port)"
  }

  /// The host as certificates name it: international names in their ASCII form (RFC 5891). To be asked on the transfer thread,
  /// whose locale the conversion needs; nil when there is no host or no such form.
  static func certificateName(of url: String) -> String? {
    guard let parts = curl_url() else { return nil }
    defer { curl_url_cleanup(parts) }
    guard curl_url_set(parts, CURLUPART_URL, url, UInt32(CURLU_URLENCODE)) == CURLUE_OK else { return nil }
    return part(CURLUPART_HOST, of: parts, flags: UInt32(CURLU_PUNYCODE)).map(withoutBrackets)
  }

  private static func withoutBrackets(_ host: String) -> String {
    host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
  }

  private static func part(_ part: CURLUPart, of parts: OpaquePointer, flags: UInt32 = 0) -> String? {
    var text: UnsafeMutablePointer<CChar>?
    guard curl_url_get(parts, part, &text, flags) == CURLUE_OK, let text else { return nil }
    defer { curl_free(text) }
    return String(cString: text)
  }
}

import CCurl
import Foundation

extension Transfer {
  /// Tells libcurl everything about the transfer; false when it refuses an option.
  func configure(_ settings: FetcherSettings) -> Bool {
    let request = order.request
    var codes = [
      ccurl_set_string(handle, CURLOPT_URL, order.url.text),
      ccurl_set_pointer(handle, CURLOPT_ERRORBUFFER, errorText),
      ccurl_set_long(handle, CURLOPT_NOSIGNAL, 1),
      ccurl_set_string(handle, CURLOPT_PROTOCOLS_STR, "http,https"),
      ccurl_set_string(handle, CURLOPT_REDIR_PROTOCOLS_STR, "http,https"),
      // An empty proxy beats the environment: behind a proxy the address policy would see the proxy's address only.
      ccurl_set_string(handle, CURLOPT_PROXY, ""),
      ccurl_set_long(handle, CURLOPT_NETRC, 0),
      ccurl_set_long(handle, CURLOPT_DISALLOW_USERNAME_IN_URL, 1),
      // Leaves a resolver thread behind to end by itself; otherwise a cancelled transfer holds all others up until the name server answers.
      ccurl_set_long(handle, CURLOPT_QUICK_EXIT, 1),
      ccurl_set_string(handle, CURLOPT_USERAGENT, settings.userAgent),
      ccurl_set_string(handle, CURLOPT_ACCEPT_ENCODING, ""),
      // Cookies live for the redirects of this one transfer: many sites redirect in a circle without them.
      ccurl_set_string(handle, CURLOPT_COOKIEFILE, ""),
      ccurl_set_long(handle, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS),
      ccurl_set_long(handle, CURLOPT_FOLLOWLOCATION, request.followsRedirects && request.maximumRedirects > 0 ? 1 : 0),
      ccurl_set_long(handle, CURLOPT_MAXREDIRS, max(0, request.maximumRedirects)),
      ccurl_set_long(handle, CURLOPT_FRESH_CONNECT, request.needsOwnConnection ? 1 : 0),
      ccurl_set_long(handle, CURLOPT_FORBID_REUSE, request.needsOwnConnection ? 1 : 0),
      ccurl_set_long(handle, CURLOPT_TIMEOUT_MS, Self.milliseconds(request.timeout)),
      ccurl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, Self.milliseconds(request.connectTimeout)),
    ]
    codes += tlsOptions(settings) + methodOptions() + callbackOptions()
    codes += request.cookies.map { ccurl_set_string(handle, CURLOPT_COOKIELIST, $0) }
    if !settings.knownNames.isEmpty { codes.append(ccurl_set_list(handle, CURLOPT_RESOLVE, list(settings.knownNames))) }
    return codes.allSatisfy { $0 == CURLE_OK }
  }

  /// Whole milliseconds from one up: libcurl takes 0 for "no limit". At most a day.
  static func milliseconds(_ seconds: Double) -> Int {
    seconds.isNaN ? 1 : Int(max(1, min(seconds * 1000, 86_400_000)))
  }

  private func tlsOptions(_ settings: FetcherSettings) -> [CURLcode] {
    let verifies = order.request.verifiesCertificate
    var codes = [
      ccurl_set_long(handle, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2),
      ccurl_set_long(handle, CURLOPT_SSL_VERIFYPEER, verifies ? 1 : 0),
      ccurl_set_long(handle, CURLOPT_SSL_VERIFYHOST, verifies ? 2 : 0),
      ccurl_set_long(handle, CURLOPT_CERTINFO, 1),
      // Full handshakes only: a resumed session would tell neither its true cost nor, with every library, its certificate.
      ccurl_set_long(handle, CURLOPT_SSL_SESSIONID_CACHE, 0),
    ]
    if !verifies { codes.append(judgementOption()) }
    if let trustFile = settings.trustFile { codes.append(ccurl_set_string(handle, CURLOPT_CAINFO, trustFile)) }
    return codes
  }

  private func methodOptions() -> [CURLcode] {
    let request = order.request
    // An empty header "Expect" keeps libcurl from waiting a second for "100 Continue" before a large body.
    var lines = ["Expect:"] + request.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
    var codes: [CURLcode] = []
    switch request.method {
    case .get: break
    case .head: codes.append(ccurl_set_long(handle, CURLOPT_NOBODY, 1))
    case .post:
      let body = request.body ?? Data()
      codes.append(ccurl_set_long(handle, CURLOPT_POST, 1))
      codes.append(ccurl_set_offset(handle, CURLOPT_POSTFIELDSIZE_LARGE, body.count))
      let hasType = request.headers.contains { $0.name.caseInsensitiveCompare("content-type") == .orderedSame }
      if !hasType { lines.append("Content-Type:") }
      codes.append(
        Array(body).withUnsafeBytes { bytes in
          ccurl_set_pointer(handle, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: bytes.baseAddress))
        })
    }
    return codes + [ccurl_set_list(handle, CURLOPT_HTTPHEADER, list(lines))]
  }
}

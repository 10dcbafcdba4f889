import CCurl
import Foundation

extension Transfer {
  /// What the caller gets for libcurl's result; to be asked before the handle leaves the multi handle.
  func outcome(of code: CURLcode) -> FetchResult {
    if let stop { return .failure(stop) }
    guard code == CURLE_OK else { return .failure(error(for: code)) }
    return .success(page())
  }

  private func page() -> FetchedPage {
    var page = FetchedPage(
      requestedURL: order.request.url, finalURL: string(CURLINFO_EFFECTIVE_URL) ?? order.url.text, status: answer.status,
      headers: answer.headers, body: body, bytesReceived: Int(ccurl_get_offset(handle, CURLINFO_SIZE_DOWNLOAD_T)), redirects: redirects,
      timings: FetchTimings(handle, since: earlierTimes), remoteAddress: string(CURLINFO_PRIMARY_IP) ?? "", httpVersion: httpVersion,
      tls: tls, fetchedAt: Date())
    page.redirectTarget = string(CURLINFO_REDIRECT_URL)
    if !order.request.followsRedirects { page.cookies = lines(CURLINFO_COOKIELIST) }
    return page
  }

  private func lines(_ info: CURLINFO) -> [String] {
    let list = ccurl_get_list(handle, info)
    defer { curl_slist_free_all(list) }
    var lines: [String] = []
    var next = list
    while let line = next?.pointee {
      if let data = line.data { lines.append(String(cString: data)) }
      next = line.next
    }
    return lines
  }

  private var httpVersion: HTTPVersion {
    switch ccurl_get_long(handle, CURLINFO_HTTP_VERSION) {
    case CURL_HTTP_VERSION_1_0: .http1_0
    case CURL_HTTP_VERSION_2_0: .http2
    case CURL_HTTP_VERSION_3: .http3
    default: .http1_1
    }
  }

  private func error(for code: CURLcode) -> FetchError {
    let detail = errorText.pointee == 0 ? String(cString: curl_easy_strerror(code)) : String(cString: errorText)
    let url = string(CURLINFO_EFFECTIVE_URL) ?? order.url.text
    switch code {
    case CURLE_URL_MALFORMAT, CURLE_LOGIN_DENIED: return .invalidURL(string(CURLINFO_REDIRECT_URL) ?? url)
    case CURLE_COULDNT_RESOLVE_HOST: return .nameNotResolved(host: (try? RequestURL(url))?.host ?? order.url.host)
    case CURLE_COULDNT_CONNECT:
      if let refused = refusedAddresses.first { return .addressRefused(address: refused.description) }
      return .connectFailed(detail: detail)
    case CURLE_OPERATION_TIMEDOUT: return .timedOut(seconds: expiredTimeout)
    case CURLE_TOO_MANY_REDIRECTS: return .tooManyRedirects(limit: order.request.maximumRedirects)
    case CURLE_PEER_FAILED_VERIFICATION:
      // libcurl checks the name before it notes the chain's verdict: 0 or 1 (unspecified) is left when the name was wrong.
      let verdict = ccurl_get_long(handle, CURLINFO_SSL_VERIFYRESULT)
      return .certificateInvalid(verdict == 1 ? .wrongHost : CertificateProblem(verifyResult: verdict) ?? .wrongHost)
    case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR,
      CURLE_SSL_INVALIDCERTSTATUS:
      return .tlsFailed(detail: detail)
    default: return .brokenTransfer(detail: detail)
    }
  }

  /// The limit that ran out, in seconds: the whole one when the whole time is used up, else that of connecting.
  private var expiredTimeout: Double {
    let spent = Int(ccurl_get_offset(handle, CURLINFO_TOTAL_TIME_T) / 1000)
    return spent + 20 >= Self.milliseconds(order.request.timeout) ? order.request.timeout : order.request.connectTimeout
  }
}

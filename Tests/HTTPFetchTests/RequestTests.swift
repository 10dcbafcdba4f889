import Foundation
import Testing

@testable import HTTPFetch

@Suite("Requests") struct RequestTests {
  let server: TestServer
  let fetcher: HTTPFetcher

  init() throws {
    server = try TestServer()
    fetcher = .allowing(server)
  }

  @Test("our name, the accepted codings and the caller's headers are sent") func headers() async throws {
    let headers = [HTTPHeader("X-Key", "k1"), HTTPHeader("X-Empty", ""), HTTPHeader("Accept-Language", "de")]
    _ = try await fetcher.fetch(FetchRequest(url: server.url("/plain"), headers: headers))
    let sent = try #require(server.requests.first?.headers)
    #expect(sent["user-agent"] == "Tests/1.0")
    #expect(sent["x-key"] == "k1")
    #expect(sent["accept-language"] == "de")
    for coding in ["gzip", "br", "zstd", "deflate"] { #expect(sent["accept-encoding"]?.contains(coding) == true) }
    #expect(sent["host"] == "127.0.0.1:\(server.port)")
    #expect(sent["cookie"] == nil)
  }

  @Test("HEAD has no body and no limit on what is announced") func head() async throws {
    let page = try await fetcher.fetch(FetchRequest(url: server.url("/head"), method: .head, maximumBytes: 10))
    #expect(page.body.isEmpty)
    #expect(page.header("content-length") == "99999999")
    #expect(server.requests.first?.method == "HEAD")
  }

  @Test("POST sends its bytes, zeros and all") func post() async throws {
    let body = Data([0, 1, 2, 0, 255]) + Data(repeating: 7, count: 100_000)
    let headers = [HTTPHeader("Content-Type", "application/octet-stream")]
    let page = try await fetcher.fetch(FetchRequest(url: server.url("/echo"), method: .post, headers: headers, body: body))
    #expect(page.header("X-Method") == "POST")
    #expect(page.body == body)
    let sent = try #require(server.requests.first?.headers)
    #expect(sent["content-type"] == "application/octet-stream")
    #expect(sent["expect"] == nil)
  }

  @Test("POST without a body or a type claims neither") func emptyPost() async throws {
    let page = try await fetcher.fetch(FetchRequest(url: server.url("/echo"), method: .post))
    #expect(page.body.isEmpty)
    #expect(server.requests.first?.headers["content-length"] == "0")
    #expect(server.requests.first?.headers["content-type"] == nil)
  }

  @Test(
    "a header that would break the request is refused",
    arguments: [
      HTTPHeader("X-A", "a\r\nX-B: b"), HTTPHeader("X-A", "a\0"), HTTPHeader("X: A", "a"), HTTPHeader("", "a"), HTTPHeader("Ä", "a"),
    ])
  func smuggled(header: HTTPHeader) async {
    let error = await fetcher.failure(FetchRequest(url: server.url("/plain"), headers: [header]))
    #expect(error?.isBrokenTransfer == true)
    #expect(server.requests.isEmpty)
  }

  @Test(
    "what is no absolute http or https URL is refused",
    arguments: [
      "", "/", "example.org", "//example.org/", "ftp://example.org/", "file:///etc/passwd", "javascript:alert(1)", "http://",
      "http:///", "https://user@example.org/", "http://user:secret@example.org/", "http://exa mple.org/", "http://example.org/a b",
      "http://example.org/\n", "http://example.org/\0", "http://example.org:99999/", "http://example.org:port/", "http://[::1/",
      "http://:80/", "gopher://example.org/",
    ])
  func invalidURL(url: String) async {
    #expect(await fetcher.failure(FetchRequest(url: url)) == .invalidURL(url))
  }

  @Test("a URL is read into host and origin") func readURL() throws {
    let url = try RequestURL("HTTPS://Example.ORG/Path?q=ä#top")
    #expect(url.host == "Example.ORG")
    #expect(url.origin == "https://example.org:443")
    #expect(url.text.hasSuffix("/Path?q=%c3%a4#top") || url.text.hasSuffix("/Path?q=%C3%A4#top"))
    #expect(try RequestURL("http://[::1]:8080/").host == "::1")
    #expect(try RequestURL("http://[::1]:8080/").origin == "http://[::1]:8080")
  }

  @Test("an international host name is asked for in its ASCII form") func internationalName() async throws {
    let settings = FetcherSettings(
      policy: .publicAndLoopback(port: server.port), userAgent: "Tests/1.0", knownNames: ["xn--bcher-kva.test:\(server.port):127.0.0.1"])
    let fetcher = HTTPFetcher(settings: settings)
    let page = try await fetcher.fetch(FetchRequest(url: "http://bücher.test:\(server.port)/plain"))
    #expect(page.text == "hello")
    #expect(server.requests.first?.headers["host"] == "xn--bcher-kva.test:\(server.port)")
  }

  @Test("a proxy named in the environment is not used") func proxy() async throws {
    // Other tests run at the same moment: they must not use it either. One first setenv leaves the old environment readable.
    setenv("http_proxy", "http://127.0.0.1:9/", 1)
    defer { unsetenv("http_proxy") }
    #expect(try await fetcher.fetch(FetchRequest(url: server.url("/plain"))).text == "hello")
  }
}

import Foundation
import Testing

@testable import HTTPFetch

@Suite("Redirects") struct RedirectTests {
  let server: TestServer
  let fetcher: HTTPFetcher

  init() throws {
    server = try TestServer()
    fetcher = .allowing(server)
  }

  @Test("each hop is recorded, and only the last answer's headers remain") func chain() async throws {
    let page = try await fetcher.fetch(FetchRequest(url: server.url("/chain/3")))
    let hops = [3, 2, 1].map { Redirect(status: 302, from: server.url("/chain/\($0)"), to: server.url("/chain/\($0 - 1)")) }
    #expect(page.redirects == hops)
    #expect(page.status == 200)
    #expect(page.text == "last")
    #expect(page.header("Location") == nil)
    #expect(page.header("X-Hop") == nil)
    #expect(page.finalURL == server.url("/chain/0"))
    #expect(page.requestedURL == server.url("/chain/3"))
  }

  @Test("the limit is the number of redirects that are followed") func limit() async throws {
    let enough = try await fetcher.fetch(FetchRequest(url: server.url("/chain/3"), maximumRedirects: 3))
    #expect(enough.redirects.count == 3)
    #expect(await fetcher.failure(FetchRequest(url: server.url("/chain/3"), maximumRedirects: 2)) == .tooManyRedirects(limit: 2))
    #expect(await fetcher.failure(FetchRequest(url: server.url("/loop"))) == .tooManyRedirects(limit: 10))
  }

  @Test("with no redirects allowed the 3xx itself comes back", arguments: [0, -1]) func none(limit: Int) async throws {
    let page = try await fetcher.fetch(FetchRequest(url: server.url("/chain/2"), maximumRedirects: limit))
    #expect(page.status == 302)
    #expect(page.header("Location") == "/chain/1")
    #expect(page.text == "moved")
    #expect(page.redirects.isEmpty)
  }

  @Test("cookies live for one chain and no longer") func cookies() async throws {
    let page = try await fetcher.fetch(FetchRequest(url: server.url("/cookie")))
    #expect(page.text == "welcome")
    _ = try await fetcher.fetch(FetchRequest(url: server.url("/headers")))
    #expect(server.requests.last?.headers["cookie"] == nil)
  }

  @Test(
    "a redirect into a private network is refused",
    arguments: [
      ("http://10.0.0.1/", "10.0.0.1"), ("http://169.254.169.254/latest/meta-data/", "169.254.169.254"), ("http://[::1]/", "::1"),
      ("http://[::ffff:127.0.0.1]/", "::ffff:127.0.0.1"), ("http://0x7f000001/", "127.0.0.1"), ("http://0/", "0.0.0.0"),
    ])
  func privateTarget(target: String, address: String) async {
    #expect(await fetcher.failure(FetchRequest(url: server.url("/to/\(target)"))) == .addressRefused(address: address))
  }

  @Test("a redirect to another loopback port is refused") func otherPort() async throws {
    let other = try TestServer()
    let error = await fetcher.failure(FetchRequest(url: server.url("/to/http://127.0.0.1:\(other.port)/plain")))
    #expect(error == .addressRefused(address: "127.0.0.1"))
    #expect(other.requests.isEmpty)
  }

  @Test("a redirect to another scheme is not followed", arguments: ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/"])
  func otherScheme(target: String) async {
    #expect(await fetcher.failure(FetchRequest(url: server.url("/to/\(target)")))?.isBrokenTransfer == true)
  }

  @Test("a redirect to a malformed address, or one with a password, is an invalid URL", arguments: ["http://", "http://user:pw@127.0.0.1/"])
  func malformedTarget(target: String) async {
    #expect(await fetcher.failure(FetchRequest(url: server.url("/to/\(target)")))?.isInvalidURL == true)
  }

  @Test("an endless body of a redirect is cut") func endlessBody() async {
    let error = await fetcher.failure(FetchRequest(url: server.url("/endlessredirect"), maximumBytes: 1000))
    #expect(error == .tooLarge(limit: 1000))
  }

  @Test("times are those of the last hop, and the hops before it are summed up apart") func times() async throws {
    let timings = try await fetcher.fetch(FetchRequest(url: server.url("/slowredirect/700"))).timings
    #expect(timings.redirect >= 0.69)
    #expect(timings.firstByte < timings.redirect)
    #expect(timings.total >= timings.redirect)
  }
}

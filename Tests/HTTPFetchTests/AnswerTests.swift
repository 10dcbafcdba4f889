import Foundation
import Testing

@testable import HTTPFetch

@Suite("Answers") struct AnswerTests {
  let server: TestServer
  let fetcher: HTTPFetcher

  init() throws {
    server = try TestServer()
    fetcher = .allowing(server)
  }

  func page(_ path: String) async throws -> FetchedPage {
    try await fetcher.fetch(FetchRequest(url: server.url(path)))
  }

  @Test("a plain page comes with its status, headers, body and facts") func plain() async throws {
    let page = try await page("/plain")
    #expect(page.status == 200)
    #expect(page.text == "hello")
    #expect(page.header("x-answer") == "yes")
    #expect(page.headers.map(\.name) == ["Content-Type", "X-Answer", "Content-Length"])
    #expect(page.requestedURL == server.url("/plain"))
    #expect(page.finalURL == server.url("/plain"))
    #expect(page.bytesReceived == 5)
    #expect(page.remoteAddress == "127.0.0.1")
    #expect(page.httpVersion == .http1_1)
    #expect(page.tls == nil)
    #expect(page.redirects.isEmpty)
    #expect(page.timings.connect <= page.timings.firstByte && page.timings.firstByte <= page.timings.total)
    #expect(page.timings.firstByte > 0 && page.timings.redirect == 0)
    #expect(abs(page.fetchedAt.timeIntervalSinceNow) < 60)
  }

  @Test("a chunked body is joined, and its trailers are no headers") func chunked() async throws {
    let page = try await page("/chunked")
    #expect(page.text == "abcdefg")
    #expect(page.header("X-Trailer") == nil)
    #expect(page.status == 200)
  }

  @Test("gzip is undone, and the bytes on the network are told apart") func gzip() async throws {
    let page = try await page("/gzip")
    #expect(page.body == Data(repeating: 0, count: 100_000))
    #expect(page.bytesReceived < 2000)
  }

  @Test("brotli and zstd are undone", arguments: ["/brotli", "/zstd"]) func newerCodings(path: String) async throws {
    #expect(try await page(path).text == "hello world")
  }

  @Test("a body that is not in the coding it claims is a broken transfer") func wrongCoding() async {
    #expect(await fetcher.failure(FetchRequest(url: server.url("/notgzip")))?.isBrokenTransfer == true)
  }

  @Test("HTTP/1.0 without a length ends with the connection") func http10() async throws {
    let page = try await page("/http10")
    #expect(page.text == "old")
    #expect(page.httpVersion == .http1_0)
  }

  @Test("an error status is an answer like another", arguments: [400, 404, 429, 500, 503]) func statuses(status: Int) async throws {
    let page = try await page("/status/\(status)")
    #expect(page.status == status)
    #expect(page.text == "status")
  }

  @Test("204 has no body") func noContent() async throws {
    let page = try await page("/empty")
    #expect(page.status == 204)
    #expect(page.body.isEmpty)
  }

  @Test("interim answers leave no headers behind") func interim() async throws {
    let page = try await page("/interim")
    #expect(page.status == 200)
    #expect(page.header("Link") == nil)
    #expect(page.header("X-Last") == "1")
    #expect(page.text == "ok")
  }

  @Test("header text is UTF-8, or else Latin-1") func headerText() async throws {
    let page = try await page("/latin1")
    #expect(page.header("X-Name") == "café")
    #expect(page.header("X-Utf") == "café")
  }

  @Test("many headers are kept, too many are a broken transfer") func manyHeaders() async throws {
    #expect(try await page("/manyheaders/1000").headers.count == 1001)
    #expect(await fetcher.failure(FetchRequest(url: server.url("/manyheaders/3000")))?.isBrokenTransfer == true)
  }

  @Test("endless interim answers are a broken transfer") func endlessInterim() async {
    #expect(await fetcher.failure(FetchRequest(url: server.url("/endlessinterim")))?.isBrokenTransfer == true)
  }

  @Test("what is no HTTP, or ends too soon, is a broken transfer", arguments: ["/garbage", "/badheader", "/short", "/closed", "/reset"])
  func broken(path: String) async {
    #expect(await fetcher.failure(FetchRequest(url: server.url(path)))?.isBrokenTransfer == true)
  }

  @Test("two fetches from one host share a connection") func reuse() async throws {
    _ = try await page("/plain")
    let second = try await page("/plain")
    #expect(Set(server.requests.map(\.clientPort)).count == 1)
    #expect(second.remoteAddress == "127.0.0.1")
  }

  @Test("one that needs a connection of its own shares none, before or after") func ownConnection() async throws {
    _ = try await page("/plain")
    var request = FetchRequest(url: server.url("/plain"))
    request.needsOwnConnection = true
    _ = try await fetcher.fetch(request)
    _ = try await page("/plain")
    let ports = server.requests.map(\.clientPort)
    #expect(ports.count == 3 && ports[1] != ports[0] && ports[1] != ports[2])
  }
}

import Foundation
import Testing

@testable import HTTPFetch

@Suite("Limits") struct LimitTests {
  let server: TestServer
  let fetcher: HTTPFetcher

  init() throws {
    server = try TestServer()
    fetcher = .allowing(server)
  }

  @Test("a body of exactly the limit passes, one byte more does not") func edge() async throws {
    let page = try await fetcher.fetch(FetchRequest(url: server.url("/sized/1000"), maximumBytes: 1000))
    #expect(page.body.count == 1000)
    #expect(await fetcher.failure(FetchRequest(url: server.url("/sized/1001"), maximumBytes: 1000)) == .tooLarge(limit: 1000))
  }

  @Test("a limit of nothing lets an empty body pass", arguments: [0, -5]) func zero(limit: Int) async throws {
    #expect(try await fetcher.fetch(FetchRequest(url: server.url("/sized/0"), maximumBytes: limit)).body.isEmpty)
    #expect(await fetcher.failure(FetchRequest(url: server.url("/sized/1"), maximumBytes: limit)) == .tooLarge(limit: limit))
  }

  @Test("the largest limit does not overflow") func largest() async throws {
    #expect(try await fetcher.fetch(FetchRequest(url: server.url("/plain"), maximumBytes: .max)).text == "hello")
  }

  @Test("a body without an announced length stops at the limit") func endless() async {
    #expect(await fetcher.failure(FetchRequest(url: server.url("/endless"), maximumBytes: 100_000)) == .tooLarge(limit: 100_000))
  }

  @Test("an announced length above the limit ends the transfer before its body") func announced() async {
    let error = await fetcher.failure(FetchRequest(url: server.url("/announced"), timeout: 30, maximumBytes: 1_000_000))
    #expect(error == .tooLarge(limit: 1_000_000))
  }

  @Test("a gzip bomb stops at the limit of decoded bytes") func bomb() async {
    #expect(Encoded.bomb.count < 20_000)
    #expect(await fetcher.failure(FetchRequest(url: server.url("/bomb"), maximumBytes: 1_000_000)) == .tooLarge(limit: 1_000_000))
  }

  @Test(
    "a body that is compressed twice is refused before it can unpack to an endless nothing",
    arguments: TestSite.nestings.indices.map { "/nested/\($0)" } + ["/nestedinterim"])
  func nested(path: String) async {
    #expect(await fetcher.failure(FetchRequest(url: server.url(path))) == .compressedRepeatedly)
  }

  @Test("a redirect's coding does not count for the page, nor does one that changes nothing") func oneLayer() async throws {
    #expect(try await fetcher.fetch(FetchRequest(url: server.url("/onelayer"))).body.count == 1000)
    #expect(try await fetcher.fetch(FetchRequest(url: server.url("/packedredirect"))).body.count == 1000)
  }

  @Test("a server that never answers ends at the timeout") func hang() async {
    #expect(await fetcher.failure(FetchRequest(url: server.url("/hang"), timeout: 0.2)) == .timedOut(seconds: 0.2))
  }

  @Test("a drip of bytes ends at the timeout too") func drip() async {
    #expect(await fetcher.failure(FetchRequest(url: server.url("/drip"), timeout: 0.3)) == .timedOut(seconds: 0.3))
  }

  @Test("a peer that never accepts ends at the connect timeout") func connectTimeout() async throws {
    let port = try #require(FullListener.shared?.port)
    let fetcher = HTTPFetcher(policy: .unrestricted, userAgent: "Tests/1.0")
    let error = await fetcher.failure(FetchRequest(url: "http://127.0.0.1:\(port)/", timeout: 20, connectTimeout: 0.2))
    #expect(error == .timedOut(seconds: 0.2))
  }

  @Test(
    "timeouts are whole milliseconds, never libcurl's endless 0",
    arguments: [(0.0, 1), (-1, 1), (.nan, 1), (0.2504, 250), (20, 20_000), (.infinity, 86_400_000), (1e300, 86_400_000)] as [(Double, Int)])
  func milliseconds(seconds: Double, expected: Int) {
    #expect(Transfer.milliseconds(seconds) == expected)
  }

  @Test("a closed port is a failed connect") func refused() async {
    let fetcher = HTTPFetcher(policy: .unrestricted, userAgent: "Tests/1.0")
    let error = await fetcher.failure(FetchRequest(url: "http://127.0.0.1:1/"))
    guard case .connectFailed(let detail) = error else { return #expect(Bool(false), "\(String(describing: error))") }
    #expect(!detail.isEmpty)
  }

  @Test("a name that cannot exist is not resolved") func unknownName() async {
    // A label of 64 characters is refused by the resolver itself, without a question to the network.
    let host = String(repeating: "a", count: 64) + ".test"
    #expect(await fetcher.failure(FetchRequest(url: "http://\(host)/")) == .nameNotResolved(host: host))
  }
}

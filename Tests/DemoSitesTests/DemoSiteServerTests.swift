import DemoSites
import Foundation
import NIOCore
import NIOPosix
import Testing

@Suite("The demo server listens on loopback only, keeps its limits and stops at once")
struct DemoSiteServerTests {
  @Test("Every served lead's site answers on its own address and the one port")
  func everySite() async throws {
    let quiet: Set<SiteKind> = [.hangs, .resetsConnection, .closesConnection, .slow, .drip]
    try await ServedDemo.run { demo in
      let sites = demo.leads.compactMap(\.website).compactMap(URL.init(string:)).filter { $0.port == demo.port }
      #expect(sites.allSatisfy { $0.host?.hasPrefix("127.20.") == true })
      #expect(sites.count == 190 + 2)
      for lead in demo.leads where lead.website?.contains(":\(demo.port)/") == true && !quiet.contains(lead.siteKind) {
        let host = try #require(lead.website.flatMap(URL.init(string:))?.host)
        let answer = try await RawClient.get(from: host, port: demo.port)
        #expect((answer.status != nil) == (lead.siteKind != .refusesConnection), "\(lead.siteKind)")
      }
    }
  }

  @Test("Addresses without a site, the common loopback address among them, refuse")
  func otherAddresses() async throws {
    try await ServedDemo.run(siteCount: 20) { demo in
      for address in ["127.0.0.1", "127.20.0.21"] {
        let ending = try await RawClient.ending(of: address, port: demo.port)
        #expect(ending == .refused)
      }
    }
  }

  @Test("A restart gets the same port again")
  func samePort() async throws {
    let first = DemoSiteServer(siteCount: 10)
    let port = try await first.start()
    _ = try await RawClient.get(from: "127.20.0.1", port: port)
    await first.shutdown()
    let second = DemoSiteServer(siteCount: 10, preferredPort: port)
    #expect(try await second.start() == port)
    await second.shutdown()
  }

  @Test("A wanted port that is taken is refused with its address, and nothing stays open")
  func takenPort() async throws {
    let first = DemoSiteServer(siteCount: 5)
    let port = try await first.start()
    let second = DemoSiteServer(siteCount: 10, preferredPort: port)
    let error = await #expect(throws: DemoSiteError.self) { try await second.start() }
    #expect(error == .portTaken(port: port, address: "127.20.0.1"))
    #expect(error?.code == "port_taken")
    #expect(error?.explanation.contains("Port \(port)") == true)
    await first.shutdown()
    #expect(try await second.start() == port)
    await second.shutdown()
  }

  @Test("A server starts once, and with a sensible number of sites")
  func wrongStarts() async throws {
    for count in [0, SampleLeads.maximumCount + 1] {
      let error = await #expect(throws: DemoSiteError.self) { try await DemoSiteServer(siteCount: count).start() }
      #expect(error == .wrongSiteCount(count))
      #expect(error?.code == "wrong_site_count" && error?.explanation.isEmpty == false)
    }
    let server = DemoSiteServer(siteCount: 3)
    _ = try await server.start()
    let again = await #expect(throws: DemoSiteError.self) { try await server.start() }
    #expect(again == .alreadyStarted)
    #expect(again?.code == "already_started" && again?.explanation.isEmpty == false)
    await server.shutdown()
    await server.shutdown()
  }

  @Test("Every refusal has a code and words")
  func refusals() {
    let refusals: [DemoSiteError] = [.noFreePort(attempts: 8), .addressUnavailable(address: "127.20.0.1", reason: "no such address")]
    #expect(refusals.map(\.code) == ["no_free_port", "address_unavailable"])
    #expect(refusals[0].explanation.contains("8 attempts"))
    #expect(refusals[1].explanation.contains("127.20.0.1: no such address"))
  }

  @Test("Shutdown ends slow, dripping and hanging answers at once")
  func quickShutdown() async throws {
    let server = DemoSiteServer()
    let port = try await server.start()
    let demo = ServedDemo(port: port, leads: SampleLeads.all(port: port, now: ServedDemo.now))
    let request = Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
    let slow = try await RawClient.open(request, to: demo.host(.slow), port: port)
    let drip = try await RawClient.open(request, to: demo.host(.drip), port: port)
    let hanging = try await RawClient.open(request, to: demo.host(.hangs), port: port)
    // The server has one thread: once it answers this request, it has read those before.
    _ = try await demo.get(.good)
    let start = ContinuousClock.now
    await server.shutdown()
    #expect(start.duration(to: .now) < .seconds(10))
    let (silent, cut, unheard) = try await (slow.get(), drip.get(), hanging.get())
    #expect(start.duration(to: .now) < .seconds(10))
    #expect(silent.bytes.isEmpty && silent.ending != .timedOut)
    #expect(cut.status == 200 && cut.header("Content-Length") != String(cut.body.count))
    #expect(unheard.bytes.isEmpty && unheard.ending != .timedOut)
    #expect(try await RawClient.ending(of: "127.20.0.1", port: port) == .refused)
  }

  @Test("Requests past the limits are refused")
  func limits() async throws {
    try await ServedDemo.run(siteCount: 20) { demo in
      let host = try demo.host(.good)
      func send(_ text: String) async throws -> Exchange { try await RawClient.send(Array(text.utf8), to: host, port: demo.port) }
      let longTarget = try await RawClient.get("/" + String(repeating: "a", count: 3_000), from: host, port: demo.port)
      #expect(longTarget.status == 414)
      let longHeader = try await demo.get(.good, headers: "X-Long: \(String(repeating: "a", count: 9_000))\r\n")
      #expect(longHeader.status != 200)
      let post = try await demo.get(.good, headers: "Content-Length: 4\r\n\r\nbody", method: "POST")
      #expect(post.status == 405)
      #expect(post.header("Allow") == "GET, HEAD")
      let upload = try await send("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n" + String(repeating: "a", count: 70_000))
      #expect(upload.status == 413 || upload.ending == .reset)
      #expect(try await send("nonsense\r\n\r\n").status == 400)
    }
  }

  @Test("One connection more than the maximum is closed, and counts free again afterwards")
  func connectionLimit() async throws {
    try await ServedDemo.run(siteCount: 200, maximumConnections: 2) { demo in
      let host = try demo.host(.hangs)
      let channels = try await [
        ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup).connect(host: host, port: demo.port).get(),
        ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup).connect(host: host, port: demo.port).get(),
      ]
      let refused = try await demo.get(.good)
      #expect(refused.status == nil)
      for channel in channels { try await channel.close() }
      let deadline = ContinuousClock.now + .seconds(5)
      var status: Int?
      while status != 200, .now < deadline { status = try await demo.get(.good).status }
      #expect(status == 200)
    }
  }

  @Test("A connection serves one request after the other")
  func keepAlive() async throws {
    try await ServedDemo.run(siteCount: 20) { demo in
      let request = "GET /style.css HTTP/1.1\r\nHost: x\r\n\r\n"
      let last = "GET /style.css HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
      let exchange = try await RawClient.send(Array((request + request + last).utf8), to: demo.host(.good), port: demo.port)
      #expect(String(decoding: exchange.bytes, as: UTF8.self).matches(of: /HTTP\/1\.1 200 OK/).count == 3)
    }
  }

  @Test("Fifty connections at a time are served quickly")
  func concurrency() async throws {
    try await ServedDemo.run { demo in
      let start = ContinuousClock.now
      try await withThrowingTaskGroup(of: Int?.self) { group in
        for position in 0..<50 {
          let host = try demo.host(position % 2 == 0 ? .good : .fair, position % 30)
          group.addTask { try await RawClient.get(from: host, port: demo.port).status }
        }
        for try await status in group { #expect(status == 200) }
      }
      #expect(start.duration(to: .now) < .seconds(5))
    }
  }
}

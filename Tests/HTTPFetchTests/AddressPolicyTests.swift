import Testing

@testable import HTTPFetch

@Suite("Addresses") struct AddressPolicyTests {
  static let special = [
    "0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1", "127.255.255.255",
    "169.254.0.0", "169.254.169.254", "172.16.0.0", "172.31.255.255", "192.0.0.1", "192.0.0.255", "192.0.2.1", "192.88.99.1",
    "192.168.0.0", "192.168.255.255", "198.18.0.0", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255",
    "240.0.0.0", "255.255.255.255",
    "::", "::1", "::7f00:1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::127.0.0.1",
    "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "64:ff9b:1::8.8.8.8", "64:ff9b:0:0:1::8.8.8.8", "100::1", "100:0:0:1::1", "2001::1",
    "2001:0:4136:e378::1", "2001:2::1", "2001:10::1", "2001:1ff:ffff::1", "2001:db8::1", "2002:7f00:1::1", "2002:808:808::1", "3fff::1",
    "3fff:fff:ffff::1", "4000::1", "5f00::1", "fc00::1", "fdff::1", "fe80::1", "febf::1", "fec0::1", "feff::1", "ff02::1", "ffff::1",
    "1fff::1",
  ]
  static let global = [
    "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0", "169.253.255.255",
    "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.0.3.0", "192.88.98.255", "192.88.100.0", "192.167.255.255",
    "192.169.0.0", "198.17.255.255", "198.20.0.0", "198.51.99.255", "198.51.101.0", "203.0.112.255", "203.0.114.0", "223.255.255.255",
    "2000::1", "2001:200::1", "2001:4860:4860::8888", "2001:db7:ffff::1", "2001:db9::1", "2003::1", "2606:4700::1111", "2a00:1450::1",
    "3ffe::1", "3fff:1000::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
  ]

  @Test("special addresses are not public", arguments: special) func specialAddress(text: String) throws {
    let address = try #require(IPAddress(text))
    #expect(!address.isGloballyReachable)
    #expect(!AddressPolicy.publicOnly.allows(address, port: 80))
    #expect(AddressPolicy.unrestricted.allows(address, port: 80))
  }

  @Test("their neighbours are", arguments: global) func globalAddress(text: String) throws {
    let address = try #require(IPAddress(text))
    #expect(address.isGloballyReachable)
    #expect(AddressPolicy.publicOnly.allows(address, port: 80))
    #expect(AddressPolicy.publicAndLoopback(port: 8080).allows(address, port: 443))
  }

  @Test(
    "the demo policy opens IPv4 loopback on one port",
    arguments: [
      ("127.0.0.1", 8080, true), ("127.9.8.7", 8080, true), ("127.0.0.1", 8081, false), ("::1", 8080, false),
      ("::ffff:127.0.0.1", 8080, false), ("10.0.0.1", 8080, false), ("126.0.0.1", 80, true), ("128.0.0.1", 80, true),
    ] as [(String, UInt16, Bool)])
  func demo(text: String, port: UInt16, allowed: Bool) throws {
    let address = try #require(IPAddress(text))
    #expect(AddressPolicy.publicAndLoopback(port: 8080).allows(address, port: port) == allowed)
  }

  @Test(
    "an address is read and written",
    arguments: [("192.0.2.1", "192.0.2.1"), ("2001:DB8:0:0::1", "2001:db8::1"), ("::FFFF:1.2.3.4", "::ffff:1.2.3.4"), ("::", "::")])
  func text(text: String, written: String) throws {
    let address = try #require(IPAddress(text))
    #expect(address.description == written)
    #expect(IPAddress(address.description) == address)
  }

  @Test(
    "what is no address is not read",
    arguments: ["", "1.2.3", "1.2.3.256", "[::1]", "::1%lo", "1.2.3.4:80", "example.org", "0x7f000001"])
  func noAddress(text: String) {
    #expect(IPAddress(text) == nil)
  }

  @Test("bytes are in network order, four or sixteen") func bytes() {
    #expect(IPAddress(bytes: [127, 0, 0, 1]) == .v4(0x7F00_0001))
    #expect(IPAddress(bytes: [UInt8](repeating: 0, count: 15) + [1]) == .v6(1))
    #expect(IPAddress(bytes: [1, 2, 3]) == nil)
    #expect(IPAddress(bytes: []) == nil)
  }

  @Test("a literal private address is refused before a byte is sent") func literal() async throws {
    let server = try TestServer()
    let fetcher = HTTPFetcher(policy: .publicOnly, userAgent: "Tests/1.0")
    #expect(await fetcher.failure(FetchRequest(url: server.url("/plain"))) == .addressRefused(address: "127.0.0.1"))
    #expect(await fetcher.failure(FetchRequest(url: "http://localhost:\(server.port)/"))?.isAddressRefused == true)
    #expect(server.requests.isEmpty)
  }

  @Test("a name with a refused and an allowed address is reached by the allowed one") func mixedName() async throws {
    let server = try TestServer()
    let name = "mixed.test:\(server.port):10.0.0.1,127.0.0.1,192.168.0.1"
    let fetcher = HTTPFetcher(settings: FetcherSettings(policy: .publicAndLoopback(port: server.port), userAgent: "T", knownNames: [name]))
    let page = try await fetcher.fetch(FetchRequest(url: "http://mixed.test:\(server.port)/plain"))
    #expect(page.remoteAddress == "127.0.0.1")
  }

  @Test("a name whose addresses are all refused is refused") func allRefused() async {
    let settings = FetcherSettings(policy: .publicOnly, userAgent: "T", knownNames: ["inner.test:80:[::1],10.0.0.1,[fe80::1]"])
    let error = await HTTPFetcher(settings: settings).failure(FetchRequest(url: "http://inner.test/"))
    #expect(error?.isAddressRefused == true)
  }
}

extension FetchError {
  var isAddressRefused: Bool { if case .addressRefused = self { true } else { false } }
}

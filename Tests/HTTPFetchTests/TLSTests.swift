import Foundation
import Testing

@testable import HTTPFetch

@Suite("TLS", .disabled(if: TLSServer.isMissing, "needs the openssl command"))
struct TLSTests {
  let certificates: TestCertificates

  init() throws {
    certificates = try TestCertificates()
  }

  func fetcher(trusting: Bool = true, knownNames: [String] = []) -> HTTPFetcher {
    HTTPFetcher(
      settings: FetcherSettings(
        policy: .unrestricted, userAgent: "Tests/1.0", trustFile: trusting ? certificates.authority.path : nil, knownNames: knownNames))
  }

  @Test("a trusted certificate is described, also for a second fetch on the same connection") func trusted() async throws {
    let server = try TLSServer(certificate: certificates.leaf("good", names: "IP:127.0.0.1"), key: certificates.key)
    let fetcher = fetcher()
    let first = try await fetcher.fetch(FetchRequest(url: server.url()))
    #expect(first.text == "secret")
    let facts = try #require(first.tls)
    #expect(facts.version == "TLSv1.3")
    #expect(facts.subject?.contains("good") == true)
    #expect(facts.issuer?.contains("Test Authority") == true)
    #expect(facts.validFrom == Date(timeIntervalSince1970: 1_577_836_800))
    #expect(facts.expires == Date(timeIntervalSince1970: 4_070_908_800))
    #expect(facts.problem == nil)
    #expect(first.timings.tls > 0)
    let second = try await fetcher.fetch(FetchRequest(url: server.url()))
    #expect(second.timings.tls == 0)
    #expect(second.tls == facts)
  }

  @Test("a redirect on the same connection keeps the facts of its handshake") func redirect() async throws {
    let server = try TLSServer(certificate: certificates.leaf("good", names: "IP:127.0.0.2"), key: certificates.key, redirects: 2)
    let page = try await fetcher().fetch(FetchRequest(url: server.url(), verifiesCertificate: false))
    #expect(page.redirects.count == 2)
    #expect(page.timings.tls == 0)
    #expect(page.tls?.subject?.contains("good") == true)
    #expect(page.tls?.problem == .wrongHost)
  }

  @Test("TLS 1.2 is told apart") func version() async throws {
    let server = try TLSServer(certificate: certificates.leaf("good", names: "IP:127.0.0.1"), key: certificates.key, options: ["-tls1_2"])
    #expect(try await fetcher().fetch(FetchRequest(url: server.url())).tls?.version == "TLSv1.2")
  }

  @Test(
    "a certificate that cannot be trusted is refused with its reason, and told of when it is fetched all the same",
    arguments: [CertificateProblem.expired, .notYetValid, .wrongHost, .selfSigned, .untrusted])
  func problem(problem: CertificateProblem) async throws {
    let certificate =
      switch problem {
      case .expired: try certificates.leaf("expired", names: "IP:127.0.0.1", until: "20210101000000Z")
      case .notYetValid: try certificates.leaf("early", names: "IP:127.0.0.1", from: "20900101000000Z")
      case .wrongHost: try certificates.leaf("other", names: "DNS:other.test,IP:127.0.0.2")
      case .selfSigned: try certificates.selfSigned()
      case .untrusted: try certificates.leaf("stranger", names: "IP:127.0.0.1")
      }
    let server = try TLSServer(certificate: certificate, key: certificates.key)
    let fetcher = fetcher(trusting: problem != .untrusted)
    #expect(await fetcher.failure(FetchRequest(url: server.url())) == .certificateInvalid(problem))
    let page = try await fetcher.fetch(FetchRequest(url: server.url(), verifiesCertificate: false))
    #expect(page.text == "secret")
    #expect(page.tls?.problem == problem)
    #expect(page.tls?.subject != nil)
    // The connection opened without trust is still there, and must not serve a request that asks for trust. The test server, which
    // serves one connection at a time, then leaves us waiting for another.
    #expect(await fetcher.failure(FetchRequest(url: server.url(), connectTimeout: 0.3)) == .timedOut(seconds: 0.3))
  }

  @Test("without verification a sound certificate has no problem") func unverified() async throws {
    let names = "DNS:*.good.test"
    let server = try TLSServer(certificate: certificates.leaf("good", names: names), key: certificates.key)
    let fetcher = fetcher(knownNames: ["www.good.test:\(server.port):127.0.0.1"])
    let page = try await fetcher.fetch(FetchRequest(url: server.url("www.good.test"), verifiesCertificate: false))
    #expect(page.tls?.problem == nil)
    #expect(page.tls?.version == "TLSv1.3")
  }

  @Test("an international name is compared in its ASCII form", arguments: [("xn--bcher-kva.test", true), ("xn--bcher-kvb.test", false)])
  func internationalName(name: String, isCovered: Bool) async throws {
    let server = try TLSServer(certificate: certificates.leaf("good", names: "DNS:\(name)"), key: certificates.key)
    let fetcher = fetcher(knownNames: ["xn--bcher-kva.test:\(server.port):127.0.0.1"])
    let page = try await fetcher.fetch(FetchRequest(url: server.url("bücher.test"), verifiesCertificate: false))
    #expect(page.tls?.problem == (isCovered ? nil : .wrongHost))
  }

  @Test("a server that speaks no TLS is a failed handshake") func plainServer() async throws {
    let server = try TestServer { _, peer in peer.answer("plain") }
    let error = await fetcher().failure(FetchRequest(url: "https://127.0.0.1:\(server.port)/"))
    guard case .tlsFailed = error else { return #expect(Bool(false), "\(String(describing: error))") }
  }

  @Test("no common cipher is a failed handshake") func noCipher() async throws {
    let options = ["-tls1_2", "-cipher", "NULL:@SECLEVEL=0"]
    let server = try TLSServer(certificate: certificates.leaf("good", names: "IP:127.0.0.1"), key: certificates.key, options: options)
    let error = await fetcher().failure(FetchRequest(url: server.url()))
    guard case .tlsFailed(let detail) = error else { return #expect(Bool(false), "\(String(describing: error))") }
    #expect(!detail.isEmpty)
  }
}

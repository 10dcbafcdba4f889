import Foundation
import Testing

@testable import HTTPFetch

@Suite("Parts") struct PartsTests {
  @Test("header lines are put together, folded ones too") func headerLines() {
    var answer = AnswerHeaders()
    let lines = ["X-Stray: 1", "HTTP/1.1 200 OK", "X-Long:  one", "  two ", "no colon", "X-None:", "", "X-Trailer: 1"]
    var completed = 0
    for line in lines where answer.take(Array("\(line)\r\n".utf8)) == .completed { completed += 1 }
    #expect(completed == 1)
    #expect(answer.status == 200)
    #expect(answer.headers == [HTTPHeader("X-Long", "one two"), HTTPHeader("X-None", "")])
  }

  @Test("a fold with nothing to go on with, and a status that is no number, do no harm") func oddHeaderLines() {
    var answer = AnswerHeaders()
    for line in ["HTTP/2 ", " fold", ""] { _ = answer.take(Array("\(line)\n".utf8)) }
    #expect(answer.status == 0)
    #expect(answer.headers.isEmpty)
  }

  @Test("a queue lets a few of one origin run, the rest in turn") func queue() {
    var queue = OriginQueue<Int>(limit: 2)
    let admitted = (1...5).map { queue.admits($0, origin: "a") }
    #expect(admitted == [true, true, false, false, false])
    let admittedElsewhere = queue.admits(6, origin: "b")
    #expect(admittedElsewhere)
    let removed = [queue.remove { $0 == 4 }, queue.remove { $0 == 4 }]
    #expect(removed == [4, nil])
    let following = (1...5).map { _ in queue.next(afterOneOf: "a") }
    #expect(following == [3, 5, nil, nil, nil])
    let admittedAgain = queue.admits(7, origin: "a")
    #expect(admittedAgain)
  }

  @Test("a queue can be emptied") func emptiedQueue() {
    var queue = OriginQueue<Int>(limit: 0)
    let admitted = (1...3).map { queue.admits($0, origin: "a") }
    #expect(admitted == [true, false, false])
    let removed = [queue.removeAll(), queue.removeAll()]
    #expect(removed == [[2, 3], []])
  }

  @Test("the fields of a certificate are read") func certificate() {
    let certificate = PeerCertificate(fields: [
      "Subject:C = DE, CN = Example.org", "Issuer:CN = Some CA", "Start date:Jan  5 09:34:43 2024 GMT",
      "Expire date:2025-02-28 23:59:59 GMT", "no field", "Cert:-----BEGIN",
    ])
    #expect(certificate.subject == "C = DE, CN = Example.org")
    #expect(certificate.issuer == "CN = Some CA")
    #expect(certificate.validFrom == Date(timeIntervalSince1970: 1_704_447_283))
    #expect(certificate.expires == Date(timeIntervalSince1970: 1_740_787_199))
    #expect(certificate.names == ["example.org"])
    for text in ["", "yesterday", "Foo  5 09:34:43 2024 GMT", "Jan  5 09:34:43 2024 CET"] {
      #expect(PeerCertificate(fields: ["Start date:\(text)"]).validFrom == nil)
    }
    #expect(PeerCertificate(fields: []).names.isEmpty)
  }

  @Test(
    "a certificate covers the names it lists",
    arguments: [
      ("DNS:example.org", "EXAMPLE.org", true), ("DNS:example.org", "example.org.", true), ("DNS:example.org", "www.example.org", false),
      ("DNS:*.example.org", "www.example.org", true), ("DNS:*.example.org", "example.org", false),
      ("DNS:*.example.org", "a.b.example.org", false), ("DNS:*.org", "example.org", false), ("DNS:*.example.org", ".example.org", false),
      ("DNS:a.test, DNS:b.test", "b.test", true), ("IP Address:192.0.2.1", "192.0.2.1", true), ("DNS:192.0.2.1", "192.0.2.2", false),
      ("IP Address:2001:DB8:0:0:0:0:0:1", "2001:db8::1", true), ("DNS:*.0.2.1", "192.0.2.1", false), ("email:a@b.test", "b.test", false),
    ])
  func covers(names: String, host: String, expected: Bool) {
    #expect(PeerCertificate(fields: ["X509v3 Subject Alternative Name:\(names)"]).covers(host: host) == expected)
  }

  @Test("the alternative names outrank the common name") func commonName() {
    let fields = ["Subject:CN = old.test", "X509v3 Subject Alternative Name:DNS:new.test"]
    #expect(!PeerCertificate(fields: fields).covers(host: "old.test"))
  }

  @Test("OpenSSL's verify results have names") func verifyResults() {
    let expected: [(Int, CertificateProblem?)] = [
      (0, nil), (9, .notYetValid), (10, .expired), (18, .selfSigned), (19, .selfSigned), (20, .untrusted), (21, .untrusted),
      (62, .wrongHost), (64, .wrongHost), (23, .untrusted),
    ]
    for (code, problem) in expected { #expect(CertificateProblem(verifyResult: code) == problem) }
  }

  @Test("facts of connections are kept up to a limit, the oldest go first") func facts() {
    let certificates = ConnectionCertificates()
    func key(_ port: Int) -> ConnectionCertificates.Key { .init(localPort: port, remoteAddress: "192.0.2.1", remotePort: 443) }
    for port in 0...1024 { certificates.remember(TLSFacts(subject: "\(port)"), of: key(port)) }
    #expect(certificates[key(0)] == nil)
    #expect(certificates[key(1024)]?.subject == "1024")
    #expect(certificates[key(1024 - ConnectionCertificates.pooledConnections)] != nil)
    certificates.remember(TLSFacts(subject: "new"), of: key(1024))
    #expect(certificates[key(1024)]?.subject == "new")
  }

  @Test("a header is found without case, all its values in order") func pageHeaders() {
    let page = FetchedPage(
      requestedURL: "", finalURL: "", status: 200, headers: [HTTPHeader("Set-Cookie", "a"), HTTPHeader("set-cookie", "b")], body: Data(),
      bytesReceived: 0, fetchedAt: Date())
    #expect(page.header("SET-COOKIE") == "a")
    #expect(page.headerValues("Set-Cookie") == ["a", "b"])
    #expect(page.header("Other") == nil)
  }
}

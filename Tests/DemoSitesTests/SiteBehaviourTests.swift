import DemoSites
import Foundation
import Testing

@Suite("Each kind of sample website behaves as its kind says")
struct SiteBehaviourTests {
  @Test("A good site answers its page with security headers, and has its small files")
  func good() async throws {
    try await ServedDemo.run { demo in
      let home = try await demo.get(.good)
      #expect(home.status == 200)
      #expect(home.header("Content-Type") == "text/html; charset=utf-8")
      #expect(home.header("Content-Length") == String(home.body.count))
      #expect(home.header("Content-Security-Policy") != nil)
      #expect(home.header("X-Content-Type-Options") == "nosniff")
      #expect(home.header("X-Demo-Compress") == nil)
      #expect(home.text.contains(demo.leads(of: .good)[0].name))
      for (path, type) in [
        ("/robots.txt", "text/plain"), ("/sitemap.xml", "application/xml"), ("/favicon.ico", "image/x-icon"), ("/style.css", "text/css"),
        ("/privacy", "text/html; charset=utf-8"), ("/images/front.webp", "image/svg+xml"),
      ] {
        let file = try await demo.get(.good, path: path)
        #expect(file.status == 200, "\(path)")
        #expect(file.header("Content-Type") == type)
        #expect(!file.body.isEmpty)
      }
      #expect(try await demo.get(.good, path: "/robots.txt").text.contains(":\(demo.port)/sitemap.xml"))
      #expect(try await demo.get(.good, path: "/nothing").status == 404)
    }
  }

  @Test("Some sites lack the small files")
  func missingFiles() async throws {
    try await ServedDemo.run { demo in
      var statuses: Set<Int?> = []
      for position in 0..<20 { statuses.insert(try await demo.get(.poor, position, path: "/robots.txt").status) }
      #expect(statuses == [200, 404])
    }
  }

  @Test("A site that compresses does so only for clients that accept it")
  func compression() async throws {
    try await ServedDemo.run { demo in
      let plain = try await demo.get(.good)
      let packed = try await demo.get(.good, headers: "Accept-Encoding: gzip\r\n")
      #expect(plain.header("Content-Encoding") == nil)
      #expect(plain.header("Vary") == "Accept-Encoding")
      #expect(packed.header("Content-Encoding") == "gzip")
      #expect(packed.header("Content-Length") == String(packed.body.count))
      #expect(packed.body.starts(with: [0x1F, 0x8B]))
      #expect(packed.body.count < plain.body.count / 2)
      let head = try await demo.get(.good, headers: "Accept-Encoding: gzip\r\n", method: "HEAD")
      #expect(head.status == 200 && head.body.isEmpty)
    }
  }

  @Test("A slow site waits 1.5 to 3 seconds before it answers")
  func slow() async throws {
    try await ServedDemo.run { demo in
      let home = try await demo.get(.slow)
      #expect(home.status == 200)
      let wait = try #require(home.firstByte)
      #expect(wait >= .milliseconds(1_490) && wait < .seconds(5))
      #expect(try await demo.get(.slow, path: "/style.css").total < .seconds(1))
    }
  }

  @Test("A dripping site answers at once and ends after about 4 seconds")
  func drip() async throws {
    try await ServedDemo.run { demo in
      let home = try await demo.get(.drip)
      #expect(home.status == 200)
      #expect(home.header("Content-Length") == String(home.body.count))
      #expect(try #require(home.firstByte) < .seconds(1))
      #expect(home.total >= .milliseconds(3_900) && home.total < .seconds(8))
      #expect(home.pieces > 5)
      #expect(try await demo.get(.drip, method: "HEAD").total < .seconds(1))
    }
  }

  @Test("A flaky site refuses a few times, then answers, then refuses again")
  func flaky() async throws {
    try await ServedDemo.run { demo in
      for _ in 0..<2 {
        var statuses: [Int?] = []
        for _ in 0..<3 { statuses.append(try await demo.get(.flaky, 1).status) }
        #expect(statuses == [503, 503, 200])
      }
      var stubborn: [Int?] = []
      for _ in 0..<6 { stubborn.append(try await demo.get(.flaky).status) }
      #expect(stubborn == [503, 503, 503, 503, 503, 200])
    }
  }

  @Test("Other paths do not count towards a flaky site's refusals")
  func flakyFiles() async throws {
    try await ServedDemo.run { demo in
      var statuses: [Int?] = []
      for path in ["/style.css", "/", "/style.css", "/"] { statuses.append(try await demo.get(.flaky, 2, path: path).status) }
      #expect(statuses == [200, 503, 200, 200])
    }
  }

  @Test("A rate-limited site answers 429 and a second to wait, then its page, then 429 again")
  func rateLimited() async throws {
    try await ServedDemo.run { demo in
      let first = try await demo.get(.rateLimited)
      #expect(first.status == 429)
      #expect(first.header("Retry-After") == "1")
      #expect(try await demo.get(.rateLimited).status == 200)
      #expect(try await demo.get(.rateLimited).status == 429)
    }
  }

  /// Follows redirects by hand; gives the statuses, and the last address.
  private func follow(_ kind: SiteKind, limit: Int, in demo: ServedDemo) async throws -> (statuses: [Int?], last: String) {
    let host = try demo.host(kind)
    var url = try #require(URL(string: "http://\(host):\(demo.port)/"))
    var statuses: [Int?] = []
    for _ in 0..<limit {
      guard url.host == host else { break }
      let answer = try await RawClient.get(url.path, from: host, port: demo.port)
      statuses.append(answer.status)
      guard let location = answer.header("Location") else { break }
      url = try #require(URL(string: location, relativeTo: url)?.absoluteURL)
    }
    return (statuses, url.absoluteString)
  }

  @Test("Redirecting sites lead to their page, in a circle, or to a private address")
  func redirects() async throws {
    try await ServedDemo.run { demo in
      let once = try await follow(.redirectsOnce, limit: 9, in: demo)
      let thrice = try await follow(.redirectsThreeTimes, limit: 9, in: demo)
      let forever = try await follow(.redirectsForever, limit: 9, in: demo)
      let hidden = try await follow(.redirectsToPrivate, limit: 9, in: demo)
      #expect(once.statuses == [301, 200])
      #expect(thrice.statuses == [302, 301, 308, 200])
      #expect(forever.statuses == Array(repeating: 302, count: 9))
      #expect(hidden.last == "http://10.0.0.1/admin")
    }
  }

  @Test("Broken sites fail each in its own way")
  func broken() async throws {
    try await ServedDemo.run { demo in
      #expect(try await demo.get(.serverError).status == 500)
      #expect(try await demo.get(.serverError, path: "/robots.txt").status == 500)
      let reset = try await demo.get(.resetsConnection)
      #expect(reset.ending == .reset && reset.bytes.isEmpty)
      let closed = try await demo.get(.closesConnection)
      #expect(closed.ending == .closed && closed.bytes.isEmpty)
      #expect(try await demo.get(.refusesConnection).ending == .refused)
      let hanging = try await demo.get(.hangs, timeout: .milliseconds(400))
      #expect(hanging.ending == .timedOut && hanging.bytes.isEmpty)
    }
  }

  @Test("A large site sends 3 MB, a too large one more than 5 MB")
  func large() async throws {
    try await ServedDemo.run { demo in
      let large = try await demo.get(.large)
      #expect((2_900_000...3_300_000).contains(large.body.count))
      #expect(large.header("Content-Length") == String(large.body.count))
      #expect(try await demo.get(.tooLarge).body.count > 5 * 1_024 * 1_024 + 500_000)
    }
  }

  @Test("Sites without a home page of HTML send a PDF or a 404 page")
  func notPages() async throws {
    try await ServedDemo.run { demo in
      let brochure = try await demo.get(.pdf)
      #expect(brochure.status == 200 && brochure.header("Content-Type") == "application/pdf" && brochure.text.hasPrefix("%PDF"))
      let missing = try await demo.get(.notFound)
      #expect(missing.status == 404 && missing.text.contains("<h1>Page not found</h1>"))
    }
  }

  @Test("A hostile site attacks in its page and its headers")
  func hostile() async throws {
    try await ServedDemo.run { demo in
      let home = try await demo.get(.hostile)
      #expect(home.status == 200)
      #expect(home.text.contains("<title><script>alert(1)</script>"))
      #expect(home.header("X-Powered-By") == "<script>alert('header')</script>")
    }
  }
}

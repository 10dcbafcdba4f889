import BatchReports
import Foundation
import Secrets
import Testing
import WebTestSupport

@testable import Web

@Suite struct SignInTests {
  private func signIn(
    _ browser: TestBrowser, _ email: String, _ password: String = TestServer.password, returnTo: String? = nil,
    headers: [(String, String)] = []
  ) async throws -> TestResponse {
    _ = try await browser.get("/login")
    let csrf = browser.cookies["form"] ?? browser.cookies["__Host-form"] ?? ""
    let fields = [("email", email), ("password", password), ("csrf", csrf)] + (returnTo.map { [("return_to", $0)] } ?? [])
    return try await browser.post("/login", fields, headers: headers)
  }

  @Test("The right password signs in and leads back to where one wanted to go")
  func signsIn() async throws {
    try await TestServer.run { (server) async throws in
      _ = try await server.account(.operator, email: "ada@example.com")
      let browser = server.stranger
      let wanted = try await browser.get("/settings/tokens?x=1")
      #expect(wanted.status == 303)
      #expect(wanted.header("location") == "/login?return_to=%2Fsettings%2Ftokens%3Fx%3D1")
      let page = try await browser.get(try #require(wanted.header("location")))
      #expect(page.text.contains("name=\"return_to\" value=\"/settings/tokens?x=1\""))
      let response = try await signIn(browser, " Ada@EXAMPLE.com ", returnTo: "/settings/tokens?x=1")
      #expect(response.status == 303)
      #expect(response.header("location") == "/settings/tokens?x=1")
      let cookie = try #require(response.headers("set-cookie").first { $0.hasPrefix("session=") })
      for part in ["HttpOnly", "SameSite=Lax", "Path=/"] { #expect(cookie.contains(part)) }
      #expect(!cookie.contains("Secure"))
      let home = try await browser.get("/settings")
      #expect(home.status == 200)
      #expect(home.text.contains("ada@example.com"))
      #expect(home.text.contains("Role: operator"))
      #expect(home.header("cache-control") == "no-store")
      #expect(try await browser.get("/login?return_to=/settings").header("location") == "/settings")
    }
  }

  @Test("A wrong password, an unknown email, a disabled account and one without a password all get the same answer")
  func wrong() async throws {
    try await TestServer.run { (server) async throws in
      _ = try await server.account(.admin)
      let off = try await server.account(.viewer, email: "off@example.com")
      try await server.dependencies.accounts.disable(off.id, by: .commandLine, at: server.clock.now)
      try await server.dependencies.accounts.add(
        email: "bare@example.com", role: .viewer, passwordHash: nil, by: .commandLine, at: server.clock.now)
      for (email, password) in [
        ("admin@example.com", "wrong"), ("nobody@example.com", TestServer.password), ("off@example.com", TestServer.password),
        ("bare@example.com", ""), ("not an email", "x"), ("", ""), ("admin@example.com", String(repeating: "x", count: 2000)),
      ] {
        let browser = server.stranger
        let response = try await signIn(browser, email, password)
        #expect(response.status == 401, "\(email)")
        #expect(response.text.contains("The email or the password is wrong."))
        #expect(response.text.contains("value=\"\(email)\""))
        #expect(!response.text.contains("value=\"\(TestServer.password)\""))
        #expect(browser.cookies["session"] == nil)
      }
    }
  }

  @Test("The sign-in form without its cookie's token is refused and comes back filled in")
  func formToken() async throws {
    try await TestServer.run { (server) async throws in
      _ = try await server.account(.operator)
      for csrf in ["", "x"] {
        let browser = server.stranger
        _ = try await browser.get("/login")
        let response = try await browser.post(
          "/login", [("email", "operator@example.com"), ("password", TestServer.password), ("csrf", csrf)])
        #expect(response.status == 403)
        #expect(response.text.contains("This form has expired."))
        #expect(response.text.contains("value=\"operator@example.com\""))
      }
      let bare = TestBrowser(client: server.client)
      #expect(
        try await bare.post("/login", [("email", "operator@example.com"), ("password", TestServer.password), ("csrf", "")]).status == 403)
    }
  }

  @Test("A token planted before the sign-in does not become the session's, and the old session ends")
  func fixation() async throws {
    try await TestServer.run { (server) async throws in
      let account = try await server.account(.operator)
      let planted = SecretToken.random(.session).text
      let browser = TestBrowser(client: server.client, cookies: ["session": planted])
      #expect(try await signIn(browser, account.email).status == 303)
      let first = try #require(browser.cookies["session"])
      #expect(first != planted)
      let (second, _) = try await server.dependencies.sessions.create(for: account, at: server.clock.now)
      #expect(second.text != first)
    }
  }

  @Test("A link to the sign-in page cannot send anyone to another site")
  func openRedirect() async throws {
    try await TestServer.run { (server) async throws in
      _ = try await server.account(.operator)
      let browser = try await server.browser(.viewer)
      for target in ["https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "/\tevil", "javascript:alert(1)"] {
        let page = try await server.stranger.get("/login?return_to=" + PercentEncoding.encode(target))
        #expect(page.text.contains("name=\"return_to\" value=\"/\""))
        #expect(try await signIn(server.stranger, "operator@example.com", returnTo: target).header("location") == "/")
        #expect(try await browser.get("/login?return_to=" + PercentEncoding.encode(target)).header("location") == "/")
      }
    }
  }

  @Test("Failures elsewhere lock nobody out, and an IPv6 client counts by its network")
  func noLockout() async throws {
    try await TestServer.run(configure: { $0.settings.trustsProxy = true }) { (server) async throws in
      _ = try await server.account(.operator)
      let browser = server.stranger
      func from(_ address: String, _ password: String) async throws -> Int {
        try await signIn(browser, "operator@example.com", password, headers: [("X-Forwarded-For", "8.8.8.8, \(address)")]).status
      }
      for number in 0..<5 { #expect(try await from("2001:db8:0:1::\(number)", "wrong") == 401) }
      #expect(try await from("2001:db8:0:1::99", TestServer.password) == 429)
      #expect(try await from("2001:db8:0:2::1", TestServer.password) == 303)
    }
  }

  @Test("A try for which the hasher had no time does not count as a failure")
  func busyHasher() async throws {
    let hasher = PasswordHasher(cost: .least, limit: 1, queueLimit: 0)
    let slow = try PasswordHash.make("x", cost: PasswordCost(operations: 40, memoryBytes: 16 * 1_048_576))
    try await TestServer.run(configure: { $0.hasher = hasher }) { (server) async throws in
      let browser = server.stranger
      // Whichever way the two race, the count below has to hold.
      async let occupied: Void = { while await (try? hasher.verify("y", against: slow)) == nil {} }()
      while await (try? hasher.verify("y", against: nil)) != nil {}
      let status = try await signIn(browser, "nobody@example.com", "wrong").status
      #expect(status == 503 || status == 401)
      await occupied
      for _ in 0..<(status == 503 ? 5 : 4) { #expect(try await signIn(browser, "nobody@example.com", "wrong").status == 401) }
      #expect(try await signIn(browser, "nobody@example.com", "wrong").status == 429)
    }
  }

  @Test("Five failures for an email at an address make the sixth wait, twice as long each time, and the right password waits too")
  func throttled() async throws {
    try await TestServer.run { (server) async throws in
      _ = try await server.account(.operator)
      let browser = server.stranger
      for _ in 0..<5 { #expect(try await signIn(browser, "operator@example.com", "wrong").status == 401) }
      let refused = try await signIn(browser, "operator@example.com")
      #expect(refused.status == 429)
      #expect(refused.header("retry-after") == "5")
      #expect(refused.text.contains("Too many failed attempts."))
      server.clock.advance(by: 5)
      #expect(try await signIn(browser, "operator@example.com", "wrong").status == 401)
      #expect(try await signIn(browser, "operator@example.com").header("retry-after") == "10")
      server.clock.advance(by: 10)
      #expect(try await signIn(browser, "operator@example.com").status == 303)
    }
  }

  @Test("Twenty failures from an address make it wait, whatever the emails; behind a trusted proxy each client has its own count")
  func throttledAddress() async throws {
    try await TestServer.run(configure: { $0.settings.trustsProxy = true }) { (server) async throws in
      let browser = server.stranger
      for number in 0..<20 {
        let response = try await signIn(browser, "a\(number)@example.com", "wrong", headers: [("X-Forwarded-For", "9.9.9.9, 10.0.0.1")])
        #expect(response.status == 401)
      }
      #expect(try await signIn(browser, "b@example.com", "wrong", headers: [("X-Forwarded-For", "1.1.1.1, 10.0.0.1")]).status == 429)
      let twice = [("X-Forwarded-For", "1.1.1.1"), ("X-Forwarded-For", "10.0.0.1:443")]
      #expect(try await signIn(browser, "b@example.com", "wrong", headers: twice).status == 429)
      #expect(try await signIn(browser, "b@example.com", "wrong", headers: [("X-Forwarded-For", "10.0.0.2")]).status == 401)
    }
  }

  @Test("A session is over after 12 idle hours, and 7 days after the sign-in")
  func expiry() async throws {
    try await TestServer.run { (server) async throws in
      let browser = try await server.browser(.viewer)
      for _ in 0..<13 {
        server.clock.advance(by: 11 * 3600)
        #expect(try await browser.get("/settings").status == 200)
      }
      server.clock.advance(by: 12 * 3600)
      #expect(try await browser.get("/settings").status == 303)
      let other = try await server.browser(.operator)
      for _ in 0..<15 {
        server.clock.advance(by: 11 * 3600)
        #expect(try await other.get("/settings").status == 200)
      }
      server.clock.advance(by: 3 * 3600)
      #expect(try await other.get("/settings").status == 303)
    }
  }

  @Test("Signing out ends the session for good, even for a copied cookie, and says so")
  func signOut() async throws {
    try await TestServer.run { (server) async throws in
      let browser = try await server.browser(.viewer)
      let copy = TestBrowser(client: server.client, cookies: browser.cookies)
      #expect(try await copy.get("/settings").status == 200)
      let response = try await browser.post("/logout")
      #expect(response.header("location") == "/login")
      #expect(browser.cookies["session"] == nil)
      #expect(try await copy.get("/settings").status == 303)
      let page = try await browser.get("/login")
      #expect(page.text.contains("You are signed out."))
      #expect(try await !browser.get("/login").text.contains("You are signed out."))
    }
  }

  @Test("A one-time link signs in by its button, once; looking at it uses nothing up")
  func link() async throws {
    try await TestServer.run { (server) async throws in
      let account = try await server.account(.admin)
      let token = try await server.dependencies.signInLinks.create(for: account, by: .commandLine, at: server.clock.now)
      let browser = server.stranger
      for _ in 0..<2 {
        let page = try await browser.get("/login/link?token=\(token.text)")
        #expect(page.status == 200)
        #expect(page.text.contains("value=\"\(token.text)\""))
      }
      let form = [("token", token.text), ("csrf", browser.cookies["form"] ?? "")]
      #expect(try await server.stranger.post("/login/link", [("token", token.text), ("csrf", "x")]).status == 403)
      #expect(try await browser.post("/login/link", form).status == 303)
      #expect(try await browser.get("/settings").status == 200)
      let again = server.stranger
      _ = try await again.get("/login")
      let refused = try await again.post("/login/link", [("token", token.text), ("csrf", again.cookies["form"] ?? "")])
      #expect(refused.status == 401)
      #expect(refused.text.contains("This link no longer works"))
      for bad in [token.text, "nonsense", ""] { #expect(try await again.get("/login/link?token=\(bad)").status == 401) }
    }
  }

  @Test("A link over 15 minutes old does not sign in")
  func oldLink() async throws {
    try await TestServer.run { (server) async throws in
      let account = try await server.account(.admin)
      let token = try await server.dependencies.signInLinks.create(for: account, by: .commandLine, at: server.clock.now)
      server.clock.advance(by: 900)
      #expect(try await server.stranger.get("/login/link?token=\(token.text)").status == 401)
    }
  }

  @Test("A hash of another cost is made anew at the next sign-in")
  func rehash() async throws {
    try await TestServer.run { (server) async throws in
      let hash = try PasswordHash.make(TestServer.password, cost: PasswordCost(operations: 2, memoryBytes: 16_384))
      try await server.dependencies.accounts.add(
        email: "ada@example.com", role: .viewer, passwordHash: hash, by: .commandLine, at: server.clock.now)
      #expect(try await signIn(server.stranger, "ada@example.com").status == 303)
      let stored = try await server.dependencies.accounts.credentials("ada@example.com")?.passwordHash
      #expect(stored != hash)
      #expect(try await signIn(server.stranger, "ada@example.com").status == 303)
    }
  }

  @Test("A form sent after the session ended leads to the sign-in page and back to the page that held it")
  func expiredForm() async throws {
    try await TestServer.run { (server) async throws in
      let response = try await server.stranger.post(
        "/settings/tokens", [("name", "x"), ("csrf", "y")], headers: [("Referer", "http://127.0.0.1:\(server.port)/settings/tokens?a=b")])
      #expect(response.header("location") == "/login?return_to=%2Fsettings%2Ftokens%3Fa%3Db")
      let foreign = try await server.stranger.post("/logout", [], headers: [("Referer", "https://evil.example/x")])
      #expect(foreign.header("location") == "/login")
      let api = try await server.client.send("POST", "/logout", headers: [("Accept", "application/json")])
      #expect(api.status == 401)
    }
  }
}

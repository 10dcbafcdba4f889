import BatchReports
import Foundation
import Testing
import WebTestSupport

@testable import Web

@Suite struct SettingsTests {
  private static let hostile = "\"><script>alert(1)</script>@example.com"

  @Test("Each role reaches its pages and no others")
  func roles() async throws {
    try await TestServer.run { (server) async throws in
      let some = "0193f3a1-7c50-7d6e-9f1a-0b5b2f0c6005"
      for role in Role.allCases {
        let browser = try await server.browser(role)
        for path in ["/settings", "/settings/tokens"] { #expect(try await browser.get(path).status == 200, "\(role) \(path)") }
        for path in ["/settings/accounts", "/settings/audit"] {
          let response = try await browser.get(path)
          #expect(response.status == (role == .admin ? 200 : 403), "\(role) \(path)")
          if role != .admin { #expect(response.text.contains("This needs the role admin.")) }
        }
        let home = try await browser.get("/settings").text
        #expect(home.contains("href=\"/settings/accounts\"") == (role == .admin))
        if role == .admin { continue }
        for path in ["", "/\(some)/role", "/\(some)/password", "/\(some)/disable", "/\(some)/enable"] {
          #expect(try await browser.post("/settings/accounts" + path).status == 403, "\(role) \(path)")
        }
      }
      for path in ["/settings", "/settings/tokens", "/settings/accounts", "/settings/audit"] {
        #expect(try await server.stranger.get(path).status == 303)
        #expect(try await server.client.send("GET", path, headers: [("Accept", "application/json")]).status == 401)
      }
    }
  }

  @Test("An admin adds an account, which signs in; every refusal comes back filled in")
  func add() async throws {
    try await TestServer.run { (server) async throws in
      let browser = try await server.browser(.admin)
      func add(_ email: String, _ role: String, _ password: String) async throws -> TestResponse {
        try await browser.post("/settings/accounts", [("email", email), ("role", role), ("password", password)])
      }
      let added = try await add("New@Example.com", "operator", "long enough")
      #expect(added.status == 303)
      let page = try await browser.get("/settings/accounts")
      #expect(page.text.contains("new@example.com can sign in now."))
      #expect(try await server.dependencies.accounts.byEmail("new@example.com")?.role == .operator)
      for (email, role, password, reason) in [
        ("new@example.com", "viewer", "long enough", "There already is an account with this email."),
        ("nonsense", "viewer", "long enough", "Give an email address"), ("x@example.com", "viewer", "short", "at least 10 characters"),
        ("x@example.com", "king", "long enough", "Choose a role"),
      ] {
        let refused = try await add(email, role, password)
        #expect(refused.status == 422)
        #expect(refused.text.contains(reason))
        #expect(refused.text.contains("value=\"\(email)\""))
        #expect(!refused.text.contains(password))
      }
      #expect(try await server.dependencies.accounts.count() == 2)
    }
  }

  @Test("A disabled account is signed out and its tokens rest at once; enabled, it may return")
  func disable() async throws {
    try await TestServer.run { (server) async throws in
      let admin = try await server.browser(.admin)
      let account = try await server.account(.operator)
      let browser = try await server.browser(as: account)
      let (token, _) = try await server.dependencies.tokens.add(for: account, name: "CRM", by: .commandLine, at: server.clock.now)
      let bearer = [("Authorization", "Bearer \(token.text)")]
      #expect(try await browser.get("/settings").status == 200)
      #expect(try await server.client.send("GET", "/settings", headers: bearer).status == 200)
      #expect(try await admin.post("/settings/accounts/\(account.id.text)/disable").status == 303)
      #expect(try await browser.get("/settings").status == 303)
      #expect(try await server.client.send("GET", "/settings", headers: bearer).status == 401)
      #expect(try await admin.get("/settings/accounts").text.contains("Disabled"))
      #expect(try await admin.post("/settings/accounts/\(account.id.text)/enable").status == 303)
      #expect(try await browser.get("/settings").status == 303)
      #expect(try await server.client.send("GET", "/settings", headers: bearer).status == 200)
    }
  }

  @Test("A new role holds at the very next request")
  func role() async throws {
    try await TestServer.run { (server) async throws in
      let admin = try await server.browser(.admin)
      let account = try await server.account(.operator)
      let browser = try await server.browser(as: account)
      #expect(try await browser.get("/settings/audit").status == 403)
      #expect(try await admin.post("/settings/accounts/\(account.id.text)/role", [("role", "admin")]).status == 303)
      #expect(try await browser.get("/settings/audit").status == 200)
      #expect(try await browser.post("/settings/accounts/\(account.id.text)/role", [("role", "viewer")]).status == 303)
      #expect(try await browser.get("/settings/audit").status == 403)
      #expect(try await admin.post("/settings/accounts/\(account.id.text)/role", [("role", "king")]).status == 422)
    }
  }

  @Test("A new password signs the account out everywhere; the last admin stays; an unknown account is 404")
  func rowRefusals() async throws {
    try await TestServer.run { (server) async throws in
      let account = try await server.account(.admin)
      let admin = try await server.browser(as: account)
      let other = try await server.account(.viewer)
      let browser = try await server.browser(as: other)
      let path = "/settings/accounts/\(other.id.text)/password"
      #expect(try await admin.post(path, [("password", "short")]).status == 422)
      #expect(try await browser.get("/settings").status == 200)
      #expect(try await admin.post(path, [("password", "a new password")]).status == 303)
      #expect(try await browser.get("/settings").status == 303)
      let refused = try await admin.post("/settings/accounts/\(account.id.text)/disable")
      #expect(refused.status == 409)
      #expect(refused.text.contains("This is the last admin."))
      #expect(try await admin.post("/settings/accounts/\(account.id.text)/role", [("role", "viewer")]).status == 409)
      for id in ["0193f3a1-7c50-7d6e-9f1a-0b5b2f0c6005", "nonsense"] {
        #expect(try await admin.post("/settings/accounts/\(id)/disable").status == 404)
      }
    }
  }

  @Test("A token is shown once, works, and is out the moment it is revoked")
  func tokens() async throws {
    try await TestServer.run { (server) async throws in
      let account = try await server.account(.operator)
      let browser = try await server.browser(as: account)
      #expect(try await browser.get("/settings/tokens").text.contains("No token yet."))
      let made = try await browser.post("/settings/tokens", [("name", "nightly <export>")])
      #expect(made.status == 200)
      #expect(made.text.contains("nightly &lt;export&gt;"))
      let text = try #require(made.text.firstMatch(of: /brr_[A-Za-z0-9_-]{43}/)).output
      let bearer = [("Authorization", "Bearer \(text)")]
      #expect(try await !browser.get("/settings/tokens").text.contains(text))
      #expect(try await server.client.send("GET", "/settings", headers: bearer).status == 200)
      let id = try #require(try await server.dependencies.tokens.list().first).id.text
      #expect(try await browser.get("/settings/tokens").text.contains("21 Nov 2026"))
      #expect(try await browser.post("/settings/tokens/\(id)/revoke").status == 303)
      #expect(try await server.client.send("GET", "/settings", headers: bearer).status == 401)
      #expect(try await browser.get("/settings/tokens").text.contains("The token is revoked."))
      #expect(try await browser.post("/settings/tokens/\(id)/revoke").status == 404)
      let refused = try await browser.post("/settings/tokens", [("name", String(repeating: "n", count: 81))])
      #expect(refused.status == 422)
      #expect(refused.text.contains("at most 80 characters"))
    }
  }

  @Test("Tokens of others are neither seen nor revoked, but by an admin")
  func othersTokens() async throws {
    try await TestServer.run { (server) async throws in
      let owner = try await server.account(.operator)
      let (_, record) = try await server.dependencies.tokens.add(
        for: owner, name: "CRM of the owner", by: .commandLine, at: server.clock.now)
      let viewer = try await server.browser(.viewer)
      #expect(try await !viewer.get("/settings/tokens").text.contains("CRM of the owner"))
      #expect(try await viewer.post("/settings/tokens/\(record.id.text)/revoke").status == 404)
      let admin = try await server.browser(.admin)
      #expect(try await admin.get("/settings/tokens").text.contains("CRM of the owner"))
      #expect(try await admin.post("/settings/tokens/\(record.id.text)/revoke").status == 303)
    }
  }

  @Test("A hostile email is shown as text on every page that shows it")
  func escaping() async throws {
    try await TestServer.run { (server) async throws in
      let browser = try await server.browser(.admin, email: SettingsTests.hostile)
      _ = try await browser.post("/settings/tokens", [("name", "'\"><img src=x>\u{301}")])
      for path in ["/settings", "/settings/accounts", "/settings/tokens", "/settings/audit?q=%22%3E%3Cscript%3E", "/nowhere"] {
        let text = try await browser.get(path).text
        #expect(!text.contains("<script>alert"), "\(path)")
        #expect(!text.contains("<img"), "\(path)")
        #expect(text.contains("&quot;&gt;&lt;script&gt;alert"), "\(path)")
      }
    }
  }

  @Test("The audit trail shows what was done, filters it and pages through it without a gap")
  func audit() async throws {
    try await TestServer.run { (server) async throws in
      let browser = try await server.browser(.admin)
      for number in 0..<120 { try await browser.post("/settings/tokens", [("name", "token \(number).")]) }
      func names(_ text: String) -> [Int] { text.matches(of: /token (\d+)\./).compactMap { Int($0.output.1) } }
      var path = "/settings/audit?kind=token&by=admin%40example.com"
      var seen: [Int] = []
      var pages: [String] = []
      for _ in 0..<3 {
        let text = try await browser.get(path).text
        pages.append(path)
        seen += names(text)
        #expect(text.contains("120 entries"))
        guard let next = text.firstMatch(of: /href="([^"]+)" rel="next"/) else { break }
        path = String(next.output.1).replacing("&amp;", with: "&")
      }
      #expect(seen == (0..<120).reversed())
      let last = try await browser.get(pages[2]).text
      let previous = try #require(last.firstMatch(of: /href="([^"]+)" rel="prev"/)).output.1.replacing("&amp;", with: "&")
      #expect(names(try await browser.get(String(previous)).text) == names(try await browser.get(pages[1]).text))
      let found = try await browser.get("/settings/audit?q=token+7.").text
      #expect(Set(names(found)) == [7])
      #expect(found.contains("Remove the filter Search: token 7."))
      #expect(try await browser.get("/settings/audit?q=nothing-like-it").text.contains("Nothing matches."))
      #expect(try await browser.get("/settings/audit?before=x&after=y").status == 200)
    }
  }
}

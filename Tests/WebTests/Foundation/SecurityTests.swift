import BatchReports
import Foundation
import Hummingbird
import Testing
import WebTestSupport

@testable import Web

@Suite struct SecurityTests {
  @Test("Every response has the security headers, errors and assets too")
  func headers() async throws {
    try await TestServer.run { (server) async throws in
      for path in ["/login", "/nowhere", "/api/nowhere", "/health", server.dependencies.assets.url("css/app.css"), "/settings"] {
        let response = try await server.stranger.get(path)
        #expect(response.header("content-security-policy")?.contains("script-src 'self'; ") == true, "\(path)")
        #expect(response.header("content-security-policy")?.contains("unsafe") == false)
        #expect(response.header("x-content-type-options") == "nosniff")
        #expect(response.header("referrer-policy") == "same-origin")
        #expect(response.header("cross-origin-opener-policy") == "same-origin")
        #expect(response.header("cross-origin-resource-policy") == "same-origin")
        #expect(response.header("permissions-policy") != nil)
        #expect(response.header("strict-transport-security") == nil)
        #expect(response.header("x-request-id") != nil)
        #expect(response.header("cache-control") == (path.hasPrefix("/assets") ? "public, max-age=31536000, immutable" : "no-store"))
      }
    }
  }

  @Test("Over https cookies are Secure and host-bound, and HSTS is on")
  func https() async throws {
    try await TestServer.run(publicURL: "https://reports.example") { (server) async throws in
      let response = try await server.stranger.get("/login")
      #expect(response.header("strict-transport-security")?.hasPrefix("max-age=31536000") == true)
      let cookie = try #require(response.headers("set-cookie").first)
      #expect(cookie.hasPrefix("__Host-form="))
      for part in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] { #expect(cookie.contains(part)) }
      #expect(!cookie.contains("Domain"))
      let browser = try await server.browser(.viewer)
      #expect(browser.cookies.keys.contains("__Host-session"))
      #expect(try await browser.get("/settings").status == 200)
    }
  }

  @Test("A change by cookie without the form's token, or with another session's, is refused")
  func formToken() async throws {
    try await TestServer.run { (server) async throws in
      let browser = try await server.browser(.operator)
      let other = try await server.browser(.viewer)
      for csrf in ["", "wrong", other.csrf, browser.csrf + "x"] {
        let response = try await browser.post("/settings/tokens", [("name", "x"), ("csrf", csrf)])
        #expect(response.status == 403, "\(csrf)")
      }
      let bare = try await browser.send("POST", "/settings/tokens", headers: [("Content-Type", "application/x-www-form-urlencoded")])
      #expect(bare.status == 403)
      let withoutBody = try await browser.send("POST", "/logout")
      #expect(withoutBody.status == 403)
      let json = try await browser.send("POST", "/logout", headers: [("Content-Type", "application/json")], body: Data("{}".utf8))
      #expect(json.status == 403)
      #expect(try await server.dependencies.tokens.list().isEmpty)
      #expect(try await browser.post("/settings/tokens", [("name", "x")]).status == 200)
      #expect(try await server.dependencies.tokens.list().count == 1)
    }
  }

  @Test("A change sent from another site is refused even with the right token")
  func foreignOrigin() async throws {
    try await TestServer.run { (server) async throws in
      let browser = try await server.browser(.operator)
      for header in [
        ("Origin", "https://evil.example"), ("Origin", "null"), ("Origin", "http://reports.example.evil.example"),
        ("Origin", "http://127.0.0.1:1"),
        ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"), ("Origin", "garbage"),
      ] {
        #expect(try await browser.post("/settings/tokens", [("name", "x")], headers: [header]).status == 403, "\(header)")
        let stranger = server.stranger
        _ = try await stranger.get("/login")
        let fields = [("email", "operator@example.com"), ("password", TestServer.password), ("csrf", stranger.cookies["form"] ?? "")]
        #expect(try await stranger.post("/login", fields, headers: [header]).status == 403, "\(header)")
      }
      #expect(try await server.dependencies.tokens.list().isEmpty)
    }
  }

  @Test("A change from our own pages is taken: by the public address, by the host asked, or as the browser says")
  func ownOrigin() async throws {
    try await TestServer.run { (server) async throws in
      let browser = try await server.browser(.operator)
      for header in [
        ("Origin", "http://reports.example"), ("Origin", "http://127.0.0.1:\(server.port)"), ("Sec-Fetch-Site", "same-origin"),
        ("Sec-Fetch-Site", "none"),
      ] {
        #expect(try await browser.post("/settings/tokens", [("name", "x")], headers: [header]).status == 200, "\(header)")
      }
    }
  }

  @Test("Bearer tokens need no form token, and a wrong one is no one, whatever cookie comes with it")
  func bearer() async throws {
    try await TestServer.run { (server) async throws in
      let account = try await server.account(.operator)
      let (token, _) = try await server.dependencies.tokens.add(for: account, name: "CRM", by: .commandLine, at: server.clock.now)
      let form = ("Content-Type", "application/x-www-form-urlencoded")
      let right = [("Authorization", "bearer \(token.text)"), form, ("Origin", "https://crm.example")]
      #expect(try await server.client.send("POST", "/settings/tokens", headers: right, body: Data("name=x".utf8)).status == 200)
      #expect(try await server.client.send("GET", "/settings", headers: [("Authorization", "Bearer \(token.text)")]).status == 200)
      let browser = try await server.browser(as: account)
      for header in ["Bearer brr_" + String(repeating: "a", count: 43), "Bearer x", "Basic YTpi", "Bearer", ""] {
        let response = try await browser.get("/settings", headers: [("Authorization", header)])
        #expect(response.status == 401, "\(header)")
        #expect(response.header("www-authenticate") == "Bearer")
        #expect(response.header("content-type") == "application/problem+json")
      }
    }
  }

  @Test("Only configured origins may read the API from their pages, and never with cookies")
  func crossOrigin() async throws {
    try await TestServer.run(configure: { $0.settings.corsOrigins = ["https://crm.example"] }) { (server) async throws in
      func ask(_ method: String, _ origin: String, _ path: String = "/api/health") async throws -> TestResponse {
        try await server.client.send(method, path, headers: [("Origin", origin), ("Access-Control-Request-Method", "POST")])
      }
      let preflight = try await ask("OPTIONS", "https://crm.example", "/api/batch/start")
      #expect(preflight.status == 204)
      #expect(preflight.header("access-control-allow-origin") == "https://crm.example")
      #expect(preflight.header("access-control-allow-headers")?.contains("Authorization") == true)
      let answer = try await ask("GET", "https://crm.example")
      #expect(answer.header("access-control-allow-origin") == "https://crm.example")
      #expect(answer.header("vary") == "Origin")
      #expect(answer.header("access-control-allow-credentials") == nil)
      #expect(try await ask("OPTIONS", "https://evil.example").header("access-control-allow-origin") == nil)
      #expect(try await ask("GET", "https://evil.example").header("access-control-allow-origin") == nil)
      #expect(try await ask("GET", "https://crm.example", "/login").header("access-control-allow-origin") == nil)
    }
  }

  @Test("A refusal can be read by scripts of a configured origin, as an answer can")
  func crossOriginRefusals() async throws {
    try await ReportServer.run(configure: { $0.settings.corsOrigins = ["https://crm.example"] }) { server in
      let bearer = try await server.bearer(server.desk.operatorAccount)
      for (headers, path, status) in [
        ([("Authorization", "Bearer wrong")], "/api/leads", 401), ([bearer], "/api/leads?limit=0", 422), ([bearer], "/api/nowhere", 404),
      ] {
        let answer = try await server.client.send("GET", path, headers: headers + [("Origin", "https://crm.example")])
        #expect(answer.status == status)
        #expect(answer.header("access-control-allow-origin") == "https://crm.example", "\(path)")
        #expect(answer.header("access-control-expose-headers")?.contains("Retry-After") == true)
        #expect(answer.header("vary")?.contains("Origin") == true)
        let foreign = try await server.client.send("GET", path, headers: headers + [("Origin", "https://evil.example")])
        #expect(foreign.status == status && foreign.header("access-control-allow-origin") == nil)
      }
    }
  }

  @Test("A client is an IPv4 address, or the /64 of an IPv6 address")
  func network() {
    for (address, network) in [
      ("192.0.2.7", "192.0.2.7"), ("::ffff:192.0.2.7", "192.0.2.7"), ("2001:db8:0:1:2:3:4:5", "20010db800000001/64"),
      ("2001:db8:0:1::9", "20010db800000001/64"), ("2001:db8:0:2::9", "20010db800000002/64"), ("fe80::1%eth0", "fe80000000000000/64"),
      ("unknown", "unknown"),
    ] { #expect(ClientAddress.network(of: address) == network) }
  }

  @Test("A multipart form to a route that reads none is refused without the form's token")
  func multipartElsewhere() async throws {
    try await TestServer.run { (server) async throws in
      let browser = try await server.browser(.operator)
      let body = Data("--XX\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n\(browser.csrf)\r\n--XX--".utf8)
      let type = ("Content-Type", "multipart/form-data; boundary=XX")
      #expect(try await browser.send("POST", "/logout", headers: [type], body: body).status == 403)
      #expect(try await browser.get("/settings").status == 200)
      #expect(try await browser.send("POST", "/logout", headers: [type, ("X-CSRF-Token", browser.csrf)], body: body).status == 303)
    }
  }

  @Test("A multipart form's sender is proven by its first part, or by the header")
  func multipart() async throws {
    try await TestServer.run(router: { dependencies in
      let router = buildRouter(dependencies)
      router.group(context: SignedInContext.self).post("/leads/import") { request, context in
        var reader = try await request.multipart(context, upTo: 10_000)
        var names: [String] = []
        while let part = try await reader.next() { names.append(part.name) }
        return Response.json(names)
      }
      return router
    }) { (server) async throws in
      let browser = try await server.browser(.operator)
      func part(_ name: String, _ value: String) -> String {
        "--XX\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n"
      }
      func upload(_ parts: String, _ headers: [(String, String)] = []) async throws -> TestResponse {
        try await browser.send(
          "POST", "/leads/import", headers: [("Content-Type", "multipart/form-data; boundary=XX")] + headers, body: Data((parts + "--XX--").utf8))
      }
      #expect(try await upload(part("csrf", browser.csrf) + part("file", "x")).text == "[\"file\"]")
      #expect(try await upload(part("csrf", "wrong") + part("file", "x")).status == 403)
      #expect(try await upload(part("file", "x") + part("csrf", browser.csrf)).status == 403)
      #expect(try await upload("").status == 403)
      #expect(try await upload(part("file", "x"), [("X-CSRF-Token", browser.csrf)]).text == "[\"file\"]")
      #expect(try await upload(part("file", "x"), [("X-CSRF-Token", "wrong")]).status == 403)
      #expect(try await upload(part("csrf", browser.csrf), [("Origin", "https://evil.example")]).status == 403)
      #expect(try await upload(part("csrf", browser.csrf) + part("file", String(repeating: "x", count: 20_000))).status == 413)
      let wrongType = try await browser.post("/leads/import")
      #expect(wrongType.status == 415)
    }
  }
}

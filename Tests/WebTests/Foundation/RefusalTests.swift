import BatchReports
import Foundation
import Hummingbird
import Testing
import WebTestSupport

@testable import Web

/// Routes that break in every way, beside the product's own.
private func breakingRouter(_ dependencies: WebDependencies) -> Router<AppRequestContext> {
  struct Secret: Error { let text = "SELECT password FROM inside" }
  let router = buildRouter(dependencies)
  router.get("/break/fault") { _, _ -> Response in throw Secret() }
  router.get("/api/break/fault") { _, _ -> Response in throw Secret() }
  for code in RefusalCode.allCases {
    router.get(RouterPath("/api/break/\(code.rawValue)")) { _, _ -> Response in throw Broken(code: code) }
    router.get(RouterPath("/break/\(code.rawValue)")) { _, _ -> Response in throw Broken(code: code) }
  }
  router.get("/api/break/input") { _, _ -> Response in
    throw InvalidInput([.init(field: "a", code: "x", message: "A <b>."), .init(field: "b", code: "y", message: "B.")])
  }
  router.get("/api/break/more") { _, context in
    ProblemJSON.response(Broken(code: .quoteChanged), adding: ["preview": ["total": 5]], requestID: context.id)
  }
  router.post("/api/break/json") { request, _ in
    struct Body: Decodable {
      struct Item: Decodable { var count: Int }
      var name: String
      var items: [Item]
    }
    return Response.json([try await request.json(Body.self, upTo: 200).name])
  }
  return router
}

private struct Broken: Refusal {
  var code: RefusalCode
  var explanation: String { "Because of \(code.rawValue) <script>." }
  var retryAfterSeconds: Int? { code == .rateLimited ? 7 : nil }
}

@Suite struct RefusalTests {
  /// Section 4 of the contract, written down a second time.
  static let statuses: [RefusalCode: Int] = [
    .invalidInput: 422, .noLeads: 422, .duplicateLeads: 422, .tooManyLeads: 422, .unknownLeads: 422, .unknownTemplate: 422,
    .templateRetired: 422,
    .costNotApproved: 422, .quoteChanged: 409, .quoteExpired: 409, .budgetExceeded: 409, .invalidTransition: 409, .idempotencyConflict: 409,
    .batchInProgress: 409, .unauthenticated: 401, .forbidden: 403, .notFound: 404, .payloadTooLarge: 413, .unsupportedMediaType: 415,
    .rateLimited: 429, .unavailable: 503,
  ]

  @Test("Every code has the status of the contract, as a problem and as a page")
  func statuses() async throws {
    #expect(RefusalTests.statuses.count == RefusalCode.allCases.count)
    try await TestServer.run(router: breakingRouter) { (server) async throws in
      for (code, status) in RefusalTests.statuses {
        let problem = try await server.client.send("GET", "/api/break/\(code.rawValue)")
        #expect(problem.status == status)
        #expect(problem.header("content-type") == "application/problem+json")
        let json = try problem.json()
        #expect(json["code"] as? String == code.rawValue)
        #expect(json["status"] as? Int == status)
        #expect(json["title"] as? String == code.title)
        #expect(json["detail"] as? String == "Because of \(code.rawValue) <script>.")
        #expect((json["type"] as? String)?.isEmpty == false)
        #expect(json["errors"] as? [[String: String]] == [])
        let page = try await server.stranger.get("/break/\(code.rawValue)")
        #expect(page.status == status)
        #expect(page.header("content-type") == "text/html; charset=utf-8")
        #expect(page.text.contains("Because of \(code.rawValue) &lt;script&gt;."))
        #expect(page.header("retry-after") == (code == .rateLimited ? "7" : nil))
      }
    }
  }

  @Test("A fault of ours shows a request id and nothing of the inside")
  func fault() async throws {
    try await TestServer.run(router: breakingRouter) { (server) async throws in
      for path in ["/break/fault", "/api/break/fault"] {
        let response = try await server.stranger.get(path)
        #expect(response.status == 500)
        #expect(!response.text.contains("SELECT"))
        #expect(!response.text.contains("Secret"))
        let id = try #require(response.header("x-request-id"))
        #expect(response.text.contains(id))
      }
    }
  }

  @Test("Bad input names each field; a problem may have members of its own")
  func members() async throws {
    try await TestServer.run(router: breakingRouter) { (server) async throws in
      let input = try await server.client.send("GET", "/api/break/input").json()
      #expect(
        input["errors"] as? [[String: String]] == [
          ["field": "a", "code": "x", "message": "A <b>."], ["field": "b", "code": "y", "message": "B."],
        ])
      let more = try await server.client.send("GET", "/api/break/more")
      #expect(more.status == 409)
      let json = try more.json()
      #expect((json["preview"] as? [String: Int])?["total"] == 5)
      #expect(json["code"] as? String == "quote_changed")
    }
  }

  @Test("An unknown address is 404, and a known one with another method is 405 with Allow")
  func methods() async throws {
    try await TestServer.run { (server) async throws in
      #expect(try await server.stranger.get("/nowhere").status == 404)
      #expect(try await server.client.send("GET", "/api/nowhere").json()["code"] as? String == "not_found")
      for (method, path, allow) in [
        ("DELETE", "/login", "GET, HEAD, POST"), ("PUT", "/api/health", "GET, HEAD"), ("GET", "/logout", "POST"),
        ("GET", "/settings/accounts/0193f3a1-7c50-7d6e-9f1a-0b5b2f0c6005/disable", "POST"), ("POST", "/assets/x/css/app.css", "GET, HEAD"),
      ] {
        let response = try await server.client.send(method, path)
        #expect(response.status == 405, "\(method) \(path)")
        #expect(response.header("allow") == allow, "\(method) \(path)")
      }
    }
  }

  @Test("HEAD answers as GET does, without a body")
  func head() async throws {
    try await TestServer.run { (server) async throws in
      for path in ["/login", "/health", "/ready", "/metrics", "/offline", "/login/link"] {
        let get = try await server.client.send("GET", path)
        let head = try await server.client.send("HEAD", path)
        #expect(head.status == get.status)
        #expect(head.body.isEmpty)
        #expect(head.header("content-type") == get.header("content-type"))
      }
    }
  }

  @Test("JSON that is of another type, too large, no JSON or of another shape is refused with the member at fault")
  func json() async throws {
    try await TestServer.run(router: breakingRouter) { (server) async throws in
      func post(_ body: String, type: String = "application/json") async throws -> String {
        let response = try await server.client.send("POST", "/api/break/json", headers: [("Content-Type", type)], body: Data(body.utf8))
        if response.status == 200 { return "200" }
        let json = try response.json()
        let field = (json["errors"] as? [[String: String]])?.first?["field"]
        return "\(response.status) \(json["code"] as? String ?? "") \(field ?? "-")"
      }
      #expect(try await post(#"{"name":"n","items":[{"count":1}]}"#) == "200")
      #expect(try await post(#"{"name":"n","items":[]}"#, type: "application/json; charset=utf-8") == "200")
      #expect(try await post("{}", type: "text/plain") == "415 unsupported_media_type -")
      #expect(try await post("{\"name\":\"\(String(repeating: "x", count: 300))\"}") == "413 payload_too_large -")
      #expect(try await post("{nonsense") == "422 invalid_input -")
      #expect(try await post(#"{"items":[]}"#) == "422 invalid_input name")
      #expect(try await post(#"{"name":null,"items":[]}"#) == "422 invalid_input name")
      #expect(try await post(#"{"name":"n","items":[{"count":"x"}]}"#) == "422 invalid_input items.0.count")
      for number in ["1.5", "1e30", "99999999999999999999"] {
        let body = Data(#"{"name":"n","items":[{"count":\#(number)}]}"#.utf8)
        let response = try await server.client.send("POST", "/api/break/json", headers: [("Content-Type", "application/json")], body: body)
        #expect(response.status == 422 && !response.text.contains("not valid JSON"), "\(response.text)")
      }
    }
  }

  @Test("A large or chunked body is refused at the limit, without being kept")
  func limits() async throws {
    try await TestServer.run { (server) async throws in
      let form = ("Content-Type", "application/x-www-form-urlencoded")
      let large = Data(repeating: UInt8(ascii: "a"), count: 1_000_001)
      #expect(try await server.client.send("POST", "/login", headers: [form], body: large).status == 413)
      var chunked = Data()
      for _ in 0..<11 { chunked += Data("186A0\r\n".utf8) + Data(repeating: UInt8(ascii: "a"), count: 100_000) + Data("\r\n".utf8) }
      chunked += Data("0\r\n\r\n".utf8)
      #expect(
        try await server.client.send("POST", "/login", headers: [form, ("Transfer-Encoding", "chunked")], body: chunked).status == 413)
    }
  }

  @Test("A body that trickles in for too long is refused")
  func slowBody() async throws {
    let (body, source) = RequestBody.makeStream()
    let request = Request(head: HTTPRequest(method: .post, scheme: nil, authority: nil, path: "/"), body: body)
    await source.yield(ByteBuffer(string: "a=1"))
    await #expect(
      performing: {
        try await BodyLimits.collect(request, upTo: 100, within: .milliseconds(20))
      }, throws: { ($0 as? HTTPError)?.status == .requestTimeout })
    source.finish()
  }

  @Test("A form of another type is refused with 415, a broken one with 422")
  func mediaTypes() async throws {
    try await TestServer.run { (server) async throws in
      for type in ["application/json", "text/plain", "multipart/form-data; boundary=x"] {
        let response = try await server.client.send("POST", "/login", headers: [("Content-Type", type)], body: Data("{}".utf8))
        #expect(response.status == 415, "\(type)")
      }
      let form = [("Content-Type", "application/x-www-form-urlencoded")]
      #expect(try await server.client.send("POST", "/login", headers: form, body: Data("email=%zz".utf8)).status == 422)
      #expect(try await server.client.send("GET", "/login?return_to=%zz").status == 422)
    }
  }
}

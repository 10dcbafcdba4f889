import BatchReports
import Foundation
import Synchronization
import Web

/// A client that keeps cookies and its session's form token, as a browser does; it follows no redirect.
public final class TestBrowser: Sendable {
  public let client: TestClient
  /// The token of this session's forms.
  public let csrf: String
  private let jar: Mutex<[String: String]>

  public init(client: TestClient, cookies: [String: String] = [:], csrf: String = "") {
    self.client = client
    self.csrf = csrf
    jar = Mutex(cookies)
  }

  public var cookies: [String: String] { jar.withLock { $0 } }

  @discardableResult
  public func get(_ path: String, headers: [(String, String)] = []) async throws -> TestResponse {
    try await send("GET", path, headers: [("Accept", "text/html")] + headers)
  }

  /// A posted form; the session's `csrf` is added unless the fields have one.
  @discardableResult
  public func post(_ path: String, _ fields: [(String, String)] = [], headers: [(String, String)] = []) async throws -> TestResponse {
    let all = fields.contains { $0.0 == "csrf" } ? fields : fields + [("csrf", csrf)]
    let body = all.map { PercentEncoding.encode($0.0) + "=" + PercentEncoding.encode($0.1) }.joined(separator: "&")
    return try await send(
      "POST", path, headers: [("Accept", "text/html"), ("Content-Type", "application/x-www-form-urlencoded")] + headers,
      body: Data(body.utf8))
  }

  /// A posted JSON body, with the token in the header that scripts use.
  @discardableResult
  public func postJSON(_ path: String, _ body: String, headers: [(String, String)] = []) async throws -> TestResponse {
    try await send(
      "POST", path, headers: [("Content-Type", "application/json"), ("X-CSRF-Token", csrf)] + headers, body: Data(body.utf8))
  }

  public func send(_ method: String, _ path: String, headers: [(String, String)] = [], body: Data = Data()) async throws -> TestResponse {
    let sent = cookies.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: "; ")
    let response = try await client.send(method, path, headers: headers + (sent.isEmpty ? [] : [("Cookie", sent)]), body: body)
    for header in response.headers("set-cookie") { keep(header) }
    return response
  }

  private func keep(_ header: String) {
    let parts = header.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }
    let pair = parts[0].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let isGone = parts.contains { $0.lowercased() == "max-age=0" }
    jar.withLock { $0[pair[0]] = isGone ? nil : pair.count > 1 ? pair[1] : "" }
  }
}

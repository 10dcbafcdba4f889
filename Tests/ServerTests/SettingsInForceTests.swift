import Foundation
import Storage
import Testing
import Web
import WebTestSupport

@testable import BatchReportsServer

/// Settings that the web side has to be given by the assembly.
@Suite struct SettingsInForceTests {
  @Test("BATCH_TRUST_PROXY counts failed sign-ins by X-Forwarded-For; without it they are one client's", arguments: [true, false])
  func proxy(isTrusted: Bool) async throws {
    let folder = try DataFolder()
    let server = try await RunningServer.start(folder, ["BATCH_TRUST_PROXY": "\(isTrusted)"])
    let browser = TestBrowser(client: TestClient(port: server.port))
    try await browser.get("/login")
    func status(_ address: String) async throws -> Int {
      let fields = [("email", "nobody@example.com"), ("password", "wrong"), ("csrf", browser.cookies["form"] ?? "")]
      return try await browser.post("/login", fields, headers: [("X-Forwarded-For", address)]).status
    }
    for _ in 0..<5 { #expect(try await status("192.0.2.1") == 401) }
    #expect(try await status("192.0.2.1") == 429)
    #expect(try await status("192.0.2.2") == (isTrusted ? 401 : 429))
    try await server.stop()
    withExtendedLifetime(folder) {}
  }

  @Test("BATCH_TIME_ZONE holds on the pages of the settings too")
  func timeZone() async throws {
    let folder = try DataFolder()
    let token = try await folder.prepare(websites: []).token
    let server = try await RunningServer.start(folder, ["BATCH_TIME_ZONE": "Asia/Tokyo"])
    let made = try #require(try await APITokenStore(server.installation.database).list().first?.createdAt)
    let zone = try #require(TimeZone(identifier: "Asia/Tokyo"))
    let page = try await TestClient(port: server.port).send("GET", "/settings/tokens", headers: [("Authorization", "Bearer \(token)")])
    #expect(page.text.contains(WallClock(timeZone: zone).minutes(made)))
    try await server.stop()
    withExtendedLifetime(folder) {}
  }
}

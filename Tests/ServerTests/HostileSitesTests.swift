import BatchReports
import Foundation
import TestSupport
import Testing

@testable import BatchReportsServer

@Suite(.serialized) struct HostileSitesTests {
  @Test("websites that hang, drip, reset, send a gigabyte and redirect for ever each fail with their cause, and the others get their reports")
  func hostile() async throws {
    let answers: [(TestSite.Answer, String?)] = [
      (.hold, "timeout"), (.drip, "timeout"), (.reset, "connect_failed"), (.gigabyte, "too_large"), (.redirect(to: "/again"), "too_many_redirects"),
      (.page, nil),
    ]
    let sites = try answers.enumerated().map { index, answer in try TestSite(address: "127.0.0.\(index + 11)") { _ in answer.0 } }
    defer { for site in sites { site.stop() } }
    let folder = try DataFolder()
    let (leads, token) = try await folder.prepare(websites: sites.map { $0.url("/") })
    let server = try await RunningServer.start(folder, ["BATCH_ALLOW_PRIVATE_HOSTS": "true", "BATCH_REQUEST_TIMEOUT": "2"])
    let batch = try await server.api(token).start(leads, ["retry_count": 0])
    #expect(try await server.api(token).end(of: batch) == "completed_with_errors")
    let rows = try folder.rows("SELECT error_code FROM batch_lead ORDER BY position").map { $0["error_code"] as String? }
    #expect(rows == answers.map(\.1))
    try expectEachLeadOnce(batch, of: answers.count, in: folder)
    try await server.stop()
  }
}

@Suite(.serialized) struct ExpiredCertificateTests {
  private static let openssl = "/usr/bin/openssl"

  private static func run(_ words: String, in folder: URL) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: openssl)
    process.arguments = words.split(separator: " ").map(String.init)
    process.currentDirectoryURL = folder
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    try process.run()
    return process
  }

  @Test(
    "a website whose certificate has expired gets a report that says so, not a failure",
    .enabled(if: FileManager.default.isExecutableFile(atPath: openssl), "needs the openssl command"))
  func expired() async throws {
    let folder = try DataFolder()
    for words in [
      "req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -subj /CN=127.0.0.1 -out request.pem",
      "x509 -req -in request.pem -signkey key.pem -days -1 -out expired.pem",
    ] {
      let process = try Self.run(words, in: folder.url)
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
    }
    let free = try TestSite { _ in .page }
    let port = free.port
    free.stop()
    let site = try Self.run("s_server -www -accept 127.0.0.1:\(port) -cert expired.pem -key key.pem -quiet", in: folder.url)
    // It inherits this process's ignored SIGTERM.
    defer { kill(site.processIdentifier, SIGKILL) }
    let (leads, token) = try await folder.prepare(websites: ["https://127.0.0.1:\(port)/"])
    let server = try await RunningServer.start(folder, ["BATCH_ALLOW_PRIVATE_HOSTS": "true", "BATCH_REQUEST_TIMEOUT": "5"])
    let batch = try await server.api(token).start(leads, ["retry_count": 2])
    #expect(try await server.api(token).end(of: batch) == "completed")
    try expectEachLeadOnce(batch, of: 1, in: folder)
    let report = try String(contentsOf: folder.url.appendingPathComponent("reports/\(batch).jsonl"), encoding: .utf8)
    #expect(report.contains("certificate"))
    try await server.stop()
  }
}

@Suite(.serialized) struct PolitenessTests {
  @Test("however many leads are in flight, a host gets one request at a time, with a pause between two, and says who may be asked about us")
  func oneAtATime() async throws {
    let site = try TestSite { $0 == "/moved" ? .redirect(to: "/here") : .page }
    let other = try TestSite(address: "127.0.0.2") { _ in .page }
    defer {
      site.stop()
      other.stop()
    }
    let folder = try DataFolder()
    let (leads, token) = try await folder.prepare(websites: (0..<8).map { site.url($0 == 3 ? "/moved" : "/\($0)") } + [other.url("/")])
    let server = try await RunningServer.start(folder, ["BATCH_ALLOW_PRIVATE_HOSTS": "true", "BATCH_HOST_PAUSE": "0.05"])
    let batch = try await server.api(token).start(leads, concurrency: 9, template: "v2")
    #expect(try await server.api(token).end(of: batch) == "completed")
    #expect(site.peak == 1)
    #expect(try #require(site.shortestPause) >= .milliseconds(50))
    #expect(site.paths["/robots.txt"] == 8)
    // Leads that had to come again have used up no try.
    #expect(try folder.rows("SELECT attempts FROM batch_lead").allSatisfy { $0["attempts"] == 1 })
    try expectEachLeadOnce(batch, of: 9, in: folder)
    try await server.stop()
  }

  @Test("we are known by name, and by the address under which we are reached, if there is one")
  func userAgent() {
    #expect(Server.userAgent(publicURL: nil) == "BatchReports/\(productVersion) (website audit on request)")
    #expect(Server.userAgent(publicURL: URL(string: "https://reports.example")).hasSuffix("(website audit on request; +https://reports.example)"))
  }
}

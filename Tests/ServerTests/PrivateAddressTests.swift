import Foundation
import TestSupport
import Testing

@testable import BatchReportsServer

/// The guard as a whole product keeps it: what a lead's website names, and what a redirect leads to, is never connected to.
@Suite(.serialized) struct PrivateAddressTests {
  private func failure(of batch: String, _ api: APIClient) async throws -> [String?] {
    try await api.leads(of: batch).map { $0["error_code"] as? String }
  }

  @Test("a lead on a loopback address fails as private_address, and nobody connects to it")
  func direct() async throws {
    let inside = try TestSite { _ in .page }
    defer { inside.stop() }
    let folder = try DataFolder()
    let port = inside.port
    let websites = [
      inside.url("/"), "http://localhost:\(port)/", "http://[::ffff:127.0.0.1]:\(port)/", "http://127.1:\(port)/",
      "http://0.0.0.0:\(port)/", "http://2130706433:\(port)/",
    ]
    let (leads, token) = try await folder.prepare(websites: websites)
    let server = try await RunningServer.start(folder)
    let batch = try await server.api(token).start(leads)
    #expect(try await server.api(token).end(of: batch) == "completed_with_errors")
    #expect(try await failure(of: batch, server.api(token)) == websites.map { _ in "private_address" })
    #expect(inside.connections == 0)
    #expect(try await server.api(token).leads(of: batch).allSatisfy { $0["attempts"] as? Int == 1 })
    try await server.stop()
  }

  @Test("a demo site, which is allowed, cannot redirect to another port of the machine")
  func redirected() async throws {
    let inside = try TestSite { _ in .page }
    defer { inside.stop() }
    let folder = try DataFolder()
    let server = try await RunningServer.start(folder, isDemo: true)
    let target = inside.url("/")
    // Beside the demo's own sites: an address of its range's port that no sample lead has.
    let allowed = try TestSite(address: "127.30.0.1", port: try #require(server.demoPort)) { $0 == "/" ? .redirect(to: target) : .page }
    defer { allowed.stop() }
    let (leads, token) = try await folder.prepare(websites: [allowed.url("/"), allowed.url("/good")])
    let batch = try await server.api(token).start(leads)
    #expect(try await server.api(token).end(of: batch) == "completed_with_errors")
    #expect(try await failure(of: batch, server.api(token)) == ["private_address", nil])
    #expect(allowed.connections > 0)
    #expect(inside.connections == 0)
    try await server.stop()
  }

  @Test("an imported website without a scheme is tried over https, and then over http, which alone is served here")
  func bareWebsite() async throws {
    let plain = try TestSite { _ in .page }
    defer { plain.stop() }
    let folder = try DataFolder()
    let (_, token) = try await folder.prepare(websites: [])
    let file = folder.url.appendingPathComponent("leads.csv")
    try "name,website\nOak,127.0.0.1:\(plain.port)\n".write(to: file, atomically: true, encoding: .utf8)
    #expect(try await ServerProgram.run("leads", "import", file.path, in: folder).status == 0)
    let leads = try folder.rows("SELECT id, website FROM lead")
    #expect(leads.map { $0["website"] } == ["127.0.0.1:\(plain.port)"])
    let server = try await RunningServer.start(folder, ["BATCH_ALLOW_PRIVATE_HOSTS": "true"])
    let batch = try await server.api(token).start(leads.compactMap { UUID(uuidString: $0["id"]) })
    #expect(try await server.api(token).end(of: batch) == "completed")
    #expect(plain.paths["/"] == 1)
    try await server.stop()
  }

  @Test("with private hosts allowed the same lead gets its report")
  func allowed() async throws {
    let inside = try TestSite { _ in .page }
    defer { inside.stop() }
    let folder = try DataFolder()
    let (leads, token) = try await folder.prepare(websites: [inside.url("/")])
    let server = try await RunningServer.start(folder, ["BATCH_ALLOW_PRIVATE_HOSTS": "true"])
    let batch = try await server.api(token).start(leads)
    #expect(try await server.api(token).end(of: batch) == "completed")
    #expect(inside.connections > 0)
    try await server.stop()
  }
}

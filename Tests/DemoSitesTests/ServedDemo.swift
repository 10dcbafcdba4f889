import DemoSites
import Foundation
import Testing

/// A running demo server with its leads.
struct ServedDemo: Sendable {
  static let now = Date(timeIntervalSince1970: 1_790_000_000)

  let port: Int
  let leads: [SampleLead]

  /// Runs the body against a server of its own, and shuts it down whatever happens.
  static func run(
    siteCount: Int = 200, maximumConnections: Int = 1_024, _ body: @Sendable (ServedDemo) async throws -> Void
  ) async throws {
    let server = DemoSiteServer(siteCount: siteCount, maximumConnections: maximumConnections, now: now)
    let port = try await server.start()
    do {
      try await body(ServedDemo(port: port, leads: SampleLeads.all(count: siteCount, port: port, now: now)))
    } catch {
      await server.shutdown()
      throw error
    }
    await server.shutdown()
  }

  func leads(of kind: SiteKind) -> [SampleLead] { leads.filter { $0.siteKind == kind } }

  /// The loopback address of the nth site of a kind.
  func host(_ kind: SiteKind, _ position: Int = 0) throws -> String {
    let lead = try #require(leads(of: kind).dropFirst(position).first)
    return try #require(URL(string: lead.website ?? "")?.host)
  }

  func get(
    _ kind: SiteKind, _ position: Int = 0, path: String = "/", headers: String = "", method: String = "GET",
    timeout: Duration = .seconds(20)
  ) async throws -> Exchange {
    try await RawClient.get(path, from: host(kind, position), port: port, headers: headers, method: method, timeout: timeout)
  }
}

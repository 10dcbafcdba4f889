import BatchReports
import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import Storage
import Synchronization
import TestSupport
import Web
import WebSockets

/// The whole web side over a desk's database: pages, API and sockets, with the desk's accounts and a clock that tests move.
public final class ReportServer: Sendable {
  public let server: TestServer
  public let desk: BatchDesk
  public let services: ReportServices
  public let clock: TestClock
  private let nudges: Nudges
  public var client: TestClient { server.client }
  /// How often the engine was told to look.
  public var nudgeCount: Int { nudges.count }

  private init(server: TestServer, desk: BatchDesk, services: ReportServices, clock: TestClock, nudges: Nudges) {
    self.server = server
    self.desk = desk
    self.services = services
    self.clock = clock
    self.nudges = nudges
  }

  /// Runs `body` against a server and stops it. Throws `TestServer.MissingNames` when a template asked for a name without a value.
  /// - Parameters:
  ///   - leads: how many leads there are at first, each with a website.
  ///   - followsProgress: whether the feed runs, which sockets need.
  ///   - configure: changes what the server is given, before it starts.
  public static func run(
    leads: Int = 3, dailyLimit: Money? = nil, maxLeads: Int = 1000, socketsPerAccount: Int = 10, health: [HealthCheck] = [],
    followsProgress: Bool = false, timeZone: TimeZone = .gmt, configure: (inout WebDependencies) throws -> Void = { _ in },
    _ body: @Sendable @escaping (ReportServer) async throws -> Void
  ) async throws {
    let desk = try await BatchDesk(leads: leads, dailyLimit: dailyLimit, maxLeads: maxLeads)
    let (clock, nudges) = (TestClock(), Nudges())
    let services = services(
      desk, clock, .init(maxLeads: maxLeads, maxConcurrentLeads: 5, retryCount: 3, socketsPerAccount: socketsPerAccount, importBytes: 10_000_000),
      timeZone, nudges)
    try await TestServer.run(
      server: .http1WithWebSockets(),
      configure: { web in
        web.database = desk.database
        web.now = { clock.now }
        web.selectionCount = { try await services.selections.selection(of: $0.id).count }
        web.healthChecks = health
        try configure(&web)
      }, router: { buildRouter($0, services) }
    ) { server in
      let tested = ReportServer(server: server, desk: desk, services: services, clock: clock, nudges: nudges)
      try await withThrowingTaskGroup(of: Void.self) { group in
        if followsProgress { group.addTask { try await services.feed.run() } }
        defer { group.cancelAll() }
        try await body(tested)
      }
    }
  }

  private static func services(
    _ desk: BatchDesk, _ clock: TestClock, _ limits: ReportServices.Limits, _ timeZone: TimeZone, _ nudges: Nudges
  ) -> ReportServices {
    let hub = ProgressHub()
    var logger = Logger(label: "feed")
    logger.logLevel = .critical
    return ReportServices(
      leads: LeadStore(database: desk.database), selections: SelectionStore(database: desk.database), quotes: desk.quotes, batches: desk.batches,
      templates: desk.templates, rateCards: desk.cards, budget: desk.budget,
      archive: ReportArchive(folder: desk.folder.appendingPathComponent("reports")), hub: hub,
      feed: ProgressFeed(batches: desk.batches, commits: desk.database.commits, hub: hub, logger: logger, now: { clock.now }), limits: limits,
      importing: LeadImportOptions(), uploads: desk.folder.appendingPathComponent("uploads"), timeZone: timeZone,
      features: FeatureFlags(database: desk.database), nudge: { nudges.add() })
  }

  private final class Nudges: Sendable {
    private let kept = Mutex(0)
    var count: Int { kept.withLock { $0 } }
    func add() { kept.withLock { $0 += 1 } }
  }
}

extension ReportServer {
  public func browser(_ account: Account) async throws -> TestBrowser { try await server.browser(as: account) }

  /// The header of a new API token of this account.
  public func bearer(_ account: Account) async throws -> (String, String) {
    let token = try await server.dependencies.tokens.add(for: account, name: "test", by: .commandLine, at: clock.now).token
    return ("Authorization", "Bearer \(token.text)")
  }

  /// A caller of the API with a token of this account.
  public func caller(_ account: Account) async throws -> APICaller { APICaller(client: client, header: try await bearer(account)) }

  /// Opens a progress socket; look at `handshake.status` for what became of it.
  public func socket(_ path: String, _ headers: [(String, String)] = []) async throws -> SocketClient {
    try await SocketClient.open(port: server.port, path: path, headers: headers)
  }
}

/// Calls the API as a program does.
public struct APICaller: Sendable {
  let client: TestClient
  let header: (String, String)

  public func get(_ path: String) async throws -> TestResponse { try await client.send("GET", path, headers: [header]) }

  /// Posts a JSON text, or nothing at all for nil.
  public func post(_ path: String, _ body: String? = nil, headers: [(String, String)] = []) async throws -> TestResponse {
    let type = body == nil ? [] : [("Content-Type", "application/json")]
    return try await client.send("POST", path, headers: [header] + type + headers, body: Data((body ?? "").utf8))
  }
}

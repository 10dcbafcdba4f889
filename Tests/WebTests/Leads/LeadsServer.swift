import BatchReports
import Foundation
import Hummingbird
import Logging
import Storage
import TestSupport
import WebTestSupport

@testable import Web

/// The product's server with the routes about leads, over a desk's database, whose accounts and batches it has.
final class LeadsServer: Sendable {
  let server: TestServer
  let desk: BatchDesk
  let services: ReportServices
  var client: TestClient { server.client }
  var clock: TestClock { server.clock }
  var uploads: URL { Self.uploads(desk) }

  private init(server: TestServer, desk: BatchDesk, services: ReportServices) {
    self.server = server
    self.desk = desk
    self.services = services
  }

  /// Runs `body` against a server and stops it. Throws `TestServer.MissingNames` when a template asked for a name without a value.
  static func run(
    maxLeads: Int = 1000, importBytes: Int = 10_000_000, pace: UploadPace = UploadPace(), _ body: @Sendable @escaping (LeadsServer) async throws -> Void
  ) async throws {
    let desk = try await BatchDesk(leads: 0)
    let services = services(desk, maxLeads: maxLeads, importBytes: importBytes, pace)
    try await TestServer.run(
      configure: { web in
        web.database = desk.database
        web.selectionCount = { try await services.selections.selection(of: $0.id).count }
      },
      router: { web in buildRouter(web, services) }
    ) { server in
      try await body(LeadsServer(server: server, desk: desk, services: services))
    }
  }

  private static func uploads(_ desk: BatchDesk) -> URL { desk.folder.appendingPathComponent("uploads") }

  private static func services(_ desk: BatchDesk, maxLeads: Int, importBytes: Int, _ pace: UploadPace) -> ReportServices {
    let hub = ProgressHub()
    var services = ReportServices(
      leads: LeadStore(database: desk.database), selections: SelectionStore(database: desk.database), quotes: desk.quotes,
      batches: desk.batches,
      templates: desk.templates, rateCards: desk.cards, budget: desk.budget,
      archive: ReportArchive(folder: desk.folder.appendingPathComponent("reports")), hub: hub,
      feed: ProgressFeed(batches: desk.batches, commits: desk.database.commits, hub: hub, logger: Logger(label: "feed")),
      limits: .init(maxLeads: maxLeads, maxConcurrentLeads: 5, retryCount: 3, socketsPerAccount: 10, importBytes: importBytes),
      importing: LeadImportOptions(),
      uploads: uploads(desk), timeZone: .gmt, features: FeatureFlags(database: desk.database), nudge: {})
    services.uploadPace = pace
    return services
  }

  func browser(_ account: Account) async throws -> TestBrowser { try await server.browser(as: account) }

  /// The header of a new API token of this account.
  func bearer(_ account: Account) async throws -> (String, String) {
    let token = try await server.dependencies.tokens.add(for: account, name: "test", by: .commandLine, at: clock.now).token
    return ("Authorization", "Bearer \(token.text)")
  }

  /// A browser of the desk's operator.
  func operatorBrowser() async throws -> TestBrowser { try await browser(desk.operatorAccount) }

  /// Adds leads as drafts and returns them in that order.
  @discardableResult
  func add(_ drafts: [LeadDraft]) async throws -> [Lead] {
    let leads = drafts.enumerated().map { Lead($1, id: .version7(at: clock.now), now: clock.now.addingTimeInterval(Double($0))) }
    try await services.leads.insert(leads)
    return try await services.leads.leads(ids: leads.map(\.id)).found
  }

  /// Adds leads that differ in their names, "Lead 1" and so on, the last one the newest.
  @discardableResult
  func add(_ count: Int) async throws -> [Lead] {
    try await add((1...count).map { LeadDraft(name: "Lead \($0)", website: "https://lead\($0).example") })
  }

  func selected(_ account: Account) async throws -> Set<Int64> { Set(try await services.selections.selection(of: account.id).leads.keys) }

  func leadCount() async throws -> Int { try await services.leads.count(LeadFilter()).count }

  /// A finished batch over one lead, of the desk's operator.
  func report(on lead: Lead, score: Int, isPrivate: Bool = false, failingFirst: Bool = false) async throws -> Batch {
    let now = clock.now
    let batch = try await desk.start([lead.key], try BatchDesk.order("Batch of \(lead.name)", isPrivate: isPrivate), now: now)
    let epoch = try await desk.queue.beginEpoch(now: now)
    if failingFirst {
      let claims = try await desk.claim(1, epoch: epoch, now: now)
      let failure = LeadFailure(.http5xx, "The site answered 503.")
      try await desk.advance(
        claims.map { $0.ends(.retry(failure, dueAt: now.addingTimeInterval(2))) }, epoch: epoch, now: now.addingTimeInterval(1))
    }
    let later = now.addingTimeInterval(10)
    let claims = try await desk.claim(1, epoch: epoch, now: later)
    try await desk.advance(
      claims.map { $0.ends(.completed(score: score, report: Data("{}".utf8)), after: 2.5) }, epoch: epoch, now: later.addingTimeInterval(3))
    return try await desk.batch(batch.id)
  }
}

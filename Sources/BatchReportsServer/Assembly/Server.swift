import BatchReports
import Foundation
import HTTPFetch
import Hummingbird
import Logging
import Runner
import ServiceLifecycle
import Storage
import Web
import WebSockets

/// The whole product in one process, put together: web side, progress feed, engine and, in a demo, the sample websites.
struct Server {
  private let installation: Installation
  private let logger: Logger
  private let demo: Demo?
  private let ratesFile: RatesFile?

  init(_ installation: Installation, demo: Demo?, logger: Logger) {
    self.installation = installation
    self.demo = demo
    ratesFile = installation.settings.ratesFile.map { RatesFile(path: $0, database: installation.database) }
    self.logger = logger
  }

  private var settings: Settings { installation.settings }

  /// Runs until SIGTERM or SIGINT. `onReady` is told the port.
  func run(onReady: @escaping @Sendable (_ port: Int) async -> Void) async throws {
    // Before anybody can ask for a price.
    await ratesFile.map { RatesFileWatch(file: $0, logger: logger) }?.look()
    let services = try makeServices(onReady: onReady)
    var configuration = ServiceGroupConfiguration(services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
    configuration.maximumGracefulShutdownDuration = .seconds(9)
    try await ServiceGroup(configuration: configuration).run()
  }

  /// The services in the order in which they start; they stop in reverse, the engine after the pages.
  func makeServices(onReady: @escaping @Sendable (_ port: Int) async -> Void) throws -> [any Service] {
    let database = installation.database
    let budget = BudgetBook(database: database, dailyLimit: settings.dailyBudget, timeZone: settings.timeZone)
    let batches = BatchStore(database: database, budget: budget, maxLeads: settings.maxLeads)
    let hub = ProgressHub()
    let feed = ProgressFeed(batches: batches, commits: database.commits, hub: hub, logger: logger)
    let fetcher = HTTPFetcher(policy: addressPolicy, userAgent: Self.userAgent(publicURL: settings.publicURL))
    let features = FeatureFlags(database: database, atFirst: settings.features)
    let paid = PaidProviders(settings, demo: demo)
    let engine = BatchRunner(
      database: database,
      pipeline: LocalPipeline(
        fetcher: fetcher, requestTimeout: settings.requestTimeout, hostPause: settings.hostPause, longestHold: settings.retryPolicy.maximumDelay,
        paid: paid.steps(database, logger: logger)),
      archive: installation.archive,
      dataFolder: settings.dataFolder,
      options: .init(
        maxConcurrentTotal: settings.maxConcurrentTotal, leadTimeout: settings.leadTimeout, retryPolicy: settings.retryPolicy,
        autoPause: settings.autoPause, stallSeconds: max(600, 2 * settings.leadTimeout)),
      logger: logger, features: features)
    let reportServices = ReportServices(
      leads: LeadStore(database: database), selections: SelectionStore(database: database),
      quotes: QuoteDesk(
        database: database, budget: budget, maxLeads: settings.maxLeads, maxConcurrentTotal: settings.maxConcurrentTotal,
        paidProviders: paid.lines.on),
      batches: batches, templates: TemplateStore(database: database), rateCards: RateCardStore(database: database), budget: budget,
      archive: installation.archive, hub: hub, feed: feed,
      limits: .init(
        maxLeads: settings.maxLeads, maxConcurrentLeads: settings.maxConcurrentLeads, retryCount: settings.retryCount,
        socketsPerAccount: settings.socketsPerAccount, importBytes: settings.importing.maxBytes),
      importing: settings.importing, uploads: settings.dataFolder.appendingPathComponent("uploads"),
      timeZone: settings.timeZone, features: features, ratesFile: ratesFile,
      providerStates: { paid.lines.states }, nudge: { engine.nudge() })
    let web = try webDependencies(reportServices, engine: engine, paid: paid)
    let hasBegun = ListeningHasBegun()
    let application = Application(
      router: buildRouter(web, reportServices), server: .http1WithWebSockets(),
      configuration: .init(address: .hostname(settings.host, port: settings.port), serverName: nil, backlog: 1024),
      onServerRunning: { channel in
        hasBegun.tell()
        await onReady(channel.localAddress?.port ?? settings.port)
      }, logger: logger)
    var services: [any Service] = []
    if let demo { services.append(demo.service) }
    services.append(FetcherService(fetcher: fetcher))
    services.append(FetcherService(fetcher: paid.fetcher))
    services.append(feed)
    services.append(engine)
    if let ratesFile { services.append(RatesFileWatch(file: ratesFile, logger: logger)) }
    services.append(Housekeeping(quotes: reportServices.quotes, batches: batches, logger: logger))
    services.append(Listening(host: settings.host, port: settings.port, server: application, hasBegun: hasBegun))
    services.append(Hurry(patience: database.patience))
    return services
  }

  /// Says who asks, and where a website's owner can ask back.
  static func userAgent(publicURL: URL?) -> String {
    "BatchReports/\(productVersion) (website audit on request\(publicURL.map { "; +\($0.absoluteString)" } ?? ""))"
  }

  private var addressPolicy: AddressPolicy {
    if settings.allowsPrivateHosts { return .unrestricted }
    return demo.flatMap { UInt16(exactly: $0.port) }.map { .publicAndLoopback(port: $0) } ?? .publicOnly
  }

  private func webDependencies(_ services: ReportServices, engine: BatchRunner, paid: PaidProviders) throws -> WebDependencies {
    let selections = services.selections
    let database = installation.database
    let watch = EngineWatch(
      queue: WorkQueue(database: database, archive: installation.archive), features: services.features, isHere: { engine.holdsLease },
      fault: { engine.fault }, notice: { engine.notice })
    let rates = ratesFile.map { [RatesFileAlert(file: $0).healthCheck] } ?? []
    let metrics = WebMetrics()
    metrics.register(.init(name: "leads_in_flight", help: "Leads that this process works on.") { Double(engine.inFlightCount) })
    metrics.register(.init(name: "engine_commits", help: "Transactions of this process's engine since it began.") { Double(engine.commitCount) })
    metrics.register(.init(name: "progress_listeners", help: "Open progress sockets.") { Double(services.hub.listenerCount) })
    return WebDependencies(
      database: database,
      settings: WebSettings(
        publicURL: settings.publicURL ?? localURL(port: settings.port), hasPublicURL: settings.publicURL != nil,
        corsOrigins: Set(settings.corsOrigins), trustsProxy: settings.trustsProxy, version: productVersion, timeZone: settings.timeZone),
      templates: try Templates(folder: settings.resourcesFolder.appendingPathComponent("Templates")),
      assets: try Assets(folder: settings.resourcesFolder.appendingPathComponent("Public")), logger: logger,
      selectionCount: { try await selections.selection(of: $0.id).count },
      healthChecks: [watch.healthCheck, paid.healthCheck, BudgetAlert(budget: services.budget).healthCheck] + rates, metrics: metrics, engine: watch)
  }

  private func localURL(port: Int) -> URL {
    URL(string: "http://\(settings.host.contains(":") ? "[\(settings.host)]" : settings.host):\(port)") ?? URL(fileURLWithPath: "/")
  }
}

/// Ends the fetcher's thread when the process stops.
private struct FetcherService: Service {
  let fetcher: HTTPFetcher

  func run() async throws {
    try? await gracefulShutdown()
    await fetcher.shutdown()
  }
}

/// Stops waiting for locks of the database when the process is asked to stop: it has ten seconds for everything.
private struct Hurry: Service {
  let patience: LockPatience

  func run() async throws {
    try? await gracefulShutdown()
    patience.hurry()
  }
}

import BatchReports
import Foundation
import Logging
import Runner
import ServiceLifecycle
import Storage

/// A database in a temporary folder with leads and an account, and an engine that runs one batch over all of them.
struct BenchmarkDesk {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "batch-benchmark-\(UUID().text)")
  private let database: AppDatabase
  private let account: Account
  private let leadIDs: [UUID]

  init(_ leads: [Lead]) async throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    database = try AppDatabase(path: folder.appending(path: "batchreports.sqlite").path)
    let root = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    try Migrator(folder: root.appending(path: "migrations")).migrate(database)
    let now = Date()
    try await RateCardStore(database: database).ensureInitialCard(now: now)
    try await LeadStore(database: database).insert(leads)
    account = try await AccountStore(database).add(
      email: "benchmark@example.com", role: .operator, passwordHash: nil, by: .commandLine, at: now)
    leadIDs = leads.map(\.id)
  }

  func remove() { try? FileManager.default.removeItem(at: folder) }

  /// Places the batch, runs it to its end, and says what that took. The start's own transaction is counted, the set-up is not.
  func run(_ pipeline: any ReportPipeline, concurrency: Int, retryCount: Int) async throws -> BatchFigures {
    let logger = Logger(label: "batch-benchmark") { _ in SwiftLogNoOpLogHandler() }
    let engine = BatchRunner(
      database: database, pipeline: pipeline, archive: ReportArchive(folder: folder.appending(path: "reports")), dataFolder: folder,
      options: .init(maxConcurrentTotal: concurrency, leadTimeout: 60, retryPolicy: RetryPolicy(delay: 1, factor: 2, maximumDelay: 60)),
      logger: logger)
    let group = ServiceGroup(services: [engine], logger: logger)
    return try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try await group.run() }
      let before = try ProcessCost.cpuSeconds(ofThreadsNamed: Self.sitesThread)
      let start = ContinuousClock.now
      let batch = try await ended(try await place(concurrency: concurrency, retryCount: retryCount), engine)
      let wall = (ContinuousClock.now - start) / .seconds(1)
      let after = try ProcessCost.cpuSeconds(ofThreadsNamed: Self.sitesThread)
      await group.triggerGracefulShutdown()
      try await tasks.waitForAll()
      return BatchFigures(
        leads: batch.counts.total, wallSeconds: wall, cpuSeconds: after.others - before.others, sitesCpuSeconds: after.named - before.named,
        peakMegabytes: try ProcessCost.peakMegabytes(), completed: batch.counts.completed, failed: batch.counts.failed,
        causes: Dictionary(uniqueKeysWithValues: try await store.failureCauses(of: batch).map { ($0.code.rawValue, $0.count) }))
    }
  }

  /// SwiftNIO's event loops, of which the demo websites alone have one here; Linux keeps 15 letters of a thread's name.
  private static let sitesThread = "NIO-ELT"

  private var budget: BudgetBook { BudgetBook(database: database, dailyLimit: nil, timeZone: .gmt) }
  private var store: BatchStore { BatchStore(database: database, budget: budget, maxLeads: leadIDs.count) }

  private func place(concurrency: Int, retryCount: Int) async throws -> Batch {
    let desk = QuoteDesk(database: database, budget: budget, maxLeads: leadIDs.count, maxConcurrentTotal: concurrency)
    let now = Date()
    let quote = try await desk.preview(
      .init(leads: .ids(leadIDs), maxConcurrent: concurrency, retryCount: retryCount), for: account, now: now
    ).quote
    let order = try BatchOrder(maxConcurrent: concurrency, retryCount: retryCount)
    return try await store.place(.init(quote: quote.id, order: order, isApproved: true), by: account, now: now)
  }

  private func ended(_ batch: Batch, _ engine: BatchRunner) async throws -> Batch {
    engine.nudge()
    while true {
      if let now = try await store.find(batch.id, visibleTo: account), now.state.isTerminal { return now }
      try await Task.sleep(for: .milliseconds(5))
    }
  }
}

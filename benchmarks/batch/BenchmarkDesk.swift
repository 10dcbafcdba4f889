import BatchReports
import Foundation
import Logging
import Runner
import ServiceLifecycle
import Storage

/// A database in a temporary folder with leads and an account, and an engine that runs one batch over all of them.
struct BenchmarkDesk {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "batch-benchmark-\(UUID().text)")
  let database: AppDatabase
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
        causes: Dictionary(uniqueKeysWithValues: try await store.failureCauses(of: batch).map { ($0.code.rawValue, $0.count) }),
        commits: engine.commitCount)
    }
  }

  /// SwiftNIO's event loops, of which the demo websites alone have one here; Linux keeps 15 letters of a thread's name.
  private static let sitesThread = "NIO-ELT"

  private var budget: BudgetBook { BudgetBook(database: database, dailyLimit: nil, timeZone: .gmt) }
  private var store: BatchStore { BatchStore(database: database, budget: budget, maxLeads: leadIDs.count) }

  func place(concurrency: Int, retryCount: Int) async throws -> Batch {
    let desk = QuoteDesk(database: database, budget: budget, maxLeads: leadIDs.count, maxConcurrentTotal: concurrency)
    let now = Date()
    let quote = try await desk.preview(
      .init(leads: .ids(leadIDs), maxConcurrent: concurrency, retryCount: retryCount), for: account, now: now
    ).quote
    let order = try BatchOrder(maxConcurrent: concurrency, retryCount: retryCount)
    return try await store.place(.init(quote: quote.id, order: order, isApproved: true), by: account, now: now)
  }

  /// Ended batches of 1000 leads each, with their tries, reports and charges, as the engine would have left them.
  func addHistory(_ leads: Int) async throws {
    let account = account.id.text
    try await database.pool.write { db in
      for number in 1...max(1, leads / 1000) {
        try db.execute(
          sql: """
            INSERT INTO batch (key, id, quote_id, owner, name, description, template_name, template_version, rate_card_version, state, private,
              leads_digest, total, pending, completed, max_concurrent, retry_count, estimated, estimated_low, estimated_high, per_report, actual,
              created_at, started_at, finished_at)
            VALUES (?1, 'old-' || ?1, 'old-quote-' || ?1, ?2, 'Old', '', 'website-audit', 'v2', 1, 'completed', 0, randomblob(32), 1000, 0, 1000,
              50, 3, 0, 0, 0, 50000, 50000000, ?1, ?1, ?1)
            """,
          arguments: [number, account])
        try db.execute(
          sql: """
            WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
            INSERT INTO batch_lead (batch_key, position, lead_key, state, attempts, score, cost, started_at, finished_at, duration_ms)
            SELECT ?1, i, 1 + i % (SELECT count(*) FROM lead), 'completed', 1, 80, 50000, ?1, ?1, 1 FROM n
            """,
          arguments: [number])
        for sql in [
          "INSERT INTO attempt SELECT batch_key, position, 1, 'completed', NULL, NULL, 1, 1 FROM batch_lead WHERE batch_key = ?",
          """
          INSERT INTO report (batch_key, position, lead_key, template_name, template_version, score, place, bytes, created_at)
          SELECT batch_key, position, lead_key, 'website-audit', 'v2', 80, 0, 400, 1 FROM batch_lead WHERE batch_key = ?
          """,
          """
          INSERT INTO charge (kind, batch_key, position, attempt, unit_cost, amount, rate_card_version, day, created_at)
          SELECT 'base', batch_key, position, 1, 50000, 50000, 1, '2026-01-01', 1 FROM batch_lead WHERE batch_key = ?
          """,
        ] { try db.execute(sql: sql, arguments: [number]) }
      }
    }
  }

  private func ended(_ batch: Batch, _ engine: BatchRunner) async throws -> Batch {
    engine.nudge()
    while true {
      if let now = try await store.find(batch.id, visibleTo: account), now.state.isTerminal { return now }
      try await Task.sleep(for: .milliseconds(5))
    }
  }
}

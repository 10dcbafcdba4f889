import BatchReports
import Foundation
import GRDB
import GRDBSQLite
import Storage

/// The engine's yardstick: the rows of a whole batch written by prepared statements, a hundred leads a transaction, and nothing else.
///
/// No engine, no reports' file, no rules: claim, outcome, try, report, charge, lead, counters and budget, as the engine leaves them.
struct BareRun {
  var leads: Int

  func figures() async throws -> BatchFigures {
    let now = Date()
    let desk = try await BenchmarkDesk(NoopRun.leads(leads, now: now))
    defer { desk.remove() }
    let batch = try await desk.place(concurrency: 100, retryCount: 3)
    let before = try ProcessCost.cpuSeconds(ofThreadsNamed: "NIO-ELT")
    let start = ContinuousClock.now
    for first in stride(from: 0, to: leads, by: Self.group) {
      try await desk.database.pool.write { db in try Self.write(first..<min(first + Self.group, leads), of: batch, in: db) }
    }
    let wall = (ContinuousClock.now - start) / .seconds(1)
    let after = try ProcessCost.cpuSeconds(ofThreadsNamed: "NIO-ELT")
    return BatchFigures(
      leads: leads, wallSeconds: wall, cpuSeconds: after.others - before.others, sitesCpuSeconds: 0,
      peakMegabytes: try ProcessCost.peakMegabytes(), completed: leads, failed: 0, causes: [:], commits: (leads + Self.group - 1) / Self.group)
  }

  private static let group = 100

  private static func write(_ positions: Range<Int>, of batch: Batch, in db: Database) throws {
    let (key, at, price) = (batch.key, batch.createdAt.milliseconds, batch.perReport.micros)
    let claim = try db.cachedStatement(
      sql: """
        UPDATE batch_lead SET state = 'processing', epoch = 1, due_at = NULL, attempts = attempts + 1, started_at = ?2
        WHERE batch_key = ?1 AND position = ?3 AND state IN ('pending', 'retrying')
        """)
    let end = try db.cachedStatement(
      sql: """
        UPDATE batch_lead SET state = 'completed', epoch = NULL, score = 80, cost = cost + ?4, finished_at = ?2, duration_ms = 1
        WHERE batch_key = ?1 AND position = ?3 AND state = 'processing' AND epoch = 1
        """)
    let attempt = try db.cachedStatement(
      sql: """
        INSERT INTO attempt (batch_key, position, number, outcome, started_at, finished_at) VALUES (?1, ?3, 1, 'completed', ?2, ?2)
        """)
    let report = try db.cachedStatement(
      sql: """
        INSERT INTO report (batch_key, position, lead_key, template_name, template_version, score, place, bytes, created_at)
        VALUES (?1, ?3, ?3 + 1, 'website-audit', 'v2', 80, ?3 * 400, 400, ?2)
        """)
    let charge = try db.cachedStatement(
      sql: """
        INSERT INTO charge (kind, batch_key, position, attempt, unit_cost, amount, rate_card_version, day, created_at)
        VALUES ('base', ?1, ?3, 1, ?4, ?4, 1, '2026-01-01', ?2)
        """)
    let lead = try db.cachedStatement(sql: "UPDATE lead SET reported_at = ?2 WHERE key = ?3 + 1")
    for position in positions {
      for statement in [claim, end, attempt, report, charge, lead] {
        try run(statement, [key, at, Int64(position), price], in: db)
      }
    }
    let count = positions.count
    try db.cachedStatement(
      sql: """
        UPDATE batch SET pending = pending - ?, completed = completed + ?, actual = actual + ?, seq = seq + 2 WHERE key = ?
        """
    ).execute(arguments: [count, count, price * Int64(count), key])
    try db.cachedStatement(sql: "UPDATE budget_day SET reserved = reserved - ?1, spent = spent + ?1").execute(arguments: [price * Int64(count)])
    try db.cachedStatement(sql: "UPDATE reservation SET settled = settled + ? WHERE batch_key = ?").execute(arguments: [price * Int64(count), key])
  }

  private static func run(_ statement: Statement, _ values: [Int64], in db: Database) throws {
    let handle = statement.sqliteStatement
    defer { sqlite3_reset(handle) }
    for (index, value) in values.enumerated() where index < sqlite3_bind_parameter_count(handle) {
      sqlite3_bind_int64(handle, Int32(index + 1), value)
    }
    guard sqlite3_step(handle) == SQLITE_DONE else { throw DatabaseError(message: db.lastErrorMessage) }
  }
}

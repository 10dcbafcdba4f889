import BatchReports
import Foundation
import GRDB
import Storage
import Synchronization
import TestSupport
import Testing

/// Every statement that lists, claims and records is traced as it runs, and its plan is read.
@Suite("Query plans", .serialized)
struct QueryPlanTests {
  /// The plans of all statements that `work` runs on a database with a large batch in it.
  static func plans(_ work: (BatchDesk, Batch) async throws -> Void) async throws -> [(sql: String, plan: String)] {
    let desk = try await BatchDesk(leads: 300)
    let batch = try await desk.start()
    let seen = Mutex<Set<String>>([])
    try await desk.database.pool.barrierWriteWithoutTransaction { _ in }
    desk.database.pool.invalidateReadOnlyConnections()
    let watch = { @Sendable (db: Database) in
      db.trace { event in
        if case .statement(let statement) = event { seen.withLock { _ = $0.insert(statement.sql) } }
      }
    }
    try await desk.database.pool.write { watch($0) }
    // One reader, so that the reads of the work pass through the connection that is traced.
    try await desk.database.pool.read { watch($0) }
    try await work(desk, batch)
    let queue = try DatabaseQueue(path: desk.database.pool.path)
    let statements = seen.withLock { $0 }.filter { sql in
      ["SELECT", "UPDATE", "DELETE", "INSERT", "WITH"].contains { sql.uppercased().hasPrefix($0) }
    }
    return try await queue.read { db in
      try statements.sorted().map { sql in
        let statement = try db.makeStatement(sql: "EXPLAIN QUERY PLAN " + sql)
        statement.setUncheckedArguments(StatementArguments())
        return (sql, try Row.fetchAll(statement).map { $0["detail"] as String }.joined(separator: "\n"))
      }
    }
  }

  static func expectNoScan(_ plans: [(sql: String, plan: String)], of tables: [String], least: Int) {
    #expect(plans.count >= least)
    for (sql, plan) in plans {
      for table in tables {
        let scans = plan.split(separator: "\n").filter { $0.hasPrefix("SCAN \(table)") && !$0.contains("USING INDEX") && !$0.contains("USING COVERING INDEX") }
        #expect(scans.isEmpty, "\(sql)\n\(plan)")
      }
    }
  }

  @Test("the engine's statements find their rows by index")
  func engine() async throws {
    let plans = try await Self.plans { desk, batch in
      let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
      let claims = try await desk.claim(5, epoch: epoch)
      try await desk.advance(
        [claims[0].succeeds(), claims[1].fails(), claims[2].ends(.retry(LeadFailure(.timeout, ""), dueAt: BatchDesk.noon))], epoch: epoch)
      _ = try await desk.queue.beginEpoch(now: BatchDesk.noon)
      _ = try await desk.batches.pause(batch.id, reason: "", by: desk.admin, now: BatchDesk.noon)
      _ = try await desk.batches.resume(batch.id, reason: "", by: desk.admin, now: BatchDesk.noon)
      _ = try await desk.batches.cancel(batch.id, reason: "", by: desk.admin, now: BatchDesk.noon)
    }
    Self.expectNoScan(plans, of: ["batch_lead", "attempt", "report", "charge", "lead"], least: 12)
    let claim = try #require(plans.first { $0.sql.contains("ORDER BY batch_lead.due_at, batch_lead.position") })
    #expect(claim.plan.contains("batch_lead_due") && !claim.plan.contains("TEMP B-TREE"), "\(claim.plan)")
    let due = try #require(plans.first { $0.sql.contains("LIMIT 200") })
    #expect(due.plan.contains("COVERING INDEX batch_lead_due"), "\(due.plan)")
    let next = try #require(plans.first { $0.sql.contains("min(due_at)") })
    #expect(next.plan.contains("batch_lead_due"), "\(next.plan)")
    let orphans = try #require(plans.first { $0.sql.contains("crashes, started_at FROM batch_lead ") })
    #expect(orphans.plan.contains("batch_lead_held"), "\(orphans.plan)")
    let live = try #require(plans.first { $0.sql.contains("('pending', 'processing', 'paused', 'cancelling') ORDER BY batch.key") })
    #expect(live.plan.contains("batch_live") || live.plan.contains("batch_state"), "\(live.plan)")
  }

  @Test("lists, progress and history find their rows by index")
  func lists() async throws {
    let plans = try await Self.plans { desk, batch in
      let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
      let claims = try await desk.claim(5, epoch: epoch)
      try await desk.advance([claims[0].succeeds(), claims[1].fails()], epoch: epoch)
      let now = try await desk.batch(batch.id)
      let lead = claims[0].leadID
      // Reads may fall on any reader: often enough, each falls on the traced one.
      for _ in 0..<3 {
        _ = try await desk.batches.leads(of: now, limit: 50, cursor: "10")
        _ = try await desk.batches.leads(of: now, states: [.failed], limit: 50)
        _ = try await desk.batches.leads(of: now, errorCode: .dnsFailed, limit: 50)
        _ = try await desk.batches.lead(lead, of: now)
        _ = try await desk.batches.failureCauses(of: now)
        _ = try await desk.batches.progress(of: batch.id)
        _ = try await desk.batches.progress(since: [batch.id: 1])
        _ = try await desk.batches.reports(ofLead: lead, visibleTo: desk.viewer)
        _ = try await desk.batches.attempts(ofLead: lead, visibleTo: desk.viewer)
        _ = try await desk.batches.history(of: now)
        _ = try await desk.batches.history(BatchFilter(), visibleTo: desk.viewer, limit: 20, cursor: nil)
        _ = try await desk.preview([1, 2])
      }
    }
    Self.expectNoScan(plans, of: ["batch_lead", "attempt", "report", "lead", "audit", "account"], least: 10)
    let page = try #require(plans.first { $0.sql.contains("batch_lead.position > :cursor") })
    #expect(page.plan.contains("SEARCH batch_lead USING PRIMARY KEY") && !page.plan.contains("TEMP B-TREE"), "\(page.plan)")
    let errors = try #require(plans.first { $0.sql.contains("ORDER BY batch_lead.finished_at DESC") })
    #expect(errors.plan.contains("batch_lead_failed") && !errors.plan.contains("TEMP B-TREE"), "\(errors.plan)")
    let current = try #require(plans.first { $0.sql.contains("epoch IS NOT NULL ORDER BY batch_lead.position LIMIT") })
    #expect(current.plan.contains("batch_lead_held") && !current.plan.contains("TEMP B-TREE"), "\(current.plan)")
    let history = try #require(plans.first { $0.sql.contains("ORDER BY batch.key DESC LIMIT") && $0.sql.contains("owner_email") })
    #expect(!history.plan.contains("TEMP B-TREE"), "\(history.plan)")
  }

  @Test("analytics, withdrawals and the price of a retry read no table from end to end")
  func analytics() async throws {
    let plans = try await Self.plans { desk, batch in
      let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
      while case let claims = try await desk.claim(100, epoch: epoch), !claims.isEmpty {
        try await desk.advance(claims.map { $0.position % 3 == 0 ? $0.fails() : $0.succeeds() }, epoch: epoch)
      }
      let ended = try await desk.batch(batch.id)
      let causes = try await desk.batches.failureCauses(of: ended)
      let book = SpendBook(database: desk.database, timeZone: .gmt)
      for _ in 0..<3 {
        _ = try await book.spend(days: 365, now: BatchDesk.noon)
        _ = try await book.outcomes(days: 365, visibleTo: desk.viewer, now: BatchDesk.noon)
        _ = try await desk.batches.retryForecasts(of: ended, causes: causes)
        _ = try await desk.batches.retryOffer(batch.id, .failed, by: desk.admin, now: BatchDesk.noon)
      }
    }
    Self.expectNoScan(plans, of: ["batch_lead", "attempt", "report", "charge", "lead", "audit", "step_result"], least: 10)
    let causes = try #require(plans.first { $0.sql.contains("GROUP BY batch.key, batch_lead.error_code") })
    #expect(causes.plan.contains("COVERING INDEX batch_lead_cause") && !causes.plan.contains("TEMP B-TREE"), "\(causes.plan)")
    let providers = try #require(plans.first { $0.sql.contains("HAVING sum(units) > 0") })
    #expect(!providers.plan.contains("SCAN provider_call"), "\(providers.plan)")
    let retried = try #require(plans.first { $0.sql.contains("retry.detail ->> 'leads'") })
    #expect(retried.plan.contains("batch_history") && retried.plan.contains("audit_subject"), "\(retried.plan)")
  }
}

import BatchReports
import Foundation
import GRDB
import Storage
import TestSupport
import Testing

/// Wrong states by plain SQL, past all of the program's rules: the schema itself refuses each.
@Suite("Schema: a wrong state cannot be written")
struct InvariantTests {
  /// One batch whose leads stand completed, failed, retrying, processing and pending, in this order, and one that has ended.
  private static func desk() async throws -> BatchDesk {
    let desk = try await BatchDesk(leads: 6, dailyLimit: Money(micros: 10_000_000))
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    _ = try await desk.start([1, 2, 3, 4, 5], BatchDesk.order(maxConcurrent: 4))
    let claims = try await desk.claim(4, epoch: epoch)
    let retry = claims[2].ends(.retry(LeadFailure(.timeout, "slow"), dueAt: BatchDesk.noon.addingTimeInterval(60)))
    try await desk.advance([claims[0].succeeds(), claims[1].fails(), retry], epoch: epoch)
    _ = try await desk.start([6])
    let last = try await desk.queue.advance(recording: [], epoch: epoch, now: BatchDesk.noon) { _ in [2: 1] }.claims
    try await desk.advance(last.map { $0.succeeds() }, epoch: epoch)
    try await desk.database.pool.write {
      try $0.execute(
        sql: """
          INSERT INTO provider_call (id, key, batch_key, position, run, attempt, step, call, provider, unit_cost, held, epoch, state, started_at)
          VALUES (1, 'a', 1, 3, 1, 1, 'find', 1, 'hunter', 5, 5, 1, 'intent', 0);
          INSERT INTO provider_call (id, key, batch_key, position, run, attempt, step, call, provider, unit_cost, held, epoch, state, units, started_at, ended_at)
          VALUES (2, 'b', 1, 3, 1, 1, 'look', 1, 'semrush', 5, 5, 1, 'charged', 1, 0, 1);
          """)
    }
    return desk
  }

  /// All tables and the statements that each must refuse, with the name of the rule.
  private static let wrong: [(rule: String, sql: String)] = [
    ("a batch has one of its states", "UPDATE batch SET state = 'sleeping' WHERE key = 1"),
    ("counters are never negative", "UPDATE batch SET pending = -1, completed = completed + pending + 1 WHERE key = 1"),
    ("counters sum to the total", "UPDATE batch SET completed = completed + 1 WHERE key = 1"),
    ("counters sum to the total, which is fixed by them", "UPDATE batch SET total = total + 1 WHERE key = 1"),
    ("a batch has leads", "UPDATE batch SET total = 0, completed = 0 WHERE key = 2"),
    ("an ended batch has no open leads", "UPDATE batch SET state = 'cancelled', finished_at = 1 WHERE key = 1"),
    ("a cancelling batch has no waiting leads", "UPDATE batch SET state = 'cancelling' WHERE key = 1"),
    ("a completed batch has no failures", "UPDATE batch SET state = 'completed', completed = 0, failed = 1 WHERE key = 2"),
    ("an ended batch has its time", "UPDATE batch SET finished_at = NULL WHERE key = 2"),
    ("a live batch has no end", "UPDATE batch SET finished_at = 1 WHERE key = 1"),
    ("a paused batch has its time", "UPDATE batch SET state = 'paused' WHERE key = 1"),
    ("only a paused batch has one", "UPDATE batch SET paused_at = 1 WHERE key = 1"),
    ("only a paused batch was paused by the engine", "UPDATE batch SET paused_by_engine = 1 WHERE key = 1"),
    ("only a paused batch has spent its reserve", "UPDATE batch SET reserve_spent = 1 WHERE key = 1"),
    ("1 to 100 leads at once", "UPDATE batch SET max_concurrent = 0 WHERE key = 1"),
    ("0 to 5 retries", "UPDATE batch SET retry_count = 6 WHERE key = 1"),
    ("a priority is one of three", "UPDATE batch SET priority = 'urgent' WHERE key = 1"),
    ("a cost is not negative", "UPDATE batch SET actual = -1 WHERE key = 1"),
    ("a batch belongs to an account", "UPDATE batch SET owner = 'nobody' WHERE key = 1"),
    ("a batch has a template", "UPDATE batch SET template_version = 'v99' WHERE key = 1"),
    ("a batch has a rate card", "UPDATE batch SET rate_card_version = 99 WHERE key = 1"),
    ("a quote makes one batch", "UPDATE batch SET quote_id = (SELECT quote_id FROM batch WHERE key = 1) WHERE key = 2"),
    ("numbers are numbers", "UPDATE batch SET total = 'five' WHERE key = 1"),
    ("a batch with leads stays", "DELETE FROM batch WHERE key = 1"),

    ("a lead has one of its states", "UPDATE batch_lead SET state = 'lost' WHERE batch_key = 1 AND position = 0"),
    ("who is in flight is held by an engine", "UPDATE batch_lead SET epoch = NULL WHERE batch_key = 1 AND state = 'processing'"),
    ("nobody else is", "UPDATE batch_lead SET epoch = 1 WHERE batch_key = 1 AND state = 'completed'"),
    ("who waits has its time", "UPDATE batch_lead SET due_at = NULL WHERE batch_key = 1 AND state = 'retrying'"),
    ("nobody else has", "UPDATE batch_lead SET due_at = 1 WHERE batch_key = 1 AND state = 'failed'"),
    ("who failed has a cause", "UPDATE batch_lead SET error_code = NULL WHERE batch_key = 1 AND state = 'failed'"),
    ("who ended has its time", "UPDATE batch_lead SET finished_at = NULL WHERE batch_key = 1 AND state = 'completed'"),
    ("who is open has not ended", "UPDATE batch_lead SET finished_at = 1 WHERE batch_key = 1 AND state = 'retrying'"),
    ("a score lies between 0 and 100", "UPDATE batch_lead SET score = 101 WHERE batch_key = 1 AND position = 0"),
    ("a lead's cost is not negative", "UPDATE batch_lead SET cost = -1 WHERE batch_key = 1 AND position = 0"),
    ("earlier tries are tries", "UPDATE batch_lead SET tried_before = attempts + 1 WHERE batch_key = 1 AND position = 0"),
    ("only who is skipped reuses a report", "UPDATE batch_lead SET reused_batch_key = 2, reused_position = 0 WHERE batch_key = 1 AND position = 0"),
    ("a batch's lead is a lead", "UPDATE batch_lead SET lead_key = 99 WHERE batch_key = 1 AND position = 0"),
    ("a place is taken once", "UPDATE batch_lead SET position = 1 WHERE batch_key = 1 AND position = 0"),
    ("a lead with a history stays", "DELETE FROM batch_lead WHERE batch_key = 1 AND position = 0"),

    ("a try ends in one of its ways", "INSERT INTO attempt VALUES (1, 4, 9, 'vanished', NULL, NULL, 0, 1)"),
    ("a try has its number once", "INSERT INTO attempt SELECT * FROM attempt WHERE batch_key = 1 AND position = 0"),
    ("a try is a lead's", "INSERT INTO attempt VALUES (1, 77, 1, 'completed', NULL, NULL, 0, 1)"),

    ("a lead has one report", "INSERT INTO report SELECT * FROM report WHERE batch_key = 1 AND position = 0"),
    ("a report is a lead's", "INSERT INTO report VALUES (1, 77, 1, 'website-audit', 'v2', 50, 0, 10, 0)"),
    ("a report's score lies between 0 and 100", "UPDATE report SET score = -1 WHERE batch_key = 1"),
    ("a report lies in its file", "UPDATE report SET place = -1 WHERE batch_key = 1"),

    ("the ledger only grows: no change", "UPDATE charge SET amount = 0"),
    ("the ledger only grows: no loss", "DELETE FROM charge"),
    ("a delivered report is charged once", charge("1, 0, 1, NULL, 5, 1, NULL, NULL", kind: "base")),
    ("a charge is not negative", charge("1, 3, 1, 'blended', -5, 1, 'blended', NULL")),
    ("a charge is a lead's", charge("1, 77, 1, 'blended', 5, 1, 'blended', NULL")),
    ("a provider's charge names it", charge("1, 3, 1, NULL, 5, 1, 'find', 1")),
    ("a base charge names none", charge("1, 3, 1, 'hunter', 5, 1, 'find', 1", kind: "base")),
    ("a charge names its call", charge("1, 3, 1, 'hunter', 5, 1, 'find', NULL")),
    ("a charge is of a call that there was", charge("1, 3, 1, 'hunter', 5, 1, 'find', 99")),
    ("a charge is its units times their price", charge("1, 3, 1, 'hunter', 5, 2, 'find', 1")),
    ("a charge has units", charge("1, 3, 1, 'hunter', 0, 0, 'find', 1")),

    ("a call is announced once", call("9, 'a', 1, 3, 1, 1, 'find', 2, 'hunter', 5, 5, 1, 'intent', 0, 0, NULL")),
    ("a call's number is its own", call("9, 'c', 1, 3, 1, 1, 'find', 1, 'hunter', 5, 5, 1, 'intent', 0, 0, NULL")),
    ("a call is a lead's", call("9, 'c', 1, 77, 1, 1, 'find', 1, 'hunter', 5, 5, 1, 'intent', 0, 0, NULL")),
    ("a call has a reservation", call("9, 'c', 1, 3, 9, 1, 'find', 2, 'hunter', 5, 5, 1, 'intent', 0, 0, NULL")),
    ("a call in one of its states", call("9, 'c', 1, 3, 1, 1, 'find', 2, 'hunter', 5, 5, 1, 'maybe', 0, 0, NULL")),
    ("what is charged has units", "UPDATE provider_call SET state = 'charged', ended_at = 1 WHERE id = 1"),
    ("what is free has none", "UPDATE provider_call SET state = 'free', units = 1, ended_at = 1 WHERE id = 1"),
    ("a settled call has its time", "UPDATE provider_call SET state = 'free' WHERE id = 1"),
    ("a settled call stays as it is", "UPDATE provider_call SET state = 'free', units = 0 WHERE id = 2"),
    ("a call holds its price", "UPDATE provider_call SET held = 0 WHERE id = 1"),
    ("calls stay", "DELETE FROM provider_call"),
    ("a finished step is a lead's", "INSERT INTO step_result VALUES (1, 77, 'find', 'hunter', x'00', 0)"),
    ("a provider's roll-up is a batch's", "INSERT INTO batch_provider (batch_key, provider) VALUES (77, 'hunter')"),
    ("a roll-up counts up from nothing", "INSERT INTO batch_provider (batch_key, provider, free) VALUES (1, 'openai', -1)"),

    ("a day has spent nothing negative", "UPDATE budget_day SET spent = -1"),
    ("a day has reserved nothing negative", "UPDATE budget_day SET reserved = -1"),
    ("a day's doubts are not negative", "UPDATE budget_day SET in_doubt = -1"),
    ("a day's overrun is not negative", "UPDATE budget_day SET overrun = -1"),
    ("a day's alert is one of two", "UPDATE budget_day SET alerted = 50"),
    ("no more is settled than was reserved", "UPDATE reservation SET settled = amount + 1 WHERE batch_key = 1"),
    ("no more is held than is left", "UPDATE reservation SET held = amount + 1 WHERE batch_key = 1"),
    ("a reservation is a batch's", "INSERT INTO reservation (batch_key, run, day, amount) SELECT 77, 1, day, 0 FROM budget_day"),
    ("a reservation is of a day", "INSERT INTO reservation (batch_key, run, day, amount) VALUES (1, 9, 'never', 0)"),

    ("a quote has leads", "UPDATE quote SET lead_count = 0"),
    ("a quote's leads are as many as it says", "UPDATE quote SET lead_count = lead_count + 1"),
    ("a quote's price can be read", "UPDATE quote SET price = '{'"),
    ("a quote is an account's", "UPDATE quote SET account_id = 'nobody'"),
    ("one version is the latest", "UPDATE report_template SET is_latest = 1"),
    ("the latest version is not retired", "UPDATE report_template SET status = 'retired' WHERE is_latest = 1"),
    ("there is one engine", "INSERT INTO engine VALUES (2, 0, NULL, NULL)"),
    ("a key is answered with a batch", "INSERT INTO idempotency SELECT id, 'k', x'00', 'nothing', 0 FROM account LIMIT 1"),
  ]

  private static func charge(_ values: String, kind: String = "provider") -> String {
    "INSERT INTO charge (kind, batch_key, position, attempt, provider, unit_cost, units, step, call_id, amount, rate_card_version, day, created_at) "
      + "VALUES ('\(kind)', \(values), 5, 1, '2026-03-02', 0)"
  }

  private static func call(_ values: String) -> String {
    "INSERT INTO provider_call (id, key, batch_key, position, run, attempt, step, call, provider, unit_cost, held, epoch, state, units, started_at, ended_at) "
      + "VALUES (\(values))"
  }

  @Test("each of these statements is refused, by a rule of the schema, and leaves everything as it was")
  func refused() async throws {
    let desk = try await Self.desk()
    let tables = ["batch", "batch_lead", "attempt", "report", "charge", "provider_call", "budget_day", "reservation", "quote", "engine"]
    for table in tables { #expect(try await desk.number("SELECT count(*) FROM \(table)") > 0, "\(table) is empty: its rules were not tried") }
    for (rule, sql) in Self.wrong {
      do {
        let changed = try await desk.database.pool.write { db in
          try db.execute(sql: sql)
          return db.changesCount
        }
        Issue.record("\(rule): taken, with \(changed) rows: \(sql)")
      } catch let error as DatabaseError {
        #expect(error.resultCode == .SQLITE_CONSTRAINT, "\(rule): \(error)")
      }
    }
    #expect(try await desk.number("SELECT count(DISTINCT state) FROM batch_lead WHERE batch_key = 1") == 5)
  }

  @Test("the database as a whole is sound afterwards: foreign keys and the file itself")
  func sound() async throws {
    let desk = try await Self.desk()
    #expect(try await desk.number("SELECT count(*) FROM pragma_foreign_key_check") == 0)
    #expect(try await desk.database.pool.read { try String.fetchOne($0, sql: "PRAGMA integrity_check") } == "ok")
  }
}

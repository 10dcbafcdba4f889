import BatchReports
import Foundation
import GRDB

/// What the ledger and the batches say about the last days.
public struct SpendBook: Sendable {
  let database: AppDatabase
  let timeZone: TimeZone

  public init(database: AppDatabase, timeZone: TimeZone) {
    self.database = database
    self.timeZone = timeZone
  }

  /// Sums over everyone's batches, private ones included.
  public func spend(days count: Int, now: Date) async throws -> SpendReport {
    let names = dayNames(count, now)
    return try await database.pool.read { db in
      let first = names[0]
      let spent = try Row.fetchAll(db, sql: "SELECT day, spent, in_doubt FROM budget_day WHERE day >= ?", arguments: [first])
      let byDay: [String: Int64] = Dictionary(spent.map { ($0[0], $0[1]) }) { first, _ in first }
      let runs = try Row.fetchAll(db, sql: "SELECT day, count(*) FROM reservation WHERE day >= ? GROUP BY day", arguments: [first])
      let runsByDay: [String: Int] = Dictionary(runs.map { ($0[0], $0[1]) }) { first, _ in first }
      let providers = try Self.parts(
        "SELECT provider, sum(units), sum(amount) FROM charge INDEXED BY charge_provider_day WHERE kind = 'provider' AND day >= ? GROUP BY provider", first,
        in: db)
      // Newer days than today's are from before the clock was set back: they are part of the sums.
      let total = Money(micros: byDay.values.reduce(0, +))
      return SpendReport(
        days: names.map { .init(day: $0, spent: Money(micros: byDay[$0] ?? 0), runs: runsByDay[$0] ?? 0) }, total: total,
        base: total - providers.reduce(.zero) { $0 + $1.amount },
        reports: try Int.fetchOne(
          db,
          sql: """
            SELECT count(*) FROM charge INDEXED BY charge_base_once
            WHERE kind = 'base' AND batch_key IN (SELECT batch_key FROM reservation WHERE day >= ?1) AND day >= ?1
            """, arguments: [first]) ?? 0, providers: providers,
        templates: try Self.parts(Self.byBatch("batch.template_name || ':' || batch.template_version"), first, in: db),
        accounts: try Self.parts(Self.byBatch("account.email"), first, in: db),
        unresolved: try Int.fetchOne(
          db,
          sql: """
            SELECT count(*) FROM provider_call JOIN reservation USING (batch_key, run) WHERE provider_call.state = 'unresolved' AND reservation.day >= ?
            """, arguments: [first]) ?? 0,
        inDoubt: Money(micros: spent.reduce(0) { $0 + ($1[2] as Int64) }))
    }
  }

  private static func byBatch(_ name: String) -> String {
    """
    SELECT \(name), count(DISTINCT batch.key), sum(reservation.settled) FROM reservation
    JOIN batch ON batch.key = reservation.batch_key JOIN account ON account.id = batch.owner WHERE reservation.day >= ? GROUP BY 1
    """
  }

  private static func parts(_ sql: String, _ first: String, in db: Database) throws -> [SpendReport.Part] {
    try Row.fetchAll(db, sql: sql, arguments: [first])
      .map { SpendReport.Part(name: $0[0], count: $0[1], amount: Money(micros: $0[2])) }
      .sorted { ($1.amount, $0.name) < ($0.amount, $1.name) }
  }

  /// How the batches that were placed in the window went; others' private ones only as a count.
  public func outcomes(days count: Int, visibleTo account: Account, now: Date) async throws -> OutcomeReport {
    let since = start(count, now).milliseconds
    return try await database.pool.read { db in
      let states = try Row.fetchAll(
        db,
        sql: """
          SELECT state, count(*), sum(completed), sum(failed), sum(skipped), sum(cancelled) FROM batch WHERE created_at >= ? GROUP BY state
          """, arguments: [since])
      func sum(_ column: Int) -> Int { states.reduce(0) { $0 + ($1[column] as Int) } }
      let hidden = try Int.fetchOne(
        db,
        sql: """
          SELECT count(*) FROM batch WHERE created_at >= ? AND finished_at IS NOT NULL AND private = 1 AND owner <> ? AND NOT ?
          """, arguments: [since, account.id.text, account.role == .admin])
      let compared = try Row.fetchAll(
        db, sql: "SELECT estimated, actual FROM batch WHERE created_at >= ? AND \(Self.isComparable)", arguments: [since])
      let lines = try Row.fetchAll(
        db,
        sql: BatchRow.select + """
           WHERE batch.created_at >= ? AND batch.finished_at IS NOT NULL AND (batch.private = 0 OR batch.owner = ? OR ?)
          ORDER BY batch.key DESC LIMIT \(Self.listed)
          """, arguments: [since, account.id.text, account.role == .admin]
      ).map(BatchRow.batch)
      return OutcomeReport(
        batches: Dictionary(try states.map { (try Decode.choice($0[0], BatchState.self), $0[1]) }) { first, _ in first },
        completed: sum(2), failed: sum(3), skipped: sum(4), cancelled: sum(5), causes: try Self.causes(since, in: db),
        lines: lines.map { .init(batch: $0, error: Self.error(of: $0)) }, hidden: hidden ?? 0,
        accuracy: EstimateAccuracy(compared.map { (Money(micros: $0[0]), Money(micros: $0[1])) }))
    }
  }

  /// Batches that a page lists one by one.
  public static let listed = 50

  /// It ran as it was quoted: neither cancelled nor retried, and no sample.
  private static let isComparable = """
    state IN ('completed', 'completed_with_errors') AND cancelled = 0 AND run = 1 AND (estimated > 0 OR actual > 0) AND \(EstimateHistory.noSample)
    """

  /// How far its estimate was off, as a share of what it cost; nil for a batch that did not run as it was quoted.
  public static func error(of batch: Batch) -> Double? {
    guard [.completed, .completedWithErrors].contains(batch.state), batch.counts.cancelled == 0, batch.run == 1 else { return nil }
    return EstimateAccuracy([(batch.estimated, batch.actual)])?.median
  }

  private static func causes(_ since: Int64, in db: Database) throws -> [(code: LeadErrorCode, count: Int)] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT batch_lead.error_code, count(*) FROM batch CROSS JOIN batch_lead INDEXED BY batch_lead_cause
        ON batch_lead.batch_key = batch.key AND batch_lead.state = 'failed'
        WHERE batch.created_at >= ? AND batch.failed > 0 GROUP BY 1 ORDER BY 2 DESC, 1
        """, arguments: [since]
    ).map { (try Decode.choice($0[0], LeadErrorCode.self), $0[1]) }
  }

  private var calendar: Calendar {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = timeZone
    return calendar
  }

  /// The beginning of the first day of the window.
  private func start(_ count: Int, _ now: Date) -> Date {
    let today = calendar.startOfDay(for: now)
    return calendar.date(byAdding: .day, value: 1 - count, to: today) ?? today
  }

  private func dayNames(_ count: Int, _ now: Date) -> [String] {
    // From noon to noon, so that a day of 23 or 25 hours is neither left out nor counted twice.
    let noon = start(count, now).addingTimeInterval(12 * 3600)
    return (0..<count).map { BudgetDay.name(of: calendar.date(byAdding: .day, value: $0, to: noon) ?? noon, in: timeZone) }
  }

  /// The name of the window's first day.
  func firstDay(_ count: Int, _ now: Date) -> String { dayNames(count, now)[0] }
}

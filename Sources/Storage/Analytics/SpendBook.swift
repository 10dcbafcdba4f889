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
      let providers = try Self.parts(Self.byProvider, first, in: db)
      // Newer days than today's are from before the clock was set back: they are part of the sums.
      let total = Money(micros: byDay.values.reduce(0, +))
      return SpendReport(
        days: names.map { .init(day: $0, spent: Money(micros: byDay[$0] ?? 0), runs: runsByDay[$0] ?? 0) }, total: total,
        base: total - providers.reduce(.zero) { $0 + $1.amount },
        reports: try Int.fetchOne(db, sql: Self.reports, arguments: [first]) ?? 0, providers: providers,
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

  /// Batches with a run that counts in the window, and whether all of their runs do: what these cost stands in their roll-ups, and only of the
  /// others, which were retried on a later day, charges are read.
  private static let chosen = """
    WITH chosen AS (SELECT batch_key, min(day) >= ?1 AS is_whole FROM reservation GROUP BY batch_key HAVING max(day) >= ?1)
    """

  private static let byProvider =
    chosen + """
       SELECT provider, sum(units), sum(amount) FROM (
        SELECT provider, charged_units AS units, amount FROM chosen JOIN batch_provider USING (batch_key) WHERE is_whole
        UNION ALL SELECT charge.provider, charge.units, charge.amount
        FROM chosen CROSS JOIN provider_call ON provider_call.batch_key = chosen.batch_key CROSS JOIN charge ON charge.call_id = provider_call.id
        WHERE NOT is_whole AND charge.day >= ?1
        UNION ALL SELECT charge.provider, charge.units, charge.amount
        FROM chosen CROSS JOIN charge INDEXED BY charge_blended_once ON charge.batch_key = chosen.batch_key AND charge.provider = 'blended'
        WHERE NOT is_whole AND charge.day >= ?1
      ) GROUP BY provider HAVING sum(units) > 0
      """

  private static let reports =
    chosen + """
       SELECT sum(CASE WHEN is_whole THEN completed ELSE (
        SELECT count(*) FROM charge INDEXED BY charge_base_once WHERE kind = 'base' AND charge.batch_key = batch.key AND day >= ?1
      ) END) FROM chosen JOIN batch ON batch.key = chosen.batch_key
      """

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
    let named = days(count, now)
    let (since, days) = (named[0].start, LeadDays(named))
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
      let counted = try days.read(since: since, in: db)
      return OutcomeReport(
        days: counted, batches: Dictionary(try states.map { (try Decode.choice($0[0], BatchState.self), $0[1]) }) { first, _ in first },
        completed: sum(2), failed: sum(3), skipped: sum(4), cancelled: sum(5), causes: Self.causes(counted),
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

  private static func causes(_ days: [DayOfLeads]) -> [(code: LeadErrorCode, count: Int)] {
    let sums = days.reduce(into: [LeadErrorCode: Int]()) { sums, day in sums.merge(day.causes, uniquingKeysWith: +) }
    return sums.map { ($0.key, $0.value) }.sorted { ($1.1, $0.0.rawValue) < ($0.1, $1.0.rawValue) }
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

  private func dayNames(_ count: Int, _ now: Date) -> [String] { noons(count, now).map { BudgetDay.name(of: $0, in: timeZone) } }

  /// Each day of the window with its beginning.
  private func days(_ count: Int, _ now: Date) -> [(name: String, start: Int64)] {
    noons(count, now).map { (BudgetDay.name(of: $0, in: timeZone), calendar.startOfDay(for: $0).milliseconds) }
  }

  /// From noon to noon, so that a day of 23 or 25 hours is neither left out nor counted twice.
  private func noons(_ count: Int, _ now: Date) -> [Date] {
    let noon = start(count, now).addingTimeInterval(12 * 3600)
    return (0..<count).map { calendar.date(byAdding: .day, value: $0, to: noon) ?? noon }
  }

  /// The name of the window's first day.
  func firstDay(_ count: Int, _ now: Date) -> String { dayNames(count, now)[0] }
}

import BatchReports
import GRDB

/// Adds up the window's batches by the day on which they were placed.
///
/// Counts and durations stand in the batches' rows; of the leads only the failed ones are read, from an index that holds nothing else.
struct LeadDays {
  private let days: [(name: String, start: Int64)]

  init(_ days: [(name: String, start: Int64)]) { self.days = days }

  func read(since: Int64, in db: Database) throws -> [DayOfLeads] {
    var counted = days.map { DayOfLeads(day: $0.name) }
    let batches = try Row.fetchCursor(
      db.cachedStatement(
        sql: """
          SELECT created_at, completed, failed, skipped, busy_ms, finished_at IS NOT NULL AND cancelled = 0 FROM batch WHERE created_at >= ?
          """), arguments: [since])
    while let row = try batches.next() {
      let place = place(of: row[0])
      counted[place].completed += row[1]
      counted[place].failed += row[2]
      counted[place].skipped += row[3]
      // A batch that runs has worked on leads that are not done, and a cancelled one on leads that never will be.
      if row[5] {
        counted[place].measured += (row[1] as Int) + (row[2] as Int)
        counted[place].busySeconds += (row[4] as Double) / 1000
      }
    }
    let causes = try Row.fetchCursor(
      db.cachedStatement(
        sql: """
          SELECT batch.created_at, batch_lead.error_code, count(*) FROM batch CROSS JOIN batch_lead INDEXED BY batch_lead_cause
          ON batch_lead.batch_key = batch.key AND batch_lead.state = 'failed'
          WHERE batch.created_at >= ? AND batch.failed > 0 GROUP BY batch.key, batch_lead.error_code
          """), arguments: [since])
    while let row = try causes.next() {
      counted[place(of: row[0])].causes[try Decode.choice(row[1], LeadErrorCode.self), default: 0] += row[2]
    }
    return counted
  }

  /// A batch from before the clock was set back counts on the last day.
  private func place(of moment: Int64) -> Int {
    var (low, high) = (0, days.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if days[middle].start <= moment { low = middle } else { high = middle }
    }
    return low
  }
}

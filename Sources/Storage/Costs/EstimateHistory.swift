import BatchReports
import Foundation
import GRDB

/// What the last batches of a template version measured.
///
/// Only batches count of which every lead ended by itself: one that was cancelled or stopped says little about its leads. Nor does one that a
/// person retried, whose failures had another go, and one of reused reports alone, which tried none.
struct EstimateHistory {
  var template: TemplateReference
  /// The batch of a sample, which outweighs the others.
  var measuredBy: Int64?
  /// A batch that is left out.
  var except: Int64?

  private static let ended = """
    template_name = ? AND template_version = ? AND state IN ('completed', 'completed_with_errors') AND cancelled = 0
      AND run = 1 AND completed + failed > 0
    """
  private static let last = "SELECT key FROM batch INDEXED BY batch_history WHERE \(ended) AND key IS NOT ? ORDER BY key DESC LIMIT \(CallHistory.depth)"

  func read(in db: Database) throws -> CallHistory {
    let chosen: StatementArguments = [template.name, template.version, except]
    var history = CallHistory(
      batches: try Self.batches(of: template, except: except, in: db), delivery: try Self.delivery(Self.last, chosen, in: db),
      calls: try Self.calls(Self.last, chosen, in: db))
    if let measuredBy {
      history.sample = try Self.own(measuredBy, in: db)
    }
    return history
  }

  /// What one batch measured itself.
  static func own(_ batchKey: Int64, in db: Database) throws -> CallHistory.Sample {
    .init(delivery: try delivery("SELECT ?", [batchKey], in: db), calls: try calls("SELECT ?", [batchKey], in: db))
  }

  /// Reports delivered, of leads with a website that were tried.
  static func delivery(_ batches: String, _ arguments: StatementArguments, in db: Database) throws -> MeasuredRate {
    let row = try Row.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT total(hits), total(trials), count(*), total(1.0 * hits * hits / trials) FROM (
            SELECT completed AS hits, completed + failed - min(failed, without_website) AS trials FROM batch WHERE key IN (\(batches))
          ) WHERE trials > 0
          """), arguments: arguments)
    return row.map { rate($0, at: 0) } ?? .none
  }

  /// Charged calls of each provider, of the leads for which it was due.
  static func calls(_ batches: String, _ arguments: StatementArguments, in db: Database) throws -> [String: MeasuredRate] {
    let rows = try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT provider, total(charged_units), total(applicable), count(*), total(1.0 * charged_units * charged_units / applicable)
          FROM batch_provider WHERE applicable > 0 AND batch_key IN (\(batches)) GROUP BY provider
          """), arguments: arguments)
    return Dictionary(rows.map { ($0[0], rate($0, at: 1)) }) { first, _ in first }
  }

  private static func rate(_ row: Row, at start: Int) -> MeasuredRate {
    MeasuredRate(hits: Int(row[start] as Double), trials: Int(row[start + 1] as Double), batches: row[start + 2], squares: row[start + 3])
  }

  static func batches(of template: TemplateReference, except: Int64? = nil, in db: Database) throws -> Int {
    try Int.fetchOne(db.cachedStatement(sql: "SELECT count(*) FROM (\(last))"), arguments: [template.name, template.version, except]) ?? 0
  }

  /// How far the last estimates were off; nil without a batch that ran as it was quoted. Samples are too small to tell.
  static func accuracy(of template: TemplateReference, in db: Database) throws -> EstimateAccuracy? {
    let rows = try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT estimated, actual FROM batch INDEXED BY batch_history WHERE \(ended) AND (estimated > 0 OR actual > 0) AND \(noSample)
          ORDER BY key DESC LIMIT \(EstimateAccuracy.depth)
          """), arguments: [template.name, template.version])
    return EstimateAccuracy(rows.map { (Money(micros: $0[0]), Money(micros: $0[1])) })
  }

  /// Of a batch: it is not a few leads that ran before the others.
  static let noSample = "NOT EXISTS (SELECT 1 FROM quote WHERE quote.id = batch.quote_id AND quote.sample_of IS NOT NULL)"
}

extension QuoteDesk {
  /// The last ten finished batches that measured anything.
  static func recentThroughput(in db: Database) throws -> RecentThroughput {
    let row = try Row.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT count(*) AS batches, total(completed + failed) AS leads, total(failed) AS failed, total(busy_ms) AS busy
          FROM (SELECT completed, failed, busy_ms FROM batch WHERE finished_at IS NOT NULL AND busy_ms > 0 ORDER BY key DESC LIMIT 10)
          """))
    guard let row else { return RecentThroughput(batches: 0, leads: 0, failed: 0, busySeconds: 0) }
    return RecentThroughput(
      batches: row["batches"], leads: Int(row["leads"] as Double), failed: Int(row["failed"] as Double),
      busySeconds: (row["busy"] as Double) / 1000)
  }
}

import BatchReports
import GRDB

/// What a retry of a batch goes by: its template's history, what the batch measured itself, and what became of leads that were retried before.
enum RetryHistory {
  /// Batches that are looked through for retries, and retries that count.
  private static let (depth, most) = (200, CallHistory.depth)

  static func forecast(for batch: Batch, in db: Database) throws -> RetryForecast {
    RetryForecast(
      history: try EstimateHistory(template: batch.template, except: batch.key).read(in: db), own: try EstimateHistory.own(batch.key, in: db),
      retried: try retried(batch.template, in: db), prices: batch.unitPrices, perReport: batch.perReport)
  }

  /// The last retry of each batch, from its counts: leads that it left failed count among `failed_before`, and the others that are failed now
  /// failed again. Leads without a website fail whatever is done; they say nothing.
  private static func retried(_ template: TemplateReference, in db: Database) throws -> [RetryForecast.Retried] {
    try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT iif(retry.detail ->> 'scope' = 'error_code', retry.detail ->> 'error_code', NULL),
            CAST(retry.detail ->> 'leads' AS INTEGER), batch.again,
            iif(retry.detail ->> 'scope' IN ('failed', 'leads'), batch.without_website, 0)
          FROM (
            SELECT id, again, without_website FROM (
              SELECT key, id, run, failed - failed_before AS again, without_website FROM batch INDEXED BY batch_history
              WHERE template_name = ? AND template_version = ? AND state IN ('completed', 'completed_with_errors') ORDER BY key DESC LIMIT \(depth)
            ) WHERE run > 1 ORDER BY key DESC LIMIT \(most)
          ) AS batch JOIN audit AS retry ON retry.id = (
            SELECT max(id) FROM audit WHERE subject_type = 'batch' AND subject_id = batch.id AND action = 'batch.retry')
          WHERE CAST(retry.detail ->> 'cancelled' AS INTEGER) = 0 AND (retry.detail ->> 'error_code') IS NOT '\(LeadErrorCode.noWebsite.rawValue)'
          """), arguments: [template.name, template.version]
    ).map { row in
      let again: Int = row[2]
      let leads = max(0, (row[1] as Int) - min(again, row[3]))
      let cause = try (row[0] as String?).map { try Decode.choice($0, LeadErrorCode.self) }
      return RetryForecast.Retried(cause: cause, leads: leads, delivered: max(0, min(leads, (row[1] as Int) - again)))
    }
  }
}

extension BatchStore {
  /// Of more than twice so many failed leads of one cause, about so many are looked at.
  static let forecastSample = 500

  /// Whether the price of so many leads of one cause is extrapolated from some of them.
  public static func isForecastRough(_ count: Int) -> Bool { count >= 2 * forecastSample }

  /// About what a retry of each cause's leads will cost; nothing for a batch that has not ended.
  ///
  /// It never takes longer than counting the causes, however many leads failed: of many leads of a cause it goes by the price of some, chosen by a
  /// hash of their positions.
  public func retryForecasts(of batch: Batch, causes: [FailureCause]) async throws -> [LeadErrorCode: Money] {
    guard batch.state.isTerminal, !causes.isEmpty else { return [:] }
    return try await database.pool.read { db in
      let forecast = try RetryHistory.forecast(for: batch, in: db)
      var costs: [LeadErrorCode: Money] = [:]
      for cause in causes { costs[cause.code] = try Self.expected(cause, of: batch, forecast, in: db) }
      return costs
    }
  }

  private static func expected(_ cause: FailureCause, of batch: Batch, _ forecast: RetryForecast, in db: Database) throws -> Money {
    let step = max(1, cause.count / forecastSample)
    // By a hash, because kinds of leads recur at regular distances. By the index, or each cause would walk the whole batch.
    let some = """
      position IN (
        SELECT some.position FROM batch_lead AS some INDEXED BY batch_lead_cause
        WHERE some.batch_key = ? AND some.state = 'failed' AND some.error_code = ? AND ((some.position * 2654435761 & 4294967295) >> 16) % ? = 0)
      """
    let sum = try CallNeeds.sum(of: batch, where: some, [batch.key, cause.code.rawValue, step], forecast: forecast, in: db)
    if sum.leads == 0 { return .zero }
    return Money(micros: Int64((Double(sum.expected.micros) * Double(cause.count) / Double(sum.leads)).rounded()))
  }
}

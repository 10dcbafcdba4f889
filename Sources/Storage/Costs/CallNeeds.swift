import BatchReports
import GRDB

/// What leads of a batch can cost from here on: their reports, and the calls of which nothing is kept yet, each once.
enum CallNeeds {
  /// The most that they can cost, and, where a forecast is given, what they will probably cost.
  /// - Parameter condition: over the columns of `batch_lead`.
  static func sum(
    of batch: Batch, where condition: String, _ arguments: StatementArguments = [], forecast: RetryForecast? = nil, in db: Database
  ) throws -> (leads: Int, cost: Money, expected: Money) {
    let all = "batch_key = ? AND " + condition
    if batch.unitPrices.isEmpty { return try sumReports(of: batch, all, [batch.key] + arguments, forecast, in: db) }
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT lead.website <> '', lead.email <> '', lead.enrichment_status = ?,
          (SELECT group_concat(provider) FROM step_result WHERE step_result.batch_key = batch_lead.batch_key
            AND step_result.position = batch_lead.position),
          EXISTS (SELECT 1 FROM charge WHERE charge.batch_key = batch_lead.batch_key AND charge.position = batch_lead.position
            AND charge.provider = 'blended'),
          iif(state = 'failed', error_code, NULL)
        FROM batch_lead JOIN lead ON lead.key = batch_lead.lead_key WHERE \(all)
        """,
      arguments: [ProviderRule.enriched, batch.key] + arguments)
    var (count, cost, expected) = (0, Money.zero, 0.0)
    while let row = try rows.next() {
      let kept = Set((row[3] as String? ?? "").split(separator: ",").map(String.init))
      let traits = ProviderRule.Traits(hasWebsite: row[0], hasEmail: row[1], isEnriched: row[2])
      let called = batch.unitPrices.applicable(to: traits).filter { !kept.contains($0) }
      count += 1
      cost = cost + (traits.hasWebsite ? batch.perReport : .zero) + batch.unitPrices.atMost(for: called, blendedIsPaid: row[4])
      if let forecast {
        let cause = try (row[5] as String?).map { try Decode.choice($0, LeadErrorCode.self) }
        expected += forecast.cost(of: traits, called: called, blendedIsPaid: row[4], afterFailing: cause)
      }
    }
    return (count, cost, Money(micros: Int64(expected.rounded())))
  }

  /// Of a batch that calls no paid provider. A lead without a website fails at once and costs nothing.
  private static func sumReports(
    of batch: Batch, _ condition: String, _ arguments: StatementArguments, _ forecast: RetryForecast?, in db: Database
  ) throws -> (leads: Int, cost: Money, expected: Money) {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT iif(state = 'failed', error_code, NULL), count(*), count(*) FILTER (WHERE lead.website <> '')
        FROM batch_lead JOIN lead ON lead.key = batch_lead.lead_key WHERE \(condition) GROUP BY 1
        """, arguments: arguments)
    let lead = ProviderRule.Traits(hasWebsite: true, hasEmail: true, isEnriched: true)
    var (count, reports, expected) = (0, 0, 0.0)
    for row in rows {
      count += row[1]
      reports += row[2]
      let cause = try (row[0] as String?).map { try Decode.choice($0, LeadErrorCode.self) }
      expected += Double(row[2] as Int) * (forecast?.cost(of: lead, called: [], blendedIsPaid: false, afterFailing: cause) ?? 0)
    }
    return (count, batch.perReport * reports, Money(micros: Int64(expected.rounded())))
  }
}

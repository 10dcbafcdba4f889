import BatchReports
import GRDB

/// What leads of a batch can cost from here on: their reports, and the calls of which nothing is kept yet, each once.
enum CallNeeds {
  /// - Parameter condition: over the columns of `batch_lead`.
  static func sum(
    of batch: Batch, where condition: String, _ arguments: StatementArguments = [], in db: Database
  ) throws -> (leads: Int, cost: Money) {
    let all = "batch_key = ? AND " + condition
    if batch.unitPrices.isEmpty {
      let row = try Row.fetchOne(
        db,
        sql: "SELECT count(*), count(*) FILTER (WHERE lead.website <> '') FROM batch_lead JOIN lead ON lead.key = batch_lead.lead_key WHERE \(all)",
        arguments: [batch.key] + arguments)
      // A lead without a website fails at once and costs nothing.
      return (row?[0] ?? 0, batch.perReport * (row?[1] ?? 0))
    }
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT lead.website <> '', lead.email <> '', lead.enrichment_status = ?,
          (SELECT group_concat(provider) FROM step_result WHERE step_result.batch_key = batch_lead.batch_key
            AND step_result.position = batch_lead.position),
          EXISTS (SELECT 1 FROM charge WHERE charge.batch_key = batch_lead.batch_key AND charge.position = batch_lead.position
            AND charge.provider = 'blended')
        FROM batch_lead JOIN lead ON lead.key = batch_lead.lead_key WHERE \(all)
        """,
      arguments: [ProviderRule.enriched, batch.key] + arguments)
    var (count, cost) = (0, Money.zero)
    while let row = try rows.next() {
      let kept = Set((row[3] as String? ?? "").split(separator: ",").map(String.init))
      let traits = ProviderRule.Traits(hasWebsite: row[0], hasEmail: row[1], isEnriched: row[2])
      let called = batch.unitPrices.applicable(to: traits).filter { !kept.contains($0) }
      count += 1
      cost = cost + (traits.hasWebsite ? batch.perReport : .zero) + batch.unitPrices.atMost(for: called, blendedIsPaid: row[4])
    }
    return (count, cost)
  }
}

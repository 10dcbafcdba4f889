import BatchReports
import Foundation
import GRDB

/// Finds reports that are fresh enough to be reused, and skips the leads that have one.
struct FreshReports {
  /// Nil when nothing is to be reused.
  var days: Int?
  var template: TemplateReference
  /// The paid providers that a new report would call: a report of a batch that did not call one that applies lacks a part.
  var called: Set<String>
  var now: Date

  /// The newest report of each lead that has a fresh one: of the same template version, of a batch that everyone may see, and made since
  /// the lead was last changed (its website may be another one now).
  func of(_ leads: [Int64], in db: Database) throws -> [ReusedReport] {
    guard let days, !leads.isEmpty else { return [] }
    let rows = try Row.fetchCursor(
      db.cachedStatement(
        sql: """
          SELECT wanted.value, report.batch_key, report.position FROM json_each(?1) AS wanted
          JOIN report ON (report.batch_key, report.position) = (
            SELECT own.batch_key, own.position FROM report AS own
            JOIN batch ON batch.key = own.batch_key JOIN lead ON lead.key = own.lead_key
            WHERE own.lead_key = wanted.value AND own.created_at BETWEEN ?2 AND ?3 AND own.created_at >= lead.updated_at
              AND own.template_name = ?4 AND own.template_version = ?5 AND batch.private = 0
              AND NOT EXISTS (
                SELECT 1 FROM json_each(?6, '$[' || ((lead.website <> '') + 2 * (lead.email <> '') + 4 * (lead.enrichment_status = ?7)) || ']') AS due
                WHERE json_type(batch.unit_prices, '$.' || due.value) IS NULL)
            ORDER BY own.created_at DESC LIMIT 1)
          ORDER BY wanted.key
          """),
      arguments: [
        "[" + leads.map(String.init).joined(separator: ",") + "]", now.addingTimeInterval(-Double(days) * 86_400).milliseconds,
        now.milliseconds, template.name, template.version, try dueByKind(), ProviderRule.enriched,
      ])
    var reused: [ReusedReport] = []
    while let row = try rows.next() { reused.append(ReusedReport(leadKey: row[0], batchKey: row[1], position: row[2])) }
    return reused
  }

  /// The providers that a report calls, for each kind of lead: 1 for a website, 2 for an email, 4 for enriched, added up.
  private func dueByKind() throws -> String {
    try Encode.json(
      (0..<8).map { kind in
        let lead = ProviderRule.Traits(hasWebsite: kind & 1 > 0, hasEmail: kind & 2 > 0, isEnriched: kind & 4 > 0)
        return called.filter { ProviderRule.applies($0, to: lead) }.sorted()
      })
  }

  /// Adds the leads of a new batch that have a reused report: `skipped` from the start, at no cost.
  static func skip(_ quote: Quote, batchKey: Int64, now: Date, in db: Database) throws {
    if quote.reused.isEmpty { return }
    let positions = Dictionary(uniqueKeysWithValues: quote.leadKeys.enumerated().map { ($1, $0) })
    let insert = try db.cachedStatement(
      sql: """
        INSERT INTO batch_lead (batch_key, position, lead_key, state, score, finished_at, reused_batch_key, reused_position)
        SELECT ?, ?, lead_key, 'skipped', score, ?, batch_key, position FROM report WHERE batch_key = ? AND position = ? AND lead_key = ?
        """)
    for reused in quote.reused {
      try insert.execute(arguments: [batchKey, positions[reused.leadKey], now.milliseconds, reused.batchKey, reused.position, reused.leadKey])
      // A report that is gone meanwhile would leave the batch a lead short.
      if db.changesCount != 1 { throw StartRefusal.quoteExpired }
    }
  }
}

/// How a quote's row keeps them: 24 bytes each.
extension FreshReports {
  static func pack(_ reports: [ReusedReport]) -> Data {
    QuoteDesk.pack(reports.flatMap { [$0.leadKey, $0.batchKey, Int64($0.position)] })
  }

  static func unpack(_ data: Data) -> [ReusedReport] {
    let numbers = QuoteDesk.unpack(data)
    return stride(from: 0, to: numbers.count - 2, by: 3).map {
      ReusedReport(leadKey: numbers[$0], batchKey: numbers[$0 + 1], position: Int(numbers[$0 + 2]))
    }
  }
}

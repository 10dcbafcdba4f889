import BatchReports
import Foundation
import GRDB
import Storage
import TestSupport
import Testing

/// Holds a batch that has ended against every place where its leads leave a trace: states, counters, tries, reports, files, charges.
func expectEachLeadOnce(_ batchID: String, of count: Int, in folder: DataFolder, sourceLocation: SourceLocation = #_sourceLocation) throws {
  let batch = try #require(try folder.rows("SELECT * FROM batch WHERE id = ?", [batchID]).first, sourceLocation: sourceLocation)
  let key: Int64 = batch["key"]
  let leads = try folder.rows("SELECT * FROM batch_lead WHERE batch_key = ?", [key])
  func those(in state: String) -> [Row] { leads.filter { $0["state"] == state } }
  #expect(leads.count == count, sourceLocation: sourceLocation)
  #expect(Set(leads.map { $0["lead_key"] as Int64 }).count == count, sourceLocation: sourceLocation)
  for state in ["pending", "processing", "retrying", "completed", "failed", "skipped", "cancelled"] {
    #expect(batch[state] == those(in: state).count, "the counter of \(state)", sourceLocation: sourceLocation)
  }
  let done = those(in: "completed")
  let places = Set(done.map { $0["position"] as Int })
  let reports = try folder.rows("SELECT position FROM report WHERE batch_key = ?", [key]).map { $0["position"] as Int }
  let charges = try folder.rows("SELECT position, amount FROM charge WHERE batch_key = ? AND kind = 'base'", [key])
  #expect(reports.count == done.count && Set(reports) == places, "reports", sourceLocation: sourceLocation)
  #expect(charges.count == done.count && Set(charges.map { $0["position"] as Int }) == places, "charges", sourceLocation: sourceLocation)
  let cost = try folder.rows("SELECT coalesce(sum(amount), 0) AS amount FROM charge WHERE batch_key = ?", [key]).first?["amount"] as Int64?
  #expect(cost == batch["actual"], "the cost", sourceLocation: sourceLocation)
  let tries = try folder.rows("SELECT position, count(*) AS tries FROM attempt WHERE batch_key = ? GROUP BY position", [key])
  let triesOf = Dictionary(uniqueKeysWithValues: tries.map { ($0["position"] as Int, $0["tries"] as Int) })
  for lead in leads { #expect(triesOf[lead["position"]] ?? 0 == lead["attempts"], "tries", sourceLocation: sourceLocation) }
  try expectFiles(of: batchID, key: key, in: folder, sourceLocation: sourceLocation)
}

/// Each report lies in the batch's file where its row says, and is its lead's; what a crash left without a row may lie between them.
private func expectFiles(of batchID: String, key: Int64, in folder: DataFolder, sourceLocation: SourceLocation) throws {
  let archive = ReportArchive(folder: folder.url.appendingPathComponent("reports"))
  let batch = try #require(UUID(text: batchID), sourceLocation: sourceLocation)
  let rows = try folder.rows(
    "SELECT lead.id, place, bytes, report.score FROM report JOIN lead ON lead.key = report.lead_key WHERE report.batch_key = ?", [key])
  for row in rows {
    let lead = try #require(UUID(text: row["id"]), sourceLocation: sourceLocation)
    let report = try? archive.report(of: lead, batch: batch, at: .init(offset: row["place"], count: row["bytes"]))
    #expect(report?.score == row["score"], "the report's file", sourceLocation: sourceLocation)
  }
}

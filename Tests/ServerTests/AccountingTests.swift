import BatchReports
import Foundation
import GRDB
import TestSupport
import Testing

@testable import BatchReportsServer

/// The check on which the tests of crashes rest must itself be able to fail.
@Suite(.serialized) struct AccountingTests {
  @Test(
    "a report without its file, a charge that is missing and a report that is missing are each found",
    arguments: ["file", "DROP TRIGGER charge_is_kept; DELETE FROM charge WHERE position = 1", "DELETE FROM report WHERE position = 1"])
  func findsLosses(loss: String) async throws {
    let site = try TestSite { _ in .page }
    defer { site.stop() }
    let folder = try DataFolder()
    let (leads, token) = try await folder.prepare(websites: [site.url("/a"), site.url("/b")])
    let server = try await RunningServer.start(folder, ["BATCH_ALLOW_PRIVATE_HOSTS": "true"])
    let batch = try await server.api(token).start(leads)
    try await server.api(token).end(of: batch)
    try expectEachLeadOnce(batch, of: 2, in: folder)
    if loss == "file" {
      try FileManager.default.removeItem(at: folder.url.appendingPathComponent("reports/\(batch).jsonl"))
    } else {
      try await server.installation.database.pool.write { try $0.execute(sql: loss) }
    }
    withKnownIssue { try expectEachLeadOnce(batch, of: 2, in: folder) }
    try await server.stop()
  }
}

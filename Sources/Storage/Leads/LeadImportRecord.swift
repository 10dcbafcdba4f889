public import BatchReports
import Foundation
import GRDB
import Synchronization

/// Who imports which file, for the audit trail, and how far the import has come.
public final class LeadImportRecord: Sendable {
  private let actor: Actor?
  private let fileName: String
  private let written = Mutex(LeadMergeCounts())

  /// - Parameter fileName: as the one who sent it calls it; only for showing.
  public init(by actor: Actor, of fileName: String) {
    self.actor = actor
    self.fileName = String(fileName.prefix(200))
  }

  /// Of an import that the audit trail need not tell of, such as a benchmark's.
  public init() {
    actor = nil
    fileName = ""
  }

  /// What was written so far, and stays.
  public var counts: LeadMergeCounts { written.withLock { $0 } }

  func add(_ counts: LeadMergeCounts) { written.withLock { $0 += counts } }

  /// Tells the audit trail of the import, in a transaction of its own: its rows went in with many.
  func tell(_ database: AppDatabase, refusedRows: Int, reason: String, at now: Date) async throws {
    guard let actor else { return }
    let counts = counts
    let entry = AuditEntry(
      at: now, actor: actor, action: "leads.imported", subjectType: "import", subjectID: UUID.version7(at: now).text, reason: reason,
      detail: [
        "name": fileName, "imported": "\(counts.inserted)", "updated": "\(counts.updated)", "skipped": "\(counts.unchanged + refusedRows)",
      ])
    // A shield: GRDB's async calls throw when their task is cancelled, and what was written has to be told of even then.
    try await Task { try await database.pool.write { try AuditTrail.record(entry, in: $0) } }.value
  }
}

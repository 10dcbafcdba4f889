public import BatchReports
public import Foundation
import GRDB
import Synchronization

extension LeadStore {
  /// Adds leads as they are, with their ids, in short transactions. Throws `DatabaseError` for an id that is taken; earlier ones stay.
  public func insert(_ leads: [Lead]) async throws {
    var chunks = WriteChunks()
    try await chunks.write(leads, to: database.pool) { db, leads in
      var recorder = LeadRecorder(db)
      for lead in leads { _ = try recorder.insert(lead) }
    }
  }

  /// Updates the leads that the drafts mean (`LeadIdentity`) and adds the others, in short transactions.
  public func merge(_ drafts: [LeadDraft], now: Date = Date()) async throws -> LeadMergeCounts {
    var chunks = WriteChunks()
    return try await merge(drafts, now: now, in: &chunks)
  }

  func merge(_ drafts: [LeadDraft], now: Date, in chunks: inout WriteChunks) async throws -> LeadMergeCounts {
    let total = Mutex(LeadMergeCounts())
    try await chunks.write(drafts, to: database.pool) { db, drafts in
      var merge = try LeadMerge(drafts, in: db)
      for draft in drafts { try merge.take(draft, now: now) }
      total.withLock { $0 += merge.counts }
    }
    return total.withLock { $0 }
  }
}

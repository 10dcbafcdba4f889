public import BatchReports
public import Foundation
import GRDB

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
    let record = LeadImportRecord()
    try await merge(drafts, now: now, in: &chunks, adding: record)
    return record.counts
  }

  /// What each transaction has written is added to the record, so that it is known even when a later one throws.
  func merge(_ drafts: [LeadDraft], now: Date, in chunks: inout WriteChunks, adding record: LeadImportRecord) async throws {
    try await chunks.write(drafts, to: database.pool) { db, drafts in
      var merge = try LeadMerge(drafts, in: db)
      for draft in drafts { try merge.take(draft, now: now) }
      return merge.counts
    } committed: {
      record.add($0)
    }
  }
}

import BatchReports
import Foundation
import GRDB

/// How many rows an import added, changed and found unchanged.
public struct LeadMergeCounts: Sendable, Hashable {
  public var inserted = 0
  public var updated = 0
  public var unchanged = 0

  public init() {}

  static func += (total: inout LeadMergeCounts, other: LeadMergeCounts) {
    total.inserted += other.inserted
    total.updated += other.updated
    total.unchanged += other.unchanged
  }
}

/// Takes drafts into the table within one transaction: a draft of a known lead updates it (`LeadIdentity`), any other is a new lead.
struct LeadMerge {
  private var known: [LeadIdentity: Lead] = [:]
  private var recorder: LeadRecorder
  private(set) var counts = LeadMergeCounts()

  /// Looks up all leads that the drafts may mean, at once.
  init(_ drafts: [LeadDraft], in db: Database) throws {
    recorder = LeadRecorder(db)
    let hashes = Set(drafts.flatMap { LeadIdentity.candidates(of: $0).map(\.hash) })
    let keys = try Int64.fetchAll(
      db.cachedStatement(
        sql: "SELECT lead.key FROM json_each(?) AS listed CROSS JOIN lead INDEXED BY lead_identity ON lead.identity = listed.value"),
      arguments: [LeadRows.list(Array(hashes))])
    // The oldest of several equal leads is the one that imports mean.
    for lead in try LeadRows.leads(keys: keys.sorted(by: >), in: db) { known[LeadIdentity(of: lead)] = lead }
  }

  mutating func take(_ draft: LeadDraft, now: Date) throws {
    guard let old = LeadIdentity.candidates(of: draft).lazy.compactMap({ [known] in known[$0] }).first else {
      var lead = Lead(draft, id: .version7(), now: now)
      lead.key = try recorder.insert(lead)
      known[LeadIdentity(of: lead)] = lead
      counts.inserted += 1
      return
    }
    var lead = old.updated(with: draft)
    guard lead != old else {
      counts.unchanged += 1
      return
    }
    lead.updatedAt = now
    try recorder.update(old, to: lead)
    known[LeadIdentity(of: old)] = nil
    known[LeadIdentity(of: lead)] = lead
    counts.updated += 1
  }
}

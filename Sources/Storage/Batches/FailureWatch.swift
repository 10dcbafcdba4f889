import BatchReports
import Foundation
import GRDB

/// Pauses a batch of whose leads one after the other failed at its first try, in the transaction of the outcome that fills the measure.
///
/// First tries alone count. Leads wait for their last tries until the others had their first: by last tries an outage would be seen after
/// most of a large batch is used up, and the end of any batch, when only its dead websites are left, would look like one.
struct FailureWatch {
  var rule: AutoPause
  var now: Date

  func note(_ tries: [(claim: WorkQueue.Claim, result: WorkQueue.Outcome.Result)], of batch: Batch, in db: Database) throws {
    let ends = String(tries.filter { $0.claim.isFirstTry }.compactMap { Self.mark($0.result) })
    if ends.isEmpty { return }
    let recent = try String.fetchOne(
      db.cachedStatement(sql: "UPDATE batch SET recent_ends = substr(recent_ends || ?, -?) WHERE key = ? AND state = 'processing' RETURNING recent_ends"),
      arguments: [ends, rule.window, batch.key])
    // Nil: it was paused, or has ended, meanwhile.
    guard let recent else { return }
    let failed = recent.count { $0 == "x" }
    guard rule.isReached(failed: failed, of: recent.count) else { return }
    let reason =
      "\(failed) of the last \(recent.count) leads failed with faults that may pass or be ours. Look at the causes and at the network, then resume."
    try BatchStore.pauseByEngine(batch, because: reason, now: now, in: db)
  }

  private static func mark(_ result: WorkQueue.Outcome.Result) -> Character? {
    switch result {
    case .failed(let failure), .retry(let failure, _): failure.code.mayBeOurs ? "x" : "o"
    case .completed: "o"
    case .cancelled, .released, .deferred: nil
    }
  }
}

extension WorkQueue.Claim {
  /// Of the lead in this run of the batch; a try that a crash of ours ended is none.
  var isFirstTry: Bool { attempt - triedBefore - crashes == 1 }
}

extension BatchStore {
  /// Pauses a batch that runs and has leads left to take; another one is left alone.
  static func pauseByEngine(_ batch: Batch, because reason: String, now: Date, in db: Database) throws {
    try db.execute(
      sql: """
        UPDATE batch SET state = 'paused', state_reason = ?, paused_at = ?, paused_by_engine = 1, seq = seq + 1
        WHERE key = ? AND state = 'processing' AND pending + retrying > 0
        """,
      arguments: [reason, now.milliseconds, batch.key])
    guard db.changesCount == 1 else { return }
    try AuditTrail.record(AuditEntry(batch, "batch.pause", by: .engine, reason: reason, at: now), in: db)
  }
}

extension WorkQueue {
  /// Pauses a batch from which nothing was heard for `seconds` while leads of it were in flight. One that is being cancelled ends without
  /// those leads: what they may bring later counts for nothing.
  ///
  /// Throws `LostLease`. A batch that is neither running nor being cancelled is left alone; returns whether something was done.
  @discardableResult
  public func pauseStalled(_ batchKey: Int64, after seconds: Double, epoch: Int64, now: Date) async throws -> Bool {
    try await database.pool.write { db in
      guard try Int64.fetchOne(db.cachedStatement(sql: "SELECT epoch FROM engine WHERE id = 1")) == epoch else { throw LostLease() }
      guard let batch = try BatchRow.find(key: batchKey, in: db), batch.counts.processing > 0 else { return false }
      let (leads, minutes) = (batch.counts.processing, Int(seconds / 60))
      if batch.state == .cancelling {
        let reason = "\(leads == 1 ? "1 lead" : "\(leads) leads") did not end within \(minutes) minutes. Look at the log; a restart ends the work on them."
        try BatchEnding.giveUpLeads(of: batch, because: reason, now: now, in: db)
        return true
      }
      guard batch.state == .processing else { return false }
      let reason =
        "No lead has ended for \(minutes) minutes while \(leads == 1 ? "1 lead is" : "\(leads) leads are") in flight. Look at the log, then resume."
      try db.execute(
        sql: """
          UPDATE batch SET state = 'paused', state_reason = ?, paused_at = ?, paused_by_engine = 1, seq = seq + 1
          WHERE key = ? AND state = 'processing'
          """,
        arguments: [reason, now.milliseconds, batch.key])
      try AuditTrail.record(AuditEntry(batch, "batch.pause", by: .engine, reason: reason, at: now), in: db)
      return true
    }
  }
}

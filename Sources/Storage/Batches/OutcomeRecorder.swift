import BatchReports
import Foundation
import GRDB

/// Writes outcomes inside the engine's transaction: lead, attempt, report, charge, budget and counters move together or not at all.
struct OutcomeRecorder {
  var epoch: Int64
  var now: Date

  /// Returns the outcomes whose lead is no longer this engine's: someone moved it on, and its outcome counts for nothing.
  func record(_ outcomes: [WorkQueue.Outcome], in db: Database) throws -> [WorkQueue.Outcome] {
    var stale: [WorkQueue.Outcome] = []
    for (batchKey, group) in Dictionary(grouping: outcomes, by: \.claim.batchKey).sorted(by: { $0.key < $1.key }) {
      guard let batch = try BatchRow.find(key: batchKey, in: db) else { continue }
      var change = CountChange()
      for outcome in group {
        if try !record(outcome, of: batch, &change, in: db) { stale.append(outcome) }
      }
      try change.apply(to: batchKey, in: db)
      try BatchEnding.failIfTooManyFailed(batchKey, now: now, in: db)
      try BatchEnding.endIfDone(batchKey, now: now, in: db)
    }
    return stale
  }

  private func record(_ outcome: WorkQueue.Outcome, of batch: Batch, _ change: inout CountChange, in db: Database) throws -> Bool {
    let result = ending(outcome.result, of: batch)
    let milliseconds = max(0, outcome.finishedAt.milliseconds - outcome.claim.startedAt.milliseconds)
    guard try move(outcome, result, batch, milliseconds, in: db) else { return false }
    change.move(from: .processing, to: result.state)
    if result == .released { return true }
    change.busyMilliseconds += milliseconds
    try addAttempt(outcome, result, in: db)
    if case .completed(let score, let bytes) = result {
      try deliver(outcome, score: score, bytes: bytes, batch, in: db)
      change.charged += batch.perReport.micros
    }
    return true
  }

  /// In a batch that is being cancelled every lead that was in flight becomes cancelled (contract, section 2).
  private func ending(_ result: WorkQueue.Outcome.Result, of batch: Batch) -> WorkQueue.Outcome.Result {
    batch.state == .cancelling ? .cancelled : result
  }

  private func move(
    _ outcome: WorkQueue.Outcome, _ result: WorkQueue.Outcome.Result, _ batch: Batch, _ milliseconds: Int64, in db: Database
  ) throws -> Bool {
    let claim = outcome.claim
    let state = result.state
    var score: Int?
    if case .completed(let value, _) = result { score = value }
    try db.cachedStatement(
      sql: """
        UPDATE batch_lead SET state = ?, epoch = NULL, due_at = ?, error_code = ?, error_message = ?, score = ?, cost = cost + ?,
          attempts = attempts - ?, finished_at = ?, duration_ms = coalesce(duration_ms, 0) + ?
        WHERE batch_key = ? AND position = ? AND state = 'processing' AND epoch = ? AND attempts = ?
        """
    ).execute(arguments: [
      state.rawValue, result.dueAt(now: now)?.milliseconds, result.failure?.code.rawValue, result.failure.map { String($0.message.prefix(500)) },
      score, score == nil ? 0 : batch.perReport.micros, result == .released ? 1 : 0, state.isTerminal ? outcome.finishedAt.milliseconds : nil,
      result == .released ? 0 : milliseconds, claim.batchKey, claim.position, epoch, claim.attempt,
    ])
    return db.changesCount == 1
  }

  private func addAttempt(_ outcome: WorkQueue.Outcome, _ result: WorkQueue.Outcome.Result, in db: Database) throws {
    let claim = outcome.claim
    try db.cachedStatement(
      sql: """
        INSERT INTO attempt (batch_key, position, number, outcome, error_code, error_message, started_at, finished_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(arguments: [
      claim.batchKey, claim.position, claim.attempt, result.state.rawValue, result.failure?.code.rawValue,
      result.failure.map { String($0.message.prefix(500)) }, claim.startedAt.milliseconds, max(claim.startedAt, outcome.finishedAt).milliseconds,
    ])
  }

  private func deliver(_ outcome: WorkQueue.Outcome, score: Int, bytes: Int, _ batch: Batch, in db: Database) throws {
    let claim = outcome.claim
    let at = outcome.finishedAt.milliseconds
    try db.cachedStatement(
      sql: """
        INSERT INTO report (batch_key, position, lead_key, template_name, template_version, score, bytes, created_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(arguments: [
      claim.batchKey, claim.position, claim.leadKey, batch.template.name, batch.template.version, score, bytes, at,
    ])
    let day = try BudgetBook.settle(batch.perReport, batchKey: claim.batchKey, in: db)
    try db.cachedStatement(
      sql: """
        INSERT INTO charge (kind, batch_key, position, attempt, amount, rate_card_version, day, created_at)
        VALUES ('base', ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(arguments: [claim.batchKey, claim.position, claim.attempt, batch.perReport.micros, batch.rateCardVersion, day, at])
    // The lead's row is everyone's to see.
    if batch.isPrivate { return }
    try db.cachedStatement(sql: "UPDATE lead SET reported_at = ? WHERE key = ?").execute(arguments: [at, claim.leadKey])
  }
}

extension WorkQueue.Outcome.Result {
  var state: BatchLeadState {
    switch self {
    case .completed: .completed
    case .failed: .failed
    case .retry: .retrying
    case .cancelled: .cancelled
    case .released: .pending
    }
  }

  var failure: LeadFailure? {
    switch self {
    case .failed(let failure), .retry(let failure, _): failure
    case .completed, .cancelled, .released: nil
    }
  }

  func dueAt(now: Date) -> Date? {
    switch self {
    case .retry(_, let dueAt): dueAt
    case .released: now
    case .completed, .failed, .cancelled: nil
    }
  }
}

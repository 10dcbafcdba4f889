import BatchReports
import Foundation
import GRDB

/// Writes outcomes inside the engine's transaction: lead, attempt, report, charge, budget and counters move together or not at all.
///
/// The reports' file is written first: a row never tells of a report that the disk does not have.
struct OutcomeRecorder {
  var archive: ReportArchive
  var autoPause: AutoPause?
  var epoch: Int64
  var now: Date

  /// An outcome whose lead was still this engine's.
  private struct Accepted {
    var outcome: WorkQueue.Outcome
    var result: WorkQueue.Outcome.Result
    var milliseconds: Int64
  }

  /// Returns the outcomes whose lead is no longer this engine's: someone moved it on, and its outcome counts for nothing.
  /// Throws `ReportArchive.Failure` when the reports cannot be written.
  func record(_ outcomes: [WorkQueue.Outcome], in db: Database) throws -> [WorkQueue.Outcome] {
    var stale: [WorkQueue.Outcome] = []
    for (batchKey, group) in Dictionary(grouping: outcomes, by: \.claim.batchKey).sorted(by: { $0.key < $1.key }) {
      guard let batch = try BatchRow.find(key: batchKey, in: db) else { continue }
      var change = CountChange()
      var accepted: [Accepted] = []
      for outcome in group {
        guard let one = try move(outcome, of: batch, &change, in: db) else {
          stale.append(outcome)
          continue
        }
        if one.result != .released { accepted.append(one) }
      }
      for one in accepted { try addAttempt(one, in: db) }
      try deliver(accepted, batch, &change, in: db)
      try change.apply(to: batchKey, in: db)
      try BatchEnding.failIfTooManyFailed(batchKey, now: now, in: db)
      try BatchEnding.endIfDone(batchKey, now: now, in: db)
      if let autoPause { try FailureWatch(rule: autoPause, now: now).note(accepted.map(\.result), of: batch, in: db) }
    }
    return stale
  }

  /// In a batch that is being cancelled every lead that was in flight becomes cancelled (contract, section 2).
  private func ending(_ result: WorkQueue.Outcome.Result, of batch: Batch) -> WorkQueue.Outcome.Result {
    batch.state == .cancelling ? .cancelled : result
  }

  /// Nil when the lead is no longer this engine's.
  private func move(_ outcome: WorkQueue.Outcome, of batch: Batch, _ change: inout CountChange, in db: Database) throws -> Accepted? {
    let claim = outcome.claim
    let result = ending(outcome.result, of: batch)
    let state = result.state
    let milliseconds = max(0, outcome.finishedAt.milliseconds - claim.startedAt.milliseconds)
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
    guard db.changesCount == 1 else { return nil }
    change.move(from: .processing, to: state)
    if result != .released { change.busyMilliseconds += milliseconds }
    return Accepted(outcome: outcome, result: result, milliseconds: milliseconds)
  }

  private func addAttempt(_ one: Accepted, in db: Database) throws {
    let claim = one.outcome.claim
    try db.cachedStatement(
      sql: """
        INSERT INTO attempt (batch_key, position, number, outcome, error_code, error_message, started_at, finished_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(arguments: [
      claim.batchKey, claim.position, claim.attempt, one.result.state.rawValue, one.result.failure?.code.rawValue,
      one.result.failure.map { String($0.message.prefix(500)) }, claim.startedAt.milliseconds,
      max(claim.startedAt, one.outcome.finishedAt).milliseconds,
    ])
  }

  /// Keeps the reports and charges each once; the budget moves by their sum.
  private func deliver(_ accepted: [Accepted], _ batch: Batch, _ change: inout CountChange, in db: Database) throws {
    var delivered: [(outcome: WorkQueue.Outcome, score: Int, report: Data)] = []
    for one in accepted { if case .completed(let score, let report) = one.result { delivered.append((one.outcome, score, report)) } }
    if delivered.isEmpty { return }
    let places = try archive.append(delivered.map(\.report), batch: batch.id)
    let sum = batch.perReport * delivered.count
    let day = try BudgetBook.settle(sum, batchKey: batch.key, in: db)
    change.charged += sum.micros
    let addReport = try db.cachedStatement(
      sql: """
        INSERT INTO report (batch_key, position, lead_key, template_name, template_version, score, place, bytes, created_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """)
    let addCharge = try db.cachedStatement(
      sql: """
        INSERT INTO charge (kind, batch_key, position, attempt, amount, rate_card_version, day, created_at)
        VALUES ('base', ?, ?, ?, ?, ?, ?, ?)
        """)
    let tellLead = try db.cachedStatement(sql: "UPDATE lead SET reported_at = ? WHERE key = ?")
    for ((outcome, score, _), place) in zip(delivered, places) {
      let claim = outcome.claim
      let at = outcome.finishedAt.milliseconds
      try addReport.execute(arguments: [
        claim.batchKey, claim.position, claim.leadKey, batch.template.name, batch.template.version, score, place.offset, place.count, at,
      ])
      try addCharge.execute(arguments: [
        claim.batchKey, claim.position, claim.attempt, batch.perReport.micros, batch.rateCardVersion, day, at,
      ])
      // The lead's row is everyone's to see.
      if !batch.isPrivate { try tellLead.execute(arguments: [at, claim.leadKey]) }
    }
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

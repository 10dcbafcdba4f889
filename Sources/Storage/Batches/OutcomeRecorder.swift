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
  /// Batches of which more outcomes wait: why they do stays said.
  var held: Set<Int64> = []

  /// An outcome whose lead was still this engine's.
  private struct Accepted {
    var outcome: WorkQueue.Outcome
    var result: WorkQueue.Outcome.Result
  }

  /// What became of outcomes that were to be recorded.
  struct Record {
    /// Their lead is no longer this engine's: someone moved it on, and they count for nothing.
    var stale: [WorkQueue.Outcome] = []
    /// Their batch's reports cannot be written: nothing of them was recorded.
    var held: [WorkQueue.Outcome] = []
    var fault: ReportArchive.Failure?
  }

  /// A batch whose rows contradict each other ends as failed, so that it does not hold up the others; `broken` is told why. One whose reports
  /// cannot be written is held, says so, and holds up no other either.
  func record(_ outcomes: [WorkQueue.Outcome], broken: inout [UUID: String], in db: Database) throws -> Record {
    var all = Record()
    for (batchKey, group) in Dictionary(grouping: outcomes, by: \.claim.batchKey).sorted(by: { $0.key < $1.key }) {
      guard let batch = try BatchRow.find(key: batchKey, in: db) else { continue }
      do {
        try db.inSavepoint {
          all.stale += try record(group, of: batch, in: db)
          if !held.contains(batchKey) { try say("", of: batch, in: db) }
          return .commit
        }
      } catch let failure as ReportArchive.Failure {
        all.held += group
        all.fault = failure
        try say(StorageFault(failure)?.description ?? "", of: batch, in: db)
      } catch let error where Self.isContradiction(error) && !batch.state.isTerminal {
        broken[batch.id] = "\(error)"
        try BatchEnding.endBroken(batch, because: "Its outcomes cannot be recorded; the log has the details.", now: now, in: db)
      }
    }
    return all
  }

  /// Why a batch that runs is held; nothing for one that is not.
  private func say(_ reason: String, of batch: Batch, in db: Database) throws {
    if batch.state != .processing || batch.stateReason == reason { return }
    try db.cachedStatement(sql: "UPDATE batch SET state_reason = ?, seq = seq + 1 WHERE key = ? AND state = 'processing'")
      .execute(arguments: [reason, batch.key])
  }

  /// Not the disk's or another program's fault: trying again would end in the same way.
  static func isContradiction(_ error: any Error) -> Bool {
    if let error = error as? DatabaseError { return [.SQLITE_CONSTRAINT, .SQLITE_ERROR, .SQLITE_MISMATCH].contains(error.resultCode) }
    return error is UnreadableRow
  }

  private func record(_ group: [WorkQueue.Outcome], of batch: Batch, in db: Database) throws -> [WorkQueue.Outcome] {
    var stale: [WorkQueue.Outcome] = []
    var change = CountChange()
    var accepted: [Accepted] = []
    let move = try BulkStatement(db, Self.moveLead)
    for outcome in group {
      guard let one = try accept(outcome, of: batch, &change, move) else {
        stale.append(outcome)
        continue
      }
      if !one.result.isUntried { accepted.append(one) }
    }
    let add = try BulkStatement(db, Self.addAttempt)
    for one in accepted { try addAttempt(one, add) }
    try deliver(accepted, batch, &change, in: db)
    if !batch.unitPrices.isEmpty { try CallRollUp(batch: batch).note(accepted.map { ($0.outcome.claim, $0.result) }, in: db) }
    try change.apply(to: batch.key, in: db)
    try BatchEnding.failIfTooManyFailed(batch.key, now: now, in: db)
    try BatchEnding.endIfDone(batch.key, now: now, in: db)
    if let autoPause { try FailureWatch(rule: autoPause, now: now).note(accepted.map { ($0.outcome.claim, $0.result) }, of: batch, in: db) }
    return stale
  }

  /// In a batch that is being cancelled every lead that was in flight becomes cancelled (contract, section 2).
  private func ending(_ result: WorkQueue.Outcome.Result, of batch: Batch) -> WorkQueue.Outcome.Result {
    batch.state == .cancelling ? .cancelled : result
  }

  private static let moveLead = """
    UPDATE batch_lead SET state = ?, epoch = NULL, due_at = ?, error_code = ?, error_message = ?, score = ?, cost = cost + ?,
      attempts = attempts - ?, finished_at = ?, duration_ms = coalesce(duration_ms, 0) + ?
    WHERE batch_key = ? AND position = ? AND state = 'processing' AND epoch = ? AND attempts = ?
    """

  /// Nil when the lead is no longer this engine's.
  private func accept(
    _ outcome: WorkQueue.Outcome, of batch: Batch, _ change: inout CountChange, _ move: BulkStatement
  ) throws -> Accepted? {
    let claim = outcome.claim
    let result = ending(outcome.result, of: batch)
    let state = result.state
    let milliseconds = result.isUntried ? 0 : max(0, outcome.finishedAt.milliseconds - claim.startedAt.milliseconds)
    var score: Int64?
    if case .completed(let value, _) = result { score = Int64(value) }
    let changes = try move.run([
      .text(state.rawValue), .optional(result.dueAt(now: now)?.milliseconds), .optional(result.failure?.code.rawValue),
      .optional(result.failure.map { String($0.message.prefix(500)) }), .optional(score), score == nil ? 0 : .integer(batch.perReport.micros),
      result.isUntried ? 1 : 0, .optional(state.isTerminal ? outcome.finishedAt.milliseconds : nil), .integer(milliseconds),
      .integer(claim.batchKey), .integer(Int64(claim.position)), .integer(epoch), .integer(Int64(claim.attempt)),
    ])
    guard changes == 1 else { return nil }
    change.move(from: .processing, to: state)
    change.busyMilliseconds += milliseconds
    return Accepted(outcome: outcome, result: result)
  }

  private static let addAttempt = """
    INSERT INTO attempt (batch_key, position, number, outcome, error_code, error_message, started_at, finished_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    """

  private func addAttempt(_ one: Accepted, _ add: BulkStatement) throws {
    let claim = one.outcome.claim
    try add.run([
      .integer(claim.batchKey), .integer(Int64(claim.position)), .integer(Int64(claim.attempt)), .text(one.result.state.rawValue),
      .optional(one.result.failure?.code.rawValue), .optional(one.result.failure.map { String($0.message.prefix(500)) }),
      .integer(claim.startedAt.milliseconds), .integer(max(claim.startedAt, one.outcome.finishedAt).milliseconds),
    ])
  }

  /// Keeps the reports and charges each once; the budget moves by their sum.
  private func deliver(_ accepted: [Accepted], _ batch: Batch, _ change: inout CountChange, in db: Database) throws {
    var delivered: [(outcome: WorkQueue.Outcome, score: Int, report: Data)] = []
    for one in accepted { if case .completed(let score, let report) = one.result { delivered.append((one.outcome, score, report)) } }
    if delivered.isEmpty { return }
    let end = try Int64.fetchOne(db.cachedStatement(sql: "SELECT reports_end FROM batch WHERE key = ?"), arguments: [batch.key]) ?? 0
    let places = try archive.append(delivered.map(\.report), batch: batch.id, after: end)
    try db.cachedStatement(sql: "UPDATE batch SET reports_end = ? WHERE key = ?")
      .execute(arguments: [places.last.map { $0.offset + Int64($0.count) + 1 } ?? end, batch.key])
    let sum = batch.perReport * delivered.count
    let day = try BudgetBook.settle(sum, batchKey: batch.key, in: db)
    change.charged += sum.micros
    let addReport = try BulkStatement(
      db,
      """
      INSERT INTO report (batch_key, position, lead_key, template_name, template_version, score, place, bytes, created_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    let addCharge = try BulkStatement(
      db,
      """
      INSERT INTO charge (kind, batch_key, position, attempt, unit_cost, amount, rate_card_version, day, created_at)
      VALUES ('base', ?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7)
      """)
    let tellLead = try BulkStatement(db, "UPDATE lead SET reported_at = ? WHERE key = ?")
    for ((outcome, score, _), place) in zip(delivered, places) {
      let claim = outcome.claim
      let (key, position, at) = (claim.batchKey, Int64(claim.position), outcome.finishedAt.milliseconds)
      try addReport.run([
        .integer(key), .integer(position), .integer(claim.leadKey), .text(batch.template.name), .text(batch.template.version),
        .integer(Int64(score)), .integer(place.offset), .integer(Int64(place.count)), .integer(at),
      ])
      try addCharge.run([
        .integer(key), .integer(position), .integer(Int64(claim.attempt)), .integer(batch.perReport.micros),
        .integer(Int64(batch.rateCardVersion)), .text(day), .integer(at),
      ])
      // The lead's row is everyone's to see.
      if !batch.isPrivate { try tellLead.run([.integer(at), .integer(claim.leadKey)]) }
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
    case .released, .deferred: .pending
    }
  }

  /// Such a try leaves no trace.
  var isUntried: Bool {
    switch self {
    case .released, .deferred: true
    case .completed, .failed, .retry, .cancelled: false
    }
  }

  var failure: LeadFailure? {
    switch self {
    case .failed(let failure), .retry(let failure, _): failure
    case .completed, .cancelled, .released, .deferred: nil
    }
  }

  func dueAt(now: Date) -> Date? {
    switch self {
    case .retry(_, let dueAt): dueAt
    case .released: now
    case .deferred(let dueAt): dueAt
    case .completed, .failed, .cancelled: nil
    }
  }
}

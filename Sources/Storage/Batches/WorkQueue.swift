import BatchReports
import Foundation
import GRDB

/// The engine's side of the rows: taking leads, recording what became of them, ending batches.
///
/// Everything is conditional on the engine's epoch, so that an engine that has lost its lease can write nothing.
public struct WorkQueue: Sendable {
  let database: AppDatabase
  let archive: ReportArchive
  let autoPause: AutoPause?
  let features: FeatureFlags?

  /// Without `autoPause` no failure rate pauses a batch; without `features` leads are always taken.
  public init(database: AppDatabase, archive: ReportArchive, autoPause: AutoPause? = nil, features: FeatureFlags? = nil) {
    self.database = database
    self.archive = archive
    self.autoPause = autoPause
    self.features = features
  }

  /// The engine is no longer the one that holds the lease.
  public struct LostLease: Error {}

  /// A lead that was in flight in this many crashes is set aside (contract, section 2).
  static let crashLimit = 3

  /// Seconds between two heartbeats of an engine that runs.
  public static let heartbeatSeconds = 5.0

  /// Whether an engine runs, in whichever process, and whether there is work for it.
  public struct Pulse: Sendable, Hashable {
    /// When an engine last showed that it runs; nil when none ever did.
    public var heartbeat: Date?
    /// Batches that cannot go on without an engine; paused ones wait for a person.
    public var waiting: Int
  }

  public func pulse() async throws -> Pulse {
    try await database.pool.read { db in
      let row = try Row.fetchOne(
        db,
        sql: """
          SELECT heartbeat_at, (SELECT count(*) FROM batch WHERE state IN ('pending', 'processing', 'cancelling')) FROM engine WHERE id = 1
          """)
      return Pulse(heartbeat: Decode.date(row?[0]), waiting: row?[1] ?? 0)
    }
  }

  /// Begins a new epoch and takes back what the engines before left in flight, in one transaction. Returns the epoch.
  ///
  /// A batch whose rows contradict each other ends instead, so that it does not hold up the others; `onBroken` is told why.
  public func beginEpoch(now: Date, onBroken: @escaping @Sendable (UUID, String) -> Void = { _, _ in }) async throws -> Int64 {
    try await database.pool.write { db in
      try ClockStep.mend(lastSeen: try Int64.fetchOne(db, sql: "SELECT heartbeat_at FROM engine WHERE id = 1"), now: now, in: db)
      let epoch = try Int64.fetchOne(
        db, sql: "UPDATE engine SET epoch = epoch + 1, started_at = ?1, heartbeat_at = ?1 WHERE id = 1 RETURNING epoch",
        arguments: [now.milliseconds])
      guard let epoch else { throw UnreadableRow(description: "the engine row is missing") }
      try UnresolvedCalls.takeOver(before: epoch, now: now, in: db)
      // Why the engine before held a batch that runs: nothing else is said of one.
      try db.execute(sql: "UPDATE batch SET state_reason = '', seq = seq + 1 WHERE state = 'processing' AND state_reason <> ''")
      for batch in try BatchStore.live(in: db) {
        do {
          try db.inSavepoint {
            if batch.counts.processing > 0 { try Self.takeBackOrphans(of: batch, now: now, in: db) }
            try BatchEnding.failIfTooManyFailed(batch.key, now: now, in: db)
            try BatchEnding.endIfDone(batch.key, now: now, in: db)
            return .commit
          }
        } catch let error where OutcomeRecorder.isContradiction(error) {
          onBroken(batch.id, "\(error)")
          try BatchEnding.endBroken(batch, because: "It cannot be taken up after a restart; the log has the details.", now: now, in: db)
        }
      }
      return epoch
    }
  }

  /// Leads whose engine died: tried again, set aside after the third crash, or cancelled with their batch.
  private static func takeBackOrphans(of batch: Batch, now: Date, in db: Database) throws {
    let orphans = try Row.fetchAll(
      db, sql: "SELECT position, attempts, crashes, started_at FROM batch_lead INDEXED BY batch_lead_held WHERE batch_key = ? AND epoch IS NOT NULL",
      arguments: [batch.key])
    var change = CountChange()
    for row in orphans {
      let position: Int = row["position"]
      let crashes: Int = row["crashes"] + 1
      try db.execute(
        sql: """
          INSERT INTO attempt (batch_key, position, number, outcome, started_at, finished_at) VALUES (?, ?, ?, 'crashed', ?, ?)
          """,
        arguments: [batch.key, position, row["attempts"], row["started_at"], max(row["started_at"], now.milliseconds)])
      let next: BatchLeadState = batch.state == .cancelling ? .cancelled : crashes >= crashLimit ? .failed : .pending
      let failure = next == .failed ? LeadFailure(.crashedRepeatedly, "It was in work during \(crashes) crashes and is set aside.") : nil
      try db.execute(
        sql: """
          UPDATE batch_lead SET state = ?, crashes = ?, epoch = NULL, due_at = ?, error_code = ?, error_message = ?, finished_at = ?
          WHERE batch_key = ? AND position = ? AND state = 'processing'
          """,
        arguments: [
          next.rawValue, crashes, next == .pending ? now.milliseconds : nil, failure?.code.rawValue, failure?.message,
          next == .pending ? nil : now.milliseconds, batch.key, position,
        ])
      change.move(from: .processing, to: next)
    }
    try change.apply(to: batch.key, in: db)
  }

  /// Records outcomes and takes new leads in one transaction: one commit serves many leads.
  ///
  /// `share` decides how many leads each batch may take, given the batches that run; `held` are batches of which more outcomes wait to be
  /// recorded. Throws `LostLease`; then nothing was recorded.
  public func advance(
    recording outcomes: [Outcome], epoch: Int64, now: Date, held waiting: Set<Int64> = [], share: @escaping @Sendable ([RunningBatch]) -> [Int64: Int]
  ) async throws -> Advance {
    try await database.pool.write { db in
      let engine = try Row.fetchOne(db.cachedStatement(sql: "SELECT epoch, heartbeat_at FROM engine WHERE id = 1"))
      guard engine?[0] == epoch else { throw LostLease() }
      try ClockStep.mend(lastSeen: engine?[1], now: now, in: db)
      // One that lies ahead is from before the clock was set back.
      try db.cachedStatement(sql: "UPDATE engine SET heartbeat_at = ?1 WHERE id = 1 AND (heartbeat_at <= ?1 - ?2 OR heartbeat_at > ?1)")
        .execute(arguments: [now.milliseconds, Int64(Self.heartbeatSeconds * 1000)])
      var broken: [UUID: String] = [:]
      let recorder = OutcomeRecorder(archive: archive, autoPause: autoPause, epoch: epoch, now: now, held: waiting)
      let record = try recorder.record(outcomes, broken: &broken, in: db)
      let held = Set(record.held.map(\.claim.batchKey))
      var live = try BatchStore.live(in: db)
      let due = try Self.dueCounts(&live, now: now, in: db)
      let takesLeads = try features?.isOn(.batchProcessing, in: db) ?? true
      let shares = share(
        live.filter { takesLeads && [.pending, .processing].contains($0.state) && !held.contains($0.key) }.map {
          RunningBatch(
            key: $0.key, due: due[$0.key] ?? 0, inFlight: $0.counts.processing, maxConcurrent: $0.maxConcurrent, served: $0.counts.processed,
            weight: $0.priority.weight)
        })
      var claims: [Claim] = []
      for batch in live {
        if let limit = shares[batch.key], limit > 0 {
          claims += try Self.claimOrFail(batch, limit, epoch: epoch, now: now, broken: &broken, in: db)
        }
      }
      live = live.filter { broken[$0.id] == nil }
      let begun = Set(claims.map(\.batchKey))
      for index in live.indices where begun.contains(live[index].key) { live[index].state = .processing }
      return Advance(
        claims: claims, stale: record.stale, held: record.held, fault: record.fault.flatMap { StorageFault($0) }, broken: broken, liveBatches: live,
        nextDue: try Int64.fetchOne(
          db.cachedStatement(
            sql: """
              SELECT min((SELECT min(due_at) FROM batch_lead WHERE batch_lead.batch_key = batch.key AND due_at > ?)) FROM batch
              WHERE state IN ('pending', 'processing')
              """),
          arguments: [now.milliseconds]
        ).map { Date(milliseconds: $0) })
    }
  }

  /// A batch that could take leads now.
  public struct RunningBatch: Sendable, Hashable {
    public var key: Int64
    /// Leads that may be claimed now, counted up to 200.
    public var due: Int
    public var inFlight: Int
    public var maxConcurrent: Int
    /// Leads that are done: of two batches that wait alike, the one that was served less goes first.
    public var served: Int
    /// Its share beside the others'.
    public var weight: Int

    public init(key: Int64, due: Int, inFlight: Int, maxConcurrent: Int, served: Int = 0, weight: Int = BatchPriority.normal.weight) {
      self.key = key
      self.due = due
      self.inFlight = inFlight
      self.maxConcurrent = maxConcurrent
      self.served = served
      self.weight = weight
    }
  }

  public struct Advance: Sendable {
    public var claims: [Claim]
    /// Outcomes that were dropped because their lead had been moved on meanwhile, by a cancel for example.
    public var stale: [Outcome]
    /// Outcomes of batches whose reports cannot be written, and why. Nothing of them was recorded: they are to come again.
    public var held: [Outcome]
    public var fault: StorageFault?
    /// Batches that ended as failed because they could not be read, and why, for the log.
    public var broken: [UUID: String]
    public var liveBatches: [Batch]
    /// When the next lead that waits for its retry becomes due. Leads that are due already wait for a slot, not for time.
    public var nextDue: Date?
  }

  /// Leads that each batch may take now. One that cannot pay its next report, while none is in flight that could give money back, is paused.
  private static func dueCounts(_ live: inout [Batch], now: Date, in db: Database) throws -> [Int64: Int] {
    var counts: [Int64: Int] = [:]
    var hasPaused = false
    for batch in live where [.pending, .processing].contains(batch.state) && batch.counts.pending + batch.counts.retrying > 0 {
      let affordable = try ReserveWatch.affordableLeads(batch, in: db)
      if affordable == 0 {
        if batch.counts.processing == 0, !batch.isScheduled(at: now) {
          try ReserveWatch.pause(batch, for: "the next report, \(batch.perReport.dollars)", now: now, in: db)
          hasPaused = true
        }
        continue
      }
      let due = try Int.fetchOne(
        db.cachedStatement(sql: "SELECT count(*) FROM (SELECT 1 FROM batch_lead WHERE batch_key = ? AND due_at <= ? LIMIT 200)"),
        arguments: [batch.key, now.milliseconds])
      counts[batch.key] = min(due ?? 0, affordable ?? .max)
    }
    if hasPaused { live = try BatchStore.live(in: db) }
    return counts
  }

  /// A batch whose rows cannot be read ends as failed, so that it does not hold up the others; `broken` is told why.
  private static func claimOrFail(
    _ batch: Batch, _ limit: Int, epoch: Int64, now: Date, broken: inout [UUID: String], in db: Database
  ) throws -> [Claim] {
    var claims: [Claim] = []
    do {
      try db.inSavepoint {
        claims = try claim(batch, limit, epoch: epoch, now: now, in: db)
        return .commit
      }
      return claims
    } catch let error as DatabaseError { throw error } catch {
      broken[batch.id] = "\(error)"
      let why = (error as? any Refusal)?.explanation ?? "its rows cannot be read; the log has the details."
      try BatchEnding.fail(batch, because: "It cannot be run: \(why)", now: now, in: db)
      return []
    }
  }

  private static func claim(_ batch: Batch, _ limit: Int, epoch: Int64, now: Date, in db: Database) throws -> [Claim] {
    let due = try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT batch_lead.position, batch_lead.state, batch_lead.attempts, lead.key, lead.id, lead.name, lead.website, batch_lead.crashes,
            batch_lead.tried_before, lead.email, lead.phone, lead.city, lead.region, lead.enrichment_status
          FROM batch_lead JOIN lead ON lead.key = batch_lead.lead_key
          WHERE batch_lead.batch_key = ? AND batch_lead.due_at <= ? ORDER BY batch_lead.due_at, batch_lead.position LIMIT ?
          """),
      arguments: [batch.key, now.milliseconds, limit])
    let rows = try PoisonWatch.apart(due, crashesAt: 7, of: batch, in: db)
    if rows.isEmpty { return [] }
    let template = try TemplateStore.find(batch.template, in: db)
    try db.cachedStatement(
      sql: """
        UPDATE batch_lead SET state = 'processing', epoch = ?, due_at = NULL, attempts = attempts + 1, started_at = ?
        WHERE batch_key = ? AND position IN (SELECT value FROM json_each(?)) AND state IN ('pending', 'retrying')
        """
    ).execute(arguments: [
      epoch, now.milliseconds, batch.key, "[" + rows.map { String($0[0] as Int) }.joined(separator: ",") + "]",
    ])
    var change = CountChange()
    let claims = try rows.map { row in
      let position: Int = row[0]
      change.move(from: try Decode.choice(row[1], BatchLeadState.self), to: .processing)
      return Claim(
        batchKey: batch.key, batchID: batch.id, position: position, leadKey: row[3], leadID: try Decode.uuid(row[4]), leadName: row[5],
        website: row[6], email: row[9], phone: row[10], city: row[11], region: row[12], enrichmentStatus: row[13], template: template,
        attempt: (row[2] as Int) + 1, crashes: row[7], triedBefore: row[8], retryCount: batch.retryCount, startedAt: now, epoch: epoch,
        unitPrices: batch.unitPrices)
    }
    if batch.startedAt == nil || batch.state == .pending {
      try db.execute(
        sql: """
          UPDATE batch SET state = 'processing', started_at = coalesce(started_at, ?) WHERE key = ? AND state IN ('pending', 'processing')
          """,
        arguments: [now.milliseconds, batch.key])
    }
    // A batch that was paused before its first lead comes here as processing already: its resume stands in the trail.
    if batch.state == .pending { try AuditTrail.record(AuditEntry(batch, "batch.processing", by: .engine, at: now), in: db) }
    try change.apply(to: batch.key, in: db)
    return claims
  }
}

import BatchReports
import Foundation
import GRDB
import Synchronization

/// Writes down what paid calls cost: an intent before each call, its settlement afterwards.
///
/// Many leads wait for it at once, so whatever waits is written in one transaction, with one sync. Nobody is told before it is on the disk.
public final class CallLedger: Sendable {
  /// A call that may be made now.
  public struct Intent: Sendable, Hashable {
    public var id: Int64
    /// The idempotency key to send to the provider.
    public var key: String
    public var unitCost: Money
  }

  /// How a call ended.
  public enum Ending: Sendable {
    case charged(units: Int, externalID: String?, answer: Data)
    /// It cost nothing; nil when it failed.
    case free(answer: Data?)
    /// Nobody knows whether it was charged.
    case unresolved(note: String)
  }

  /// Why a call may not be made. The try ends without being counted, and what was paid before stays kept.
  public enum Refusal: Error, Sendable, Hashable {
    /// Paused, cancelling or ended.
    case batchIsNotRunning
    /// The batch was paused by the engine in that transaction.
    case reserveIsSpent
    /// The money is promised to calls under way, which may give it back: the lead comes again.
    case moneyIsUnderWay
    /// The step was called in an earlier try, and how that call ended is not written down yet: the lead comes again.
    case callIsOpen
    /// Lost lease, or moved on.
    case leadIsNotOurs
    /// The disk or the database: the lead comes again.
    case cannotBeWritten
  }

  private struct Waiting: Sendable {
    enum Work: Sendable {
      case intend(step: String, provider: String, CheckedContinuation<Intent, any Error>)
      /// Nil when nobody waits for it any more.
      case settle(Intent, Ending, CheckedContinuation<Void, any Error>?)
    }

    var number: Int
    var claim: WorkQueue.Claim
    var work: Work
    var failedWrites = 0

    func fail(_ error: any Error) {
      switch work {
      case .intend(_, _, let waiter): waiter.resume(throwing: error)
      case .settle(_, _, let waiter): waiter?.resume(throwing: error)
      }
    }
  }

  private struct State {
    var waiting: [Waiting] = []
    var isCommitting = false
    var lastNumber = 0
    /// Settlements for which nobody waits any more.
    var abandoned: Set<Int> = []
    var commits = 0
  }

  /// A lead that is called back waits for so many failed writes of its settlement. After that it is tried on without the lead: only the end of
  /// the process leaves it to the next start.
  private static let lastWrites = 5

  private let database: AppDatabase
  private let now: @Sendable () -> Date
  private let state = Mutex(State())

  public init(database: AppDatabase, now: @escaping @Sendable () -> Date = { Date() }) {
    self.database = database
    self.now = now
  }

  /// Transactions written so far.
  public var commitCount: Int { state.withLock { $0.commits } }

  /// Commits the intent of a call, on condition that the batch is processing, that the lead is this engine's, and that the reservation can pay
  /// the call beside the base costs of all leads in flight.
  ///
  /// Throws `Refusal`, and `CancellationError` when the task was cancelled meanwhile: the call must not be made then.
  public func intend(_ claim: WorkQueue.Claim, step: String, provider: String) async throws -> Intent {
    let intent = try await withCheckedThrowingContinuation { add(claim, .intend(step: step, provider: provider, $0), number()) }
    if Task.isCancelled {
      try await settle(intent, of: claim, .free(answer: nil))
      throw CancellationError()
    }
    return intent
  }

  /// Writes down how a call ended; a second time changes nothing. It waits for a disk that fails to be mended, but for a cancelled task not for long:
  /// that gets the disk's error, and what it brought is still written when it can be.
  ///
  /// A charge, the budget, the batch's and the lead's cost, the roll-up and the answer that is kept are written in one transaction.
  public func settle(_ intent: Intent, of claim: WorkQueue.Claim, _ ending: Ending) async throws {
    let number = number()
    defer { state.withLock { _ = $0.abandoned.remove(number) } }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { add(claim, .settle(intent, ending, $0), number) }
    } onCancel: {
      state.withLock { _ = $0.abandoned.insert(number) }
    }
  }

  /// What earlier tries of this lead brought: step → answer.
  public func kept(_ claim: WorkQueue.Claim) async throws -> [String: Data] {
    try await database.pool.read { db in
      let rows = try Row.fetchAll(
        db.cachedStatement(sql: "SELECT step, answer FROM step_result WHERE batch_key = ? AND position = ?"), arguments: [claim.batchKey, claim.position])
      return Dictionary(uniqueKeysWithValues: rows.map { ($0[0], $0[1]) })
    }
  }

  /// Steps of this lead of which a call was left unresolved and nothing is kept: calling again may pay twice.
  public func unresolvedSteps(_ claim: WorkQueue.Claim) async throws -> Set<String> {
    try await database.pool.read { db in
      try String.fetchSet(
        db.cachedStatement(sql: "SELECT step FROM provider_call WHERE batch_key = ? AND position = ? AND state = 'unresolved'"),
        arguments: [claim.batchKey, claim.position])
    }
  }

  private func number() -> Int {
    state.withLock { state in
      state.lastNumber += 1
      return state.lastNumber
    }
  }

  private func add(_ claim: WorkQueue.Claim, _ work: Waiting.Work, _ number: Int) {
    let begins = state.withLock { state in
      state.waiting.append(Waiting(number: number, claim: claim, work: work))
      defer { state.isCommitting = true }
      return !state.isCommitting
    }
    // A shield: it writes for many tasks, so that the end of one of them must not cut it off. It ends when nothing waits.
    if begins { Task { await commitWhatWaits() } }
  }

  private func commitWhatWaits() async {
    while true {
      let batch = state.withLock { state in
        defer { state.waiting = [] }
        if state.waiting.isEmpty { state.isCommitting = false }
        return state.waiting
      }
      if batch.isEmpty { return }
      await commit(batch)
    }
  }

  private func commit(_ entries: [Waiting]) async {
    let moment = now()
    do {
      let answers = try await database.pool.write { db in try entries.map { try Self.write($0, now: moment, in: db) } }
      state.withLock { $0.commits += 1 }
      for (entry, answer) in zip(entries, answers) {
        switch (entry.work, answer) {
        case (.intend(_, _, let waiter), .success(let intent?)): waiter.resume(returning: intent)
        case (.intend(_, _, let waiter), .success(nil)): waiter.resume(throwing: Refusal.leadIsNotOurs)
        case (.intend(_, _, let waiter), .failure(let refusal)): waiter.resume(throwing: refusal)
        case (.settle(_, _, let waiter), _): waiter?.resume()
        }
      }
    } catch let error where StorageFault(error) == nil || (error as? DatabaseError)?.resultCode == .SQLITE_CONSTRAINT {
      // The fault of one of them, which must not be the others': each by itself.
      if entries.count > 1 {
        for entry in entries { await commit([entry]) }
      } else {
        for entry in entries { entry.fail(error) }
      }
    } catch { await waitForDisk(entries, error) }
  }

  /// Intents are refused; settlements come again, before whatever has come meanwhile.
  private func waitForDisk(_ entries: [Waiting], _ error: any Error) async {
    var again: [Waiting] = []
    for var entry in entries {
      entry.failedWrites += 1
      let isAbandoned = state.withLock { $0.abandoned.contains(entry.number) }
      if case .intend = entry.work {
        entry.fail(Refusal.cannotBeWritten)
      } else {
        if case .settle(let intent, let ending, let waiter?) = entry.work, isAbandoned, entry.failedWrites > Self.lastWrites {
          entry.work = .settle(intent, ending, nil)
          waiter.resume(throwing: error)
        }
        again.append(entry)
      }
    }
    if again.isEmpty { return }
    try? await Task.sleep(for: .seconds(1))
    state.withLock { $0.waiting.insert(contentsOf: again, at: 0) }
  }

  private static func write(_ entry: Waiting, now: Date, in db: Database) throws -> Result<Intent?, Refusal> {
    switch entry.work {
    case .intend(let step, let provider, _):
      try CallIntent(claim: entry.claim, step: step, provider: provider, now: now).commit(in: db).map { $0 }
    case .settle(let intent, let ending, _):
      .success(
        try {
          try CallSettlement(now: now).settle(intent.id, ending, prices: entry.claim.unitPrices, in: db); return nil
        }())
    }
  }
}

import BatchReports
import Foundation
import Logging
import ServiceLifecycle
import Storage
import Synchronization

/// The engine: takes leads while there are free slots, runs each as a task of its own, and records what became of them.
///
/// It talks to the rest of the product through rows alone. A nudge only makes it look sooner than its next tick.
public final class BatchRunner: Service {
  let queue: WorkQueue
  private let commits: CommitClock
  private let leadRun: LeadRun
  let options: Options
  private let leasePath: String
  let logger: Logger
  private let features: FeatureFlags?
  let now: @Sendable () -> Date
  let state = Mutex(EngineState())
  let stalls: Mutex<StallWatch>
  private let shares = Mutex(FairShare())
  private let (wakes, wake) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))

  public init(
    database: AppDatabase, pipeline: any ReportPipeline, archive: ReportArchive, dataFolder: URL, options: Options, logger: Logger,
    features: FeatureFlags? = nil,
    now: @escaping @Sendable () -> Date = { Date() }, jitter: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
  ) {
    queue = WorkQueue(database: database, archive: archive, autoPause: options.autoPause, features: features)
    stalls = Mutex(StallWatch(patience: .seconds(options.stallSeconds ?? 0)))
    commits = database.commits
    leadRun = LeadRun(
      pipeline: pipeline, retryPolicy: options.retryPolicy, timeout: options.leadTimeout, now: now, jitter: jitter, logger: logger)
    self.options = options
    leasePath = dataFolder.appendingPathComponent("engine.lock").path
    self.logger = logger
    self.features = features
    self.now = now
  }

  /// Whether this process is the one that runs batches.
  public var holdsLease: Bool { state.withLock { $0.holdsLease } }

  public var inFlightCount: Int { state.withLock { $0.inFlight.count } }

  /// Transactions that recorded outcomes or took leads, since it began.
  public var commitCount: Int { state.withLock { $0.commitCount } }

  /// Why nothing can be written now; nil while all is well. Meanwhile outcomes are held and no leads are taken.
  public var storageFault: StorageFault? {
    state.withLock { state in
      state.storageFault ?? (state.held.isAll || state.held.slots >= options.maxConcurrentTotal ? state.held.fault : nil)
    }
  }

  /// Why the reports of some batches cannot be written. These take no leads meanwhile, and go on by themselves; the others go on anyway.
  public var reportFault: StorageFault? { state.withLock { $0.held.fault } }

  /// Whether it was asked to stop; then it takes no new leads.
  public var isStopping: Bool { state.withLock { $0.isStopping } }

  /// Makes the engine look at the rows now, after a start or a control for example.
  public func nudge() { wake.yield() }

  /// Waits for the lease, takes back what a crash left, and runs batches until the service is stopped.
  public func run() async throws {
    try await withGracefulShutdownHandler {
      guard let lease = try await waitForLease() else { return }
      guard let epoch = try await beginEpoch() else { return }
      state.withLock { $0.holdsLease = true }
      defer { withExtendedLifetime(lease) { state.withLock { $0.holdsLease = false } } }
      logger.info("the engine runs", metadata: ["epoch": "\(epoch)"])
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await self.watchRows() }
        group.addTask { try await self.runLeads(epoch: epoch) }
        if let seconds = options.stallSeconds { group.addTask { try await self.watchStalls(seconds, epoch: epoch) } }
        try await group.next()
        group.cancelAll()
      }
    } onGracefulShutdown: {
      self.state.withLock { $0.isStopping = true }
      self.wake.yield()
    }
  }

  /// Nil when the service is stopped while another process still holds the lease.
  private func waitForLease() async throws -> EngineLease? {
    var hasSaidSo = false
    while !state.withLock({ $0.isStopping }), !Task.isCancelled {
      do {
        if try await !isSwitchedOn() {
          try? await Task.sleep(for: .milliseconds(200))
          continue
        }
      } catch {
        try await waitForStorage(error)
        continue
      }
      do { if let lease = try EngineLease(path: leasePath) { return lease } } catch {
        try await waitForStorage(error)
        continue
      }
      state.withLock { $0.storageFault = nil }
      if !hasSaidSo { logger.notice("another process runs the batches; this one serves pages and waits for its lease") }
      hasSaidSo = true
      try? await Task.sleep(for: .milliseconds(200))
    }
    return nil
  }

  /// Nil when the service is stopped before the database can be written.
  private func beginEpoch() async throws -> Int64? {
    while !state.withLock({ $0.isStopping }), !Task.isCancelled {
      do {
        let epoch = try await queue.beginEpoch(now: now()) { id, error in
          self.logger.error("a batch cannot be taken up", metadata: ["batch": "\(id)", "error": "\(error)"])
        }
        state.withLock { $0.storageFault = nil }
        return epoch
      } catch { try await waitForStorage(error) }
    }
    return nil
  }

  /// Notes a fault of the disk or the database and waits a second. Throws another error on.
  private func waitForStorage(_ error: any Error) async throws {
    guard let fault = StorageFault(error) ?? (error as? EngineLease.CannotOpen).map({ StorageFault(cause: $0.description) }) else { throw error }
    note(fault, error)
    try? await Task.sleep(for: .seconds(1))
  }

  /// Said in the log when it begins and when it changes, not every second.
  private func note(_ fault: StorageFault?, _ error: any Error) {
    let isNew = state.withLock { state in
      defer { state.storageFault = fault }
      return fault == nil || state.storageFault != fault
    }
    if isNew { logger.error("the engine could not write and tries again every second", metadata: ["error": "\(error)"]) }
  }

  /// Wakes the engine when someone has committed, when a waiting lead has become due, and for its heartbeat.
  private func watchRows() async throws {
    var seen = (try? commits.version()) ?? -1
    var beat = ContinuousClock.now
    while !Task.isCancelled {
      do { try await Task.sleep(for: .milliseconds(50)) } catch { return }
      for lead in state.withLock({ Array($0.inFlight.values) }) { lead.callBackIfLate(at: .now) }
      let version = (try? commits.version()) ?? seen
      let isDue = state.withLock { state in
        state.nextDue.map { $0 <= now() } ?? false || !state.finished.isEmpty || state.held.isDue(at: .now)
      }
      let beats = ContinuousClock.now - beat >= .seconds(WorkQueue.heartbeatSeconds)
      if version != seen || isDue || beats { wake.yield() }
      if beats { beat = .now }
      seen = version
    }
  }

  private func runLeads(epoch: Int64) async throws {
    try await takeLeads(epoch: epoch)
    // A cancelled engine has left the loop before its leads ended: they are given back here, or they would count as crashed. What cannot be
    // written the first time is given back the second.
    for _ in 0..<2
    where state.withLock({ state in
      state.isStopping = true
      state.finished += state.held.giveBack()
      return !state.finished.isEmpty
    }) {
      do { _ = try await recordAndClaim(epoch: epoch) } catch {
        logger.error("the last outcomes could not be written; their leads run again", metadata: ["error": "\(error)"])
      }
    }
  }

  private func takeLeads(epoch: Int64) async throws {
    try await withThrowingDiscardingTaskGroup { group in
      group.addTask { await self.outlastDeafLeads() }
      wake.yield()
      for await _ in wakes {
        await gatherOutcomes()
        let advance: WorkQueue.Advance
        do { advance = try await recordAndClaim(epoch: epoch) } catch let error as WorkQueue.LostLease { throw error } catch {
          // The outcomes are still in `finished`: a full disk or a locked database loses none of them.
          note(StorageFault(error), error)
          if mayGiveUp() {
            group.cancelAll()
            return
          }
          try? await Task.sleep(for: .seconds(1))
          wake.yield()
          continue
        }
        callBack(advance)
        stalls.withLock { $0.watch(Dictionary(uniqueKeysWithValues: advance.liveBatches.map { ($0.key, $0.state) })) }
        // Nobody would call them back any more.
        if Task.isCancelled { return state.withLock { $0.giveBack(advance.claims, at: now()) } }
        for claim in advance.claims {
          let lead = LeadTry(claim, deadline: .now + .seconds(options.leadTimeout))
          state.withLock { $0.inFlight[EngineState.Flight(claim)] = lead }
          group.addTask { await self.run(lead) }
        }
        if state.withLock({ $0.isStopping }) {
          if state.withLock({ $0.inFlight.isEmpty && $0.finished.isEmpty }) {
            group.cancelAll()
            return
          }
          let isFirst = state.withLock { state in
            defer { state.graceHasBegun = true }
            return !state.graceHasBegun
          }
          if isFirst { group.addTask { await self.callEveryoneBackAfterGrace() } }
        }
      }
    }
  }

  /// Lets leads that are about to end join the commit of the first: one sync for many, at the price of a millisecond. Once as many
  /// have ended as still run, nobody waits: those run while these are written.
  private func gatherOutcomes() async {
    let isEnough = state.withLock { state in
      state.finished.isEmpty || state.finished.count >= state.inFlight.count || state.isStopping
    }
    if !isEnough { try? await Task.sleep(for: .milliseconds(1)) }
  }

  /// A process that was asked to stop does not wait for a broken disk for ever: after a restart its leads run again.
  private func mayGiveUp() -> Bool {
    state.withLock { state in
      if state.isStopping { state.failedWritesWhileStopping += 1 }
      return state.failedWritesWhileStopping > 5
    }
  }

  /// Without flags, as in a benchmark, it always is.
  private func isSwitchedOn() async throws -> Bool { try await features?.isOn(.batchProcessing) ?? true }

  private func recordAndClaim(epoch: Int64) async throws -> WorkQueue.Advance {
    let (outcomes, held, known, free) = state.withLock { state in
      state.finished.insert(contentsOf: state.held.takeDue(at: .now), at: 0)
      return (state.finished, state.held.batches, state.held.fault, state.free(of: options.maxConcurrentTotal))
    }
    let moment = now()
    // A shield: GRDB's async calls throw when their task is cancelled, and an outcome has to be recorded even then.
    let advance = try await Task {
      try await queue.advance(recording: outcomes, epoch: epoch, now: moment, held: held) { batches in
        self.shares.withLock { $0.deal(free, among: batches.filter { !held.contains($0.key) }) }
      }
    }.value
    let running = Set(advance.liveBatches.filter { $0.state == .processing }.map(\.key))
    let hasRoom = state.withLock { state in
      state.finished.removeFirst(outcomes.count)
      let slots = state.held.slots
      state.held.keep(advance, running: running, at: .now)
      if state.graceIsOver { state.finished += state.held.giveBack() }
      state.nextDue = advance.nextDue
      if state.storageFault.take() != nil { logger.notice("the engine can write again") }
      if !outcomes.isEmpty || !advance.claims.isEmpty { state.commitCount += 1 }
      return state.held.slots < slots || known != nil && !outcomes.isEmpty
    }
    if hasRoom { nudge() }
    if let why = advance.fault, why != known { logger.error("reports cannot be written; their batches wait", metadata: ["why": "\(why)"]) }
    for (id, error) in advance.broken { logger.error("a batch cannot be run", metadata: ["batch": "\(id)", "error": "\(error)"]) }
    if !advance.stale.isEmpty { logger.info("outcomes came too late to count", metadata: ["count": "\(advance.stale.count)"]) }
    return advance
  }

  /// Calls leads back whose batch is being cancelled or has ended.
  private func callBack(_ advance: WorkQueue.Advance) {
    let goingOn = Set(advance.liveBatches.filter { $0.state != .cancelling }.map(\.key))
    let ended = state.withLock { state in state.inFlight.filter { !goingOn.contains($0.key.batch) }.map(\.value) }
    for lead in ended { lead.callBack(.cancelled) }
  }

  private func run(_ lead: LeadTry) async {
    let outcome = await leadRun.run(lead)
    let claim = lead.claim
    state.withLock { state in
      state.inFlight[EngineState.Flight(claim)] = nil
      state.deaf.remove(EngineState.Flight(claim))
      state.finished.append(outcome)
    }
    stalls.withLock { $0.hear(claim.batchKey, at: .now) }
    wake.yield()
  }

  private func callEveryoneBackAfterGrace() async {
    try? await Task.sleep(for: .seconds(options.shutdownGrace))
    let leads = state.withLock { state in
      // What is held is given back now: it must not count as crashed, whatever the leads in flight do.
      state.graceIsOver = true
      state.finished += state.held.giveBack()
      return Array(state.inFlight.values)
    }
    for lead in leads { lead.callBack(.shutdown) }
    nudge()
    await letDeafLeadsGo()
  }
}

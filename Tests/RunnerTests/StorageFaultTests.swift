import BatchReports
import Foundation
import GRDB
import Storage
import TestSupport
import Testing

@testable import Runner

/// Faults of our own disk and database while a batch runs. None may fail a lead or lose an outcome.
@Suite("Engine: storage under stress", .serialized)
struct StorageFaultTests {
  enum Fault: String, CaseIterable, Sendable {
    case fullDisk, lockedDatabase, readOnlyDatabase, reportsFolder

    var words: String {
      switch self {
      case .fullDisk: "disk is full"
      case .lockedDatabase: "locked"
      case .readOnlyDatabase: "cannot be written"
      case .reportsFolder: "Reports could not be written"
      }
    }
  }

  /// Injects a fault; the answer mends it.
  private func inject(_ fault: Fault, _ desk: BatchDesk) async throws -> @Sendable () async throws -> Void {
    @Sendable func set(_ sql: String) async throws { try await desk.database.pool.writeWithoutTransaction { try $0.execute(sql: sql) } }
    switch fault {
    case .fullDisk:
      let pages = try await desk.number("PRAGMA page_count")
      try await set("PRAGMA max_page_count = \(pages)")
      return { try await set("PRAGMA max_page_count = 1073741823") }
    case .lockedDatabase:
      try await set("PRAGMA busy_timeout = 20")
      var configuration = Configuration()
      configuration.allowsUnsafeTransactions = true
      configuration.busyMode = .timeout(10)
      let other = try DatabaseQueue(path: desk.folder.appendingPathComponent("test.sqlite").path, configuration: configuration)
      try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN EXCLUSIVE") }
      return { try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") } }
    case .readOnlyDatabase:
      try await set("PRAGMA query_only = 1")
      return { try await set("PRAGMA query_only = 0") }
    case .reportsFolder:
      let folder = desk.folder.appendingPathComponent("reports")
      if FileManager.default.fileExists(atPath: folder.path) { try FileManager.default.removeItem(at: folder) }
      try Data().write(to: folder)
      return { try FileManager.default.removeItem(at: folder) }
    }
  }

  @Test("the engine holds outcomes, takes no leads, says what is wrong, and goes on when it is mended", arguments: Fault.allCases)
  func inMidBatch(fault: Fault) async throws {
    let desk = try await BatchDesk(leads: 400)
    let gate = ScriptedPipeline.Gate()
    let pipeline = ScriptedPipeline { $0.position % 7 == 3 ? .fail(.dnsFailed) : .wait(gate) }
    let looks = Looks()
    // Fewer at once than the batch may have: what is held leaves it room for more leads.
    let engine = desk.engine(pipeline, total: 50, now: { looks.look() })
    let batch = try await desk.start(nil, BatchDesk.order(maxConcurrent: 100), now: Date())
    try await eventually("fifty wait, and those that failed are written down") { pipeline.calls.count { $0.position % 7 != 3 } == 50 }
    let mend = try await inject(fault, desk)
    let taken = pipeline.calls.count
    gate.open()
    try await eventually("the engine says so") { engine.runner.storageFault != nil && engine.runner.inFlightCount == 0 }
    #expect(engine.runner.storageFault?.description.contains(fault.words) == true)
    #expect(engine.runner.storageFault?.description.contains("go on by themselves") == true)
    let (before, seen) = (try await desk.batch(batch.id).counts, looks.count)
    // Nothing runs any more, so that only the engine's own looks ask for the time: it had its chances to take leads.
    try await eventually("it has tried again three times") {
      engine.runner.nudge()
      return looks.count >= seen + 3
    }
    let during = try await desk.batch(batch.id)
    // What was finished but cannot be written is still in flight for the rows, and no lead has failed that did not fail by itself.
    #expect(during.state == .processing && during.counts == before && during.counts.processing > 0)
    #expect(during.counts.failed <= pipeline.calls.count { $0.position % 7 == 3 })
    // Leads are due and every slot is free: taking them would be all that the rows hold against it.
    #expect(during.counts.pending > 100 && engine.runner.inFlightCount == 0)
    #expect(pipeline.calls.count == taken)
    try await mend()
    let ended = try await desk.ended(batch)
    #expect(engine.runner.storageFault == nil)
    let failed = (0..<400).count { $0 % 7 == 3 }
    #expect(ended.state == .completedWithErrors && ended.counts == BatchCounts(total: 400, completed: 400 - failed, failed: failed))
    #expect(pipeline.calls.count == 400)
    for table in ["report", "charge"] { #expect(try await desk.number("SELECT count(*) FROM \(table)") == 400 - failed) }
    #expect(try await desk.number("SELECT count(*) FROM attempt") == 400)
    #expect(ended.actual == ended.perReport * (400 - failed))
    try await engine.stop()
  }

  @Test("an engine that starts over a locked database waits for it and says so", arguments: [true, false])
  func atStart(isStopped: Bool) async throws {
    let desk = try await BatchDesk(leads: 3)
    let batch = try await desk.start(now: Date())
    let mend = try await inject(.lockedDatabase, desk)
    let engine = desk.engine(ScriptedPipeline { _ in .report(score: 1) })
    try await eventually("the engine says so") { engine.runner.storageFault != nil }
    #expect(!engine.runner.holdsLease)
    if isStopped {
      try await engine.stop()
      try await mend()
    } else {
      try await mend()
      #expect(try await desk.ended(batch).state == .completed)
      try await engine.stop()
    }
  }

  @Test("an engine that is stopped during a fault gives up after a few tries; its leads run again afterwards")
  func stopped() async throws {
    let desk = try await BatchDesk(leads: 5)
    let gate = ScriptedPipeline.Gate()
    let engine = desk.engine(ScriptedPipeline { _ in .wait(gate) })
    let batch = try await desk.start(now: Date())
    try await eventually("all are in flight") { engine.runner.inFlightCount == 5 }
    let mend = try await inject(.readOnlyDatabase, desk)
    gate.open()
    try await eventually("the engine says so") { engine.runner.storageFault != nil }
    try await engine.stop()
    try await mend()
    let next = desk.engine(ScriptedPipeline { _ in .report(score: 1) })
    #expect(try await desk.ended(batch).counts.completed == 5)
    #expect(try await desk.number("SELECT count(*) FROM charge") == 5)
    try await next.stop()
  }

  @Test("only faults of the disk and the database count as such")
  func kinds() {
    #expect(StorageFault(CancellationError()) == nil)
    #expect(StorageFault(NotYet(seconds: 1)) == nil)
    for (code, words) in [
      (ResultCode.SQLITE_CORRUPT, "damaged"), (.SQLITE_IOERR, "fails to read"), (.SQLITE_CANTOPEN, "rights"), (.SQLITE_CONSTRAINT, "log has the details"),
    ] { #expect(StorageFault(DatabaseError(resultCode: code))?.description.contains(words) == true) }
  }
}

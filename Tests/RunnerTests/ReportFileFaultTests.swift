import BatchReports
import Foundation
import Storage
import TestSupport
import Testing

@testable import Runner

/// Faults of a batch's file of reports: it cannot be written, or what is in it is damaged.
@Suite("Engine: a faulty report file", .serialized)
struct ReportFileFaultTests {
  enum Fault: CaseIterable, Sendable { case isFolder, diskFull }

  private static func file(_ desk: BatchDesk, _ batch: Batch) -> URL {
    desk.folder.appendingPathComponent("reports/\(batch.id.text).jsonl")
  }

  @Test("a batch's file that cannot be written fails no lead: the engine waits, says so, and goes on when it can", arguments: Fault.allCases)
  func unwritable(fault: Fault) async throws {
    let desk = try await BatchDesk(leads: 20)
    let gate = ScriptedPipeline.Gate()
    let engine = desk.engine(ScriptedPipeline { $0.position < 10 ? .report(score: 1) : .wait(gate) })
    let batch = try await desk.start(nil, BatchDesk.order(maxConcurrent: 20), now: Date())
    try await eventually("half is done") { try await desk.batch(batch.id).counts.completed == 10 }
    let (file, aside) = (Self.file(desk, batch), desk.folder.appendingPathComponent("aside"))
    try FileManager.default.moveItem(at: file, to: aside)
    switch fault {
    case .isFolder: try FileManager.default.createDirectory(at: file, withIntermediateDirectories: false)
    case .diskFull: try FileManager.default.createSymbolicLink(atPath: file.path, withDestinationPath: "/dev/full")
    }
    gate.open()
    try await eventually("the engine says so") { engine.runner.storageFault?.description.contains("Reports could not be written") == true }
    #expect(try await desk.batch(batch.id).counts.completed == 10)
    try FileManager.default.removeItem(at: file)
    try FileManager.default.moveItem(at: aside, to: file)
    let ended = try await desk.ended(batch)
    #expect(ended.state == .completed && ended.counts.completed == 20 && engine.runner.storageFault == nil)
    try await engine.stop()
    try await expectReadable(desk, ended, count: 20)
  }

  /// Two batches of 30 leads over one engine, the first of which cannot write its reports; the answer mends it.
  private func broken(_ fault: Fault) async throws -> (desk: BatchDesk, broken: Batch, other: Batch, mend: @Sendable () throws -> Void) {
    let desk = try await BatchDesk(leads: 60)
    let broken = try await desk.start(Array(1...30), BatchDesk.order(maxConcurrent: 20), now: Date())
    let other = try await desk.start(Array(31...60), BatchDesk.order(maxConcurrent: 5), now: Date())
    let file = Self.file(desk, broken)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    switch fault {
    case .isFolder: try FileManager.default.createDirectory(at: file, withIntermediateDirectories: false)
    case .diskFull: try FileManager.default.createSymbolicLink(atPath: file.path, withDestinationPath: "/dev/full")
    }
    return (desk, broken, other, { try FileManager.default.removeItem(at: file) })
  }

  @Test("a batch whose file cannot be written holds up no other, says why, takes no leads, and goes on by itself once it can", arguments: Fault.allCases)
  func alone(fault: Fault) async throws {
    let (desk, broken, other, mend) = try await broken(fault)
    let looks = Looks()
    let pipeline = ScriptedPipeline { _ in .report(score: 1) }
    // Five of each at first; the first could have more.
    let engine = desk.engine(pipeline, total: 10, now: { looks.look() })
    #expect(try await desk.ended(other).state == .completed)
    try await eventually("the engine says so") { engine.runner.reportFault?.description.contains("Reports could not be written") == true }
    #expect(engine.runner.notice?.contains("Reports could not be written") == true)
    let held = try await desk.batch(broken.id)
    #expect(held.state == .processing && held.counts == BatchCounts(total: 30, pending: 25, processing: 5) && held.actual == .zero)
    #expect(held.stateReason.hasPrefix("Reports could not be written") && held.stateReason.hasSuffix("go on by themselves once this is mended."))
    // It alone is left: now nothing can go on. One that comes meanwhile does.
    try await eventually("the engine says that it stands still") { engine.runner.storageFault != nil }
    #expect(try await desk.ended(desk.start([31, 32, 33], now: Date())).state == .completed)
    let seen = looks.count
    try await eventually("it has tried again") { looks.count >= seen + 3 }
    #expect(pipeline.calls.count { $0.batchKey == broken.key } == 5)
    try mend()
    let ended = try await desk.ended(broken)
    #expect(ended.state == .completed && ended.counts.completed == 30 && ended.stateReason.isEmpty)
    #expect(engine.runner.storageFault == nil && engine.runner.reportFault == nil)
    #expect(pipeline.calls.count { $0.batchKey == broken.key } == 30)
    try await engine.stop()
    try await expectReadable(desk, ended, count: 30)
    #expect(try await desk.number("SELECT count(*) FROM charge WHERE batch_key = ?", [broken.key]) == 30)
    #expect(try await desk.brokenMoney() == [])
  }

  @Test("when no batch's reports can be written, no more leads are taken than there are slots, twice over; they go on once that is mended")
  func folder() async throws {
    let desk = try await BatchDesk(leads: 20)
    let folder = desk.folder.appendingPathComponent("reports")
    try Data().write(to: folder)
    var batches: [Batch] = []
    for lead in Int64(1)...20 { batches.append(try await desk.start([lead], now: Date())) }
    let looks = Looks()
    let pipeline = ScriptedPipeline { _ in .report(score: 1) }
    let engine = desk.engine(pipeline, total: 4, now: { looks.look() })
    try await eventually("the engine says that it stands still") { engine.runner.storageFault != nil }
    let seen = looks.count
    try await eventually("it has tried again") { looks.count >= seen + 5 }
    #expect(pipeline.calls.count <= 8)
    #expect(engine.runner.fault?.contains("Reports could not be written") == true)
    try FileManager.default.removeItem(at: folder)
    for batch in batches { #expect(try await desk.ended(batch).state == .completed) }
    #expect(engine.runner.fault == nil && engine.runner.notice == nil)
    #expect(pipeline.calls.count == 20)
    try await engine.stop()
  }

  @Test("a batch that is held can be cancelled, and ends without its file")
  func cancelled() async throws {
    let (desk, broken, other, _) = try await broken(.isFolder)
    let engine = desk.engine(ScriptedPipeline { _ in .report(score: 1) })
    try await desk.ended(other)
    try await eventually("it is held") { try await !desk.batch(broken.id).stateReason.isEmpty }
    _ = try await desk.batches.cancel(broken.id, reason: "", by: desk.admin, now: Date())
    let ended = try await desk.ended(broken)
    #expect(ended.state == .cancelled && ended.counts.cancelled == 30 && ended.actual == .zero)
    try await eventually("nothing is held") { engine.runner.reportFault == nil }
    try await engine.stop()
    #expect(try await desk.brokenMoney() == [])
  }

  @Test("an engine that is stopped gives leads that are held back untried: they run again, and none has crashed", arguments: [true, false])
  func stopped(inOrder: Bool) async throws {
    let (desk, broken, other, mend) = try await broken(.isFolder)
    let engine = desk.engine(ScriptedPipeline { _ in .report(score: 1) })
    try await desk.ended(other)
    try await eventually("it is held") { try await !desk.batch(broken.id).stateReason.isEmpty }
    if inOrder { try await engine.stop() } else { await engine.cutOff() }
    let counts = try await desk.batch(broken.id).counts
    #expect(counts == BatchCounts(total: 30, pending: 30))
    #expect(try await desk.number("SELECT total(attempts) FROM batch_lead WHERE batch_key = ?", [broken.key]) == 0)
    try mend()
    let next = desk.engine(ScriptedPipeline { _ in .report(score: 1) })
    let ended = try await desk.ended(broken)
    try await next.stop()
    #expect(ended.counts.completed == 30 && ended.stateReason.isEmpty)
    #expect(try await desk.number("SELECT count(*) FROM attempt WHERE outcome = 'crashed'") == 0)
  }

  @Test("a stop gives leads that are held back at once, while one that does not come back is still waited for")
  func stoppedWithDeaf() async throws {
    let (desk, broken, other, _) = try await broken(.isFolder)
    let gate = ScriptedPipeline.Gate()
    let engine = desk.engine(ScriptedPipeline { $0.batchKey == broken.key ? .report(score: 1) : .deaf(gate) }, total: 10, deafGrace: 600)
    try await eventually("it is held, and the other's are in flight") {
      try await !desk.batch(broken.id).stateReason.isEmpty && engine.runner.inFlightCount == 5
    }
    async let end: Void = engine.stop()
    defer { gate.open() }
    try await eventually("what was held is given back") { try await desk.batch(broken.id).counts == BatchCounts(total: 30, pending: 30) }
    #expect(try await desk.batch(other.id).counts.processing == 5 && engine.runner.inFlightCount == 5)
    gate.open()
    try await end
    #expect(try await desk.number("SELECT total(attempts) + total(crashes) FROM batch_lead") == 0)
  }

  @Test(
    "a file that was damaged in mid-batch holds up nothing: later reports are whole, and a damaged one says so and is never another's",
    arguments: [true, false])
  func damaged(isCut: Bool) async throws {
    let desk = try await BatchDesk(leads: 20)
    let gate = ScriptedPipeline.Gate()
    let engine = desk.engine(ScriptedPipeline { $0.position < 10 ? .report(score: 1) : .wait(gate) })
    let batch = try await desk.start(nil, BatchDesk.order(maxConcurrent: 20), now: Date())
    try await eventually("half is done") { try await desk.batch(batch.id).counts.completed == 10 }
    let file = try FileHandle(forUpdating: Self.file(desk, batch))
    let size = try file.seekToEnd()
    if isCut {
      try file.truncate(atOffset: size / 2)
    } else {
      try file.seek(toOffset: 0)
      try file.write(contentsOf: Data(repeating: 0xFF, count: Int(size)))
    }
    try file.close()
    gate.open()
    let ended = try await desk.ended(batch)
    #expect(ended.state == .completed && ended.counts.completed == 20)
    try await engine.stop()
    try await expectReadable(desk, ended, count: isCut ? 14...15 : 10...10)
  }

  private func expectReadable(_ desk: BatchDesk, _ batch: Batch, count: Int) async throws {
    try await expectReadable(desk, batch, count: count...count)
  }

  /// How many reports can be read; each of the others says in words that it is damaged or missing.
  private func expectReadable(_ desk: BatchDesk, _ batch: Batch, count: ClosedRange<Int>) async throws {
    var readable = 0
    for lead in try await desk.batches.leads(of: batch, limit: 100).leads {
      let place = try #require(try await desk.batches.reportPlace(of: lead, in: batch))
      do {
        #expect(try desk.archive.report(of: lead.leadID, batch: place.batchID, at: place.place).leadID == lead.leadID)
        readable += 1
      } catch let failure as ReportArchive.Failure { #expect("\(failure)".hasSuffix(".")) }
    }
    #expect(count.contains(readable), "\(readable)")
  }
}

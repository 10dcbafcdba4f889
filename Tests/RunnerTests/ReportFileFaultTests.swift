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

import BatchReports
import Foundation
import TestSupport
import Testing

@testable import Runner

@Suite("Engine: a lock file that cannot be opened")
struct LeaseFaultTests {
  @Test("it is a fault of the disk: the engine says so, tries again, and runs the batches once it is mended", arguments: [true, false])
  func triesAgain(isStopped: Bool) async throws {
    let desk = try await BatchDesk(leads: 3)
    let batch = try await desk.start(now: Date())
    let lock = desk.folder.appendingPathComponent("engine.lock")
    try FileManager.default.createDirectory(at: lock, withIntermediateDirectories: false)
    let engine = desk.engine(ScriptedPipeline { _ in .report(score: 1) })
    try await eventually("the engine says so") { engine.runner.storageFault?.description.contains("engine.lock cannot be opened") == true }
    #expect(!engine.runner.holdsLease)
    #expect(engine.runner.storageFault?.description.contains("go on by themselves") == true)
    if !isStopped {
      try FileManager.default.removeItem(at: lock)
      #expect(try await desk.ended(batch).state == .completed)
      #expect(engine.runner.storageFault == nil && engine.runner.holdsLease)
    }
    try await engine.stop()
  }
}

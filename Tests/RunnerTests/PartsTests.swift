import BatchReports
import Foundation
import TestSupport
import Testing

@testable import Runner
@testable import Storage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("Parts of the engine")
struct PartsTests {
  static func batch(_ key: Int64, due: Int = 99, inFlight: Int = 0, maxConcurrent: Int = 10, served: Int = 0) -> WorkQueue.RunningBatch {
    WorkQueue.RunningBatch(key: key, due: due, inFlight: inFlight, maxConcurrent: maxConcurrent, served: served)
  }

  @Test("slots go to the batch with the fewest leads in flight")
  func deal() {
    #expect(FairShare.deal(10, to: []) == [:])
    #expect(FairShare.deal(0, to: [Self.batch(1)]) == [:])
    #expect(FairShare.deal(10, to: [Self.batch(1), Self.batch(2)]) == [1: 5, 2: 5])
    #expect(FairShare.deal(4, to: [Self.batch(1, inFlight: 9), Self.batch(2)]) == [2: 4])
    #expect(FairShare.deal(10, to: [Self.batch(1, due: 2), Self.batch(2)]) == [1: 2, 2: 8])
    #expect(FairShare.deal(100, to: [Self.batch(1), Self.batch(2, maxConcurrent: 3)]) == [1: 10, 2: 3])
    #expect(FairShare.deal(5, to: [Self.batch(1, inFlight: 10)]) == [:])
  }

  @Test("with more batches than slots the one that was served least goes first")
  func served() {
    let batches = (Int64(1)...5).map { Self.batch($0, served: Int(10 - $0)) }
    #expect(FairShare.deal(2, to: batches) == [5: 1, 4: 1])
    #expect(FairShare.deal(1, to: [Self.batch(1), Self.batch(2)]) == [1: 1])
  }

  @Test("a batch that is nearly done and newcomers take turns: none waits until another has caught up")
  func newcomers() {
    var share = FairShare()
    var served: [Int64: Int] = [1: 5000]
    func turn() -> Int64? {
      let taken = share.deal(1, among: served.keys.sorted().map { Self.batch($0, served: served[$0] ?? 0) }).keys.first
      if let taken { served[taken, default: 0] += 1 }
      return taken
    }
    #expect((0..<5).compactMap { _ in turn() } == [1, 1, 1, 1, 1])
    served[2] = 0
    #expect((0..<6).compactMap { _ in turn() }.count { $0 == 1 } == 3)
    served[3] = 0
    #expect((0..<9).compactMap { _ in turn() }.count { $0 == 1 } == 3)
    served[2] = nil
    #expect((0..<4).compactMap { _ in turn() }.count { $0 == 3 } == 2)
  }

  @Test("slots are shared by weight, and a small weight still gets its turn")
  func weights() {
    func weighed(_ key: Int64, _ weight: Int, inFlight: Int = 0, served: Int = 0) -> WorkQueue.RunningBatch {
      WorkQueue.RunningBatch(key: key, due: 99, inFlight: inFlight, maxConcurrent: 99, served: served, weight: weight)
    }
    #expect(FairShare.deal(10, to: [weighed(1, 1), weighed(2, 4)]) == [1: 2, 2: 8])
    #expect(FairShare.deal(7, to: [weighed(1, 1), weighed(2, 2), weighed(3, 4)]) == [1: 1, 2: 2, 3: 4])
    #expect(FairShare.deal(1, to: [weighed(1, 1), weighed(2, 4)]) == [2: 1])
    #expect(FairShare.deal(1, to: [weighed(1, 1), weighed(2, 4, served: 1)]) == [1: 1])
    #expect(FairShare.deal(1, to: [weighed(1, 1, served: 1), weighed(2, 4, served: 3)]) == [2: 1])
    #expect(FairShare.deal(1, to: [weighed(1, 1, inFlight: 1), weighed(2, 4, inFlight: 3)]) == [2: 1])
  }

  @Test("a batch stands still when it has leads in flight and nothing was heard of it for long enough, since it runs or since it was stopped")
  func stall() {
    var watch = StallWatch(patience: .seconds(10))
    let start = SuspendingClock.now
    func at(_ seconds: Double) -> SuspendingClock.Instant { start + .seconds(seconds) }
    watch.watch([1: .processing, 2: .processing])
    #expect(watch.stalled(inFlight: [1, 2], at: at(100)) == [])
    watch.hear(2, at: at(105))
    #expect(watch.stalled(inFlight: [1, 2], at: at(109.9)) == [])
    #expect(watch.stalled(inFlight: [1, 2], at: at(110)) == [1])
    // What could not be written is told again.
    #expect(watch.stalled(inFlight: [1, 2], at: at(110.5)) == [1])
    watch.settle(1, at: at(110.5))
    #expect(watch.stalled(inFlight: [1, 2], at: at(111)) == [])
    // Nothing in flight begins the time anew.
    #expect(watch.stalled(inFlight: [1], at: at(112)) == [])
    #expect(watch.stalled(inFlight: [1, 2], at: at(116)) == [])
    // So does a pause or a cancel of one, but not of another; and a resume.
    watch.watch([1: .paused, 2: .processing])
    #expect(watch.stalled(inFlight: [1, 2], at: at(121)) == [])
    #expect(watch.stalled(inFlight: [1, 2], at: at(126)) == [2])
    watch.watch([1: .paused, 2: .processing])
    #expect(watch.stalled(inFlight: [1], at: at(131)) == [1])
    // Paused and then cancelled: called back only now.
    watch.watch([1: .cancelling, 2: .processing])
    #expect(watch.stalled(inFlight: [1], at: at(132)) == [])
    #expect(watch.stalled(inFlight: [1], at: at(141)) == [])
    #expect(watch.stalled(inFlight: [1], at: at(142)) == [1])
    watch.watch([1: .processing, 2: .processing])
    #expect(watch.stalled(inFlight: [1], at: at(142)) == [])
    #expect(watch.stalled(inFlight: [1], at: at(152)) == [1])
    // A late word of one that is not in flight any more counts for nothing.
    watch.hear(9, at: at(152))
    #expect(watch.stalled(inFlight: [], at: at(153)) == [] && watch.stalled(inFlight: [9], at: at(170)) == [])
  }

  @Test("outcomes of one batch that is held take no slots, those of two do, and deaf leads take none up to as many as there are")
  func slots() {
    let template = ReportTemplate(
      reference: TemplateReference(name: "", version: ""), title: "", summary: "", status: .active, isLatest: true, sections: [], providers: [],
      makesExtraRequests: false)
    func claim(_ batch: Int64, _ position: Int) -> WorkQueue.Claim {
      WorkQueue.Claim(
        batchKey: batch, batchID: UUID(), position: position, leadKey: 1, leadID: UUID(), leadName: "", website: "", email: "", phone: "", city: "",
        region: "", enrichmentStatus: "", template: template, attempt: 1, crashes: 0, triedBefore: 0, retryCount: 0, startedAt: Date(), epoch: 1,
        unitPrices: [:])
    }
    func advance(holding batches: [Int64]) -> WorkQueue.Advance {
      let held = batches.map { WorkQueue.Outcome(claim: claim($0, 0), result: .released, finishedAt: Date()) }
      return WorkQueue.Advance(
        claims: [], stale: [], held: held, fault: held.isEmpty ? nil : StorageFault(cause: "Full."), broken: [:], liveBatches: [], nextDue: nil)
    }
    var state = EngineState()
    state.held.keep(advance(holding: [1, 1, 1]), running: [], at: .now)
    #expect(state.free(of: 5) == 5)
    // No batch runs: nothing stands still.
    #expect(!state.held.isAll && state.held.fault != nil)
    state.held.keep(advance(holding: [2]), running: [1, 2], at: .now)
    #expect(state.free(of: 5) == 1 && state.held.slots == 4 && state.held.isAll)
    // One that has ended meanwhile keeps its slot until it is written.
    state.giveBack([claim(3, 0)], at: Date())
    #expect(state.free(of: 5) == 0)
    state.finished = []
    // A batch that is paused waits for its person, and for no slot.
    state.held.keep(advance(holding: [2]), running: [1, 3], at: .now)
    #expect(state.free(of: 5) == 5 && state.held.slots == 0 && !state.held.isAll)
    state.held.keep(advance(holding: []), running: [1, 2], at: .now)
    #expect(state.free(of: 5) == 0 && state.held.slots == 5)
    #expect(state.held.takeDue(at: .now + .seconds(2)).count == 5)
    #expect(state.free(of: 5) == 0)
    state.held.keep(advance(holding: []), running: [1, 2], at: .now)
    #expect(state.free(of: 5) == 5 && state.held.fault == nil)
    for position in 0..<12 {
      let lead = LeadTry(claim(1, position), deadline: .now)
      state.inFlight[EngineState.Flight(lead.claim)] = lead
      state.deaf.insert(EngineState.Flight(lead.claim))
      #expect(state.free(of: 5) == (position < 5 ? 5 : max(0, 9 - position)))
    }
    state.isStopping = true
    #expect(state.free(of: 50) == 0)
  }

  @Test("the lease is held once, is free again with its holder, and a refused try closes nothing else")
  func lease() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lease-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("engine.lock").path
    var first = try EngineLease(path: path)
    #expect(first != nil)
    let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
    for _ in 0..<50 { #expect(try EngineLease(path: path) == nil) }
    #expect(abs(try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count - descriptors) < 40)
    first = nil
    #expect(try EngineLease(path: path) != nil)
    #expect { try EngineLease(path: "/nowhere/engine.lock") } throws: { "\($0)".contains("cannot be opened") }
  }

  @Test("a call back comes once, with its first reason, and a cancelled wait has none")
  func callBack() async {
    let callBack = CallBack()
    callBack.call(.cancelled)
    callBack.call(.shutdown)
    #expect(await callBack.wait() == .cancelled)
    let silent = CallBack()
    let waiting = Task { await silent.wait() }
    waiting.cancel()
    #expect(await waiting.value == nil)
  }
}

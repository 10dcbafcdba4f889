import BatchReports
import Foundation
import Runner
import Storage
import Synchronization

/// A pipeline that does what the test says for each try, and remembers what was asked of it.
public final class ScriptedPipeline: ReportPipeline {
  public enum Step: Sendable {
    case report(score: Int)
    case fail(LeadErrorCode)
    case throwing(any Error)
    /// Until the task is cancelled.
    case hang
    /// Until the gate opens; then a report.
    case wait(Gate)
    /// The same, whoever cancels the task: as work that cannot be broken off.
    case deaf(Gate)
  }

  /// Opens once, for everyone who waits and who will.
  public final class Gate: Sendable {
    private let state = Mutex<(isOpen: Bool, waiting: [AsyncStream<Never>.Continuation])>((false, []))

    public init() {}

    public func open() {
      let waiting = state.withLock { state in
        defer { state = (true, []) }
        return state.waiting
      }
      for continuation in waiting { continuation.finish() }
    }

    func wait() async throws {
      let (stream, continuation) = AsyncStream<Never>.makeStream()
      let isOpen = state.withLock { state in
        if !state.isOpen { state.waiting.append(continuation) }
        return state.isOpen
      }
      if isOpen { return }
      for await _ in stream {}
      try Task.checkCancellation()
    }
  }

  public struct Record: Sendable {
    public var calls: [WorkQueue.Claim] = []
    public var running: [Int64: Int] = [:]
    /// The most leads of each batch, and of all, that ran at the same moment.
    public var peak: [Int64: Int] = [:]
    public var peakTotal = 0
  }

  private let script: @Sendable (WorkQueue.Claim) -> Step
  private let state = Mutex(Record())

  public init(_ script: @escaping @Sendable (WorkQueue.Claim) -> Step) { self.script = script }

  public var record: Record { state.withLock { $0 } }
  public var calls: [WorkQueue.Claim] { record.calls }

  public func report(for claim: WorkQueue.Claim) async throws -> Report {
    state.withLock { state in
      state.calls.append(claim)
      state.running[claim.batchKey, default: 0] += 1
      state.peak[claim.batchKey] = max(state.peak[claim.batchKey] ?? 0, state.running[claim.batchKey] ?? 0)
      state.peakTotal = max(state.peakTotal, state.running.values.reduce(0, +))
    }
    defer { state.withLock { $0.running[claim.batchKey, default: 0] -= 1 } }
    switch script(claim) {
    case .report(let score): return Self.report(for: claim, score: score)
    case .fail(let code): throw LeadFailure(code, "Scripted.")
    case .throwing(let error): throw error
    case .hang:
      try await Gate().wait()
      throw CancellationError()
    case .wait(let gate):
      try await gate.wait()
      return Self.report(for: claim, score: 80)
    case .deaf(let gate):
      // A task of its own, which nobody cancels.
      try await Task { try await gate.wait() }.value
      return Self.report(for: claim, score: 80)
    }
  }

  static func report(for claim: WorkQueue.Claim, score: Int) -> Report {
    Report(
      leadID: claim.leadID, leadName: claim.leadName, website: claim.website, templateVersion: claim.template.reference.description,
      finalURL: claim.website, fetchedAt: claim.startedAt, score: score, sections: [], findings: [], topFixes: [], notMeasured: [], facts: [])
  }
}

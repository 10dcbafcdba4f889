import BatchReports
import Foundation
import Storage

/// Whether anybody runs the batches: this process's engine or that of another process on the same data folder.
public struct EngineWatch: Sendable {
  public struct Finding: Sendable, Hashable {
    public var health: HealthCheck.State
    /// Why batches are not being run, and what to do; nil while they are, or would be.
    public var warning: String?
  }

  /// Seconds without a sign of life after which an engine counts as gone: three beats.
  static let patience = 3 * WorkQueue.heartbeatSeconds

  private let queue: WorkQueue
  private let features: FeatureFlags
  private let now: @Sendable () -> Date
  private let isHere: @Sendable () -> Bool
  private let fault: @Sendable () -> String?
  private let notice: @Sendable () -> String?

  /// - Parameters:
  ///   - isHere: whether this process holds the engine's lease.
  ///   - fault: why this process's engine can write nothing at the moment.
  ///   - notice: what somebody should look at although batches go on.
  public init(
    queue: WorkQueue, features: FeatureFlags, now: @escaping @Sendable () -> Date = { Date() }, isHere: @escaping @Sendable () -> Bool,
    fault: @escaping @Sendable () -> String? = { nil }, notice: @escaping @Sendable () -> String? = { nil }
  ) {
    self.queue = queue
    self.features = features
    self.now = now
    self.isHere = isHere
    self.fault = fault
    self.notice = notice
  }

  public var healthCheck: HealthCheck { HealthCheck("engine") { await look().health } }

  public func look() async -> Finding {
    if let fault = fault() { return Finding(health: .init(isWell: false, detail: fault), warning: fault) }
    do {
      let flag = try await features.all().first { $0.flag == .batchProcessing }
      return finding(try await queue.pulse(), isOn: flag?.isOn ?? true, isSwitchedByAdmin: flag?.changedBy != nil)
    } catch {
      return Finding(health: .init(isWell: false, detail: "Cannot be told: the database does not answer."), warning: nil)
    }
  }

  private func finding(_ pulse: WorkQueue.Pulse, isOn: Bool, isSwitchedByAdmin: Bool) -> Finding {
    if !isOn, isSwitchedByAdmin {
      return Finding(
        health: .init(isWell: true, detail: "switched off"),
        warning: "An administrator has switched batch processing off. It is switched on again under Settings, Features.")
    }
    let isBeating = pulse.heartbeat.map { now().timeIntervalSince($0) <= Self.patience } ?? false
    if isBeating || (isOn && pulse.waiting == 0) {
      let notice = notice()
      return Finding(health: .init(isWell: true, isNotice: notice != nil, detail: notice ?? place(isOn: isOn)), warning: nil)
    }
    let why = isOn ? silence(since: pulse.heartbeat) : Self.off
    return Finding(health: .init(isWell: pulse.waiting == 0, detail: pulse.waiting == 0 ? "switched off in this process" : why), warning: why)
  }

  private func place(isOn: Bool) -> String {
    if isHere() { return "runs in this process" }
    return isOn ? "waits for another process's lease" : "runs in another process"
  }

  private static let off =
    "Batch processing is switched off in this process, and no other process runs batches. "
    + "Switch it on under Settings, Features, or start a process that has it on."

  private func silence(since heartbeat: Date?) -> String {
    let time = heartbeat.map { " for " + Display.duration(seconds: now().timeIntervalSince($0)) } ?? ""
    return "No engine has shown itself\(time). Look for errors in the server's log, then start the server again."
  }
}

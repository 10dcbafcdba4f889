import BatchReports
import Foundation
import Logging
import Runner
import ServiceLifecycle
import Storage

/// An engine that runs over a desk while a test looks on, as a service that can be stopped in order or be cut off.
public final class RunningEngine: Sendable {
  public let runner: BatchRunner
  public let archive: ReportArchive
  private let group: ServiceGroup
  private let task: Task<Void, any Error>

  public init(
    _ database: AppDatabase, folder: URL, _ pipeline: any ReportPipeline, total: Int = 20, timeout: Double = 60, grace: Double = 0.05,
    policy: RetryPolicy = RetryPolicy(delay: 0.02, factor: 1, maximumDelay: 1), features: FeatureFlags? = nil,
    autoPause: AutoPause? = nil, stallSeconds: Double? = nil, deafGrace: Double? = nil, log: (any LogHandler)? = nil,
    now: @escaping @Sendable () -> Date = { Date() }
  ) {
    archive = ReportArchive(folder: folder.appendingPathComponent("reports"))
    var logger = Logger(label: "engine") { _ in log ?? SwiftLogNoOpLogHandler() }
    if log == nil { logger.logLevel = .critical }
    runner = BatchRunner(
      database: database, pipeline: pipeline, archive: archive, dataFolder: folder,
      options: .init(
        maxConcurrentTotal: total, leadTimeout: timeout, retryPolicy: policy, shutdownGrace: grace, autoPause: autoPause,
        stallSeconds: stallSeconds, deafGrace: deafGrace), logger: logger, features: features, now: now, jitter: { 0.5 })
    let group = ServiceGroup(services: [runner], logger: logger)
    self.group = group
    // The engine runs beside the test and is awaited by `stop` or `cutOff`.
    task = Task { try await group.run() }
  }

  deinit { task.cancel() }

  /// As a service is stopped: leads in flight get their grace.
  public func stop() async throws {
    await group.triggerGracefulShutdown()
    try await task.value
  }

  /// As when another service of the process has failed: the task is cancelled.
  public func cutOff() async {
    task.cancel()
    _ = await task.result
  }

  /// How the engine ended by itself.
  public func ending() async -> Result<Void, any Error> { await task.result }
}

extension BatchDesk {
  public func engine(
    _ pipeline: any ReportPipeline, total: Int = 20, timeout: Double = 60, grace: Double = 0.05,
    policy: RetryPolicy = RetryPolicy(delay: 0.02, factor: 1, maximumDelay: 1), features: FeatureFlags? = nil,
    autoPause: AutoPause? = nil, stallSeconds: Double? = nil, deafGrace: Double? = nil, log: (any LogHandler)? = nil,
    now: @escaping @Sendable () -> Date = { Date() }
  ) -> RunningEngine {
    RunningEngine(
      database, folder: folder, pipeline, total: total, timeout: timeout, grace: grace, policy: policy, features: features,
      autoPause: autoPause, stallSeconds: stallSeconds, deafGrace: deafGrace, log: log, now: now)
  }

  /// Waits until a batch has ended, and returns it.
  @discardableResult
  public func ended(_ batch: Batch) async throws -> Batch {
    try await eventually("batch \(batch.key) ends") { try await self.batch(batch.id).state.isTerminal }
    return try await self.batch(batch.id)
  }
}

import Foundation
import Logging
import ServiceLifecycle
import Storage

/// Looks at the rates file at the start and every few seconds, and says in the log what came of it.
struct RatesFileWatch: Service {
  /// Far below the five minutes that are promised: a look reads a few kilobytes.
  static let interval: Duration = .seconds(10)

  var file: RatesFile
  var logger: Logger
  var now: @Sendable () -> Date = { Date() }

  func run() async throws {
    try? await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        await look()
        try await Task.sleep(for: Self.interval)
      }
    }
  }

  func look() async {
    let path: Logger.Metadata = ["file": "\(file.status.path)"]
    switch await file.look(now: now()) {
    case .added(let version):
      logger.notice("a rate card was added from the rates file", metadata: path.merging(["version": "\(version)"]) { $1 })
    case .mended(let version):
      logger.notice("the rates file is good again", metadata: path.merging(["version": "\(version)"]) { $1 })
    case .bad(let reason):
      logger.error("the rates file cannot be used; the prices stay as they are", metadata: path.merging(["reason": "\(reason)"]) { $1 })
    case nil: break
    }
  }
}

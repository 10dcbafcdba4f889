import Foundation
import Logging
import ServiceLifecycle
import Storage

/// Removes, once an hour, rows that nobody can use any more: expired quotes and old idempotency keys.
struct Housekeeping: Service {
  var quotes: QuoteDesk
  var batches: BatchStore
  var logger: Logger
  var now: @Sendable () -> Date = { Date() }

  func run() async throws {
    try? await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        await sweep()
        try await Task.sleep(for: .seconds(3600))
      }
    }
  }

  private func sweep() async {
    do {
      let removed = (quotes: try await quotes.removeExpired(now: now()), keys: try await batches.removeOldIdempotencyKeys(now: now()))
      if removed.quotes + removed.keys > 0 {
        logger.info("old rows were removed", metadata: ["quotes": "\(removed.quotes)", "idempotency_keys": "\(removed.keys)"])
      }
    } catch is CancellationError {} catch {
      logger.error("old rows could not be removed; it is tried again in an hour", metadata: ["error": "\(error)"])
    }
  }
}

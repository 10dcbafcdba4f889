import BatchReports
import Foundation
import ServiceLifecycle
import Storage
import TestSupport
import Testing

@testable import BatchReportsServer

@Suite struct HousekeepingTests {
  @Test("it sweeps when the server starts, and stops when it is asked to")
  func sweeps() async throws {
    let desk = try await BatchDesk()
    _ = try await desk.preview()
    let housekeeping = Housekeeping(
      quotes: desk.quotes, batches: desk.batches, logger: DataFolder.logger, now: { BatchDesk.noon.addingTimeInterval(2 * 86_400) })
    let group = ServiceGroup(services: [housekeeping], logger: DataFolder.logger)
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try await group.run() }
      try await eventually("the quote is gone") { try await desk.number("SELECT count(*) FROM quote") == 0 }
      await group.triggerGracefulShutdown()
      try await tasks.waitForAll()
    }
  }
}

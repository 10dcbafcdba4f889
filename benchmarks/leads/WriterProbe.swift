import BatchReports
import Foundation
import GRDB
import Storage

/// Asks for the writer again and again while something else works, and keeps how long it had to wait: the engine's view of that work.
actor WriterProbe {
  private let database: AppDatabase
  private var waits = Figures()

  init(database: AppDatabase) { self.database = database }

  func during(_ work: () async throws -> Void) async throws {
    let probing = Task { try await probe() }
    defer { probing.cancel() }
    try await work()
  }

  private func probe() async throws {
    let clock = ContinuousClock()
    while !Task.isCancelled {
      let wait = try await clock.measure {
        try await database.pool.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE; ROLLBACK") }
      }
      waits.add(wait)
      try await Task.sleep(for: .milliseconds(2))
    }
  }

  var text: String { waits.row("wait for the writer meanwhile") }
}

import Foundation
import Synchronization
import TestSupport
import Testing
import WebTestSupport

#if canImport(Glibc)
  import Glibc
#endif

@Suite(.serialized) struct MemoryLimitTests {
  private static let prlimit = "/usr/bin/prlimit"

  /// From now on the process gets no address space beyond what it has, and some megabytes.
  private static func limit(_ process: Int32) throws {
    let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
    let size = try #require(status.firstMatch(of: /VmSize:\s+([0-9]+) kB/).flatMap { Int($0.1) })
    let command = Process()
    command.executableURL = URL(fileURLWithPath: prlimit)
    command.arguments = ["--pid", "\(process)", "--as=\((size + 2000) * 1024)"]
    try command.run()
    command.waitUntilExit()
    #expect(command.terminationStatus == 0)
  }

  /// How far the process has come since it was given its limit.
  private final class Progress: Sendable {
    private let state = Mutex((pages: 0, seen: [Int](), looks: 0))

    var pages: Int { state.withLock { $0.pages } }

    func answered() { state.withLock { $0.pages += 1 } }

    /// Whether nothing has moved in three hundred looks: a process without memory may hang instead of dying.
    func standsStill(leads: Int) -> Bool {
      state.withLock { state in
        state.looks = state.seen == [state.pages, leads] ? state.looks + 1 : 0
        state.seen = [state.pages, leads]
        return state.looks >= 300
      }
    }
  }

  @Test(
    "a process at its memory limit may die, but a restart accounts for every lead exactly once",
    .enabled(if: FileManager.default.isExecutableFile(atPath: prlimit), "needs prlimit"))
  func limited() async throws {
    let count = Soak.rounds(30, 300)
    // Each page is a few megabytes of markup, so that the limit is met in the middle of the work.
    let site = try TestSite { $0.hasSuffix("/big") ? .gigabyte : .page }
    defer { site.stop() }
    let folder = try DataFolder()
    let (leads, token) = try await folder.prepare(websites: (0..<count).map { site.url($0 % 3 == 2 ? "/\($0)/big" : "/\($0)") })
    let settings = ["BATCH_ALLOW_PRIVATE_HOSTS": "true", "BATCH_REQUEST_TIMEOUT": "5"]
    let (program, port) = try await ServerProgram.serve(folder, settings)
    let api = APIClient(port: port, token: token)
    let batch = try await api.start(leads, concurrency: 10, ["retry_count": 0])
    try await eventually("some are done") { try await api.processed(batch) >= 3 }
    try Self.limit(program.processIdentifier)
    // Pages and connections take memory too, until there is none, all is done, or enough pages were answered all the same.
    let progress = Progress()
    let enough = Soak.rounds(200, 2000)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask {
          while program.isRunning, !Task.isCancelled {
            let page = try? await SocketClient.get(port: port, path: "/api/leads?limit=500", headers: [("Authorization", "Bearer \(token)")])
            if page?.status == 200 { progress.answered() }
          }
        }
      }
      group.addTask {
        try await eventually("it dies, hangs or goes on for long enough", within: 300) {
          let row = try folder.rows("SELECT completed + failed AS done, finished_at IS NOT NULL AS has_ended FROM batch").first
          return !program.isRunning || row?["has_ended"] == true || progress.pages >= enough || progress.standsStill(leads: row?["done"] ?? 0)
        }
      }
      _ = try await group.next()
      group.cancelAll()
    }
    let died = !program.isRunning
    print("At its memory limit the process \(died ? "died" : "did not die") after \(progress.pages) pages.")
    if !died { program.signal(SIGKILL) }
    _ = try await program.end()
    let (next, nextPort) = try await ServerProgram.serve(folder, settings)
    #expect(try await APIClient(port: nextPort, token: token).end(of: batch, within: 300) == "completed_with_errors")
    next.signal(SIGTERM)
    #expect(try await next.end().status == 0)
    try expectEachLeadOnce(batch, of: count, in: folder)
    // At the limit a lead may have failed for want of memory, never a good one twice.
    #expect(try folder.rows("SELECT completed FROM batch").allSatisfy { ($0["completed"] as Int) <= count - count / 3 })
  }
}

import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite(.serialized) struct KillTests {
  @Test(
    "after SIGKILL at seeded moments of a batch a restart goes on by itself, and each lead is accounted for exactly once",
    arguments: (1...UInt64(Soak.rounds(3, 10))).map { $0 })
  func killed(seed: UInt64) async throws {
    var random = SeededRandom(seed: seed)
    let site = try TestSite { $0.hasSuffix("/gone") ? .redirect(to: "ftp://nowhere.example/") : .page }
    defer { site.stop() }
    let folder = try DataFolder()
    let count = Soak.rounds(60, 2000)
    let kills = Soak.rounds(2, 20)
    let (leads, token) = try await folder.prepare(websites: (0..<count).map { site.url($0 % 10 == 9 ? "/\($0)/gone" : "/\($0)") })
    let settings = ["BATCH_ALLOW_PRIVATE_HOSTS": "true", "BATCH_MAX_LEADS": "\(count)"]
    // One after the other, a moment in each part of the batch but the last: the numbers of leads done at which the process is killed.
    let part = count / (kills + 1)
    let moments = (0..<kills).map { Int.random(in: max(1, $0 * part)..<($0 + 1) * part, using: &random) }
    var batch = ""
    for moment in moments {
      let (program, port) = try await ServerProgram.serve(folder, settings)
      let api = APIClient(port: port, token: token)
      if batch.isEmpty { batch = try await api.start(leads, concurrency: 3, ["retry_count": 0]) }
      let id = batch
      try await eventually("\(moment) leads are done", within: 120) { try await api.processed(id) >= moment }
      program.signal(SIGKILL)
      #expect(try await program.end().status == 128 + Int(SIGKILL))
    }
    let (program, port) = try await ServerProgram.serve(folder, settings)
    let api = APIClient(port: port, token: token)
    #expect(try await api.end(of: batch, within: 600) == "completed_with_errors")
    program.signal(SIGTERM)
    #expect(try await program.end().status == 0)
    try expectEachLeadOnce(batch, of: count, in: folder)
    #expect(try folder.rows("SELECT failed FROM batch").map { $0["failed"] as Int } == [count / 10])
    // What was done before a crash was not done again: only leads in flight, at most three a crash, asked their website twice.
    let asked = site.paths.values.reduce(0, +)
    #expect(asked >= count && asked <= count + 3 * moments.count, "\(asked) requests")
  }
}

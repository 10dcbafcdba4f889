import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// The process is killed right at a change of state; afterwards each lead, report and charge is compared.
@Suite(.serialized) struct KillEdgeTests {
  enum Edge: String, CaseIterable, Sendable {
    case started, processing, retrying, pausing, paused, resuming, cancelling, retryOfEnded, lastLead
  }

  private static let settings = ["BATCH_ALLOW_PRIVATE_HOSTS": "true", "BATCH_RETRY_DELAY": "0.5"]

  @Test("a process killed at a change of state loses nothing and doubles nothing", arguments: Edge.allCases)
  func killed(at edge: Edge) async throws {
    for _ in 0..<Soak.rounds(1, 10) { try await round(edge) }
  }

  private func round(_ edge: Edge) async throws {
    let quick = try TestSite { $0.hasSuffix("/gone") ? .redirect(to: "ftp://nowhere.example/") : .page }
    let held = try TestSite(address: "127.0.0.3") { _ in .hold }
    let resets = try TestSite(address: "127.0.0.4") { _ in .reset }
    defer { for site in [quick, held, resets] { site.stop() } }
    let folder = try DataFolder()
    var websites = [quick.url("/a"), quick.url("/gone"), quick.url("/b")]
    switch edge {
    case .started, .retryOfEnded: break
    case .retrying: websites += [resets.url("/x"), resets.url("/y")]
    // The second waits for its turn, so that the pause leaves something to resume.
    case .paused: websites += [held.url("/last"), held.url("/later")]
    default: websites.append(held.url("/last"))
    }
    let (leads, token) = try await folder.prepare(websites: websites)
    let (program, port) = try await ServerProgram.serve(folder, Self.settings)
    let api = APIClient(port: port, token: token)
    let batch = try await api.start(leads, concurrency: edge == .paused ? 1 : 5, ["retry_count": edge == .retrying ? 2 : 0])
    try await bring(batch, to: edge, api, held, folder)
    program.signal(SIGKILL)
    #expect(try await program.end().status == 128 + Int(SIGKILL))

    held.letGo()
    let (next, nextPort) = try await ServerProgram.serve(folder, Self.settings)
    let again = APIClient(port: nextPort, token: token)
    if [.pausing, .paused].contains(edge) {
      #expect(try await again.status(batch) == "paused")
      #expect(try await again.post("/api/batch/\(batch)/resume", [:]).status == 200)
    }
    let end = try await again.end(of: batch)
    next.signal(SIGTERM)
    #expect(try await next.end().status == 0)
    try expectEachLeadOnce(batch, of: leads.count, in: folder)
    #expect(end == (edge == .cancelling ? "cancelled" : "completed_with_errors"))
    let states = try folder.rows("SELECT state FROM batch_lead ORDER BY position").map { $0["state"] as String }
    let last =
      switch edge {
      case .cancelling: ["cancelled"]
      case .retrying: ["failed", "failed"]
      case .started, .retryOfEnded: [String]()
      case .paused: ["completed", "completed"]
      default: ["completed"]
      }
    #expect(states == ["completed", "failed", "completed"] + last)
    #expect(try folder.rows("SELECT total(reserved) AS held FROM budget_day").map { $0["held"] as Double } == [0])
    #expect(try folder.rows("SELECT run FROM batch").map { $0["run"] as Int } == [edge == .retryOfEnded ? 2 : 1])
  }

  /// Returns at the moment at which the process is to be killed.
  private func bring(_ batch: String, to edge: Edge, _ api: APIClient, _ held: TestSite, _ folder: DataFolder) async throws {
    func post(_ action: String, _ body: [String: Any] = [:], _ statuses: [Int] = [200]) async throws {
      let answer = try await api.post("/api/batch/\(batch)/\(action)", body)
      #expect(statuses.contains(answer.status), "\(answer.text)")
    }
    switch edge {
    case .started: break
    case .processing: try await eventually("one is in flight") { held.heldCount == 1 }
    case .retrying:
      try await eventually("two wait for their next try") { try folder.rows("SELECT 1 FROM batch_lead WHERE state = 'retrying'").count == 2 }
    case .lastLead: try await eventually("all but the last are done") { try await api.processed(batch) == 3 && held.heldCount == 1 }
    case .pausing, .paused, .resuming, .cancelling:
      try await eventually("all but the last are done") { try await api.processed(batch) == 3 && held.heldCount == 1 }
      if edge == .cancelling { return try await post("cancel", [:], [200, 202]) }
      try await post("pause")
      if edge == .paused {
        held.letGo()
        try await eventually("the last has ended") { try folder.rows("SELECT 1 FROM batch_lead WHERE state = 'processing'").isEmpty }
      }
      if edge == .resuming { try await post("resume") }
    case .retryOfEnded:
      #expect(try await api.end(of: batch) == "completed_with_errors")
      try await post("retry", ["scope": "failed", "run": 1, "cost_approved": true])
    }
  }

  @Test("after a kill in mid-batch a restart goes on by itself within seconds")
  func restart() async throws {
    let site = try TestSite { _ in .page }
    let held = try TestSite(address: "127.0.0.3") { _ in .hold }
    defer {
      site.stop()
      held.stop()
    }
    let folder = try DataFolder()
    let (leads, token) = try await folder.prepare(websites: [held.url("/held")] + (0..<3).map { site.url("/\($0)") })
    let (program, port) = try await ServerProgram.serve(folder, Self.settings)
    let api = APIClient(port: port, token: token)
    let batch = try await api.start(leads, concurrency: 1, ["retry_count": 0])
    try await eventually("the first is in flight") { held.heldCount == 1 }
    program.signal(SIGKILL)
    _ = try await program.end()
    held.letGo()
    let connections = held.connections
    let start = ContinuousClock.now
    let next = try ServerProgram(["serve"], in: folder, Self.settings)
    try await eventually("the lead is asked again", within: 60) { held.connections > connections }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    try await eventually("the batch ends") { try folder.rows("SELECT 1 FROM batch WHERE state = 'completed'").count == 1 }
    print("From the start of the process to the first request of a batch that a kill interrupted: \(String(format: "%.2f", seconds)) s")
    // A debug build beside other tests; two seconds are the promise for a release build on a machine of its own.
    #expect(seconds < 15)
    next.signal(SIGTERM)
    #expect(try await next.end().status == 0)
    try expectEachLeadOnce(batch, of: 4, in: folder)
  }
}

import Foundation
import GRDB
import TestSupport
import Testing
import WebTestSupport

#if canImport(Glibc)
  import Glibc
#endif

@Suite(.serialized) struct ServeCommandTests {
  @Test(
    "serve with a wrong setting does not start, and names the setting, its value and what was expected",
    arguments: [
      (["BATCH_PORT": "99999"], [], "BATCH_PORT", "99999", "0 to 65535"),
      (["BATCH_MAX_LEEDS": "5"], [], "BATCH_MAX_LEEDS", "5", "serve --help"),
      (["BATCH_PIPELINE": "prefect"], [], "BATCH_PIPELINE", "prefect", "local"),
      ([:], ["--max-leads", "none"], "--max-leads", "none", "whole number"),
      ([:], ["--prot", "80"], "the command line", "--prot", "serve --help"),
    ] as [([String: String], [String], String, String, String)])
  func wrongSetting(environment: [String: String], flags: [String], name: String, value: String, expected: String) async throws {
    let folder = try DataFolder()
    let ending = try await ServerProgram(["serve"] + flags, in: folder, environment).end()
    #expect(ending.status != 0)
    #expect([name, value, expected].allSatisfy(ending.errors.contains), "\(ending.errors)")
    #expect(ending.output.isEmpty)
  }

  @Test("serve ends with an explanation when its port is taken, and when its address is not of this machine")
  func cannotListen() async throws {
    let other = try TestSite { _ in .page }
    defer { other.stop() }
    for setting in [["BATCH_PORT": "\(other.port)"], ["BATCH_HOST": "192.0.2.1"]] {
      let ending = try await ServerProgram(["serve"], in: try DataFolder(), setting).end()
      #expect(ending.status != 0)
      #expect(ending.errors.contains("BATCH_HOST with BATCH_PORT is “") && ending.errors.contains("a port that is free"), "\(ending.errors)")
      #expect(ending.output.isEmpty)
    }
  }

  @Test("a system that begins with few open files is no hindrance: serve takes what it may have")
  func fewOpenFiles() async throws {
    let (demo, port) = try await ServerProgram.serve(try DataFolder(), flags: ["--demo"], openFiles: 128)
    #expect(try await TestClient(port: port).send("GET", "/health").status == 200)
    demo.signal(SIGTERM)
    #expect(try await demo.end().status == 0)
  }

  @Test("serve without an account says how to make one; a demo prints a link that signs in once")
  func firstLines() async throws {
    let (bare, _) = try await ServerProgram.serve(try DataFolder())
    #expect(bare.output.contains("accounts add EMAIL --role admin"))
    bare.signal(SIGTERM)
    _ = try await bare.end()
    let (demo, port) = try await ServerProgram.serve(try DataFolder(), flags: ["--demo"])
    let link = try #require(demo.output.firstMatch(of: /http:\/\/127\.0\.0\.1:[0-9]+(\/login\/link\?token=\S+)/))
    #expect(try await TestClient(port: port).send("GET", String(link.1)).status == 200)
    demo.signal(SIGTERM)
    #expect(try await demo.end().status == 0)
  }

  @Test("SIGTERM and SIGINT end the server within seconds with exit status 0", arguments: [SIGTERM, SIGINT])
  func signals(number: Int32) async throws {
    let (program, _) = try await ServerProgram.serve(try DataFolder())
    let start = ContinuousClock.now
    program.signal(number)
    let ending = try await program.end(within: 20)
    #expect(ending.status == 0, "\(ending.errors)")
    #expect(ContinuousClock.now - start < .seconds(10))
  }

  @Test("SIGTERM in mid-batch, with leads in flight, ends with exit status 0 within 10 s")
  func signalInMidBatch() async throws {
    let site = try TestSite { _ in .hold }
    defer { site.stop() }
    let folder = try DataFolder()
    let (leads, token) = try await folder.prepare(websites: (0..<2).map { site.url("/\($0)") })
    let (program, port) = try await ServerProgram.serve(folder, ["BATCH_ALLOW_PRIVATE_HOSTS": "true"])
    let batch = try await APIClient(port: port, token: token).start(leads)
    try await eventually("one is in flight, and the other waits for its host") { site.heldCount == 1 }
    let start = ContinuousClock.now
    program.signal(SIGTERM)
    let ending = try await program.end(within: 20)
    #expect(ending.status == 0, "\(ending.errors)")
    #expect(ContinuousClock.now - start < .seconds(10))
    #expect(try folder.rows("SELECT state FROM batch_lead").map { $0["state"] as String } == ["pending", "pending"])
    #expect(try folder.rows("SELECT state FROM batch WHERE id = ?", [batch]).map { $0["state"] as String } == ["processing"])
  }

  @Test("SIGTERM while another program keeps the database locked ends within 10 s too, and the leads run again")
  func signalWhileLocked() async throws {
    let site = try TestSite { _ in .hold }
    defer { site.stop() }
    let folder = try DataFolder()
    let (leads, token) = try await folder.prepare(websites: [site.url("/")])
    let (program, port) = try await ServerProgram.serve(folder, ["BATCH_ALLOW_PRIVATE_HOSTS": "true"])
    let batch = try await APIClient(port: port, token: token).start(leads)
    try await eventually("one is in flight") { site.heldCount == 1 }
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    let other = try DatabaseQueue(path: folder.url.appendingPathComponent("batchreports.sqlite").path, configuration: configuration)
    try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
    site.letGo()
    // Its work has ended, and the engine waits for the lock to write the outcome.
    try await eventually("none is in flight any more") {
      try await TestClient(port: port).send("GET", "/metrics").text.contains("leads_in_flight 0.0\n")
    }
    #expect(try folder.rows("SELECT state FROM batch_lead").map { $0["state"] as String } == ["processing"])
    let start = ContinuousClock.now
    program.signal(SIGTERM)
    let ending = try await program.end(within: 30)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    print("SIGTERM during a lock of the database: ended after \(String(format: "%.2f", seconds)) s")
    #expect(ending.status == 0, "\(ending.errors)")
    #expect(seconds < 10)
    try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
    let (next, nextPort) = try await ServerProgram.serve(folder, ["BATCH_ALLOW_PRIVATE_HOSTS": "true"])
    #expect(try await APIClient(port: nextPort, token: token).end(of: batch) == "completed")
    next.signal(SIGTERM)
    _ = try await next.end()
    try expectEachLeadOnce(batch, of: 1, in: folder)
  }
}

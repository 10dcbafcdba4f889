import BatchReports
import Foundation
import Storage
import Synchronization
import TestSupport
import Testing
import WebTestSupport

@testable import Web

@Suite(.serialized) struct EngineWatchTests {
  private func run(
    isOn: Bool = true, isHere: Bool = false, fault: (@Sendable () -> String?)? = nil,
    notice: @escaping @Sendable () -> String? = { nil }, _ body: @Sendable @escaping (ReportServer) async throws -> Void
  ) async throws {
    try await ReportServer.run(
      configure: { web in
        let watch = EngineWatch(
          queue: WorkQueue(database: web.database, archive: ReportArchive(folder: FileManager.default.temporaryDirectory)),
          features: FeatureFlags(database: web.database, atFirst: [.batchProcessing: isOn]),
          now: web.now, isHere: { isHere }, fault: fault ?? { nil }, notice: notice)
        web.healthChecks = [watch.healthCheck]
        web.engine = watch
      }, body)
  }

  private func engine(_ server: ReportServer) async throws -> (status: Int, detail: String) {
    let answer = try await server.client.send("GET", "/health")
    let components = try answer.json()["components"] as? [String: [String: String]]
    return (answer.status, try #require(components?["engine"]?["detail"]))
  }

  @Test("Without batches nothing is wrong, whoever runs the engine")
  func nothingToDo() async throws {
    try await run(isHere: true) { server in
      let state = try await engine(server)
      #expect(state.status == 200 && state.detail == "runs in this process")
    }
    try await run { server in
      let state = try await engine(server)
      #expect(state.status == 200 && state.detail == "waits for another process's lease")
      #expect(!(try await server.browser(server.desk.viewer).get("/").text.contains("Batches are not being run.")))
    }
  }

  @Test("While the engine can write nothing, health fails, and dashboard and batch page say what is wrong; afterwards they do not")
  func storageFault() async throws {
    let isBroken = Switch()
    try await run(isHere: true, fault: { isBroken.isOn ? "The disk is full." : nil }) { server in
      let batch = try await server.start()
      _ = try await server.engine()
      let browser = try await server.browser(server.desk.viewer)
      isBroken.set(true)
      let state = try await engine(server)
      #expect(state.status == 503 && state.detail == "The disk is full.")
      #expect(try await browser.get("/").text.contains("<strong>engine is down.</strong> The disk is full."))
      #expect(try await browser.get("/batches/\(batch.id.text)").text.contains("The disk is full."))
      isBroken.set(false)
      #expect(try await engine(server).status == 200)
      #expect(!(try await browser.get("/batches/\(batch.id.text)").text.contains("The disk is full.")))
    }
  }

  @Test("What somebody should look at while batches go on is a notice of health, told on the dashboard without a 503")
  func notice() async throws {
    try await run(isHere: true, notice: { "Some batches wait." }) { server in
      let batch = try await server.start()
      _ = try await server.engine()
      let state = try await engine(server)
      #expect(state.status == 200 && state.detail == "Some batches wait.")
      let browser = try await server.browser(server.desk.viewer)
      #expect(try await browser.get("/").text.contains("Some batches wait."))
      #expect(!(try await browser.get("/batches/\(batch.id.text)").text.contains("Batches are not being run.")))
    }
  }

  private final class Switch: Sendable {
    private let state = Mutex(false)
    var isOn: Bool { state.withLock { $0 } }
    func set(_ isOn: Bool) { state.withLock { $0 = isOn } }
  }

  @Test("Batches that wait while no engine has shown itself for three beats: health fails, and the pages say what to do")
  func stalled() async throws {
    try await run(isHere: true) { server in
      let batch = try await server.start()
      let never = try await engine(server)
      #expect(never.status == 503)
      #expect(never.detail == "No engine has shown itself. Look for errors in the server's log, then start the server again.")
      _ = try await server.engine()
      server.clock.advance(by: 15)
      #expect(try await engine(server).status == 200)
      let browser = try await server.browser(server.desk.viewer)
      #expect(!(try await browser.get("/batches/\(batch.id.text)").text.contains("Batches are not being run.")))
      server.clock.advance(by: 1)
      let state = try await engine(server)
      #expect(state.status == 503 && state.detail.hasPrefix("No engine has shown itself for 16 s."))
      let dashboard = try await browser.get("/").text
      #expect(dashboard.contains("<strong>engine is down.</strong> No engine has shown itself for 16 s."))
      #expect(!dashboard.contains("Batches are not being run."))
      let page = try await browser.get("/batches/\(batch.id.text)").text
      #expect(page.contains("<strong>Batches are not being run.</strong> No engine has shown itself for 16 s."))
      _ = try await server.desk.batches.pause(batch.id, reason: "", by: server.desk.admin, now: server.clock.now)
      #expect(try await engine(server).status == 200)
      #expect(!(try await browser.get("/batches/\(batch.id.text)").text.contains("Batches are not being run.")))
    }
  }

  @Test("A process that is not to run batches says so unless another one does")
  func offHere() async throws {
    try await run(isOn: false) { server in
      let browser = try await server.browser(server.desk.viewer)
      let idle = try await engine(server)
      #expect(idle.status == 200 && idle.detail == "switched off in this process")
      #expect(try await browser.get("/").text.contains("<strong>Batches are not being run.</strong> Batch processing is switched off in this process"))
      let batch = try await server.start()
      let waiting = try await engine(server)
      #expect(waiting.status == 503 && waiting.detail.hasPrefix("Batch processing is switched off in this process"))
      #expect(try await browser.get("/batches/\(batch.id.text)").text.contains("<strong>Batches are not being run.</strong> Batch processing is switched off"))
      _ = try await server.engine()
      let elsewhere = try await engine(server)
      #expect(elsewhere.status == 200 && elsewhere.detail == "runs in another process")
      #expect(!(try await browser.get("/").text.contains("Batches are not being run.")))
    }
  }

  @Test("What an admin has switched off is no fault, but the pages tell")
  func switchedOff() async throws {
    try await run { server in
      let batch = try await server.start()
      _ = try await server.engine()
      try await FeatureFlags(database: server.desk.database).set(
        .batchProcessing, isOn: false, reason: "", by: server.desk.admin, now: server.clock.now)
      let state = try await engine(server)
      #expect(state.status == 200 && state.detail == "switched off")
      let browser = try await server.browser(server.desk.viewer)
      for path in ["/", "/batches/\(batch.id.text)"] {
        #expect(try await browser.get(path).text.contains("<strong>Batches are not being run.</strong> An administrator has switched"))
      }
    }
  }
}

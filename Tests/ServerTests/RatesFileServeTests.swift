import Foundation
import TestSupport
import Testing
import WebTestSupport

#if canImport(Glibc)
  import Glibc
#endif

@Suite(.serialized) struct RatesFileServeTests {
  private static let good = #"{"report_generation_base_cost": 0.07, "volume_tiers": [{"from": 1, "discount_percent": 0}]}"#

  @Test("serve reads the rates file before it listens, and adds nothing when it starts again")
  func atStart() async throws {
    let folder = try DataFolder()
    let file = folder.url.appendingPathComponent("rates.json")
    try Data(Self.good.utf8).write(to: file)
    for _ in 0..<2 {
      let (program, _) = try await ServerProgram.serve(folder, ["BATCH_RATES_FILE": file.path])
      #expect(try folder.rows("SELECT version, author, base_cost FROM rate_card ORDER BY version").map { $0["base_cost"] as Int } == [50_000, 70_000])
      program.signal(SIGTERM)
      _ = try await program.end()
    }
  }

  @Test("a bad rates file at the very first start stops nothing: the installation's prices hold, and health and log say what is wrong")
  func badAtStart() async throws {
    let folder = try DataFolder()
    let file = folder.url.appendingPathComponent("rates.json")
    try Data(Self.good.utf8.dropLast(5)).write(to: file)
    let (program, port) = try await ServerProgram.serve(folder, ["BATCH_RATES_FILE": file.path, "BATCH_LOG_LEVEL": "error"])
    let health = try await TestClient(port: port).send("GET", "/api/health")
    #expect(health.status == 200 && health.text.contains("\"notice\"") && health.text.contains("The rates file cannot be used"))
    #expect(program.errors.contains("the rates file cannot be used") && program.errors.contains("It is not JSON"))
    #expect(try folder.rows("SELECT version FROM rate_card").count == 1)
    try Data(Self.good.utf8).write(to: file)
    try await eventually("the file is read again by itself") { try folder.rows("SELECT version FROM rate_card").count == 2 }
    try await eventually("the notice goes away") { try await !TestClient(port: port).send("GET", "/api/health").text.contains("notice") }
    program.signal(SIGTERM)
    #expect(try await program.end().status == 0)
  }
}

import BatchReports
import Foundation
import GRDB
import Storage
import TestSupport
import Testing

@Suite("Feature flags")
struct FeatureFlagsTests {
  @Test("are as the environment says, else as they are at first, until someone switches them for every process")
  func switching() async throws {
    let desk = try await BatchDesk(leads: 1)
    let here = FeatureFlags(database: desk.database)
    let elsewhere = FeatureFlags(database: try desk.secondDatabase(), atFirst: [.batchProcessing: false, .socketLog: true])
    #expect(try await here.all().map(\.isOn) == [true, true, false])
    #expect(try await elsewhere.all().map(\.isOn) == [false, true, true])
    #expect(try await here.isOn(.batchProcessing))
    #expect(try await !elsewhere.isOn(.batchProcessing))

    try await here.set(.batchProcessing, isOn: false, reason: "maintenance", by: desk.admin, now: BatchDesk.noon)
    for flags in [here, elsewhere] {
      #expect(try await !flags.isOn(.batchProcessing))
      await #expect(throws: FeatureOff(.batchProcessing)) { try await flags.require(.batchProcessing) }
      let state = try #require(try await flags.all().first)
      #expect(state.changedBy == desk.admin.email && state.changedAt == BatchDesk.noon && !state.isOn)
    }
    try await elsewhere.set(.batchProcessing, isOn: true, reason: "", by: desk.admin, now: BatchDesk.noon)
    try await here.require(.batchProcessing)
    try await elsewhere.require(.batchProcessing)
  }

  @Test("each switch is in the audit trail once, with its reason; switching to what is leaves none")
  func audit() async throws {
    let desk = try await BatchDesk(leads: 1)
    let flags = FeatureFlags(database: desk.database)
    for isOn in [false, false, true] {
      try await flags.set(.batchRunnerPages, isOn: isOn, reason: "because", by: desk.admin, now: BatchDesk.noon)
    }
    let entries = try await AuditTrail(desk.database).list(AuditFilter(subjectType: "feature"))
    #expect(entries.map(\.action) == ["feature.on", "feature.off"])
    #expect(entries.allSatisfy { $0.reason == "because" && $0.subjectID == "ENABLE_BATCH_RUNNER_UI" && $0.actor.name == desk.admin.email })
  }
}

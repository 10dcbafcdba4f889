import BatchReports
import Foundation
import GRDB
import Storage
import TestSupport
import Testing

@Suite("A known charge while the disk fails")
struct SettlementFaultTests {
  @Test("it is written once the disk is mended, also when its lead was called back long before")
  func outlivesItsLead() async throws {
    let flight = try await CallLedgerTests.Flight()
    let (desk, ledger, claim) = (flight.desk, flight.ledger, flight.claim)
    let intent = try await ledger.intend(claim, step: "email", provider: "hunter")
    func set(_ sql: String) async throws { try await desk.database.pool.writeWithoutTransaction { try $0.execute(sql: sql) } }
    try await set("PRAGMA query_only = 1")
    // The lead is let go with the disk's error; its charge is not.
    await #expect(throws: (any Error).self) {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await ledger.settle(intent, of: claim, .charged(units: 1, externalID: nil, answer: CallLedgerTests.answer)) }
        group.cancelAll()
        try await group.waitForAll()
      }
    }
    try await set("PRAGMA query_only = 0")
    try await eventually("the charge is written") { try await desk.number("SELECT count(*) FROM charge") == 1 }
    #expect(try await flight.states() == ["charged"])
    #expect(try await ledger.kept(claim) == ["email": CallLedgerTests.answer])
    #expect(try await desk.brokenMoney() == [])
  }
}

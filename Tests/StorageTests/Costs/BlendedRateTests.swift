import BatchReports
import Foundation
import GRDB
import Storage
import TestSupport
import Testing

@Suite("The blended rate")
struct BlendedRateTests {
  typealias Flight = CallLedgerTests.Flight

  static let charged = CallLedger.Ending.charged(units: 1, externalID: nil, answer: CallLedgerTests.answer)
  static let prices: [String: Int64] = ["hunter": 0, "semrush": 0, "blended": 450_000]

  @Test("a provider whose own price is zero is not charged the rate, and holds nothing")
  func free() async throws {
    let flight = try await Flight(prices: Self.prices, free: ["hunter"])
    let own = try await flight.ledger.intend(flight.claim, step: "a", provider: "hunter")
    #expect(try await flight.desk.number("SELECT held FROM reservation") == 0)
    try await flight.ledger.settle(own, of: flight.claim, Self.charged)
    #expect(try await flight.desk.batch(flight.batch.id).actual == .zero)
    let covered = try await flight.ledger.intend(flight.claim, step: "b", provider: "semrush")
    try await flight.ledger.settle(covered, of: flight.claim, Self.charged)
    #expect(try await flight.desk.batch(flight.batch.id).actual == Money(micros: 450_000))
    #expect(try await flight.desk.brokenMoney() == [])
  }

  @Test("it is taken from the call that holds it when another is charged first, so that the reservation never grows", arguments: [true, false])
  func secondFirst(firstIsLost: Bool) async throws {
    let flight = try await Flight(prices: Self.prices, approved: 500_000)
    let first = try await flight.ledger.intend(flight.claim, step: "a", provider: "hunter")
    let second = try await flight.ledger.intend(flight.claim, step: "b", provider: "semrush")
    if firstIsLost { try await flight.ledger.settle(first, of: flight.claim, .unresolved(note: "Lost.")) }
    try await flight.ledger.settle(second, of: flight.claim, Self.charged)
    #expect(try await flight.desk.number("SELECT amount FROM reservation") == 500_000)
    #expect(try await flight.desk.number("SELECT held FROM reservation") == 0)
    #expect(try await flight.desk.number("SELECT in_doubt FROM budget_day") == 0)
    #expect(try await flight.desk.brokenMoney() == [])
    if !firstIsLost { try await flight.ledger.settle(first, of: flight.claim, Self.charged) }
    try await flight.desk.advance([flight.claim.succeeds()], epoch: flight.epoch)
    #expect(try await flight.desk.batch(flight.batch.id).actual == Money(micros: 500_000))
    #expect(try await flight.desk.brokenMoney() == [])
  }

  @Test("of several calls without a known answer it is in doubt once, and whichever was charged is charged it once", arguments: [true, false])
  func inDoubtOnce(firstIsCharged: Bool) async throws {
    let flight = try await Flight(prices: Self.prices, approved: 500_000)
    var ids: [Int64] = []
    for (step, provider) in [("a", "hunter"), ("b", "semrush")] {
      let call = try await flight.ledger.intend(flight.claim, step: step, provider: provider)
      try await flight.ledger.settle(call, of: flight.claim, .unresolved(note: "Lost."))
      ids.append(call.id)
    }
    #expect(try await flight.desk.number("SELECT in_doubt FROM budget_day") == 450_000)
    #expect(try await flight.desk.brokenMoney() == [])
    let calls = UnresolvedCalls(database: flight.desk.database)
    try await calls.resolve(ids[0], wasCharged: firstIsCharged, reason: "Invoice 7", by: flight.desk.admin, now: BatchDesk.noon)
    // One that was not charged leaves the doubt to the other.
    #expect(try await flight.desk.number("SELECT in_doubt FROM budget_day") == (firstIsCharged ? 0 : 450_000))
    #expect(try await flight.desk.brokenMoney() == [])
    try await calls.resolve(ids[1], wasCharged: true, reason: "Invoice 7", by: flight.desk.admin, now: BatchDesk.noon)
    #expect(try await flight.desk.batch(flight.batch.id).actual == Money(micros: 450_000))
    #expect(try await flight.desk.number("SELECT amount FROM reservation") == 500_000)
    #expect(try await flight.desk.number("SELECT in_doubt FROM budget_day") == 0)
    #expect(try await flight.desk.brokenMoney() == [])
  }

  @Test("a call that cost nothing leaves it to one without a known answer, and one that was not charged after all to one under way")
  func handedOn() async throws {
    let flight = try await Flight(prices: Self.prices, approved: 500_000)
    let first = try await flight.ledger.intend(flight.claim, step: "a", provider: "hunter")
    let second = try await flight.ledger.intend(flight.claim, step: "b", provider: "semrush")
    try await flight.ledger.settle(second, of: flight.claim, .unresolved(note: "Lost."))
    try await flight.ledger.settle(first, of: flight.claim, .free(answer: nil))
    #expect(try await flight.desk.number("SELECT in_doubt FROM budget_day") == 450_000)
    let third = try await flight.ledger.intend(flight.claim, step: "a", provider: "hunter")
    try await UnresolvedCalls(database: flight.desk.database)
      .resolve(second.id, wasCharged: false, reason: "Invoice 7", by: flight.desk.admin, now: BatchDesk.noon)
    #expect(try await flight.desk.number("SELECT held FROM reservation") == 450_000)
    #expect(try await flight.desk.brokenMoney() == [])
    try await flight.ledger.settle(third, of: flight.claim, Self.charged)
    #expect(try await flight.desk.number("SELECT amount FROM reservation") == 500_000)
    #expect(try await flight.desk.brokenMoney() == [])
  }
}

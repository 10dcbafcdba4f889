import BatchReports
import Foundation
import GRDB
import Storage
import TestSupport
import Testing

@Suite("Calls without a known answer")
struct UnresolvedCallTests {
  private func lost(prices: [String: Int64] = ["hunter": 10_000]) async throws -> (CallLedgerTests.Flight, UnresolvedCalls, Int64) {
    let flight = try await CallLedgerTests.Flight(prices: prices)
    let intent = try await flight.ledger.intend(flight.claim, step: "email", provider: "hunter")
    _ = try await flight.desk.queue.beginEpoch(now: BatchDesk.noon)
    return (flight, UnresolvedCalls(database: flight.desk.database), intent.id)
  }

  @Test("they are listed with their lead, their batch and what they cost at most")
  func listed() async throws {
    let (flight, calls, id) = try await lost()
    let call = try await #require(calls.list().first)
    #expect(call.id == id && call.batchID == flight.batch.id && call.leadName == "Lead 0" && call.provider == "hunter")
    #expect(call.atMost == Money(micros: 10_000) && call.key.hasSuffix(":0:email:1") && call.note == "The server stopped before the answer was written down.")
    #expect(try await calls.sum() == .init(count: 1, atMost: Money(micros: 10_000)))
    #expect(try await calls.sum(batch: flight.batch).count == 1)
    let other = try await flight.desk.start(flight.desk.addLeads(1))
    #expect(try await calls.sum(batch: other) == .none)
    #expect(try await calls.list(batch: other).isEmpty)
  }

  @Test("one that was charged becomes a charge of its day; one that was not gives its money back to the batch", arguments: [true, false])
  func resolved(wasCharged: Bool) async throws {
    let (flight, calls, id) = try await lost()
    #expect(try await flight.desk.number("SELECT amount FROM reservation") == 9_990_000)
    try await calls.resolve(id, wasCharged: wasCharged, reason: "Invoice 7", by: flight.desk.admin, now: BatchDesk.noon)
    #expect(try await flight.desk.batch(flight.batch.id).actual == Money(micros: wasCharged ? 10_000 : 0))
    #expect(try await flight.desk.number("SELECT amount FROM reservation") == 10_000_000)
    #expect(try await flight.desk.number("SELECT in_doubt FROM budget_day") == 0)
    #expect(try await calls.sum() == .none)
    let line = try await flight.desk.batches.history(of: flight.batch).last
    #expect(line?.action == "batch.call_resolved" && line?.reason == "Invoice 7" && line?.detail["outcome"] == (wasCharged ? "charged" : "not_charged"))
    #expect(try await flight.desk.brokenMoney() == [])
    await #expect(throws: UnresolvedCallRefusal.settled) {
      try await calls.resolve(id, wasCharged: !wasCharged, reason: "Again", by: flight.desk.admin, now: BatchDesk.noon)
    }
    #expect(try await flight.desk.brokenMoney() == [])
  }

  @Test("after its batch has ended too, on the day that held it", arguments: [true, false])
  func afterTheEnd(wasCharged: Bool) async throws {
    let (flight, calls, id) = try await lost(prices: ["hunter": 0, "blended": 450_000])
    _ = try await flight.desk.batches.cancel(flight.batch.id, reason: "", by: flight.desk.admin, now: BatchDesk.noon)
    #expect(try await flight.desk.number("SELECT reserved FROM budget_day") == 0)
    #expect(try await flight.desk.number("SELECT in_doubt FROM budget_day") == 450_000)
    let tomorrow = BatchDesk.noon.addingTimeInterval(86_400)
    try await calls.resolve(id, wasCharged: wasCharged, reason: "Invoice 7", by: flight.desk.admin, now: tomorrow)
    #expect(try await flight.desk.budget.state(at: BatchDesk.noon).spentToday == Money(micros: wasCharged ? 450_000 : 0))
    #expect(try await flight.desk.batch(flight.batch.id).actual == Money(micros: wasCharged ? 450_000 : 0))
    #expect(try await flight.desk.brokenMoney() == [])
  }

  @Test("only an admin settles them, with a reason, and only those that there are")
  func refused() async throws {
    let (flight, calls, id) = try await lost()
    await #expect(throws: AccessRefusal.self) {
      try await calls.resolve(id, wasCharged: true, reason: "I know", by: flight.desk.operatorAccount, now: BatchDesk.noon)
    }
    for reason in ["", "  ", String(repeating: "x", count: 501)] {
      await #expect(throws: InvalidInput.self) {
        try await calls.resolve(id, wasCharged: true, reason: reason, by: flight.desk.admin, now: BatchDesk.noon)
      }
    }
    await #expect(throws: UnresolvedCallRefusal.unknown) {
      try await calls.resolve(99, wasCharged: true, reason: "I know", by: flight.desk.admin, now: BatchDesk.noon)
    }
    #expect(try await flight.desk.number("SELECT in_doubt FROM budget_day") == 10_000)
  }
}

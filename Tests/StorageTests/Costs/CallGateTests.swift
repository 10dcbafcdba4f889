import BatchReports
import Foundation
import GRDB
import Storage
import TestSupport
import Testing

@Suite("When a paid call may be made")
struct CallGateTests {
  typealias Flight = CallLedgerTests.Flight

  private func refusal(_ flight: Flight, _ claim: WorkQueue.Claim? = nil, provider: String = "hunter") async throws -> CallLedger.Refusal? {
    do {
      _ = try await flight.ledger.intend(claim ?? flight.claim, step: "x", provider: provider)
      return nil
    } catch let refusal as CallLedger.Refusal { return refusal }
  }

  @Test("not in a batch that is paused, is being cancelled or has ended")
  func notRunning() async throws {
    let flight = try await Flight()
    _ = try await flight.desk.batches.pause(flight.batch.id, reason: "", by: flight.desk.admin, now: BatchDesk.noon)
    #expect(try await refusal(flight) == .batchIsNotRunning)
    _ = try await flight.desk.batches.resume(flight.batch.id, reason: "", by: flight.desk.admin, now: BatchDesk.noon)
    #expect(try await refusal(flight) == nil)
    _ = try await flight.desk.batches.cancel(flight.batch.id, reason: "", by: flight.desk.admin, now: BatchDesk.noon)
    #expect(try await refusal(flight) == .batchIsNotRunning)
    try await flight.desk.advance([flight.claim.ends(.cancelled)], epoch: flight.epoch)
    #expect(try await refusal(flight) == .batchIsNotRunning)
  }

  @Test("not by an engine that lost its lease, nor for a lead that was moved on")
  func notOurs() async throws {
    let flight = try await Flight(leads: 2)
    try await flight.desk.advance([flight.claim.ends(.released)], epoch: flight.epoch)
    #expect(try await refusal(flight) == .leadIsNotOurs)
    let again = try await #require(flight.desk.claim(1, epoch: flight.epoch).first)
    _ = try await flight.desk.queue.beginEpoch(now: BatchDesk.noon)
    #expect(try await refusal(flight, again) == .leadIsNotOurs)
  }

  @Test("not to a provider that the batch has no price for")
  func notPriced() async throws {
    let flight = try await Flight()
    await #expect(throws: UnreadableRow.self) { _ = try await flight.ledger.intend(flight.claim, step: "x", provider: "semrush") }
    #expect(try await flight.states() == [])
  }

  @Test("not for money that is promised to reports in work: the batch pauses, with the reason and a line in the trail")
  func spent() async throws {
    // Two leads in flight: two reports of 0.05 and one call of 0.01 fit, another call does not.
    let flight = try await Flight(leads: 2, approved: 119_999)
    let second = try await #require(flight.desk.claim(1, epoch: flight.epoch).first)
    let first = try await flight.ledger.intend(flight.claim, step: "x", provider: "hunter")
    // What a call under way holds may come back: nothing is paused for it.
    #expect(try await refusal(flight, second) == .moneyIsUnderWay)
    #expect(try await flight.desk.batch(flight.batch.id).state == .processing)
    try await flight.ledger.settle(first, of: flight.claim, .charged(units: 1, externalID: nil, answer: CallLedgerTests.answer))
    #expect(try await refusal(flight, second) == .reserveIsSpent)
    let paused = try await flight.desk.batch(flight.batch.id)
    #expect(paused.state == .paused && paused.isPausedByEngine && paused.isReserveSpent)
    #expect(paused.stateReason.hasPrefix("The money that was approved is spent: "))
    let line = try await flight.desk.batches.history(of: paused).last
    #expect(line?.action == "batch.pause" && line?.actor == "engine" && line?.detail["cause"] == "reserve_spent")
    #expect(try await refusal(flight) == .batchIsNotRunning)
    #expect(try await flight.desk.brokenMoney() == [])
  }

  @Test("not for a step of which a call is under way still, whose answer may be on its way to the disk")
  func underWay() async throws {
    let flight = try await Flight()
    let first = try await flight.ledger.intend(flight.claim, step: "x", provider: "hunter")
    try await flight.desk.advance([flight.claim.ends(.released)], epoch: flight.epoch)
    let again = try await #require(flight.desk.claim(1, epoch: flight.epoch).first)
    #expect(try await refusal(flight, again) == .callIsOpen)
    try await flight.ledger.settle(first, of: flight.claim, .free(answer: nil))
    #expect(try await refusal(flight, again) == nil)
  }

  @Test("a batch that was approved less than one report never begins: it pauses before its first lead, and says so")
  func tooLittleToBegin() async throws {
    let desk = try await BatchDesk(leads: 2)
    let batch = try await desk.startPaid(prices: [:], approved: 49_999)
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    #expect(try await desk.claim(2, epoch: epoch).isEmpty)
    let paused = try await desk.batch(batch.id)
    #expect(paused.state == .paused && paused.isReserveSpent && paused.stateReason.hasPrefix("The money that was approved is spent: "))
    _ = try await desk.batches.resume(batch.id, ResumeOrder(isApproved: true), by: desk.admin, now: BatchDesk.noon)
    #expect(try await desk.claim(2, epoch: epoch).count == 2)
    #expect(try await desk.brokenMoney() == [])
  }

  @Test("a lead without a website, which costs nothing, keeps no money from the others")
  func withoutWebsite() async throws {
    let desk = try await BatchDesk(leads: 1)
    try await desk.addLeads(1, withWebsite: false)
    _ = try await desk.startPaid(approved: 60_000)
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    let first = try await desk.claim(2, epoch: epoch)
    let both = try await first + desk.claim(2, epoch: epoch)
    let intent = try await desk.ledger().intend(both[0], step: "email", provider: "hunter")
    #expect(intent.unitCost == Money(micros: 10_000))
  }

  @Test("leads are not taken whose report could not be paid, and the batch pauses once nothing is in flight")
  func claimStops() async throws {
    let desk = try await BatchDesk(leads: 4)
    let batch = try await desk.startPaid(approved: 110_000)
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    let first = try await desk.claim(4, epoch: epoch)
    #expect(first.count == 2)
    #expect(try await desk.claim(4, epoch: epoch).isEmpty)
    #expect(try await desk.batch(batch.id).state == .processing)
    // One fails, so its money is free for another.
    let second = try await desk.advance([first[0].fails()], claiming: 4, epoch: epoch).claims
    #expect(second.count == 1)
    try await desk.advance([first[1].succeeds(), second[0].succeeds()], claiming: 4, epoch: epoch)
    let paused = try await desk.batch(batch.id)
    #expect(paused.state == .paused && paused.isReserveSpent && paused.counts.pending == 1)
    #expect(try await desk.brokenMoney() == [])
  }

  @Test("what an engine left announced is unresolved after its death, and the lead's next call has the next number")
  func crash() async throws {
    let flight = try await Flight()
    let lost = try await flight.ledger.intend(flight.claim, step: "email", provider: "hunter")
    let epoch = try await flight.desk.queue.beginEpoch(now: BatchDesk.noon)
    #expect(try await flight.states() == ["unresolved"])
    // The engine that died speaks up after all: too late.
    try await flight.ledger.settle(lost, of: flight.claim, .charged(units: 1, externalID: nil, answer: CallLedgerTests.answer))
    let again = try await #require(flight.desk.claim(1, epoch: epoch).first)
    let next = try await flight.ledger.intend(again, step: "email", provider: "hunter")
    #expect(next.key.hasSuffix(":0:email:2"))
    try await flight.ledger.settle(next, of: again, .charged(units: 1, externalID: nil, answer: CallLedgerTests.answer))
    try await flight.desk.advance([again.succeeds()], epoch: epoch)
    #expect(try await flight.desk.batch(flight.batch.id).actual == Money(micros: 60_000))
    #expect(try await flight.desk.number("SELECT in_doubt FROM budget_day") == 10_000)
    #expect(try await flight.desk.brokenMoney() == [])
  }

  @Test("an answer that comes after its batch was stopped is charged, and nothing stays held")
  func late() async throws {
    let desk = try await BatchDesk(leads: 2)
    let batch = try await desk.startPaid(nil, prices: ["hunter": 10_000], approved: 1_000_000, BatchDesk.order(maxFailureCount: 0))
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    let claims = try await desk.claim(2, epoch: epoch)
    let ledger = desk.ledger()
    let intent = try await ledger.intend(claims[0], step: "email", provider: "hunter")
    try await desk.advance([claims[1].fails()], epoch: epoch)
    #expect(try await desk.batch(batch.id).state == .failed)
    #expect(try await desk.number("SELECT reserved FROM budget_day") == 10_000)
    #expect(try await desk.brokenMoney() == [])
    try await ledger.settle(intent, of: claims[0], .charged(units: 1, externalID: nil, answer: CallLedgerTests.answer))
    #expect(try await desk.number("SELECT reserved FROM budget_day") == 0)
    #expect(try await desk.batch(batch.id).actual == Money(micros: 10_000))
    #expect(try await desk.brokenMoney() == [])
  }

  @Test("after a pause or a cancel is acknowledged no intent is committed", arguments: 1...4)
  func races(seed: UInt64) async throws {
    var random = SeededRandom(seed: seed)
    for round in 0..<Soak.rounds(10, 250) {
      let desk = try await BatchDesk(leads: 8)
      let batch = try await desk.startPaid(nil, BatchDesk.order(maxConcurrent: 8))
      let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
      let claims = try await desk.claim(8, epoch: epoch)
      let ledger = desk.ledger()
      let (cancels, wait) = (Bool.random(using: &random), Int.random(in: 0...3, using: &random))
      try await withThrowingTaskGroup(of: Void.self) { group in
        for claim in claims {
          group.addTask {
            for number in 0..<6 {
              do { _ = try await ledger.intend(claim, step: "s\(number)", provider: "hunter") } catch is CallLedger.Refusal { return }
            }
          }
        }
        group.addTask {
          for _ in 0..<wait { _ = try await desk.number("SELECT count(*) FROM provider_call") }
          if cancels {
            _ = try await desk.batches.cancel(batch.id, reason: "", by: desk.admin, now: BatchDesk.noon)
          } else {
            _ = try await desk.batches.pause(batch.id, reason: "", by: desk.admin, now: BatchDesk.noon)
          }
          let acknowledged = try await desk.number("SELECT count(*) FROM provider_call")
          for claim in claims {
            await #expect(throws: CallLedger.Refusal.self) { _ = try await ledger.intend(claim, step: "late", provider: "hunter") }
          }
          let after = try await desk.number("SELECT count(*) FROM provider_call")
          #expect(acknowledged == after, "seed \(seed), round \(round)")
        }
        try await group.waitForAll()
      }
      #expect(try await desk.brokenMoney() == [], "seed \(seed), round \(round)")
    }
  }
}

import BatchReports
import Foundation
import GRDB
import Storage
import TestSupport
import Testing

/// A provider that counts itself what it was asked and what it charged, as its invoice would.
private struct Invoice {
  var charged = 0
  var free = 0
}

@Suite("Money under random calls, pauses, cancels, crashes and retries")
struct MoneyPropertyTests {
  private struct Open {
    var claim: WorkQueue.Claim
    var calls: [CallLedger.Intent] = []
  }

  /// What happens at random, one step after the other; every sum is checked after each.
  private final class Play {
    var random: SeededRandom
    let desk: BatchDesk
    let ledger: CallLedger
    var epoch: Int64 = 0
    var inFlight: [Open] = []
    var lost: [(WorkQueue.Claim, CallLedger.Intent)] = []
    var invoice = Invoice()
    /// A call cost more than one unit: from then on the reservation may grow by itself.
    var wentBeyond = false
    /// Resumes and retries, which approve more.
    var approvals = 0

    init(seed: UInt64) async throws {
      random = SeededRandom(seed: seed)
      desk = try await BatchDesk(leads: 6)
      ledger = desk.ledger()
      epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    }

    func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    func start() async throws -> Batch {
      let prices: [String: Int64] =
        chance(50) ? ["hunter": 10_000, "semrush": 25_000] : ["hunter": 0, "semrush": 25_000, "openai": 0, "blended": 40_000]
      return try await desk.startPaid(prices: prices, approved: Int64.random(in: 40_000...900_000, using: &random))
    }

    func step(_ batch: Batch) async throws {
      switch Int.random(in: 0..<16, using: &random) {
      case 0, 1, 2: inFlight += try await desk.claim(2, epoch: epoch).map { Open(claim: $0) }
      case 3, 4, 5, 6: try await call()
      case 7, 8, 9, 10: try await settle()
      case 11, 12: try await end()
      case 13: try await crash()
      default: try await control(batch)
      }
    }

    func call() async throws {
      guard let place = inFlight.indices.randomElement(using: &random) else { return }
      guard let provider = inFlight[place].claim.unitPrices.called.sorted().randomElement(using: &random) else { return }
      do { inFlight[place].calls.append(try await ledger.intend(inFlight[place].claim, step: provider, provider: provider)) } catch is CallLedger.Refusal {}
    }

    func settle() async throws {
      guard let place = inFlight.indices.randomElement(using: &random), let call = inFlight[place].calls.popLast() else { return }
      let ending: CallLedger.Ending
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<6:
        let units = chance(10) ? 3 : 1
        if units > 1 { wentBeyond = true }
        invoice.charged += units
        ending = .charged(units: units, externalID: nil, answer: Data("a".utf8))
      case 6..<9:
        invoice.free += 1
        ending = .free(answer: chance(50) ? Data("f".utf8) : nil)
      default: ending = .unresolved(note: "lost")
      }
      for _ in 0...(chance(20) ? 1 : 0) { try await ledger.settle(call, of: inFlight[place].claim, ending) }
    }

    func end() async throws {
      guard let place = inFlight.indices.randomElement(using: &random) else { return }
      let open = inFlight.remove(at: place)
      // A lead ends only after its calls, but for one whose batch was stopped.
      for call in open.calls {
        invoice.free += 1
        try await ledger.settle(call, of: open.claim, .free(answer: nil))
      }
      let outcomes = [open.claim.succeeds(), open.claim.succeeds(), open.claim.fails(.timeout), open.claim.ends(.released)]
      guard let outcome = outcomes.randomElement(using: &random) else { return }
      try await desk.advance([outcome], epoch: epoch)
    }

    /// The engine is gone with its calls, and another one begins; the answers that come afterwards come too late.
    func crash() async throws {
      lost += inFlight.flatMap { open in open.calls.map { (open.claim, $0) } }
      inFlight = []
      epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
      for (claim, call) in lost where chance(30) { try await ledger.settle(call, of: claim, .charged(units: 1, externalID: nil, answer: Data())) }
    }

    /// What was reserved in all, also of what is in doubt now.
    func approved() async throws -> Int {
      try await desk.number("SELECT total(amount) + (SELECT total(held) FROM provider_call WHERE state = 'unresolved') FROM reservation")
    }

    func control(_ batch: Batch) async throws {
      approvals += 1
      do {
        switch Int.random(in: 0..<6, using: &random) {
        case 0: _ = try await desk.batches.pause(batch.id, reason: "", by: desk.admin, now: BatchDesk.noon)
        case 1, 2, 3: _ = try await desk.batches.resume(batch.id, ResumeOrder(isApproved: true), by: desk.admin, now: BatchDesk.noon)
        case 4 where chance(20): _ = try await desk.batches.cancel(batch.id, reason: "", by: desk.admin, now: BatchDesk.noon)
        default: _ = try await desk.batches.retry(batch.id, RetryOrder(scope: .failed, isApproved: true), by: desk.admin, now: BatchDesk.noon)
        }
      } catch is any Refusal {}
      let calls = UnresolvedCalls(database: desk.database)
      if chance(30), let call = try await calls.list().randomElement(using: &random) {
        let wasCharged = chance(50)
        if wasCharged { invoice.charged += 1 } else { invoice.free += 1 }
        try await calls.resolve(call.id, wasCharged: wasCharged, reason: "invoice", by: desk.admin, now: BatchDesk.noon)
      }
    }
  }

  @Test("every sum holds after every step, and ledger plus unresolved is what the providers counted", arguments: 1...6)
  func sums(seed: UInt64) async throws {
    for round in 0..<Soak.rounds(2, 60) {
      let play = try await Play(seed: seed * 1000 + UInt64(round))
      let batch = try await play.start()
      for step in 0..<120 {
        let (approved, approvals) = (try await play.approved(), play.approvals)
        try await play.step(batch)
        let grew = try await play.approved() > approved
        #expect(!grew || play.wentBeyond || play.approvals > approvals, "seed \(seed), round \(round), step \(step): nobody approved more")
        let broken = try await play.desk.brokenMoney()
        #expect(broken == [], "seed \(seed), round \(round), step \(step)")
        if !broken.isEmpty { return }
      }
      try await play.crash()
      let desk = play.desk
      #expect(try await desk.number("SELECT total(units) FROM charge WHERE kind = 'provider' AND provider <> 'blended'") == play.invoice.charged)
      #expect(try await desk.number("SELECT count(*) FROM provider_call WHERE state = 'free'") == play.invoice.free)
      #expect(try await desk.number("SELECT count(*) FROM provider_call WHERE state = 'intent'") == 0)
      #expect(
        try await desk.number("SELECT count(*) FROM (SELECT 1 FROM charge WHERE kind = 'base' GROUP BY batch_key, position HAVING count(*) > 1)") == 0)
    }
  }
}

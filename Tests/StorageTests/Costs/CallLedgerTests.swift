import BatchReports
import Foundation
import GRDB
import Storage
import TestSupport
import Testing

@Suite("The ledger of paid calls")
struct CallLedgerTests {
  static let answer = Data("{}".utf8)

  /// A batch with one lead in flight.
  struct Flight {
    var desk: BatchDesk
    var batch: Batch
    var ledger: CallLedger
    var claim: WorkQueue.Claim
    var epoch: Int64

    init(leads: Int = 1, prices: [String: Int64] = ["hunter": 10_000], free: Set<String> = [], approved: Int64 = 10_000_000) async throws {
      desk = try await BatchDesk(leads: leads)
      batch = try await desk.startPaid(prices: prices, free: free, approved: approved)
      epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
      ledger = desk.ledger()
      claim = try await #require(desk.claim(1, epoch: epoch).first)
    }

    func states() async throws -> [String] {
      try await desk.database.pool.read { try String.fetchAll($0, sql: "SELECT state FROM provider_call ORDER BY id") }
    }
  }

  @Test("a claim carries what a call needs: the lead's facts, the prices and the epoch")
  func claim() async throws {
    let desk = try await BatchDesk(leads: 1)
    try await desk.database.pool.write {
      try $0.execute(sql: "UPDATE lead SET email = 'a@b.example', phone = '1', city = 'Ulm', region = 'BW', enrichment_status = 'enriched'")
    }
    _ = try await desk.startPaid(prices: ["hunter": 10_000])
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    let claim = try await #require(desk.claim(1, epoch: epoch).first)
    #expect([claim.email, claim.phone, claim.city, claim.region, claim.enrichmentStatus] == ["a@b.example", "1", "Ulm", "BW", "enriched"])
    #expect(claim.unitPrices == ["hunter": Money(micros: 10_000)] && claim.epoch == epoch)
  }

  @Test("an intent is on file before the call, holds its price, and has a key of batch, position, step and number")
  func intent() async throws {
    let flight = try await Flight()
    let intent = try await flight.ledger.intend(flight.claim, step: "email", provider: "hunter")
    #expect(intent.key == "\(flight.batch.id.text):0:email:1" && intent.unitCost == Money(micros: 10_000))
    #expect(try await flight.states() == ["intent"])
    #expect(try await flight.desk.number("SELECT held FROM reservation") == 10_000)
    #expect(try await flight.desk.brokenMoney() == [])
  }

  @Test("a charged call is one charge, counted everywhere at once; settling it again changes nothing")
  func charged() async throws {
    let flight = try await Flight()
    let intent = try await flight.ledger.intend(flight.claim, step: "email", provider: "hunter")
    for _ in 1...2 {
      try await flight.ledger.settle(intent, of: flight.claim, .charged(units: 3, externalID: "x7", answer: Self.answer))
      try await flight.ledger.settle(intent, of: flight.claim, .free(answer: nil))
    }
    let row = try await flight.desk.database.pool.read {
      try String.fetchOne(
        $0,
        sql: """
          SELECT kind || ' ' || provider || ' ' || step || ' ' || call || ' ' || units || ' ' || unit_cost || ' ' || amount || ' ' || external_id
            || ' ' || rate_card_version || ' ' || day FROM charge
          """)
    }
    #expect(row == "provider hunter email 1 3 10000 30000 x7 1 2026-03-02")
    #expect(try await flight.desk.number("SELECT count(*) FROM charge") == 1)
    #expect(try await flight.desk.batch(flight.batch.id).actual == Money(micros: 30_000))
    #expect(try await flight.desk.number("SELECT charged_units FROM batch_provider") == 3)
    #expect(try await flight.ledger.kept(flight.claim) == ["email": Self.answer])
    #expect(try await flight.desk.brokenMoney() == [])
  }

  @Test("a free call costs nothing, lets its money go, and keeps its answer if it has one")
  func free() async throws {
    let flight = try await Flight()
    for (number, answer) in [nil, Self.answer].enumerated() {
      let intent = try await flight.ledger.intend(flight.claim, step: "email", provider: "hunter")
      #expect(intent.key.hasSuffix(":email:\(number + 1)"))
      try await flight.ledger.settle(intent, of: flight.claim, .free(answer: answer))
      #expect(try await flight.ledger.kept(flight.claim)["email"] == answer)
    }
    #expect(try await flight.desk.number("SELECT count(*) FROM charge") == 0)
    #expect(try await flight.desk.number("SELECT free FROM batch_provider") == 2)
    #expect(try await flight.desk.brokenMoney() == [])
  }

  @Test("a call without a known answer is held against the day, not charged, and named to the lead's next try")
  func unresolved() async throws {
    let flight = try await Flight()
    let intent = try await flight.ledger.intend(flight.claim, step: "email", provider: "hunter")
    try await flight.ledger.settle(intent, of: flight.claim, .unresolved(note: "The connection broke."))
    try await flight.ledger.settle(intent, of: flight.claim, .charged(units: 1, externalID: nil, answer: Self.answer))
    #expect(try await flight.states() == ["unresolved"])
    #expect(try await flight.desk.number("SELECT in_doubt FROM budget_day") == 10_000)
    #expect(try await flight.desk.batch(flight.batch.id).actual == .zero)
    #expect(try await flight.ledger.unresolvedSteps(flight.claim) == ["email"])
    #expect(try await flight.desk.brokenMoney() == [])
  }

  @Test("what is kept goes with the report, and only then")
  func keptUntilDelivered() async throws {
    let flight = try await Flight(leads: 2)
    let second = try await #require(flight.desk.claim(1, epoch: flight.epoch).first)
    for claim in [flight.claim, second] {
      let intent = try await flight.ledger.intend(claim, step: "email", provider: "hunter")
      try await flight.ledger.settle(intent, of: claim, .charged(units: 1, externalID: nil, answer: Self.answer))
    }
    try await flight.desk.advance([flight.claim.succeeds(), second.fails()], epoch: flight.epoch)
    #expect(try await flight.ledger.kept(flight.claim) == [:])
    #expect(try await flight.ledger.kept(second) == ["email": Self.answer])
    #expect(try await flight.desk.number("SELECT applicable FROM batch_provider WHERE provider = 'hunter'") == 2)
    #expect(try await flight.desk.brokenMoney() == [])
  }

  @Test("calls without a price of their own share one blended charge a lead, due with the first that is charged")
  func blended() async throws {
    let flight = try await Flight(prices: ["hunter": 0, "semrush": 0, "pagespeed": 2_000, "blended": 450_000])
    for (step, provider) in [("a", "hunter"), ("b", "semrush"), ("c", "hunter"), ("d", "pagespeed")] {
      let intent = try await flight.ledger.intend(flight.claim, step: step, provider: provider)
      let ending: CallLedger.Ending = step == "a" ? .free(answer: nil) : .charged(units: 1, externalID: nil, answer: Self.answer)
      try await flight.ledger.settle(intent, of: flight.claim, ending)
    }
    let charges = try await flight.desk.database.pool.read {
      try Row.fetchAll($0, sql: "SELECT provider, step, amount FROM charge ORDER BY id").map { "\($0[0] as String) \($0[1] as String) \($0[2] as Int)" }
    }
    #expect(charges == ["semrush b 0", "blended blended 450000", "hunter c 0", "pagespeed d 2000"])
    #expect(try await flight.desk.brokenMoney() == [])
  }

  @Test("two calls under way hold the blended rate once, and it is charged once, also when the first was free", arguments: [true, false])
  func blendedTwice(firstIsFree: Bool) async throws {
    // Just enough for the report and the rate.
    let flight = try await Flight(prices: ["hunter": 0, "semrush": 0, "blended": 450_000], approved: 500_000)
    let first = try await flight.ledger.intend(flight.claim, step: "a", provider: "hunter")
    let second = try await flight.ledger.intend(flight.claim, step: "b", provider: "semrush")
    #expect(try await flight.desk.number("SELECT held FROM reservation") == 450_000)
    let charged = CallLedger.Ending.charged(units: 1, externalID: nil, answer: Self.answer)
    try await flight.ledger.settle(first, of: flight.claim, firstIsFree ? .free(answer: nil) : charged)
    #expect(try await flight.desk.brokenMoney() == [])
    try await flight.ledger.settle(second, of: flight.claim, charged)
    try await flight.desk.advance([flight.claim.succeeds()], epoch: flight.epoch)
    #expect(try await flight.desk.batch(flight.batch.id).actual == Money(micros: 500_000))
    #expect(try await flight.desk.number("SELECT amount FROM reservation") == 500_000)
    #expect(try await flight.desk.brokenMoney() == [])
  }

  @Test("a call that cost more than announced is charged all the same, and so is the report after it")
  func beyond() async throws {
    let flight = try await Flight(prices: ["openai": 10_000], approved: 60_000)
    let intent = try await flight.ledger.intend(flight.claim, step: "summary", provider: "openai")
    try await flight.ledger.settle(intent, of: flight.claim, .charged(units: 5, externalID: nil, answer: Self.answer))
    try await flight.desk.advance([flight.claim.succeeds()], epoch: flight.epoch)
    let ended = try await flight.desk.batch(flight.batch.id)
    #expect(ended.state == .completed && ended.actual == Money(micros: 100_000))
    #expect(try await flight.desk.brokenMoney() == [])
  }

  @Test("what waits at the same time is written together, and nobody is told before it is on the disk")
  func groups() async throws {
    let desk = try await BatchDesk(leads: 100)
    _ = try await desk.startPaid(nil, BatchDesk.order(maxConcurrent: 100))
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    let ledger = desk.ledger()
    let claims = try await desk.claim(100, epoch: epoch)
    let other = try desk.secondDatabase()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for claim in claims {
        group.addTask {
          let intent = try await ledger.intend(claim, step: "email", provider: "hunter")
          let seen = try await other.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM provider_call WHERE id = ?", arguments: [intent.id]) }
          #expect(seen == 1)
          try await ledger.settle(intent, of: claim, .charged(units: 1, externalID: nil, answer: Self.answer))
        }
      }
      try await group.waitForAll()
    }
    #expect(claims.count == 100 && ledger.commitCount < 100)
    #expect(try await desk.number("SELECT count(*) FROM charge") == 100)
    #expect(try await desk.brokenMoney() == [])
  }
}

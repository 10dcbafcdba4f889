import BatchReports
import Foundation
import GRDB
import Storage
import TestSupport
import Testing

@Suite("The day's budget")
struct BudgetTests {
  /// At $0.05 a report.
  static func dollars(_ cents: Int64) -> Money { Money(micros: cents * 10_000) }

  @Test("200 starts at the same moment never reserve more than the day has")
  func parallel() async throws {
    let desk = try await BatchDesk(leads: 200, dailyLimit: Self.dollars(100))
    let keys = try await desk.leadKeys()
    let started = try await withThrowingTaskGroup(of: Bool.self) { group in
      for key in keys {
        group.addTask {
          do {
            _ = try await desk.start([key])
            return true
          } catch is BudgetExceeded { return false }
        }
      }
      return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(started == 20)
    #expect(try await desk.number("SELECT reserved FROM budget_day") == 1_000_000)
    #expect(try await desk.brokenMoney() == [])
  }

  @Test("a refusal says how many of the leads, best by score first, would fit, and finds them")
  func fits() async throws {
    let desk = try await BatchDesk(leads: 10, dailyLimit: Self.dollars(20))
    try await desk.database.pool.write { try $0.execute(sql: "UPDATE lead SET score = key * 7 % 50 WHERE key > 2") }
    let quote = try await desk.preview().quote
    do {
      _ = try await desk.batches.place(.init(quote: quote.id, order: BatchDesk.order(), isApproved: true), by: desk.operatorAccount, now: BatchDesk.noon)
      Issue.record("it fits")
    } catch let refusal as BudgetExceeded {
      #expect(refusal.fittingLeadCount == 4 && refusal.explanation.contains("The best 4 leads by score fit."))
    }
    let best = try await desk.database.pool.read { try Int64.fetchAll($0, sql: "SELECT key FROM lead ORDER BY score DESC, key LIMIT 4") }
    #expect(try await desk.quotes.fitting(quote.id, for: desk.operatorAccount, now: BatchDesk.noon) == best)
    #expect(try await desk.start(best).counts.total == 4)
    #expect(try await desk.quotes.fitting(quote.id, for: desk.operatorAccount, now: BatchDesk.noon) == [])
  }

  @Test("a discount from a count on is used: more leads may fit than just below it")
  func fitsAcrossTiers() async throws {
    // 101 leads cost 101 × 0.045 = 4.545; 100 cost 5.00.
    let desk = try await BatchDesk(leads: 120, dailyLimit: Money(micros: 4_600_000))
    let quote = try await desk.preview().quote
    #expect(try await desk.quotes.fitting(quote.id, for: desk.operatorAccount, now: BatchDesk.noon).count == 102)
  }

  @Test("without a limit all of them fit; a quote that is gone says so")
  func noLimit() async throws {
    let desk = try await BatchDesk(leads: 3)
    let quote = try await desk.preview().quote
    #expect(try await desk.quotes.fitting(quote.id, for: desk.operatorAccount, now: BatchDesk.noon).count == 3)
    await #expect(throws: StartRefusal.quoteExpired) {
      _ = try await desk.quotes.fitting(UUID(), for: desk.operatorAccount, now: BatchDesk.noon)
    }
  }

  @Test("an approved overrun is kept with its day, and leaves nothing for others")
  func overrun() async throws {
    let desk = try await BatchDesk(leads: 6, dailyLimit: Self.dollars(10))
    let keys = try await desk.leadKeys()
    _ = try await desk.start([keys[0]])
    let batch = try await desk.start(Array(keys[1...3]), BatchDesk.order(overrunReason: "The fair is tomorrow"), by: desk.admin)
    let state = try await desk.budget.state(at: BatchDesk.noon)
    #expect(state.overrun == Self.dollars(10) && state.used == Self.dollars(20) && state.remaining == .zero)
    #expect(try await desk.batches.history(of: batch).first?.reason == "The fair is tomorrow")
    _ = try await desk.batches.cancel(batch.id, reason: "", by: desk.admin, now: BatchDesk.noon)
    #expect(try await desk.budget.state(at: BatchDesk.noon).remaining == Self.dollars(5))
    await #expect(throws: BudgetExceeded.self) { _ = try await desk.start(Array(keys[4...5])) }
  }

  @Test("80 and 100 % are told once a day each")
  func alerts() async throws {
    let desk = try await BatchDesk(leads: 25, dailyLimit: Self.dollars(100))
    let keys = try await desk.leadKeys()
    func told() async throws -> [String] {
      try await desk.database.pool.read {
        try String.fetchAll($0, sql: "SELECT detail ->> 'percent' FROM audit WHERE action = 'budget.alert' ORDER BY id")
      }
    }
    _ = try await desk.start(Array(keys[0..<15]))
    #expect(try await told() == [])
    #expect(try await desk.budget.state(at: BatchDesk.noon).alert == nil)
    let second = try await desk.start([keys[15]])
    #expect(try await told() == ["80"])
    #expect(try await desk.budget.state(at: BatchDesk.noon).alert?.hasPrefix("80 % of today's budget of $1.0000 is used") == true)
    _ = try await desk.batches.cancel(second.id, reason: "", by: desk.admin, now: BatchDesk.noon)
    _ = try await desk.start([keys[16]])
    #expect(try await told() == ["80"])
    _ = try await desk.start(Array(keys[17..<21]))
    #expect(try await told() == ["80", "100"])
    _ = try await desk.start(Array(keys[0..<16]), now: BatchDesk.noon.addingTimeInterval(86_400))
    #expect(try await told() == ["80", "100", "80"])
  }

  @Test("midnight moves nothing: what a batch spends counts on the day that reserved it")
  func midnight() async throws {
    let desk = try await BatchDesk(leads: 1)
    _ = try await desk.startPaid(approved: 100_000)
    let tomorrow = BatchDesk.noon.addingTimeInterval(86_400)
    let epoch = try await desk.queue.beginEpoch(now: tomorrow)
    let claim = try await #require(desk.claim(1, epoch: epoch, now: tomorrow).first)
    let ledger = desk.ledger(now: tomorrow)
    let intent = try await ledger.intend(claim, step: "email", provider: "hunter")
    try await ledger.settle(intent, of: claim, .charged(units: 1, externalID: nil, answer: Data()))
    try await desk.advance([claim.succeeds()], epoch: epoch, now: tomorrow)
    #expect(try await desk.number("SELECT count(*) FROM charge WHERE day = '2026-03-02'") == 2)
    #expect(try await desk.budget.state(at: BatchDesk.noon).spentToday == Money(micros: 60_000))
    #expect(try await desk.budget.state(at: tomorrow).spentToday == .zero)
    #expect(try await desk.brokenMoney() == [])
  }
}

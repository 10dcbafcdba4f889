import BatchReports
import Foundation
import Storage
import TestSupport
import Testing

@Suite("Placing a batch")
struct PlaceTests {
  static func start(
    _ quote: Quote, order: BatchOrder? = nil, template: String? = nil, cost: Money? = nil, approved: Bool = true, key: String? = nil,
    digest: String = "d"
  ) throws -> BatchStore.Start {
    BatchStore.Start(
      quote: quote.id, order: try order ?? BatchDesk.order(), template: template, approvedCost: cost, isApproved: approved,
      idempotency: key.map { ($0, Data(digest.utf8)) })
  }

  static func place(_ desk: BatchDesk, _ start: BatchStore.Start, by account: Account? = nil, after seconds: Double = 0) async throws -> Batch {
    try await desk.batches.place(start, by: account ?? desk.operatorAccount, now: BatchDesk.noon.addingTimeInterval(seconds))
  }

  /// Nothing of a refused start may be left.
  static func expectNothing(_ desk: BatchDesk, batches: Int = 0) async throws {
    #expect(try await desk.number("SELECT count(*) FROM batch") == batches)
    #expect(try await desk.number("SELECT count(DISTINCT batch_key) FROM batch_lead") == batches)
    #expect(try await desk.number("SELECT count(*) FROM reservation") == batches)
    #expect(try await desk.number("SELECT count(*) FROM audit WHERE action = 'batch.start'") == batches)
    let held = try await desk.number("SELECT total(amount) FROM reservation WHERE released_at IS NULL")
    #expect(try await desk.number("SELECT total(reserved) FROM budget_day") == held)
  }

  @Test("a batch has its leads in order, its price, its reservation and its audit row")
  func placed() async throws {
    let desk = try await BatchDesk(leads: 3)
    let quote = try await desk.preview([3, 1, 2]).quote
    let order = try BatchOrder(
      name: "Spring", description: "All of them", maxConcurrent: 7, retryCount: 2, maxFailurePercent: 12.5, maxFailureCount: 9, isPrivate: true)
    let batch = try await Self.place(desk, Self.start(quote, order: order, template: "v3", cost: quote.price.total))
    #expect(batch.name == "Spring" && batch.description == "All of them" && batch.isPrivate && batch.state == .pending && batch.seq == 1)
    #expect(batch.maxConcurrent == 7 && batch.retryCount == 2 && batch.maxFailurePercent == 12.5 && batch.maxFailureCount == 9)
    #expect(batch.counts == BatchCounts(total: 3, pending: 3))
    #expect(batch.estimated == quote.price.total && batch.perReport == quote.price.perReport && batch.actual == .zero)
    #expect(batch.ownerEmail == "operator@example.com" && batch.rateCardVersion == 1)
    let names = try await desk.batches.leads(of: batch, limit: 10).leads.map(\.leadName)
    #expect(names == ["Lead 2", "Lead 0", "Lead 1"])
    try await Self.expectNothing(desk, batches: 1)
    let other = try await desk.start([1])
    #expect(other.name == "1 leads, website-audit v3")
  }

  @Test("a quote that expired, that is another account's or that never was is refused")
  func expired() async throws {
    let desk = try await BatchDesk()
    let quote = try await desk.preview().quote
    await #expect(throws: StartRefusal.quoteExpired) { try await Self.place(desk, Self.start(quote), after: 1800) }
    await #expect(throws: StartRefusal.quoteExpired) { try await Self.place(desk, Self.start(quote), by: desk.otherOperator) }
    await #expect(throws: StartRefusal.quoteExpired) { try await Self.place(desk, Self.start(quote), by: desk.admin) }
    await #expect(throws: StartRefusal.quoteExpired) {
      try await desk.batches.place(.init(quote: .version7(), order: BatchDesk.order(), isApproved: true), by: desk.admin, now: BatchDesk.noon)
    }
    try await Self.expectNothing(desk)
    #expect(try await Self.place(desk, Self.start(quote), after: 1799.9).counts.total == 3)
  }

  @Test("a viewer starts nothing")
  func viewer() async throws {
    let desk = try await BatchDesk()
    let quote = try await desk.preview(by: desk.viewer).quote
    await #expect(throws: AccessRefusal.roleTooLow(needed: .operator)) { try await Self.place(desk, Self.start(quote), by: desk.viewer) }
    try await Self.expectNothing(desk)
  }

  @Test("a price that changed, another template and another stated cost need a new approval")
  func changed() async throws {
    let desk = try await BatchDesk()
    let quote = try await desk.preview().quote
    let cost = quote.price.total
    await #expect(throws: StartRefusal.quoteChanged(was: cost, now: cost)) { try await Self.place(desk, Self.start(quote, template: "v1")) }
    let less = cost - Money(micros: 100)
    await #expect(throws: StartRefusal.quoteChanged(was: less, now: cost)) { try await Self.place(desk, Self.start(quote, cost: less)) }
    await #expect(throws: TemplateRefusal.unknown("website-audit:v9")) { try await Self.place(desk, Self.start(quote, template: "v9")) }
    let free = RateCard(
      version: 0, validFrom: BatchDesk.noon.addingTimeInterval(60), author: "", note: "", baseCost: Money(micros: 60_000), providerPrices: [:],
      blendedRate: .zero, tiers: [.init(minimumCount: 1, percent: 0)])
    try await desk.cards.add(free)
    await #expect(throws: StartRefusal.quoteChanged(was: cost, now: Money(micros: 180_000))) { try await Self.place(desk, Self.start(quote), after: 60) }
    try await Self.expectNothing(desk)
    // Before the new card's day, and for a stated cost that is equal as far as it was shown, the quote holds.
    #expect(try await Self.place(desk, Self.start(quote, cost: cost + Money(micros: 40)), after: 59).estimated == cost)
  }

  @Test("a template that was retired after the quote is refused")
  func retired() async throws {
    let desk = try await BatchDesk()
    let quote = try await desk.preview(template: "v1").quote
    try await desk.templates.set(quote.template, status: .retired, by: desk.admin, now: BatchDesk.noon)
    await #expect(throws: TemplateRefusal.retired("website-audit:v1", latest: "website-audit:v3")) { try await Self.place(desk, Self.start(quote)) }
    try await Self.expectNothing(desk)
  }

  @Test("a cost that nobody approved is refused")
  func notApproved() async throws {
    let desk = try await BatchDesk()
    let quote = try await desk.preview().quote
    await #expect(throws: StartRefusal.costNotApproved(quote.price.total)) { try await Self.place(desk, Self.start(quote, approved: false)) }
    try await Self.expectNothing(desk)
  }

  @Test("more leads than a batch may have by now are refused")
  func tooMany() async throws {
    let desk = try await BatchDesk()
    let quote = try await desk.preview().quote
    let lowered = BatchStore(database: desk.database, budget: desk.budget, maxLeads: 2)
    await #expect(throws: StartRefusal.tooManyLeads(count: 3, limit: 2)) {
      try await lowered.place(Self.start(quote), by: desk.operatorAccount, now: BatchDesk.noon)
    }
    try await Self.expectNothing(desk)
  }

  @Test("a live batch over the same leads, in whatever order, is named; another account's does not matter, nor an ended one")
  func inProgress() async throws {
    let desk = try await BatchDesk()
    let first = try await desk.start([1, 2, 3])
    await #expect(throws: StartRefusal.batchInProgress(first.id)) { try await desk.start([3, 1, 2]) }
    try await Self.expectNothing(desk, batches: 1)
    _ = try await desk.start([1, 2])
    _ = try await desk.start([1, 2, 3], by: desk.otherOperator)
    _ = try await desk.batches.cancel(first.id, reason: "", by: desk.operatorAccount, now: BatchDesk.noon)
    _ = try await desk.start([3, 2, 1])
    try await Self.expectNothing(desk, batches: 4)
  }

  @Test("the same quote again answers with the batch that it made, whatever came between")
  func sameQuote() async throws {
    let desk = try await BatchDesk()
    let quote = try await desk.preview().quote
    let batch = try await Self.place(desk, Self.start(quote))
    #expect(try await Self.place(desk, Self.start(quote, approved: false), after: 9999).id == batch.id)
    _ = try await desk.batches.cancel(batch.id, reason: "", by: desk.operatorAccount, now: BatchDesk.noon)
    #expect(try await Self.place(desk, Self.start(quote)).state == .cancelled)
    await #expect(throws: StartRefusal.quoteExpired) { try await Self.place(desk, Self.start(quote), by: desk.otherOperator) }
    try await Self.expectNothing(desk, batches: 1)
  }

  @Test("an idempotency key is known for seven days, then forgotten")
  func idempotencyEnds() async throws {
    let desk = try await BatchDesk()
    let batch = try await Self.place(desk, Self.start(try await desk.preview().quote, key: "k", digest: "one"))
    let end = BatchDesk.noon.addingTimeInterval(BatchStore.idempotencyLifetime)
    #expect(try await desk.batches.removeOldIdempotencyKeys(now: end) == 0)
    #expect(try await desk.batches.earlierBatch(idempotencyKey: "k", digest: Data("one".utf8), by: desk.operatorAccount)?.id == batch.id)
    #expect(try await desk.batches.removeOldIdempotencyKeys(now: end.addingTimeInterval(0.001)) == 1)
    #expect(try await desk.batches.earlierBatch(idempotencyKey: "k", digest: Data("one".utf8), by: desk.operatorAccount) == nil)
  }

  @Test("an idempotency key answers with its batch, and refuses another request")
  func idempotency() async throws {
    let desk = try await BatchDesk()
    let quote = try await desk.preview([1, 2]).quote
    let batch = try await Self.place(desk, Self.start(quote, key: "k", digest: "one"))
    let second = try await desk.preview([1, 2]).quote
    #expect(try await Self.place(desk, Self.start(second, key: "k", digest: "one")).id == batch.id)
    #expect(try await desk.batches.earlierBatch(idempotencyKey: "k", digest: Data("one".utf8), by: desk.operatorAccount)?.id == batch.id)
    #expect(try await desk.batches.earlierBatch(idempotencyKey: "other", digest: Data("one".utf8), by: desk.operatorAccount) == nil)
    let third = try await desk.preview([3]).quote
    await #expect(throws: StartRefusal.idempotencyConflict) { try await Self.place(desk, Self.start(third, key: "k", digest: "two")) }
    await #expect(throws: StartRefusal.idempotencyConflict) {
      try await desk.batches.earlierBatch(idempotencyKey: "k", digest: Data("two".utf8), by: desk.operatorAccount)
    }
    try await Self.expectNothing(desk, batches: 1)
    let others = try await desk.preview([3], by: desk.otherOperator).quote
    _ = try await Self.place(desk, Self.start(others, key: "k", digest: "two"), by: desk.otherOperator)
    // A key that comes with a quote which has made its batch already is kept too.
    #expect(try await Self.place(desk, Self.start(quote, key: "late", digest: "one")).id == batch.id)
    await #expect(throws: StartRefusal.idempotencyConflict) { try await Self.place(desk, Self.start(third, key: "late", digest: "two")) }
  }

  @Test("past the day's budget a start is refused, and an admin's reason lets it through")
  func budget() async throws {
    let desk = try await BatchDesk(leads: 4, dailyLimit: Money(micros: 150_000))
    await #expect(throws: BudgetExceeded(needed: Money(micros: 200_000), remaining: Money(micros: 150_000), fittingLeadCount: 3)) {
      try await desk.start()
    }
    try await Self.expectNothing(desk)
    _ = try await desk.start([1, 2, 3])
    await #expect(throws: BudgetExceeded(needed: Money(micros: 50_000), remaining: .zero, fittingLeadCount: 0)) { try await desk.start([4]) }
    let order = try BatchDesk.order(overrunReason: "The board asked")
    await #expect(throws: BudgetExceeded.self) { try await desk.start([4], order) }
    try await Self.expectNothing(desk, batches: 1)
    let batch = try await desk.start([4], order, by: desk.admin)
    let line = try await desk.batches.history(of: batch).first
    #expect(line?.action == "batch.start" && line?.reason == "The board asked" && line?.actor == "admin@example.com")
    #expect(try await desk.budget.state(at: BatchDesk.noon).reserved == Money(micros: 200_000))
    // The next day has its own budget.
    _ = try await desk.start([1], by: desk.otherOperator, now: BatchDesk.noon.addingTimeInterval(86_400))
  }

  @Test("the same quote fifty times at once makes one batch")
  func fiftyTimes() async throws {
    let desk = try await BatchDesk()
    let start = try Self.start(try await desk.preview().quote)
    let ids = try await withThrowingTaskGroup(of: UUID.self) { group in
      for _ in 0..<50 { group.addTask { try await Self.place(desk, start).id } }
      return try await group.reduce(into: Set<UUID>()) { $0.insert($1) }
    }
    #expect(ids.count == 1)
    try await Self.expectNothing(desk, batches: 1)
  }

  @Test("fifty starts at once against a budget for ten: ten begin, from two processes")
  func fiftyStarts() async throws {
    let desk = try await BatchDesk(leads: 50, dailyLimit: Money(micros: 500_000))
    let second = try desk.secondDatabase()
    let book = BudgetBook(database: second, dailyLimit: desk.budget.dailyLimit, timeZone: .gmt)
    let stores = [desk.batches, BatchStore(database: second, budget: book, maxLeads: 100)]
    var starts: [BatchStore.Start] = []
    for key in Int64(1)...50 { starts.append(try Self.start(try await desk.preview([key]).quote)) }
    let placed = try await withThrowingTaskGroup(of: Bool.self) { group in
      for (number, start) in starts.enumerated() {
        group.addTask {
          do {
            _ = try await stores[number % 2].place(start, by: desk.operatorAccount, now: BatchDesk.noon)
            return true
          } catch is BudgetExceeded { return false }
        }
      }
      return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(placed == 10)
    try await Self.expectNothing(desk, batches: 10)
    #expect(try await desk.budget.state(at: BatchDesk.noon).remaining == .zero)
  }
}

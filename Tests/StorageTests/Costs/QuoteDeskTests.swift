import BatchReports
import Foundation
import Storage
import TestSupport
import Testing

@Suite("Quote desk")
struct QuoteDeskTests {
  static func request(_ leads: QuoteDesk.Request.Leads, template: String? = nil, maxConcurrent: Int = 5, retryCount: Int = 3) -> QuoteDesk.Request {
    QuoteDesk.Request(leads: leads, template: template, maxConcurrent: maxConcurrent, retryCount: retryCount)
  }

  static func preview(_ desk: BatchDesk, _ request: QuoteDesk.Request) async throws -> Preview {
    try await desk.quotes.preview(request, for: desk.operatorAccount, now: BatchDesk.noon)
  }

  @Test("prices the leads by id, in their order, and lists those that do not exist")
  func byID() async throws {
    let desk = try await BatchDesk(leads: 3)
    let ids = try await desk.leadIDs()
    let stranger = UUID.version7()
    let preview = try await Self.preview(desk, Self.request(.ids([ids[2], stranger, ids[0]])))
    #expect(preview.validLeadIDs == [ids[2], ids[0]])
    #expect(preview.unknownLeadIDs == [stranger])
    #expect(preview.quote.leadKeys == [3, 1])
    #expect(preview.quote.template.description == "website-audit:v3")
    #expect(preview.quote.price.total == Money(micros: 100_000))
    #expect(preview.quote.expiresAt == BatchDesk.noon.addingTimeInterval(1800))
    #expect(preview.currentTier.percent == 0)
    #expect(preview.budget.remaining == nil)
  }

  @Test("prices the leads of a selection, each once, and drops keys that are gone")
  func byKey() async throws {
    let desk = try await BatchDesk(leads: 3)
    let preview = try await Self.preview(desk, Self.request(.keys([3, 1, 99, 3])))
    #expect(preview.quote.leadKeys == [3, 1])
    #expect(preview.validLeadIDs.count == 2)
    #expect(preview.unknownLeadIDs.isEmpty)
  }

  @Test("no, twice named, too many and only unknown leads are refused, and nothing is stored")
  func refusals() async throws {
    let desk = try await BatchDesk(leads: 3, maxLeads: 3)
    let ids = try await desk.leadIDs()
    let stranger = UUID.version7()
    await #expect(throws: StartRefusal.noLeads) { try await Self.preview(desk, Self.request(.ids([]))) }
    await #expect(throws: StartRefusal.noLeads) { try await Self.preview(desk, Self.request(.keys([]))) }
    await #expect(throws: StartRefusal.noLeads) { try await Self.preview(desk, Self.request(.keys([77]))) }
    await #expect(throws: StartRefusal.duplicateLeads([ids[1]])) { try await Self.preview(desk, Self.request(.ids([ids[1], ids[0], ids[1]]))) }
    await #expect(throws: StartRefusal.tooManyLeads(count: 4, limit: 3)) { try await Self.preview(desk, Self.request(.ids(ids + [stranger]))) }
    await #expect(throws: StartRefusal.unknownLeads([stranger])) { try await Self.preview(desk, Self.request(.ids([stranger]))) }
    await #expect(throws: InvalidInput.self) { try await Self.preview(desk, Self.request(.ids(ids), maxConcurrent: 0)) }
    await #expect(throws: InvalidInput.self) { try await Self.preview(desk, Self.request(.ids(ids), retryCount: 6)) }
    #expect(try await desk.number("SELECT count(*) FROM quote") == 0)
  }

  @Test("an unknown or a retired template is refused, another version is taken")
  func templates() async throws {
    let desk = try await BatchDesk(leads: 1)
    for text in ["v9", "nothing:v1", "not a reference", ""] {
      await #expect(throws: TemplateRefusal.unknown(text == "v9" ? "website-audit:v9" : text)) { try await desk.preview(template: text) }
    }
    #expect(try await desk.preview(template: "v1").quote.template.version == "v1")
    try await desk.templates.set(TemplateReference(name: "website-audit", version: "v1"), status: .retired, by: desk.admin, now: BatchDesk.noon)
    await #expect(throws: TemplateRefusal.retired("website-audit:v1", latest: "website-audit:v3")) { try await desk.preview(template: "v1") }
  }

  @Test("a preview is found again by its account, with today's budget, and by nobody else")
  func reopen() async throws {
    let desk = try await BatchDesk(leads: 101, dailyLimit: Money(micros: 10_000_000))
    let preview = try await desk.preview()
    let again = try await desk.quotes.reopen(preview.quote.id, for: desk.operatorAccount, now: BatchDesk.noon)
    #expect(again.quote == preview.quote)
    #expect(again.budget == preview.budget)
    await #expect(throws: StartRefusal.quoteExpired) {
      try await desk.quotes.reopen(preview.quote.id, for: desk.otherOperator, now: BatchDesk.noon)
    }
    await #expect(throws: StartRefusal.quoteExpired) {
      try await desk.quotes.reopen(.version7(), for: desk.operatorAccount, now: BatchDesk.noon)
    }
  }

  @Test("a larger batch that would be cheaper is named unless it is larger than a batch may be")
  func cheaperLarger() async throws {
    let desk = try await BatchDesk(leads: 100)
    #expect(try await desk.preview().cheaperLargerBatch?.leadCount == 101)
    let small = try await BatchDesk(leads: 100, maxLeads: 100)
    #expect(try await small.preview().cheaperLargerBatch == nil)
  }

  @Test("leads without a website are not expected to be charged, and later as many as lately got no report")
  func range() async throws {
    let desk = try await BatchDesk(leads: 8)
    try await desk.addLeads(2, withWebsite: false)
    let first = try await desk.preview()
    #expect(first.quote.withoutWebsite == 2 && first.accuracy == nil && first.historyBatches == 0)
    #expect(first.quote.price.total == Money(micros: 400_000) && first.quote.high == Money(micros: 400_000))
    #expect(first.quote.low < first.quote.high)
    #expect(first.quote.duration.basis.contains("No batch"))
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    _ = try await desk.start([1, 2, 3, 4])
    let claims = try await desk.claim(4, epoch: epoch)
    try await desk.advance(claims.dropFirst().map { $0.succeeds() } + [claims[0].fails()], epoch: epoch)
    // Three of four were delivered, and the doubt about a rate from so few keeps the upper end where it was.
    let next = try await desk.preview()
    #expect(next.quote.estimate.rates.delivery == 0.8 && next.quote.price.reports == 6)
    #expect(next.quote.price.total == Money(micros: 300_000) && next.quote.high == Money(micros: 400_000))
    #expect(next.historyBatches == 1 && next.accuracy == EstimateAccuracy([(Money(micros: 200_000), Money(micros: 150_000))]))
    #expect(next.quote.duration.basis.contains("1.00 s a lead"))
    let again = try await desk.quotes.reopen(next.quote.id, for: desk.operatorAccount, now: BatchDesk.noon)
    #expect(again.quote == next.quote && again.accuracy == next.accuracy)
  }

  @Test("leads without a website, for which nothing is reserved, are tried also when the money is spent")
  func freeLeads() async throws {
    let desk = try await BatchDesk(leads: 2)
    try await desk.addLeads(3, withWebsite: false)
    let batch = try await desk.start()
    #expect(batch.atMost == Money(micros: 100_000))
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    for _ in 0..<5 {
      let claims = try await desk.claim(5, epoch: epoch)
      try await desk.advance(claims.map { $0.website.isEmpty ? $0.fails(.noWebsite) : $0.succeeds() }, epoch: epoch)
    }
    let ended = try await desk.batch(batch.id)
    #expect(ended.state == .completedWithErrors && ended.actual == batch.atMost && ended.counts.failed == 3)
  }

  @Test("only batches of this template version that ended by themselves make its history; leads that could not be tried count for nothing")
  func history() async throws {
    let desk = try await BatchDesk(leads: 6)
    try await desk.addLeads(2, withWebsite: false)
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    func run(_ keys: [Int64], template: String? = nil, failing: Int) async throws -> Batch {
      let quote = try await desk.preview(keys, template: template).quote
      let batch = try await desk.batches.place(
        .init(quote: quote.id, order: BatchDesk.order(), isApproved: true), by: desk.operatorAccount, now: BatchDesk.noon)
      while try await !desk.batch(batch.id).state.isTerminal {
        let claims = try await desk.claim(10, epoch: epoch)
        try await desk.advance(claims.map { $0.position < failing ? $0.fails() : $0.succeeds() }, epoch: epoch)
      }
      return batch
    }
    _ = try await run([1, 2], template: "v1", failing: 2)
    #expect(try await desk.preview().quote.estimate.rates.delivery == 1)
    let cancelled = try await desk.start([3, 4])
    _ = try await desk.batches.cancel(cancelled.id, reason: "", by: desk.operatorAccount, now: BatchDesk.noon)
    #expect(try await desk.preview().historyBatches == 0)
    // Two of the five have no website: of three, one is delivered.
    _ = try await run([7, 8, 1, 2, 3], failing: 4)
    #expect(try await desk.number("SELECT without_website FROM batch ORDER BY key DESC LIMIT 1") == 2)
    #expect(try await desk.preview().quote.estimate.rates.delivery == (1.0 + 1) / (3 + 1))
  }

  @Test("providers that are on are priced by the card, for the leads that their rules name, at the rates that were measured")
  func callRates() async throws {
    let desk = try await BatchDesk(leads: 20, paidProviders: ["hunter", "semrush", "data_axle"])
    try await desk.database.pool.write { db in
      try db.execute(sql: "UPDATE lead SET email = 'a@b.example' WHERE key <= 4")
      try db.execute(sql: "UPDATE lead SET enrichment_status = 'enriched' WHERE key > 10")
    }
    try await desk.cards.add(
      RateCard(
        version: 0, validFrom: BatchDesk.noon, author: "a", note: "", baseCost: Money(micros: 50_000),
        providerPrices: ["hunter": Money(micros: 10_000), "semrush": Money(micros: 20_000), "openai": Money(micros: 9)], blendedRate: Money(micros: 450_000),
        tiers: [.init(minimumCount: 1, percent: 0)]))
    let first = try await desk.preview()
    #expect(first.quote.price.lines.map(\.provider) == ["page_fetch", "hunter", "semrush", "blended"])
    #expect(first.quote.price.lines.map(\.calls) == [20, 16, 20, 10])
    #expect(first.offProviders == ["pagespeed", "screenshotone", "openai"])
    #expect(first.quote.price.total.micros == 20 * 50_000 + 16 * 10_000 + 20 * 20_000 + 10 * 450_000)
    #expect(try await desk.quotes.reopen(first.quote.id, for: desk.operatorAccount, now: BatchDesk.noon).quote == first.quote)
    let batch = try await desk.start()
    let prices = ["hunter": Money(micros: 10_000), "semrush": Money(micros: 20_000), "blended": Money(micros: 450_000)]
    #expect(batch.unitPrices == CallPrices(prices, covered: ["data_axle"]))
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    while try await !desk.batch(batch.id).state.isTerminal {
      try await desk.advance(try await desk.claim(20, epoch: epoch).map { $0.succeeds() }, epoch: epoch)
    }
    try await desk.database.pool.write { try $0.execute(sql: "UPDATE batch_provider SET charged_units = 8 WHERE provider = 'hunter'") }
    let next = try await desk.preview()
    #expect(abs((next.quote.estimate.rates.calls["hunter"] ?? 0) - 9.0 / 17) < 1e-9 && next.quote.price.lines[1].calls == 8)
    // Nothing was charged of the others: one assumed call beside none of twenty.
    #expect(next.quote.price.lines.map(\.calls) == [20, 8, 1, 1])
  }

  @Test("quotes that expired a day ago are removed, but for those that made a batch")
  func removal() async throws {
    let desk = try await BatchDesk(leads: 2)
    _ = try await desk.start([1])
    _ = try await desk.preview([2])
    try await desk.quotes.removeExpired(now: BatchDesk.noon.addingTimeInterval(86_400))
    #expect(try await desk.number("SELECT count(*) FROM quote") == 2)
    try await desk.quotes.removeExpired(now: BatchDesk.noon.addingTimeInterval(86_400 + 1801))
    #expect(try await desk.number("SELECT count(*) FROM quote") == 1)
    #expect(try await desk.number("SELECT count(*) FROM quote JOIN batch ON batch.quote_id = quote.id") == 1)
  }

  @Test("however many quotes have expired, all go, and Start's are kept")
  func removesMany() async throws {
    let desk = try await BatchDesk(leads: 1)
    for _ in 0..<205 { _ = try await desk.preview() }
    _ = try await desk.start()
    #expect(try await desk.quotes.removeExpired(now: BatchDesk.noon.addingTimeInterval(2 * 86_400)) == 205)
    #expect(try await desk.number("SELECT count(*) FROM quote") == 1)
  }

  @Test("a price survives its row to the millionth")
  func exact() async throws {
    let desk = try await BatchDesk(leads: 150)
    let third = try #require(Decimal(string: "33.33"))
    try await desk.cards.add(
      RateCard(
        version: 0, validFrom: BatchDesk.noon, author: "a", note: "", baseCost: Money(micros: 12_347), providerPrices: ["x": Money(micros: 7)],
        blendedRate: .zero, tiers: [.init(minimumCount: 1, percent: 0), .init(minimumCount: 100, percent: third)]))
    let preview = try await desk.preview()
    #expect(preview.quote.price.discountPercent == third)
    #expect(preview.quote.price.perReport == Money(micros: 8_232) && preview.quote.price.perLead == Money(micros: 8_232))
    #expect(try await desk.quotes.reopen(preview.quote.id, for: desk.operatorAccount, now: BatchDesk.noon).quote.price == preview.quote.price)
  }
}

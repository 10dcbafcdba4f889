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
    #expect(preview.quote.template.description == "website-audit:v2")
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
    await #expect(throws: TemplateRefusal.retired("website-audit:v1", latest: "website-audit:v2")) { try await desk.preview(template: "v1") }
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

  @Test("the range counts leads without a website and those that lately failed")
  func range() async throws {
    let desk = try await BatchDesk(leads: 8)
    try await desk.addLeads(2, withWebsite: false)
    let first = try await desk.preview().quote
    #expect(first.withoutWebsite == 2)
    #expect(first.high == Money(micros: 500_000) && first.low == Money(micros: 400_000))
    #expect(first.duration.basis.contains("No batch"))
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    _ = try await desk.start([1, 2, 3, 4])
    let claims = try await desk.claim(4, epoch: epoch)
    try await desk.advance(claims.dropFirst().map { $0.succeeds() } + [claims[0].fails()], epoch: epoch)
    let next = try await desk.preview().quote
    #expect(next.low == Money(micros: 300_000))
    #expect(next.duration.basis.contains("1.00 s a lead"))
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
    #expect(preview.quote.price.perLead == Money(micros: 8_232))
    #expect(try await desk.quotes.reopen(preview.quote.id, for: desk.operatorAccount, now: BatchDesk.noon).quote.price == preview.quote.price)
  }
}

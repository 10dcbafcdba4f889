import BatchReports
import Foundation
import GRDB
import Storage
import TestSupport
import Testing

@Suite("Reuse of fresh reports")
struct ReuseTests {
  static let later = BatchDesk.noon.addingTimeInterval(3 * 86_400)

  static func preview(
    _ desk: BatchDesk, _ keys: [Int64], days: Int?, template: String? = nil, by account: Account? = nil, now: Date = later
  ) async throws -> Preview {
    try await desk.quotes.preview(
      .init(leads: .keys(keys), template: template, maxConcurrent: 5, retryCount: 3, reuseDays: days), for: account ?? desk.operatorAccount, now: now)
  }

  static func place(_ desk: BatchDesk, _ quote: Quote, now: Date = later) async throws -> Batch {
    try await desk.batches.place(.init(quote: quote.id, order: try BatchDesk.order(), isApproved: true), by: desk.operatorAccount, now: now)
  }

  /// Reports of the first leads, made at noon.
  static func deskWithReports(_ reported: [Int64], of leads: Int = 5, isPrivate: Bool = false, template: String? = nil) async throws -> BatchDesk {
    let desk = try await BatchDesk(leads: leads)
    let quote = try await preview(desk, reported, days: nil, template: template, now: BatchDesk.noon).quote
    let order = try BatchOrder(maxConcurrent: 5, retryCount: 3, isPrivate: isPrivate)
    let batch = try await desk.batches.place(
      .init(quote: quote.id, order: order, template: template, isApproved: true), by: desk.operatorAccount, now: BatchDesk.noon)
    try await completeAll(batch, desk)
    return desk
  }

  static func completeAll(_ batch: Batch, _ desk: BatchDesk) async throws {
    let epoch = try await desk.queue.beginEpoch(now: batch.createdAt)
    while try await !desk.batch(batch.id).state.isTerminal {
      let claims = try await desk.claim(50, epoch: epoch, now: batch.createdAt)
      try await desk.advance(claims.map { $0.succeeds() }, epoch: epoch, now: batch.createdAt)
    }
  }

  @Test("leads with a fresh report are skipped, cost nothing, and show the report that was reused; the others run")
  func reused() async throws {
    let desk = try await Self.deskWithReports([2, 4])
    let preview = try await Self.preview(desk, [1, 2, 3, 4], days: 7)
    #expect(preview.quote.reused.map(\.leadKey) == [2, 4] && preview.quote.runCount == 2 && preview.quote.leadKeys.count == 4)
    #expect(preview.quote.saved == preview.quote.price.perLead * 2 && preview.quote.price.total == preview.quote.price.perLead * 2)
    let batch = try await Self.place(desk, preview.quote)
    #expect(batch.counts == BatchCounts(total: 4, pending: 2, skipped: 2) && batch.reuseDays == 7 && batch.saved == preview.quote.saved)
    let leads = try await desk.batches.leads(of: batch, limit: 10).leads
    #expect(leads.map(\.state) == [.pending, .skipped, .pending, .skipped])
    #expect(leads[1].score != nil && leads[1].cost == .zero && leads[1].hasReport && leads[1].finishedAt == Self.later)
    let place = try #require(try await desk.batches.reportPlace(of: leads[1], in: batch))
    #expect(place.batchID != batch.id && place.madeAt < Self.later)
    #expect(try await desk.batches.reportPlace(of: leads[0], in: batch) == nil)
    #expect(try await desk.number("SELECT amount FROM reservation WHERE batch_key = \(batch.key)") == Int(preview.quote.high.micros))
  }

  @Test("a batch of which every lead has a fresh report is completed at once, for nothing")
  func nothingToRun() async throws {
    let desk = try await Self.deskWithReports([1, 2])
    let quote = try await Self.preview(desk, [1, 2], days: 30).quote
    #expect(quote.price.total == .zero && quote.high == .zero && quote.runCount == 0)
    let batch = try await Self.place(desk, quote)
    #expect(batch.state == .completed && batch.counts == BatchCounts(total: 2, skipped: 2) && batch.actual == .zero)
    #expect(try await desk.number("SELECT count(*) FROM reservation WHERE released_at IS NULL") == 0)
  }

  @Test("a report whose batch did not call a provider that a new one would call lacks a part, and is not reused")
  func lacksParts() async throws {
    let desk = try await BatchDesk(leads: 3, paidProviders: ["hunter", "semrush"])
    let made = try await Self.preview(desk, [1, 2, 3], days: nil, template: "website-audit:v3", now: BatchDesk.noon).quote
    let batch = try await Self.place(desk, made, now: BatchDesk.noon)
    try await Self.completeAll(batch, desk)
    func reused(_ prices: String) async throws -> [Int64] {
      try await desk.database.pool.write { try $0.execute(sql: "UPDATE batch SET unit_prices = ?", arguments: [prices]) }
      return try await Self.preview(desk, [1, 2, 3], days: 7, template: "website-audit:v3").quote.reused.map(\.leadKey)
    }
    #expect(try await reused(#"{"semrush":1}"#) == [])
    #expect(try await reused(#"{"hunter":1,"semrush":1}"#) == [1, 2, 3])
    #expect(try await reused(#"{"blended":1,"hunter":null,"semrush":0}"#) == [1, 2, 3])
    // Hunter is not called for a lead that has an email address.
    try await desk.database.pool.write { try $0.execute(sql: "UPDATE lead SET email = 'a@b.example' WHERE key = 2") }
    #expect(try await reused(#"{"semrush":1}"#) == [2])
  }

  @Test("nothing is reused unless asked for, nor when it is too old, of another template version, or older than the lead's last change")
  func notFresh() async throws {
    let desk = try await Self.deskWithReports([1, 2], template: "v1")
    #expect(try await Self.preview(desk, [1, 2], days: nil, template: "v1").quote.reused.isEmpty)
    #expect(try await Self.preview(desk, [1, 2], days: 2, template: "v1").quote.reused.isEmpty)
    #expect(try await Self.preview(desk, [1, 2], days: 7).quote.reused.isEmpty)
    let changed = BatchDesk.noon.addingTimeInterval(86_400).timeIntervalSince1970 * 1000
    try await desk.database.pool.write { try $0.execute(sql: "UPDATE lead SET updated_at = ? WHERE key = 2", arguments: [Int64(changed)]) }
    #expect(try await Self.preview(desk, [1, 2], days: 7, template: "v1").quote.reused.map(\.leadKey) == [1])
    // A clock that was set back makes no report of the future fresh.
    #expect(try await Self.preview(desk, [1], days: 7, template: "v1", now: BatchDesk.noon.addingTimeInterval(-86_400)).quote.reused.isEmpty)
  }

  @Test("a private batch's reports are not reused: the new batch may be one that everyone sees")
  func privateReports() async throws {
    let desk = try await Self.deskWithReports([1], isPrivate: true)
    #expect(try await Self.preview(desk, [1], days: 7).quote.reused.isEmpty)
    #expect(try await Self.preview(desk, [1], days: 7, by: desk.admin).quote.reused.isEmpty)
  }

  @Test("the newest of several reports is reused, and a reused report is not passed off as a new one")
  func newest() async throws {
    let desk = try await Self.deskWithReports([1])
    let again = try await Self.preview(desk, [1], days: nil, now: Self.later).quote
    try await Self.completeAll(try await Self.place(desk, again), desk)
    let first = try await Self.preview(desk, [1], days: 7, now: Self.later.addingTimeInterval(86_400)).quote
    _ = try await Self.place(desk, first, now: Self.later.addingTimeInterval(86_400))
    // Ten days on, only the report of the third day would be fresh; the batch that skipped the lead on the fourth made none.
    let second = try await Self.preview(desk, [1], days: 7, now: Self.later.addingTimeInterval(7.5 * 86_400)).quote
    #expect(first.reused.map(\.batchKey) == [2] && second.reused.isEmpty)
  }

  @Test("days out of range are refused; nothing and 0 mean no reuse", arguments: [-1, 366, Int.max])
  func refusals(days: Int) async throws {
    let desk = try await BatchDesk(leads: 1)
    await #expect(throws: InvalidInput.self) { try await Self.preview(desk, [1], days: days) }
    #expect(try ReportReuse.check(nil) == nil && ReportReuse.check(0) == nil && ReportReuse.days("") == nil && ReportReuse.days("30") == 30)
    #expect(throws: InvalidInput.self) { try ReportReuse.days("a week") }
  }

  @Test("the price tier is that of the leads that run")
  func tier() async throws {
    let desk = try await BatchDesk(leads: 101)
    #expect(try await Self.preview(desk, Array(1...101), days: 7).currentTier.percent == 10)
    let first = try await Self.preview(desk, [5], days: nil, now: BatchDesk.noon).quote
    let batch = try await desk.batches.place(
      .init(quote: first.id, order: try BatchDesk.order(), isApproved: true), by: desk.operatorAccount, now: BatchDesk.noon)
    try await Self.completeAll(batch, desk)
    let preview = try await Self.preview(desk, Array(1...101), days: 7)
    #expect(preview.currentTier.percent == 0 && preview.quote.runCount == 100)
  }
}

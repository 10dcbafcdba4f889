import BatchReports
import Foundation
import GRDB
import Storage
import TestSupport
import Testing

@Suite("Spend")
struct SpendBookTests {
  static let prices: [String: Int64] = ["hunter": 34_001, "semrush": 25_003]

  /// Runs a batch whose leads each call both providers; every third Hunter call is free, and one is left unresolved.
  static func run(_ desk: BatchDesk, _ keys: [Int64], by account: Account? = nil, isPrivate: Bool = false, on day: Date = BatchDesk.noon) async throws -> Batch
  {
    let order = try BatchDesk.order(maxConcurrent: 100, isPrivate: isPrivate)
    let batch = try await desk.startPaid(keys, prices: prices, order, by: account, now: day)
    let (ledger, epoch) = (desk.ledger(now: day), try await desk.queue.beginEpoch(now: day))
    let claims = try await desk.claim(100, epoch: epoch, now: day)
    for claim in claims {
      for provider in ["hunter", "semrush"] {
        let intent = try await ledger.intend(claim, step: provider, provider: provider)
        let ending: CallLedger.Ending =
          provider == "hunter" && claim.position % 3 == 0
          ? .free(answer: nil)
          : provider == "hunter" && claim.position == 1 ? .unresolved(note: "lost") : .charged(units: 1, externalID: "x\(claim.position)", answer: Data())
        try await ledger.settle(intent, of: claim, ending)
      }
    }
    try await desk.advance(claims.map { $0.position == 2 ? $0.fails() : $0.succeeds() }, epoch: epoch, now: day)
    return try await desk.batch(batch.id)
  }

  static func ledger(_ desk: BatchDesk) async throws -> Int64 { Int64(try await desk.number("SELECT total(amount) FROM charge")) }

  static func all(_ book: SpendBook, days: Int, now: Date) async throws -> [FinanceRow] {
    let reading = try await book.financeReading(days: days, now: now)
    var rows: [FinanceRow] = []
    while true {
      let page = try await book.charges(reading, after: rows.last?.id ?? 0, limit: 7)
      if page.isEmpty { break }
      rows += page
    }
    return rows + (try await book.unresolved(reading, after: 0, limit: 100))
  }

  @Test("every view sums to the ledger to the millionth, unresolved calls apart")
  func sums() async throws {
    let desk = try await BatchDesk(leads: 24)
    let yesterday = BatchDesk.noon.addingTimeInterval(-86_400)
    _ = try await Self.run(desk, Array(1...7), on: yesterday)
    let batch = try await Self.run(desk, Array(8...20), by: desk.otherOperator, isPrivate: true)
    #expect(try await desk.brokenMoney() == [])
    let book = SpendBook(database: desk.database, timeZone: .gmt)
    let spend = try await book.spend(days: 30, now: BatchDesk.noon)
    let total = Money(micros: try await Self.ledger(desk))
    #expect(spend.total == total && total > batch.actual)
    #expect(spend.days.count == 30 && spend.days.reduce(.zero) { $0 + $1.spent } == total)
    #expect(spend.days.suffix(2).map(\.runs) == [1, 1] && spend.days.last?.day == "2026-03-02")
    #expect(spend.base + spend.providers.reduce(.zero) { $0 + $1.amount } == total)
    #expect(spend.base == Money(micros: 18 * 50_000) && spend.reports == 18)
    #expect(try await book.spend(days: 1, now: BatchDesk.noon).reports == 12)
    #expect(spend.providers.first { $0.name == "semrush" }?.count == 20)
    for parts in [spend.templates, spend.accounts] { #expect(parts.reduce(.zero) { $0 + $1.amount } == total) }
    #expect(spend.accounts.map(\.name) == ["other@example.com", "operator@example.com"])
    #expect(spend.unresolved == 2 && spend.inDoubt == Money(micros: 2 * 34_001))
    let rows = try await Self.all(book, days: 30, now: BatchDesk.noon)
    #expect(rows.reduce(.zero) { $0 + $1.amount } == total)
    #expect(rows.count { $0.state == .charged } == (try await desk.number("SELECT count(*) FROM charge")))
    #expect(rows.filter { $0.state == .unresolved }.reduce(.zero) { $0 + $1.inDoubt } == spend.inDoubt)
    #expect(rows.allSatisfy { $0.state == .unresolved || $0.amount == $0.unitCost * $0.units })
    let today = try await Self.all(book, days: 1, now: BatchDesk.noon)
    #expect(today.reduce(.zero) { $0 + $1.amount } == batch.actual && today.allSatisfy { $0.batchID == batch.id })
    #expect(try await book.spend(days: 1, now: BatchDesk.noon).total == batch.actual)
  }

  @Test("of a batch that was retried on a later day, each day has its own charges")
  func retried() async throws {
    let desk = try await BatchDesk(leads: 3)
    let (yesterday, prices) = (BatchDesk.noon.addingTimeInterval(-86_400), ["hunter": Int64(34_001), "semrush": 0, "blended": 20_003])
    let batch = try await desk.startPaid(prices: prices, now: yesterday)
    let epoch = try await desk.queue.beginEpoch(now: yesterday)
    func call(_ claim: WorkQueue.Claim, _ provider: String, units: Int, now: Date) async throws {
      let intent = try await desk.ledger(now: now).intend(claim, step: provider, provider: provider)
      try await desk.ledger(now: now).settle(intent, of: claim, .charged(units: units, externalID: nil, answer: Data()))
    }
    let claims = try await desk.claim(9, epoch: epoch, now: yesterday)
    for claim in claims.prefix(2) { for provider in ["hunter", "semrush"] { try await call(claim, provider, units: 1, now: yesterday) } }
    try await desk.advance(claims.map { $0.position == 2 ? $0.fails() : $0.succeeds() }, epoch: epoch, now: yesterday)
    _ = try await desk.batches.retry(batch.id, try RetryOrder(scope: .failed, isApproved: true), by: desk.operatorAccount, now: BatchDesk.noon)
    let claim = try #require(try await desk.claim(9, epoch: epoch).first)
    for provider in ["hunter", "semrush"] { try await call(claim, provider, units: 1, now: BatchDesk.noon) }
    try await desk.advance([claim.succeeds()], epoch: epoch)
    #expect(try await desk.brokenMoney() == [])
    let book = SpendBook(database: desk.database, timeZone: .gmt)
    let today = try await book.spend(days: 1, now: BatchDesk.noon)
    #expect(today.total == Money(micros: 50_000 + 34_001 + 20_003) && today.reports == 1 && today.base == Money(micros: 50_000))
    #expect(today.providers.map(\.name) == ["hunter", "blended", "semrush"] && today.providers.map(\.count) == [1, 1, 1])
    #expect(today.providers.map(\.amount.micros) == [34_001, 20_003, 0])
    let both = try await book.spend(days: 2, now: BatchDesk.noon)
    #expect(both.total == Money(micros: try await Self.ledger(desk)) && both.reports == 3 && both.base == Money(micros: 3 * 50_000))
    #expect(both.providers.map(\.amount.micros) == [3 * 34_001, 3 * 20_003, 0] && both.providers.map(\.count) == [3, 3, 3])
    // The retry's leads stay with the day on which their batch was placed.
    let outcomes = try await book.outcomes(days: 2, visibleTo: desk.viewer, now: BatchDesk.noon)
    #expect(outcomes.days.map(\.completed) == [3, 0] && outcomes.days.map(\.failed) == [0, 0])
  }

  @Test("days of leads sum to the window, in any time zone, and a batch from before the clock was set back counts on the last day")
  func leadDays() async throws {
    let desk = try await BatchDesk(leads: 24)
    _ = try await Self.run(desk, Array(1...7), on: BatchDesk.noon.addingTimeInterval(-86_400))
    _ = try await Self.run(desk, Array(8...20), by: desk.otherOperator, isPrivate: true)
    _ = try await Self.run(desk, Array(21...24), on: BatchDesk.noon.addingTimeInterval(86_400 * 3))
    for zone in ["GMT", "Pacific/Auckland", "America/Los_Angeles"] {
      let book = SpendBook(database: desk.database, timeZone: try #require(TimeZone(identifier: zone)))
      let report = try await book.outcomes(days: 30, visibleTo: desk.viewer, now: BatchDesk.noon)
      #expect(report.days.count == 30 && report.days.map(\.completed).suffix(2) == [6, 15] && report.days.map(\.failed).suffix(2) == [1, 2])
      #expect(report.all.processed == report.days.reduce(0) { $0 + $1.processed } && report.all.processed == 24)
      #expect(report.days.allSatisfy { $0.causes.values.reduce(0, +) == $0.failed } && report.causes.map(\.count) == [3])
      #expect(report.days[0].secondsPerLead == nil && report.days[28].secondsPerLead != nil)
    }
  }

  @Test("seconds a lead are those of batches that have ended: a batch that runs, or was cancelled, has worked on leads that are not done")
  func secondsPerLead() async throws {
    let desk = try await BatchDesk(leads: 6)
    let batch = try await desk.start(Array(1...6), BatchDesk.order(maxConcurrent: 100))
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    let claims = try await desk.claim(100, epoch: epoch)
    let later = BatchDesk.noon.addingTimeInterval(60)
    try await desk.advance(
      [WorkQueue.Outcome(claim: claims[0], result: .completed(score: 1, report: Data("{}".utf8)), finishedAt: later)], epoch: epoch, now: later)
    let book = SpendBook(database: desk.database, timeZone: .gmt)
    func day() async throws -> DayOfLeads { try await book.outcomes(days: 1, visibleTo: desk.viewer, now: BatchDesk.noon).all }
    let first = try await day()
    #expect(first.completed == 1 && first.secondsPerLead == nil)
    try await desk.advance(
      claims.dropFirst().map { WorkQueue.Outcome(claim: $0, result: .failed(LeadFailure(.notHTML, "x")), finishedAt: later) }, epoch: epoch, now: later)
    #expect(try await desk.batch(batch.id).state == .completedWithErrors)
    #expect(try await day().secondsPerLead == 60)
  }

  @Test("a lead's charges sum to its cost, with the calls that cost nothing beside them")
  func leadCharges() async throws {
    let desk = try await BatchDesk(leads: 5)
    let batch = try await Self.run(desk, Array(1...5))
    for lead in try await desk.batches.leads(of: batch, limit: 10).leads {
      let charges = try await desk.batches.charges(of: lead, in: batch)
      #expect(charges.charges.reduce(.zero) { $0 + $1.amount } == lead.cost)
      #expect(charges.charges.count + charges.uncharged.count == (lead.state == .completed ? 3 : 2))
    }
    let first = try await desk.batches.charges(of: try await desk.batches.leads(of: batch, limit: 2).leads[1], in: batch)
    #expect(first.uncharged.map(\.state) == [.unresolved] && first.charges.map(\.provider) == ["semrush", nil])
  }

  @Test("others' private batches are a count, one's own and an admin's view are lines")
  func privacy() async throws {
    let desk = try await BatchDesk(leads: 24)
    let open = try await Self.run(desk, Array(1...7))
    let hidden = try await Self.run(desk, Array(8...20), by: desk.otherOperator, isPrivate: true)
    let book = SpendBook(database: desk.database, timeZone: .gmt)
    for (account, names, count) in [(desk.viewer, [open.id], 1), (desk.otherOperator, [hidden.id, open.id], 0), (desk.admin, [hidden.id, open.id], 0)] {
      let report = try await book.outcomes(days: 30, visibleTo: account, now: BatchDesk.noon)
      #expect(report.lines.map(\.batch.id) == names && report.hidden == count)
      #expect(report.completed == 18 && report.failed == 2 && report.causes.map(\.count) == [2])
      #expect(report.accuracy?.batches == 2 && report.lines.allSatisfy { $0.error != nil })
    }
    #expect(try await book.outcomes(days: 30, visibleTo: desk.viewer, now: BatchDesk.noon.addingTimeInterval(31 * 86_400)).lines.isEmpty)
  }

  @Test("a window has its days, over a change to summer time too")
  func days() async throws {
    let desk = try await BatchDesk(leads: 1)
    let zone = try #require(TimeZone(identifier: "Europe/Berlin"))
    let book = SpendBook(database: desk.database, timeZone: zone)
    let april = Date(timeIntervalSince1970: 1_775_001_600)
    let names = try await book.spend(days: 365, now: april).days.map(\.day)
    #expect(names.count == 365 && Set(names).count == 365 && names == names.sorted() && names.last == "2026-04-01")
    #expect(try await book.spend(days: 1, now: april).days.map(\.day) == ["2026-04-01"])
  }
}

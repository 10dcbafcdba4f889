import BatchReports
import Foundation
import TestSupport
import Testing

@testable import Storage

@Suite("Rate cards, templates and the budget's rows")
struct CostStoresTests {
  static func card(_ base: Int64, from: Date) -> RateCard {
    RateCard(
      version: 0, validFrom: from, author: "admin", note: "test", baseCost: Money(micros: base), providerPrices: [:], blendedRate: .zero,
      tiers: [.init(minimumCount: 1, percent: 0)])
  }

  @Test("the card in force is the newest whose time has come")
  func cards() async throws {
    let desk = try await BatchDesk(leads: 0)
    let tomorrow = BatchDesk.noon.addingTimeInterval(86_400)
    #expect(try await desk.cards.add(Self.card(2, from: tomorrow)).version == 2)
    #expect(try await desk.cards.current(at: BatchDesk.noon).version == 1)
    #expect(try await desk.cards.current(at: tomorrow).version == 2)
    #expect(try await desk.cards.add(Self.card(3, from: tomorrow)).version == 3)
    #expect(try await desk.cards.current(at: tomorrow).baseCost.micros == 3)
    try await desk.cards.ensureInitialCard(now: tomorrow)
    #expect(try await desk.number("SELECT count(*) FROM rate_card") == 3)
  }

  @Test("a coming card that is withdrawn never holds, stays in the history, and is in the audit trail with its reason")
  func withdrawn() async throws {
    let desk = try await BatchDesk(leads: 0)
    let tomorrow = BatchDesk.noon.addingTimeInterval(86_400)
    try await desk.cards.add(Self.card(2, from: tomorrow))
    try await desk.cards.add(Self.card(3, from: tomorrow))
    let card = try await desk.cards.withdraw(3, reason: " The contract fell through ", by: desk.admin, now: BatchDesk.noon)
    #expect(card.withdrawal == .init(at: BatchDesk.noon, by: "admin@example.com", reason: "The contract fell through"))
    #expect(try await desk.cards.find(3) == card)
    #expect(try await desk.cards.current(at: tomorrow).version == 2)
    #expect(try await desk.cards.history().map(\.version) == [3, 2, 1])
    #expect(try await desk.cards.add(Self.card(4, from: tomorrow)).version == 4)
    let row = "action = 'rate_card.withdrawn' AND subject_id = '3' AND actor = 'admin@example.com' AND reason = 'The contract fell through'"
    #expect(try await desk.number("SELECT count(*) FROM audit WHERE \(row)") == 1)
    await #expect { try await desk.database.pool.write { try $0.execute(sql: Self.quoteWithCard3, arguments: [desk.admin.id.text]) } } throws: {
      "\($0)".contains("this rate card was withdrawn")
    }
    await #expect(throws: RateCardRefusal.isWithdrawn(3)) { try await desk.cards.withdraw(3, reason: "x", by: desk.admin, now: BatchDesk.noon) }
  }

  /// As a preview would store it that had read the card before it was withdrawn.
  private static let quoteWithCard3 = """
    INSERT INTO quote (id, account_id, template_name, template_version, rate_card_version, leads, lead_count, leads_digest, without_website, price, low,
      high, duration_seconds, duration_basis, max_concurrent, retry_count, created_at, expires_at)
    VALUES ('q', ?, 'website-audit', 'v2', 3, zeroblob(8), 1, x'', 0, '{}', 0, 0, 1, '', 1, 0, 0, 1)
    """

  @Test("a card that holds or held, one that a price was made from, and one that is not there are not withdrawn; nor is any without a reason")
  func notWithdrawn() async throws {
    let desk = try await BatchDesk(leads: 2)
    let later = BatchDesk.noon.addingTimeInterval(3600)
    try await desk.cards.add(Self.card(2, from: later))
    func withdraw(_ version: Int, _ reason: String = "x", now: Date = BatchDesk.noon) async throws {
      _ = try await desk.cards.withdraw(version, reason: reason, by: desk.admin, now: now)
    }
    await #expect(throws: RateCardRefusal.hasBegun(1)) { try await withdraw(1) }
    await #expect(throws: RateCardRefusal.hasBegun(2)) { try await withdraw(2, now: later) }
    await #expect(throws: RateCardRefusal.unknown(9)) { try await withdraw(9) }
    for reason in ["", "  ", String(repeating: "r", count: 501), "a\u{0}b"] { await #expect(throws: InvalidInput.self) { try await withdraw(2, reason) } }
    // The clock was ahead when a price was made from it.
    _ = try await desk.preview(now: later)
    await #expect(throws: RateCardRefusal.isUsed(2)) { try await withdraw(2) }
    await #expect(throws: (any Error).self) {
      try await desk.database.pool.write { db in
        try db.execute(
          sql: "INSERT INTO rate_card_withdrawal (version, at, withdrawn_by, reason) VALUES (1, ?, 'x', 'x')", arguments: [later.milliseconds])
      }
    }
    #expect(try await desk.number("SELECT count(*) FROM rate_card_withdrawal") == 0)
    #expect(try await desk.number("SELECT count(*) FROM audit WHERE action = 'rate_card.withdrawn'") == 0)
  }

  @Test("a card that cannot be applied is not added, and a day before the first has none")
  func noCard() async throws {
    let desk = try await BatchDesk(leads: 0)
    await #expect(throws: InvalidInput.self) { try await desk.cards.add(Self.card(-1, from: BatchDesk.noon)) }
    await #expect(throws: UnreadableRow.self) { try await desk.cards.current(at: .distantPast) }
    #expect(try await desk.number("SELECT count(*) FROM rate_card") == 1)
  }

  @Test("templates are listed latest first, and retiring, restoring and making latest are in the audit trail")
  func templates() async throws {
    let desk = try await BatchDesk(leads: 0)
    let one = TemplateReference(name: "website-audit", version: "v1")
    let two = TemplateReference(name: "website-audit", version: "v2")
    let three = TemplateReference(name: "website-audit", version: "v3")
    #expect(try await desk.templates.all().map(\.reference) == [three, two, one])
    #expect(try await desk.templates.latest().sections == ReportSection.allCases)
    await #expect(throws: InvalidInput.self) { try await desk.templates.set(three, status: .retired, by: desk.admin, now: BatchDesk.noon) }
    try await desk.templates.set(one, status: .retired, by: desk.admin, now: BatchDesk.noon)
    await #expect(throws: TemplateRefusal.self) { try await desk.templates.makeLatest(one, by: desk.admin, now: BatchDesk.noon) }
    try await desk.templates.set(one, status: .active, by: desk.admin, now: BatchDesk.noon)
    try await desk.templates.makeLatest(one, by: desk.admin, now: BatchDesk.noon)
    #expect(try await desk.templates.latest().reference == one)
    let unknown = TemplateReference(name: "x", version: "v1")
    await #expect(throws: TemplateRefusal.unknown("x:v1")) { try await desk.templates.set(unknown, status: .active, by: desk.admin, now: BatchDesk.noon) }
    await #expect(throws: TemplateRefusal.unknown("x:v1")) { try await desk.templates.makeLatest(unknown, by: desk.admin, now: BatchDesk.noon) }
    #expect(try await desk.number("SELECT count(*) FROM audit WHERE subject_type = 'template' AND actor = 'admin@example.com'") == 3)
  }

  @Test("without any latest template there is none to use")
  func noLatest() async throws {
    let desk = try await BatchDesk(leads: 0)
    try await desk.database.pool.write { try $0.execute(sql: "UPDATE report_template SET is_latest = 0") }
    await #expect(throws: TemplateRefusal.unknown("latest")) { try await desk.templates.latest() }
  }

  @Test("reserved money is settled lead by lead, and the rest is given back once")
  func budget() async throws {
    let desk = try await BatchDesk(leads: 4, dailyLimit: Money(micros: 200_000))
    let batch = try await desk.start()
    let key = batch.key
    #expect(try await desk.budget.state(at: BatchDesk.noon).reserved == Money(micros: 200_000))
    let (day, rest, again) = try await desk.database.pool.write { db in
      (
        try BudgetBook.settle(Money(micros: 50_000), batchKey: key, in: db), try BudgetBook.release(batchKey: key, at: BatchDesk.noon, in: db),
        try BudgetBook.release(batchKey: key, at: BatchDesk.noon, in: db)
      )
    }
    #expect(day == "2026-03-02" && rest == Money(micros: 150_000) && again == .zero)
    await #expect(throws: UnreadableRow.self) {
      try await desk.database.pool.write { try BudgetBook.settle(Money(micros: 1), batchKey: key, in: $0) }
    }
    let state = try await desk.budget.state(at: BatchDesk.noon)
    #expect(state.spentToday == Money(micros: 50_000) && state.reserved == .zero && state.remaining == Money(micros: 150_000))
    #expect(try await desk.budget.state(at: BatchDesk.noon.addingTimeInterval(86_400)).spentToday == .zero)
    let days = try await desk.budget.lastDays(5)
    #expect(days.map(\.day) == ["2026-03-02"] && days.map(\.state.spentToday) == [Money(micros: 50_000)] && days.map(\.state.reserved) == [.zero])
  }

  @Test("a batch that costs nothing fits a budget that is used up")
  func nothing() async throws {
    let desk = try await BatchDesk(leads: 1, dailyLimit: .zero)
    try await desk.cards.add(Self.card(0, from: BatchDesk.noon))
    #expect(try await desk.start().estimated == .zero)
  }
}

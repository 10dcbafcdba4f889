import BatchReports
import Foundation
import TestSupport
import Testing

@testable import Storage

@Suite("The rates file")
struct RatesFileTests {
  static let tiers = #""volume_tiers": [{"from": 1, "discount_percent": 0}]"#

  private struct Watched {
    let desk: BatchDesk
    let file: RatesFile
    let url: URL

    init() async throws {
      desk = try await BatchDesk(leads: 3)
      url = desk.folder.appendingPathComponent("rates.json")
      file = RatesFile(path: url.path, database: desk.database)
    }

    func write(_ text: String) throws { try Data(text.utf8).write(to: url) }
    func price(_ base: String, _ more: String = "") throws { try write("{\"report_generation_base_cost\": \(base), \(more)\(RatesFileTests.tiers)}") }
    func base(_ now: Date = BatchDesk.noon) async throws -> Int64 { try await desk.cards.current(at: now).baseCost.micros }
    func count() async throws -> Int { try await desk.number("SELECT count(*) FROM rate_card") }
  }

  @Test("a good file becomes a card of its own, once, and again when it changes or changes back")
  func reload() async throws {
    let watched = try await Watched()
    try watched.price("0.07")
    #expect(await watched.file.look(now: BatchDesk.noon) == .added(version: 2))
    #expect(await watched.file.look(now: BatchDesk.noon) == nil)
    let card = try await watched.desk.cards.current(at: BatchDesk.noon)
    #expect(card.author == "file" && card.source == .file && card.baseCost.micros == 70_000)
    try watched.price("0.08")
    #expect(await watched.file.look(now: BatchDesk.noon.addingTimeInterval(60)) == .added(version: 3))
    try watched.price("0.07")
    #expect(await watched.file.look(now: BatchDesk.noon.addingTimeInterval(120)) == .added(version: 4))
    #expect(try await watched.base(BatchDesk.noon.addingTimeInterval(120)) == 70_000)
    #expect(try await watched.desk.number("SELECT count(*) FROM audit WHERE actor = 'rates file' AND action = 'rate_card.added'") == 3)
  }

  @Test("a start anew and a second process add nothing for the same content, whoever comes first")
  func idempotent() async throws {
    let watched = try await Watched()
    try watched.price("0.07")
    let other = RatesFile(path: watched.url.path, database: try watched.desk.secondDatabase())
    async let first = watched.file.look(now: BatchDesk.noon)
    async let second = other.look(now: BatchDesk.noon)
    let news = await [first, second]
    #expect(news.compactMap { $0 } == [.added(version: 2)])
    let restarted = RatesFile(path: watched.url.path, database: watched.desk.database)
    #expect(await restarted.look(now: BatchDesk.noon) == nil)
    #expect(restarted.status.version == 2)
    #expect(try await watched.count() == 2)
  }

  @Test("twenty processes that see twenty contents in turn end with the card of the last content")
  func manyProcesses() async throws {
    let watched = try await Watched()
    let files = try (0..<4).map { _ in RatesFile(path: watched.url.path, database: try watched.desk.secondDatabase()) }
    for round in 1...20 {
      try watched.price("0.\(String(format: "%02d", round))")
      let now = BatchDesk.noon.addingTimeInterval(Double(round))
      await withTaskGroup(of: Void.self) { group in
        for file in files { group.addTask { _ = await file.look(now: now) } }
      }
      #expect(try await watched.base(now) == Int64(round) * 10_000)
    }
    #expect(try await watched.count() == 21)
  }

  @Test(
    "a bad file keeps the card and is told once, until it is good again",
    arguments: [
      ("{\"report_generation_base_cost\": 0.09, \"volume_ti", "It is not JSON"), ("", "It is empty."), ("hello", "It is not JSON"),
      ("{\"report_generation_base_cost\": NaN, \(tiers)}", "It is not JSON"), ("{}", "Volume tiers are missing"),
      ("{\"report_generation_base_cost\": -1, \(tiers)}", "report_generation_base_cost: The base cost cannot be negative."),
      ("{\(tiers), \(tiers)}", "stands twice"), ("huge", "at most 256 KB"),
      ("{\"providers\": {\"huntr\": 1}, \(tiers)}", "There is no paid provider"),
    ])
  func bad(_ text: String, _ reason: String) async throws {
    let watched = try await Watched()
    try watched.price("0.07")
    _ = await watched.file.look(now: BatchDesk.noon)
    try watched.write(text == "huge" ? String(repeating: "x", count: 1_000_000) : text)
    let later = BatchDesk.noon.addingTimeInterval(60)
    let news = await watched.file.look(now: later)
    guard case .bad(let said) = news else { Issue.record("\(String(describing: news))"); return }
    #expect(said.contains(reason), "\(said)")
    #expect(watched.file.status.problem == said && watched.file.status.badSince == later && watched.file.status.version == 2)
    #expect(await watched.file.look(now: later.addingTimeInterval(10)) == nil)
    #expect(watched.file.status.badSince == later)
    #expect(try await watched.base(later) == 70_000)
    try watched.price("0.07")
    #expect(await watched.file.look(now: later.addingTimeInterval(20)) == .mended(version: 2))
    #expect(watched.file.status.problem == nil && watched.file.status.badSince == nil)
    #expect(try await watched.count() == 2)
  }

  @Test("a file that is missing at the start, taken away, a folder or a pipe is a problem of its own")
  func noFile() async throws {
    let watched = try await Watched()
    #expect(await watched.file.look(now: BatchDesk.noon) == .bad("It is not there."))
    try watched.price("0.07")
    #expect(await watched.file.look(now: BatchDesk.noon) == .mended(version: 2))
    try FileManager.default.removeItem(at: watched.url)
    #expect(await watched.file.look(now: BatchDesk.noon) == .bad("It is not there."))
    try FileManager.default.createDirectory(at: watched.url, withIntermediateDirectories: false)
    #expect(await watched.file.look(now: BatchDesk.noon) == .bad("It is no file."))
    try FileManager.default.removeItem(at: watched.url)
    #expect(mkfifo(watched.url.path, 0o600) == 0)
    #expect(await watched.file.look(now: BatchDesk.noon) == nil)
    #expect(watched.file.status.problem == "It is no file.")
    #expect(try await watched.base() == 70_000)
  }

  @Test("of page and file the newest start holds")
  func newest() async throws {
    let watched = try await Watched()
    let desk = watched.desk
    try watched.price("0.07", "\"valid_from\": \"2026-03-01T00:00:00Z\", ")
    _ = await watched.file.look(now: BatchDesk.noon)
    // The installation's card began a day before noon, which is 1 March at noon.
    #expect(try await watched.base() == 50_000)
    var page = try await desk.cards.current(at: BatchDesk.noon)
    (page.baseCost, page.validFrom, page.source) = (Money(micros: 60_000), BatchDesk.noon, .page)
    try await desk.cards.add(page, by: .account(desk.admin))
    #expect(try await watched.base() == 60_000)
    try watched.price("0.08", "\"valid_from\": \"2026-03-02T13:00:00Z\", ")
    _ = await watched.file.look(now: BatchDesk.noon)
    #expect(try await watched.base() == 60_000)
    #expect(try await watched.base(BatchDesk.noon.addingTimeInterval(3600)) == 80_000)
    #expect(try await desk.cards.history().map(\.version) == [4, 3, 1, 2])
  }

  @Test("new prices in the middle of a batch change nothing of it")
  func midBatch() async throws {
    let watched = try await Watched()
    let desk = watched.desk
    let batch = try await desk.start()
    let epoch = try await desk.queue.beginEpoch(now: BatchDesk.noon)
    let first = try await desk.claim(1, epoch: epoch)
    try watched.price("0.5")
    _ = await watched.file.look(now: BatchDesk.noon)
    let rest = try await desk.advance(first.map { $0.succeeds() }, claiming: 5, epoch: epoch).claims
    try await desk.advance(rest.map { $0.succeeds() }, epoch: epoch)
    let ended = try await desk.batch(batch.id)
    #expect(ended.state == .completed && ended.rateCardVersion == 1 && ended.actual == Money(micros: 150_000))
    #expect(try await desk.number("SELECT count(*) FROM charge WHERE amount <> 50000 OR rate_card_version <> 1") == 0)
    #expect(try await desk.preview(now: BatchDesk.noon).quote.rateCardVersion == 2)
  }

  @Test("a database that cannot be written is a problem that passes")
  func database() async throws {
    let watched = try await Watched()
    try watched.price("0.07")
    try await watched.desk.database.pool.write {
      try $0.execute(sql: "CREATE TRIGGER no_card BEFORE INSERT ON rate_card BEGIN SELECT raise(ABORT, 'full'); END")
    }
    guard case .bad(let said) = await watched.file.look(now: BatchDesk.noon) else { Issue.record("not bad"); return }
    #expect(said.contains("could not be stored"))
    try await watched.desk.database.pool.write { try $0.execute(sql: "DROP TRIGGER no_card") }
    #expect(await watched.file.look(now: BatchDesk.noon) == .mended(version: 2))
  }

  @Test("two admins who change one card at once: the second sees the first's before adding a card")
  func twoAdmins() async throws {
    let desk = try await BatchDesk(leads: 0)
    let card = CostStoresTests.card(1, from: BatchDesk.noon)
    #expect(try await desk.cards.add(card, by: .account(desk.admin), after: 1).version == 2)
    await #expect(throws: InvalidInput.self) { try await desk.cards.add(card, by: .account(desk.admin), after: 1) }
    #expect(try await desk.cards.add(card, by: .account(desk.admin), after: 2).version == 3)
  }

  @Test("cards are kept as they are: no statement changes or removes one, or adds one of no known source")
  func kept() async throws {
    let desk = try await BatchDesk(leads: 0)
    for sql in [
      "UPDATE rate_card SET base_cost = 0", "DELETE FROM rate_card", "INSERT INTO rate_card SELECT 9, 0, '', '', 0, '{}', 0, '[]', '{}', 'nowhere', NULL, 0",
      "INSERT INTO rate_card SELECT 9, 0, '', '', 0, '{}', 0, '[]', '{}', 'file', NULL, 0",
      "INSERT INTO rate_card SELECT 9, 0, '', '', 0, '{}', 0, '[]', '{}', 'page', zeroblob(32), 0",
      "INSERT INTO rate_card SELECT 9, 0, '', '', -1, '{}', 0, '[]', '{}', 'page', NULL, 0",
      "INSERT INTO rate_card SELECT 9, 0, '', '', 0, '{', 0, '[]', '{}', 'page', NULL, 0",
    ] {
      await #expect(throws: (any Error).self, "\(sql)") { try await desk.database.pool.write { try $0.execute(sql: sql) } }
    }
  }
}

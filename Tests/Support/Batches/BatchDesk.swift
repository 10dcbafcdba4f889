import BatchReports
import Foundation
import GRDB
import Storage

/// A real database in a folder of its own, with leads, accounts and prices, and the stores over it. The folder goes with it.
public final class BatchDesk: Sendable {
  /// Monday noon in UTC.
  public static let noon = Date(timeIntervalSince1970: 1_772_452_800)

  private let files: TestDatabase
  public var folder: URL { files.folder }
  public var database: AppDatabase { files.database }
  public let budget: BudgetBook
  public let quotes: QuoteDesk
  public let batches: BatchStore
  public let cards: RateCardStore
  public let templates: TemplateStore
  public let queue: WorkQueue
  public let archive: ReportArchive
  public let admin: Account
  public let operatorAccount: Account
  public let otherOperator: Account
  public let viewer: Account

  public init(leads: Int = 3, dailyLimit: Money? = nil, maxLeads: Int = 5000, maxConcurrentTotal: Int = 100, paidProviders: Set<String> = []) async throws {
    files = try TestDatabase()
    let database = files.database
    budget = BudgetBook(database: database, dailyLimit: dailyLimit, timeZone: .gmt)
    quotes = QuoteDesk(
      database: database, budget: budget, maxLeads: maxLeads, maxConcurrentTotal: maxConcurrentTotal, paidProviders: paidProviders)
    batches = BatchStore(database: database, budget: budget, maxLeads: maxLeads)
    cards = RateCardStore(database: database)
    templates = TemplateStore(database: database)
    archive = ReportArchive(folder: files.folder.appendingPathComponent("reports"))
    queue = WorkQueue(database: database, archive: archive)
    func account(_ name: String, _ role: Role) -> Account {
      Account(id: .version7(at: Self.noon), email: "\(name)@example.com", role: role, createdAt: Self.noon)
    }
    admin = account("admin", .admin)
    operatorAccount = account("operator", .operator)
    otherOperator = account("other", .operator)
    viewer = account("viewer", .viewer)
    let accounts = [admin, operatorAccount, otherOperator, viewer]
    try await database.pool.write { db in
      for account in accounts {
        try db.execute(
          sql: "INSERT INTO account (id, email, role, created_at) VALUES (?, ?, ?, ?)",
          arguments: [account.id.text, account.email, account.role.rawValue, account.createdAt.milliseconds])
      }
      try db.execute(sql: "INSERT INTO lead_source (id, name) VALUES (1, 'test')")
    }
    try await cards.ensureInitialCard(now: Self.noon.addingTimeInterval(-86_400))
    try await addLeads(leads)
  }

  /// A second set of connections to the same file, as another process would have.
  public func secondDatabase() throws -> AppDatabase { try AppDatabase(path: folder.appendingPathComponent("test.sqlite").path) }

  /// Adds leads with websites, or without, and returns their keys.
  @discardableResult
  public func addLeads(_ count: Int, withWebsite: Bool = true) async throws -> [Int64] {
    try await database.pool.write { db in
      try (0..<count).map { number in
        try db.execute(
          sql: """
            INSERT INTO lead (id, name, website, created_at, updated_at, source_id, status, identity) VALUES (?, ?, ?, 0, 0, 1, 'new', ?)
            """,
          arguments: [UUID.version7().text, "Lead \(number)", withWebsite ? "https://lead\(number).example" : "", number])
        return db.lastInsertedRowID
      }
    }
  }

  public func leadKeys() async throws -> [Int64] {
    try await database.pool.read { try Int64.fetchAll($0, sql: "SELECT key FROM lead ORDER BY key") }
  }

  public func leadIDs() async throws -> [UUID] {
    try await database.pool.read { try String.fetchAll($0, sql: "SELECT id FROM lead ORDER BY key") }.compactMap(UUID.init(uuidString:))
  }

  /// One number from the database, 0 for none.
  public func number(_ sql: String, _ arguments: StatementArguments = []) async throws -> Int {
    try await database.pool.read { try Int.fetchOne($0, sql: sql, arguments: arguments) ?? 0 }
  }
}

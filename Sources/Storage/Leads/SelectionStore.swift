public import BatchReports
public import Foundation
import GRDB

/// What an account has ticked, and which version of it.
public struct SavedSelection: Sendable, Hashable {
  public var leads: LeadSelection
  /// Rises with every change; 0 while nothing was ever ticked.
  public var revision: Int64

  public init(leads: LeadSelection = LeadSelection(), revision: Int64 = 0) {
    self.leads = leads
    self.revision = revision
  }

  public var count: Int { leads.count }
}

/// Each account's selection, one row with a bitmap. Every change is a compare-and-set on its revision and is made again when another
/// tab or process was quicker, so that two tabs at once lose no tick.
public struct SelectionStore: Sendable {
  private let database: AppDatabase

  public init(database: AppDatabase) { self.database = database }

  public func selection(of account: UUID) async throws -> SavedSelection {
    try await database.pool.read { db in try Self.find(account, in: db) }
  }

  /// Of the leads shown, exactly the ticked ones are selected from now on; the others' ticks stay. Keys without a lead are ignored.
  @discardableResult
  public func save(shown: [Int64], ticked: [Int64], for account: UUID) async throws -> SavedSelection {
    let shown = LeadSelection(shown)
    let ticked = try await existing(ticked)
    return try await change(account) { selection in
      selection.subtract(shown)
      selection.formUnion(ticked)
    }
  }

  /// Ticks these leads; keys without a lead are ignored.
  @discardableResult
  public func add(_ keys: [Int64], for account: UUID) async throws -> SavedSelection {
    let added = try await existing(keys)
    return try await change(account) { $0.formUnion(added) }
  }

  /// Ticks all leads that match now. They are found while others may write; only storing the bitmap takes the writer.
  @discardableResult
  public func addMatching(_ filter: LeadFilter, for account: UUID) async throws -> SavedSelection {
    let added = try await LeadStore(database: database).matchingKeys(filter)
    return try await change(account) { $0.formUnion(added) }
  }

  /// Keeps the first `limit` ticked leads in this order, and unticks the rest.
  @discardableResult
  public func keepFirst(_ limit: Int, sort: LeadSort, for account: UUID) async throws -> SavedSelection {
    while true {
      let (saved, kept) = try await database.pool.read { db in
        let saved = try Self.find(account, in: db)
        if saved.count <= limit { return (saved, saved.leads) }
        let search = try LeadSearch(LeadFilter(), within: saved.leads, in: db)
        return (saved, LeadSelection(try search?.first(max(0, limit), in: LeadOrder(sort)) ?? []))
      }
      if kept.count == saved.count { return saved }
      if let stored = try await store(kept, over: saved, for: account) { return stored }
    }
  }

  @discardableResult
  public func clear(_ account: UUID) async throws -> SavedSelection {
    try await change(account) { $0 = LeadSelection() }
  }

  /// Selects these leads and no others; keys without a lead are ignored.
  @discardableResult
  public func replace(with keys: [Int64], for account: UUID) async throws -> SavedSelection {
    let leads = try await existing(keys)
    return try await change(account) { $0 = leads }
  }

  private func existing(_ keys: [Int64]) async throws -> LeadSelection {
    if keys.isEmpty { return LeadSelection() }
    return try await database.pool.read { db in
      LeadSelection(
        try Int64.fetchAll(
          db.cachedStatement(sql: "SELECT lead.key FROM json_each(?) AS listed CROSS JOIN lead ON lead.key = listed.value"),
          arguments: [LeadRows.list(keys)]))
    }
  }

  private func change(_ account: UUID, _ apply: @Sendable (inout LeadSelection) -> Void) async throws -> SavedSelection {
    while true {
      let saved = try await selection(of: account)
      var leads = saved.leads
      apply(&leads)
      if leads == saved.leads { return saved }
      if let stored = try await store(leads, over: saved, for: account) { return stored }
    }
  }

  /// Nil when the stored selection is no longer the one that `saved` was read from.
  private func store(_ leads: LeadSelection, over saved: SavedSelection, for account: UUID) async throws -> SavedSelection? {
    try Task.checkCancellation()
    let next = SavedSelection(leads: leads, revision: saved.revision + 1)
    let bitmap = leads.data
    let isStored = try await database.pool.write { db in
      let sql =
        saved.revision == 0
        ? "INSERT INTO selection (revision, count, bitmap, account_id) VALUES (?, ?, ?, ?) ON CONFLICT (account_id) DO NOTHING"
        : "UPDATE selection SET revision = ?, count = ?, bitmap = ? WHERE account_id = ? AND revision = ?"
      var arguments: StatementArguments = [next.revision, leads.count, bitmap, account.text]
      if saved.revision > 0 { arguments += [saved.revision] }
      try db.cachedStatement(sql: sql).execute(arguments: arguments)
      return db.changesCount == 1
    }
    return isStored ? next : nil
  }

  private static func find(_ account: UUID, in db: Database) throws -> SavedSelection {
    let row = try Row.fetchOne(
      db.cachedStatement(sql: "SELECT revision, bitmap FROM selection WHERE account_id = ?"), arguments: [account.text])
    guard let row else { return SavedSelection() }
    guard let leads = LeadSelection(data: row[1]) else {
      throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "The selection of account \(account.text) is no bitmap.")
    }
    return SavedSelection(leads: leads, revision: row[0])
  }
}

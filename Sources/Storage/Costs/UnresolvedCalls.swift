import BatchReports
import Foundation
import GRDB

/// Calls of which nobody knows whether they were charged: their answer was lost. They are shown, held against the budget, and never guessed;
/// an admin who has looked at the provider's own account settles them.
public struct UnresolvedCalls: Sendable {
  /// One of them.
  public struct Call: Sendable, Hashable {
    public var id: Int64
    public var batchID: UUID
    public var batchName: String
    public var leadID: UUID
    public var leadName: String
    public var provider: String
    public var step: String
    /// What it cost if it was charged once.
    public var atMost: Money
    /// The idempotency key that the provider was told.
    public var key: String
    public var startedAt: Date
    public var note: String
  }

  /// How many there are, and what they can have cost together.
  public struct Sum: Sendable, Hashable {
    public var count: Int
    public var atMost: Money

    public init(count: Int, atMost: Money) {
      self.count = count
      self.atMost = atMost
    }

    public static let none = Sum(count: 0, atMost: .zero)
  }

  let database: AppDatabase

  public init(database: AppDatabase) { self.database = database }

  /// The oldest first; of one batch, or of all.
  public func list(batch: Batch? = nil, limit: Int = 200) async throws -> [Call] {
    try await database.pool.read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT c.*, batch.id AS batch_id, batch.name AS batch_name, lead.id AS lead_id, lead.name AS lead_name
          FROM provider_call c INDEXED BY provider_call_unresolved JOIN batch ON batch.key = c.batch_key
          JOIN batch_lead ON batch_lead.batch_key = c.batch_key AND batch_lead.position = c.position JOIN lead ON lead.key = batch_lead.lead_key
          WHERE c.state = 'unresolved' \(batch == nil ? "" : "AND c.batch_key = ?1") ORDER BY c.id LIMIT \(limit)
          """,
        arguments: batch.map { [$0.key] } ?? []
      ).map { row in
        Call(
          id: row["id"], batchID: try Decode.uuid(row["batch_id"]), batchName: row["batch_name"], leadID: try Decode.uuid(row["lead_id"]),
          leadName: row["lead_name"], provider: row["provider"], step: row["step"], atMost: Money(micros: row["held"]), key: row["key"],
          startedAt: Date(milliseconds: row["started_at"]), note: row["note"])
      }
    }
  }

  public func sum(batch: Batch? = nil) async throws -> Sum {
    try await database.pool.read { db in
      let row = try Row.fetchOne(
        db,
        sql: """
          SELECT count(*), coalesce(sum(held), 0) FROM provider_call INDEXED BY provider_call_unresolved
          WHERE state = 'unresolved' \(batch == nil ? "" : "AND batch_key = ?1")
          """,
        arguments: batch.map { [$0.key] } ?? [])
      return Sum(count: row?[0] ?? 0, atMost: Money(micros: row?[1] ?? 0))
    }
  }

  /// Settles one as charged once, or as not charged, for a reason that lands in the audit trail.
  ///
  /// Throws `AccessRefusal` for anyone but an admin, `InvalidInput` without a reason, and `UnresolvedCallRefusal`.
  public func resolve(_ id: Int64, wasCharged: Bool, reason: String, by account: Account, now: Date) async throws {
    guard account.role == .admin else { throw AccessRefusal.roleTooLow(needed: .admin) }
    let reason = reason.trimmingCharacters(in: .whitespacesAndNewlines)
    if reason.isEmpty { throw InvalidInput("reason", "Say how you know, for example what the provider's invoice shows.", code: "missing") }
    if let problem = TypedText.problem("reason", reason, "The reason", limit: 500) { throw InvalidInput([problem]) }
    try await database.pool.write { db in
      let state = try String.fetchOne(db, sql: "SELECT state FROM provider_call WHERE id = ?", arguments: [id])
      guard let state else { throw UnresolvedCallRefusal.unknown }
      let settlement = CallSettlement(now: now)
      let to = wasCharged ? "charged" : "free"
      guard state == "unresolved", let call = try settlement.move(id, from: "unresolved", to: to, units: wasCharged ? 1 : 0, note: reason, in: db),
        let batch = try BatchRow.find(key: call.batchKey, in: db)
      else { throw UnresolvedCallRefusal.settled }
      if wasCharged {
        try settlement.charge(call, units: 1, externalID: nil, prices: batch.unitPrices, isInDoubt: true, in: db)
        try settlement.rollUp(call, unresolved: -1, in: db)
      } else {
        let next = try settlement.handOn(call, prices: batch.unitPrices, in: db)
        if next != "unresolved" { try BudgetBook.clear(call.held, batchKey: call.batchKey, run: call.run, in: db) }
        if next == "intent" { try BudgetBook.hold(call.held, batchKey: call.batchKey, run: call.run, in: db) }
        try settlement.rollUp(call, free: 1, unresolved: -1, in: db)
        try db.execute(sql: "UPDATE batch SET seq = seq + 1 WHERE key = ?", arguments: [batch.key])
      }
      try AuditTrail.record(
        AuditEntry(
          batch, "batch.call_resolved", by: .account(account), reason: reason,
          detail: ["call": "\(id)", "provider": call.provider, "outcome": wasCharged ? "charged" : "not_charged", "at_most": call.held.dollars], at: now),
        in: db)
    }
  }

  /// What an engine that died had announced and not settled.
  static func takeOver(before epoch: Int64, now: Date, in db: Database) throws {
    let calls = try Int64.fetchAll(
      db, sql: "SELECT id FROM provider_call INDEXED BY provider_call_open WHERE state = 'intent' AND epoch < ? ORDER BY id",
      arguments: [epoch])
    for id in calls {
      try CallSettlement(now: now).settle(id, .unresolved(note: "The server stopped before the answer was written down."), prices: [:], in: db)
    }
  }
}

/// Why a call was not settled by hand.
public enum UnresolvedCallRefusal: Refusal, Hashable {
  case unknown
  case settled

  public var code: RefusalCode { self == .unknown ? .notFound : .invalidTransition }
  public var explanation: String {
    switch self {
    case .unknown: "There is no such call. Reload the page."
    case .settled: "This call is settled already. Reload the page to see how."
    }
  }
}

import BatchReports
import Foundation
import GRDB

/// One row of the ledger.
public struct LedgerCharge: Sendable, Hashable {
  public enum Kind: String, Sendable, Codable { case base, provider }

  public var kind: Kind
  /// Nil for the base charge of a delivered report.
  public var provider: String?
  public var step: String?
  /// The number of the call of this step, from 1.
  public var call: Int?
  public var units: Int
  public var unitCost: Money
  public var amount: Money
  /// The try of the lead in which it was made.
  public var attempt: Int
  public var rateCardVersion: Int
  public var externalID: String?
  public var at: Date
}

/// A call of a paid provider that cost nothing, or of which nobody knows yet.
public struct UnchargedCall: Sendable, Hashable {
  public enum State: String, Sendable, Codable { case intent, free, unresolved }

  public var provider: String
  public var step: String
  public var call: Int
  public var state: State
  /// What it costs if it was charged.
  public var unitCost: Money
  public var attempt: Int
  public var note: String
  public var at: Date
}

/// What one lead of a batch was charged, and the calls of it that cost nothing.
public struct LeadCharges: Sendable, Hashable {
  /// In the order in which they were made; they sum to the lead's cost.
  public var charges: [LedgerCharge]
  public var uncharged: [UnchargedCall]
}

extension BatchStore {
  public func charges(of lead: BatchLead, in batch: Batch) async throws -> LeadCharges {
    try await database.pool.read { db in
      LeadCharges(
        charges: try Row.fetchAll(
          db,
          sql: """
            SELECT * FROM charge WHERE kind = 'base' AND batch_key = ?1 AND position = ?2
            UNION ALL SELECT * FROM charge WHERE provider = 'blended' AND batch_key = ?1 AND position = ?2
            UNION ALL SELECT charge.* FROM provider_call JOIN charge ON charge.call_id = provider_call.id
            WHERE provider_call.batch_key = ?1 AND provider_call.position = ?2 ORDER BY id
            """, arguments: [batch.key, lead.position]
        ).map(Self.charge),
        uncharged: try Row.fetchAll(
          db, sql: "SELECT * FROM provider_call WHERE batch_key = ? AND position = ? AND state <> 'charged' ORDER BY id",
          arguments: [batch.key, lead.position]
        ).map { row in
          UnchargedCall(
            provider: row["provider"], step: row["step"], call: row["call"], state: try Decode.choice(row["state"], UnchargedCall.State.self),
            unitCost: Money(micros: row["unit_cost"]), attempt: row["attempt"], note: row["note"], at: Date(milliseconds: row["started_at"]))
        })
    }
  }

  static func charge(_ row: Row) throws -> LedgerCharge {
    let amount = Money(micros: row["amount"])
    return LedgerCharge(
      kind: try Decode.choice(row["kind"], LedgerCharge.Kind.self), provider: row["provider"], step: row["step"], call: row["call"],
      units: row["units"], unitCost: (row["unit_cost"] as Int64?).map { Money(micros: $0) } ?? amount, amount: amount, attempt: row["attempt"],
      rateCardVersion: row["rate_card_version"], externalID: row["external_id"], at: Date(milliseconds: row["created_at"]))
  }
}

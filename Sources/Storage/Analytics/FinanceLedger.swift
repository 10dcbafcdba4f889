import BatchReports
import Foundation
import GRDB

/// The ledger row by row, as finance books it.
public struct FinanceRow: Sendable, Hashable {
  /// A charge, or a call of which nobody knows whether it was charged.
  public enum State: String, Sendable { case charged, unresolved }

  public var id: Int64
  public var state: State
  /// The day on which it counts.
  public var day: String
  public var at: Date
  public var kind: LedgerCharge.Kind
  public var provider: String?
  public var step: String?
  public var call: Int?
  public var units: Int
  public var unitCost: Money
  /// Zero for what is unresolved.
  public var amount: Money
  /// What an unresolved call may have cost.
  public var inDoubt: Money
  public var batchID: UUID
  public var batchName: String
  public var leadID: UUID
  public var leadName: String
  public var owner: String
  public var template: TemplateReference
  public var rateCardVersion: Int
  public var externalID: String?
}

extension SpendBook {
  /// Where a reading of the ledger ends, so that rows that come meanwhile do not make it endless.
  public struct FinanceReading: Sendable, Hashable {
    var firstDay: String
    var lastCharge: Int64
    var lastCall: Int64
  }

  public func financeReading(days: Int, now: Date) async throws -> FinanceReading {
    let first = firstDay(days, now)
    return try await database.pool.read { db in
      FinanceReading(
        firstDay: first, lastCharge: try Int64.fetchOne(db, sql: "SELECT max(id) FROM charge") ?? 0,
        lastCall: try Int64.fetchOne(db, sql: "SELECT max(id) FROM provider_call") ?? 0)
    }
  }

  /// The next charges after this id, in the order in which they were made.
  public func charges(_ reading: FinanceReading, after id: Int64, limit: Int) async throws -> [FinanceRow] {
    try await database.pool.read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT charge.*, \(Self.names) FROM charge \(Self.joins("charge"))
          WHERE charge.id > ? AND charge.id <= ? AND charge.day >= ? ORDER BY charge.id LIMIT ?
          """, arguments: [id, reading.lastCharge, reading.firstDay, limit]
      ).map { row in
        let charge = try BatchStore.charge(row)
        return try Self.row(
          row, id: row["id"], state: .charged, day: row["day"], kind: charge.kind, units: charge.units, unitCost: charge.unitCost, amount: charge.amount,
          inDoubt: .zero, at: charge.at, rateCardVersion: charge.rateCardVersion)
      }
    }
  }

  /// The next unresolved calls after this id.
  public func unresolved(_ reading: FinanceReading, after id: Int64, limit: Int) async throws -> [FinanceRow] {
    try await database.pool.read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT provider_call.*, reservation.day AS day, batch.rate_card_version AS rate_card_version, \(Self.names)
          FROM provider_call \(Self.joins("provider_call"))
          JOIN reservation ON reservation.batch_key = provider_call.batch_key AND reservation.run = provider_call.run
          WHERE provider_call.state = 'unresolved' AND provider_call.id > ? AND provider_call.id <= ? AND reservation.day >= ?
          ORDER BY provider_call.id LIMIT ?
          """, arguments: [id, reading.lastCall, reading.firstDay, limit]
      ).map { row in
        try Self.row(
          row, id: row["id"], state: .unresolved, day: row["day"], kind: .provider, units: 0, unitCost: Money(micros: row["unit_cost"]), amount: .zero,
          inDoubt: Money(micros: row["held"]), at: Date(milliseconds: row["started_at"]), rateCardVersion: row["rate_card_version"])
      }
    }
  }

  private static let names = """
    batch.id AS batch_id, batch.name AS batch_name, lead.id AS lead_id, lead.name AS lead_name, account.email AS owner,
    batch.template_name AS template_name, batch.template_version AS template_version
    """

  private static func joins(_ table: String) -> String {
    """
    JOIN batch ON batch.key = \(table).batch_key JOIN account ON account.id = batch.owner
    JOIN batch_lead ON batch_lead.batch_key = \(table).batch_key AND batch_lead.position = \(table).position
    JOIN lead ON lead.key = batch_lead.lead_key
    """
  }

  private static func row(
    _ row: Row, id: Int64, state: FinanceRow.State, day: String, kind: LedgerCharge.Kind, units: Int, unitCost: Money, amount: Money, inDoubt: Money,
    at: Date, rateCardVersion: Int
  ) throws -> FinanceRow {
    FinanceRow(
      id: id, state: state, day: day, at: at, kind: kind, provider: row["provider"], step: row["step"], call: row["call"], units: units,
      unitCost: unitCost, amount: amount, inDoubt: inDoubt, batchID: try Decode.uuid(row["batch_id"]), batchName: row["batch_name"],
      leadID: try Decode.uuid(row["lead_id"]), leadName: row["lead_name"], owner: row["owner"],
      template: TemplateReference(name: row["template_name"], version: row["template_version"]), rateCardVersion: rateCardVersion,
      externalID: row["external_id"])
  }
}

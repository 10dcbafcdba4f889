import BatchReports
import Foundation
import Hummingbird
import Storage

/// What one lead of a batch was charged, call by call.
struct ChargeRoutes {
  let web: WebDependencies
  let services: ReportServices

  /// GET /batches/{id}/leads/{lead_id}/charges
  func page(_ request: Request, _ context: SignedInContext) async throws -> Response {
    let (batch, lead, charges) = try await find(context)
    let values: PageValues = [
      "batchUrl": .text("/batches/\(batch.id.text)"), "batchName": .text(batch.name), "leadName": .text(lead.leadName),
      "leadUrl": .text("/leads/\(lead.leadID.text)"), "rateCard": .text("version \(batch.rateCardVersion)"), "total": .text(lead.cost.dollars),
      "hasCharges": .flag(!charges.charges.isEmpty), "charges": .list(zip(charges.charges, Money.shown(charges.charges.map(\.amount))).map(charge)),
      "hasUncharged": .flag(!charges.uncharged.isEmpty), "uncharged": .list(charges.uncharged.map(call)),
    ]
    return try await web.pages.show("batches/charges", title: "Charges of \(lead.leadName)", section: .batches, values, request, context)
  }

  /// GET /api/batch/{id}/leads/{lead_id}/charges
  func list(_ request: Request, _ context: SignedInContext) async throws -> Response {
    let (batch, lead, charges) = try await find(context)
    return .snakeCaseJSON(LeadChargesJSON(charges, lead: lead, batch: batch.id))
  }

  private func find(_ context: SignedInContext) async throws -> (Batch, BatchLead, LeadCharges) {
    let (id, leadID) = (try context.id("id"), try context.id("lead_id"))
    guard let batch = try await services.batches.find(id, visibleTo: context.account) else { throw NoSuchBatch(id: id) }
    guard let lead = try await services.batches.lead(leadID, of: batch) else { throw RequestRefusal.notFound }
    return (batch, lead, try await services.batches.charges(of: lead, in: batch))
  }

  private func charge(_ charge: LedgerCharge, _ shown: Money) -> PageValues {
    [
      "what": .text(charge.provider.map(CostValues.name) ?? "Report delivered"), "hasStep": .flag(charge.step != nil), "step": .text(charge.step ?? ""),
      "attempt": .text("\(charge.attempt)"),
      "units": .text(Grouping.thousands(charge.units)), "unit": .text(charge.unitCost.unitDollars), "amount": .text(shown.dollars),
      "hasExternalID": .flag(charge.externalID != nil), "externalID": .text(charge.externalID ?? ""),
      "at": services.clock.pageValue(charge.at, withSeconds: true),
    ]
  }

  private func call(_ call: UnchargedCall) -> PageValues {
    let state =
      switch call.state {
      case .free: "Cost nothing"
      case .intent: "Under way"
      case .unresolved: "Unresolved: nobody knows whether \(call.unitCost.unitDollars) was charged"
      }
    return [
      "what": .text(CostValues.name(call.provider)), "attempt": .text("\(call.attempt)"), "state": .text(state), "hasNote": .flag(!call.note.isEmpty),
      "note": .text(call.note), "at": services.clock.pageValue(call.at, withSeconds: true),
    ]
  }
}

/// A lead's charges as the API shows them; they sum to its cost, also as they are rounded.
struct LeadChargesJSON: Encodable {
  struct Charge: Encodable {
    var kind: LedgerCharge.Kind
    @OrNull var provider: String?
    @OrNull var step: String?
    @OrNull var call: Int?
    var attempt: Int
    var units: Int
    /// Exact, to six decimals.
    var unitCostUsd: Decimal
    var amountUsd: Money
    var rateCardVersion: Int
    @OrNull var externalId: String?
    var chargedAt: String
  }

  struct Call: Encodable {
    var provider: String
    var step: String
    var call: Int
    var attempt: Int
    var state: UnchargedCall.State
    /// Exact, to six decimals.
    var unitCostUsd: Decimal
    var note: String
    var startedAt: String
  }

  var batchId: String
  var leadId: String
  var costUsd: Money
  var charges: [Charge]
  var unchargedCalls: [Call]

  init(_ charges: LeadCharges, lead: BatchLead, batch: UUID) {
    batchId = batch.text
    leadId = lead.leadID.text
    costUsd = lead.cost
    self.charges = zip(charges.charges, Money.shown(charges.charges.map(\.amount))).map { charge, shown in
      Charge(
        kind: charge.kind, provider: charge.provider, step: charge.step, call: charge.call, attempt: charge.attempt, units: charge.units,
        unitCostUsd: charge.unitCost.usd, amountUsd: shown, rateCardVersion: charge.rateCardVersion, externalId: charge.externalID,
        chargedAt: charge.at.rfc3339)
    }
    unchargedCalls = charges.uncharged.map {
      Call(
        provider: $0.provider, step: $0.step, call: $0.call, attempt: $0.attempt, state: $0.state, unitCostUsd: $0.unitCost.usd, note: $0.note,
        startedAt: $0.at.rfc3339)
    }
  }
}

import BatchReports
import Foundation
import Hummingbird
import Storage

/// Calls without a known answer: who may see them and how an admin settles them.
struct UnresolvedCallRoutes {
  let web: WebDependencies
  private var calls: UnresolvedCalls { UnresolvedCalls(database: web.database) }
  private let budgetPage: PriceSettingsRoutes

  init(web: WebDependencies, services: ReportServices) {
    self.web = web
    budgetPage = PriceSettingsRoutes(web: web, services: services)
  }

  /// POST /settings/budget/calls/{id}: `outcome` charged or not_charged, and a `reason`.
  func resolve(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try context.requireRole(.admin)
    let form = try context.form()
    do {
      let wasCharged = try Self.wasCharged(form.text("outcome"))
      try await calls.resolve(try Self.id(context), wasCharged: wasCharged, reason: form["reason"] ?? "", by: context.account, now: web.now())
      return .seeOther("/settings/budget", flash: Flash(wasCharged ? "The call is charged." : "The call is written off as not charged."))
    } catch let refusal as any Refusal {
      return try await budgetPage.budget(refusal, request, context)
    }
  }

  /// GET /api/unresolved-calls
  func list(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try context.requireRole(.admin)
    let sum = try await calls.sum()
    return .snakeCaseJSON(
      ListJSON(count: sum.count, atMostUsd: sum.atMost, unresolvedCalls: try await calls.list().map(CallJSON.init)))
  }

  /// POST /api/unresolved-calls/{id}
  func resolveCall(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try context.requireRole(.admin)
    let body = try await request.json(Body.self)
    try await calls.resolve(
      try Self.id(context), wasCharged: try Self.wasCharged(body.outcome), reason: body.reason ?? "", by: context.account, now: web.now())
    return try await list(request, context)
  }

  private struct Body: Decodable {
    var outcome: String?
    var reason: String?
  }

  private struct ListJSON: Encodable {
    var count: Int
    var atMostUsd: Money
    var unresolvedCalls: [CallJSON]
  }

  struct CallJSON: Encodable {
    var id: Int64
    var batchId: String
    var leadId: String
    var leadName: String
    var provider: String
    var step: String
    var atMostUsd: Money
    var idempotencyKey: String
    var startedAt: String
    var note: String

    init(_ call: UnresolvedCalls.Call) {
      (id, batchId, leadId, leadName) = (call.id, call.batchID.text, call.leadID.text, call.leadName)
      (provider, step, atMostUsd, idempotencyKey) = (call.provider, call.step, call.atMost, call.key)
      (startedAt, note) = (call.startedAt.rfc3339, call.note)
    }
  }

  private static func id(_ context: SignedInContext) throws -> Int64 {
    guard let id = context.parameters.get("id").flatMap({ Int64($0) }) else { throw RequestRefusal.notFound }
    return id
  }

  private static func wasCharged(_ outcome: String?) throws -> Bool {
    switch outcome {
    case "charged": return true
    case "not_charged": return false
    default: throw InvalidInput("outcome", "Say whether it was charged: charged or not_charged.", code: outcome == nil ? "missing" : "invalid")
    }
  }
}

/// Calls without a known answer as pages list them.
struct UnresolvedCallValues {
  var sum: UnresolvedCalls.Sum
  var calls: [UnresolvedCalls.Call]
  var mayResolve: Bool
  var clock: WallClock

  var pageValues: PageValues {
    [
      "hasCalls": .flag(sum.count > 0), "count": .text(Display.count(sum.count, "call", "calls")), "atMost": .text(sum.atMost.dollars),
      "isOne": .flag(sum.count == 1), "mayResolve": .flag(mayResolve), "hasMore": .flag(sum.count > calls.count),
      "calls": .list(
        calls.map { call in
          [
            "id": .text("\(call.id)"), "batchName": .text(call.batchName), "batchUrl": .text("/batches/\(call.batchID.text)"),
            "leadName": .text(call.leadName), "leadUrl": .text("/leads/\(call.leadID.text)"), "provider": .text(CostValues.name(call.provider)),
            "atMost": .text(call.atMost.dollars), "key": .text(call.key), "at": clock.pageValue(call.startedAt, withSeconds: true),
            "note": .text(call.note), "mayResolve": .flag(mayResolve),
          ]
        }),
    ]
  }
}

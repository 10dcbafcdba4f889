import BatchReports
import Foundation
import Hummingbird
import Storage

/// The operations dashboard.
struct DashboardRoutes {
  let web: WebDependencies
  let services: ReportServices

  /// GET /
  func dashboard(_ request: Request, _ context: SignedInContext) async throws -> Response {
    let account = context.account
    let now = web.now()
    let live = try await services.batches.live().filter { account.maySee(isPrivate: $0.isPrivate, ownedBy: $0.owner) }
    var snapshots: [UUID: ProgressSnapshot] = [:]
    for batch in live { snapshots[batch.id] = try await services.feed.snapshot(of: batch.id) }
    let ended = try await services.batches.ended(visibleTo: account, limit: 5)
    var health: [(String, HealthCheck.State)] = []
    for check in web.healthChecks { health.append((check.name, await check.check())) }
    let values = DashboardValues(
      live: live, snapshots: snapshots, ended: ended, recent: try await services.batches.recentThroughput(),
      budget: try await services.budget.state(at: now), health: health, engineWarning: await web.engine?.look().warning,
      hasLeads: try await services.leads.count(LeadFilter(), upTo: 1).count > 0,
      account: account, now: now, clock: services.clock
    ).pageValues
    let refreshes = !live.isEmpty && !request.isRefreshOff
    return try await web.pages.show(
      "dashboard/dashboard", title: "Dashboard", section: .dashboard, values, refresh: refreshes ? .every(seconds: 5) : .off, request, context)
  }
}

import BatchReports
import Foundation

/// What the dashboard shows.
struct DashboardValues {
  /// Share of failed leads from which an alert is shown.
  private static let alarmingFailureRate = 0.25

  var live: [Batch]
  var snapshots: [UUID: ProgressSnapshot]
  var ended: [Batch]
  var recent: RecentThroughput
  var budget: BudgetState
  var health: [(name: String, state: HealthCheck.State)]
  /// Why batches are not being run.
  var engineWarning: String?
  var hasLeads: Bool
  var account: Account
  var now: Date
  var clock: WallClock

  var pageValues: PageValues {
    [
      "today": .text(clock.day(now)), "mayStart": .flag(account.role >= .operator), "isFresh": .flag(!hasLeads && live.isEmpty && ended.isEmpty),
      "alerts": .list(alerts), "figures": .list(figures), "hasLive": .flag(!live.isEmpty), "live": .list(live.map(liveRow)),
      "hasRecent": .flag(!ended.isEmpty), "recent": .list(ended.map(endedRow)), "budget": .values(BudgetValues(state: budget).pageValues),
      "health": .list(
        health.map { name, state in
          [
            "name": .text(name.prefix(1).uppercased() + name.dropFirst()), "detail": .text(state.detail),
            "status": state.badge.pageValue,
          ]
        }),
    ]
  }

  private var figures: [PageValues] {
    func figure(_ label: String, _ value: String, _ note: String) -> PageValues {
      ["label": .text(label), "value": .text(value), "hasNote": true, "note": .text(note)]
    }
    let queued = live.reduce(0) { $0 + $1.counts.pending + $1.counts.retrying }
    let inFlight = live.reduce(0) { $0 + $1.counts.processing }
    // The rate is of leads; of those, the ones that failed made no report.
    let rate = snapshots.values.reduce(0) { $0 + $1.currentRatePerSecond * Double($1.successCount) / Double(max(1, $1.processed)) } * 60
    return [
      figure("Queue", Grouping.thousands(queued), "leads waiting"),
      figure("In flight", Grouping.thousands(inFlight), Display.count(live.count, "batch", "batches") + " running or queued"),
      figure("Reports per minute", rate > 0 ? Display.oneDecimal(rate) : "–", "all batches together"),
      figure(
        "Failure rate", recent.leads == 0 ? "–" : Display.percent(recent.failureRate * 100),
        recent.batches == 0
          ? "no batch has finished yet" : "of \(Display.count(recent.leads, "lead", "leads")) in \(Display.count(recent.batches, "batch", "batches"))"),
    ]
  }

  private var alerts: [PageValues] {
    var alerts: [PageValues] = []
    func add(_ tone: String, _ title: String, _ message: String, link: (url: String, label: String)? = nil) {
      alerts.append([
        "tone": .text(tone), "title": .text(title), "message": .text(message), "hasLink": .flag(link != nil), "url": .text(link?.url ?? ""),
        "linkLabel": .text(link?.label ?? ""),
      ])
    }
    for (name, state) in health where !state.isWell { add("danger", "\(name) is down.", state.detail) }
    for (name, state) in health where state.isWell && state.isNotice {
      add("warning", name.prefix(1).uppercased() + name.dropFirst() + ".", state.detail)
    }
    if let engineWarning, !health.contains(where: { !$0.state.isWell && $0.state.detail == engineWarning }) {
      add("danger", "Batches are not being run.", engineWarning)
    }
    for batch in live where batch.isPausedByEngine {
      add("danger", "“\(batch.name)” was paused.", batch.stateReason, link: ("/batches/\(batch.id.text)", "Look and resume"))
    }
    for batch in live where batch.isHeldUp {
      add("danger", "“\(batch.name)” is held up.", batch.stateReason, link: ("/batches/\(batch.id.text)", "Look"))
    }
    if let warning = budget.standingWarning { add("warning", "Budget.", warning) }
    if recent.leads >= 20, recent.failureRate >= Self.alarmingFailureRate {
      add(
        "warning", "Many leads fail.", "\(Display.percent(recent.failureRate * 100)) of the last \(Grouping.thousands(recent.leads)) leads failed.",
        link: ("/batches?status=completed_with_errors", "Show the batches"))
    }
    return alerts
  }

  private func liveRow(_ batch: Batch) -> PageValues {
    BatchRowValues(batch: batch, now: now, clock: clock).pageValues.merging([
      "remaining": .text(Display.duration(seconds: snapshots[batch.id]?.estimatedRemainingSeconds))
    ])
  }

  private func endedRow(_ batch: Batch) -> PageValues {
    BatchRowValues(batch: batch, now: now, clock: clock).pageValues.merging(["endedAt": clock.pageValue(batch.finishedAt)])
  }
}

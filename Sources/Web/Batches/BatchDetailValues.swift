import BatchReports
import Foundation
import Storage

/// What the detail page of one batch shows.
struct BatchDetail {
  var rows: BatchStore.ProgressRows
  var snapshot: ProgressSnapshot
  var causes: [FailureCause]
  /// About what a retry of each cause's leads will cost.
  var forecasts: [LeadErrorCode: Money] = [:]
  var history: [BatchStore.AuditLine]
  var leads: BatchLeadPage
  var filter: BatchLeadFilter
  var account: Account
  /// Why batches are not being run.
  var engineWarning: String?
  var providers: [ProviderState] = []
  /// The leads that a sample left, once it has ended.
  var rest: QuoteDesk.RestOffer?
  /// The batch that ran them.
  var restBatch: UUID?
  var unresolved: UnresolvedCallValues
  var now: Date
  var clock: WallClock

  private var batch: Batch { rows.batch }
  private var url: String { "/batches/\(batch.id.text)" }
  private var mayControl: Bool { account.mayControl(ownedBy: batch.owner) }
  private var mayRetry: Bool { mayControl && batch.state.isTerminal && batch.counts.failed > 0 }
  private var mayTakeUp: Bool { mayControl && batch.state.isTerminal && batch.counts.cancelled > 0 }
  private static let retriable: Set<BatchLeadState> = [.failed, .cancelled]

  /// About the paid sources of this batch that do not answer.
  private var providerNotices: [String] {
    batch.state.isLive ? providers.filter { batch.unitPrices[$0.provider.rawValue] != nil && $0.silentSince != nil }.map(\.notice) : []
  }

  var pageValues: PageValues {
    let isLive = batch.state.isLive
    let values: PageValues = [
      "id": .text(batch.id.text), "shortId": .text(String(batch.id.text.prefix(8))), "seq": .text("\(snapshot.seq)"), "url": .text(url),
      "name": .text(batch.name), "hasDescription": .flag(!batch.description.isEmpty), "description": .text(batch.description),
      "status": Badge(batch.state).pageValue, "reason": .text(batch.stateReason), "isLive": .flag(isLive), "isPrivate": .flag(batch.isPrivate),
      "socketUrl": .text("/api/batch/\(batch.id.text)/progress"),
      "providerNotices": .list(providerNotices.map { ["text": .text($0)] }),
      "hasEngineWarning": .flag(engineWarning != nil), "engineWarning": .text(engineWarning ?? ""),
      "mayPause": .flag(mayControl && [.pending, .processing].contains(batch.state)),
      "mayResume": .flag(mayControl && batch.state == .paused && !batch.isReserveSpent),
      "mayResumeForMore": .flag(mayControl && batch.state == .paused && batch.isReserveSpent), "unresolved": .values(unresolved.pageValues),
      "mayCancel": .flag(mayControl && [.pending, .processing, .paused].contains(batch.state)),
      "mayAdjust": .flag(mayControl && [.pending, .processing, .paused].contains(batch.state)),
      "isScheduled": .flag(batch.isScheduled(at: now)), "mayStartNow": .flag(mayControl && batch.isScheduled(at: now)),
      "scheduledAt": clock.pageValue(batch.scheduledAt),
      "startsIn": .text(Display.duration(seconds: batch.scheduledAt.map { $0.timeIntervalSince(now) })),
      "mayRetry": .flag(mayRetry), "mayTakeUp": .flag(mayTakeUp),
      "mayTick": .flag((mayRetry || mayTakeUp) && leads.leads.contains { Self.retriable.contains($0.state) }),
      "hasPlanWhilePaused": .flag(planWhilePaused != nil), "planWhilePaused": .text(planWhilePaused ?? ""),
      "mayRerun": .flag(account.role >= .operator), "percentText": .text(Display.percent(snapshot.percentage)),
      "bar": ProgressBar.values(of: batch, label: "Progress", isLarge: true),
      "rate": .text(Display.rate(perSecond: snapshot.currentRatePerSecond, isRunning: batch.state == .processing)),
      "elapsed": .text(Display.duration(seconds: snapshot.elapsedSeconds)),
      "remaining": .text(isLive ? Display.duration(seconds: snapshot.estimatedRemainingSeconds) : "–"),
      "cost": .text(batch.actual.dollars), "estimate": .text(batch.estimated.dollars),
      "hasRest": .flag(rest != nil), "rest": .text(restText), "restCount": .text(Grouping.thousands(rest?.keys.count ?? 0)),
      "restTotal": .text(rest?.estimate.price.total.dollars ?? ""),
      "hasRestBatch": .flag(restBatch != nil), "restBatchUrl": .text("/batches/\(restBatch?.text ?? "")"), "costNote": .text(costNote),
      "projected": .text(snapshot.projectedCost.dollars), "approved": .text(batch.atMost.dollars),
      "hasSaved": .flag(batch.counts.skipped > 0), "saved": .text(batch.saved.dollars),
      "currentLeads": .list(snapshot.currentLeads.map { ["name": .text($0.name)] }), "counts": .values(counts),
      "hasLeads": .flag(!leads.leads.isEmpty), "leads": .list(leads.leads.map(lead)), "pager": .values(pager),
      "downloads": .list([
        ["label": "Results CSV", "url": .text("/api/batch/\(batch.id.text)/results.csv")],
        ["label": "Errors CSV", "url": .text("/api/batch/\(batch.id.text)/errors.csv")],
      ]),
    ]
    return values.merging(failures).merging(receipt).merging(["filter": .values(filterValues), "settings": settings, "history": historyValues])
  }

  /// Of a batch that was paused before its planned start.
  private var planWhilePaused: String? {
    guard batch.state == .paused, batch.startedAt == nil, let start = batch.scheduledAt else { return nil }
    let time = clock.minutes(start)
    return start > now
      ? "It is planned to start on \(time). Resumed before, it waits for that time; resumed later, it starts at once."
      : "It was planned to start on \(time). Resumed, it starts at once."
  }

  private var restText: String {
    guard let rest else { return "" }
    return "A lead of this sample cost \(rest.measuredPerLead.dollars) on average. "
      + "The other \(Display.count(rest.keys.count, "lead", "leads")) will cost between \(rest.estimate.low.dollars) and \(rest.estimate.high.dollars), "
      + "\(rest.estimate.price.perLead.dollars) a lead."
      + (rest.reusedCount == 0 ? "" : " \(Display.count(rest.reusedCount, "of them has", "of them have")) a fresh report, which is reused for nothing.")
  }

  /// "of $4.5000 quoted", and once it has ended how far the estimate was off.
  private var costNote: String {
    guard batch.actual > .zero, batch.actual != batch.estimated, let error = SpendBook.error(of: batch) else {
      return "of \(batch.estimated.dollars) quoted"
    }
    return "of \(batch.estimated.dollars) quoted, which was off by \(Display.percent(error * 100))"
  }

  private var counts: PageValues {
    let counts = batch.counts
    func text(_ value: Int) -> PageValue { .text(Grouping.thousands(value)) }
    return [
      "processed": text(counts.processed), "total": text(counts.total), "success": text(counts.completed), "failed": text(counts.failed),
      "skipped": text(counts.skipped), "retrying": text(counts.retrying), "inFlight": text(counts.processing),
      "cancelled": text(counts.cancelled),
    ]
  }

  private var failures: PageValues {
    [
      "hasFailures": .flag(!causes.isEmpty),
      "failures": .list(
        causes.map { cause in
          [
            "title": .text(cause.code.title), "count": .text(Grouping.thousands(cause.count)), "remedy": .text(cause.code.remedy),
            "url": .text(
              BatchLeadFilter(status: .failed, errorCode: cause.code, isRefreshOff: filter.isRefreshOff).url(url, cursor: nil) + "#leads"),
            "leads": .text(Display.count(cause.count, "lead", "leads")),
            "about": .text(Display.forecast(forecasts[cause.code] ?? .zero, isRough: BatchStore.isForecastRough(cause.count))),
            "retryUrl": .text("\(url)/retry?scope=error_code&error_code=\(cause.code.rawValue)"),
          ]
        }),
      "hasRecentErrors": .flag(!snapshot.recentErrors.isEmpty),
      "recentErrors": .list(
        snapshot.recentErrors.map { error in
          [
            "leadName": .text(error.leadName), "code": .text(error.code), "message": .text(error.message),
            "attempts": .text(Display.count(error.attempts, "try", "tries")),
          ]
        }),
    ]
  }

  private func lead(_ lead: BatchLead) -> PageValues {
    [
      "id": .text(lead.leadID.text), "url": .text("/leads/\(lead.leadID.text)"), "name": .text(lead.leadName),
      "status": Badge(lead.state).pageValue, "hasReport": .flag(lead.hasReport), "isReused": .flag(lead.state == .skipped),
      "isRetriable": .flag(Self.retriable.contains(lead.state)),
      "isWaiting": .flag(lead.nextAttemptAt != nil && batch.state == .processing), "nextTry": clock.hourValue(lead.nextAttemptAt),
      "reportUrl": .text("\(url)/leads/\(lead.leadID.text)/report"), "score": .text(lead.score.map(String.init) ?? ""),
      "attempts": .text("\(lead.attempts)"), "duration": .text(Display.duration(milliseconds: lead.durationMilliseconds)),
      "cost": .text(lead.cost.dollars), "chargesUrl": .text("\(url)/leads/\(lead.leadID.text)/charges"),
      "hasError": .flag(lead.errorCode != nil && [.failed, .retrying].contains(lead.state)),
      "errorTitle": .text(lead.errorCode?.title ?? ""), "errorMessage": .text(lead.errorMessage ?? ""),
      "hasProcessedAt": .flag(lead.finishedAt != nil), "processedAt": clock.pageValue(lead.finishedAt, withSeconds: true),
    ]
  }

  private var pager: PageValues {
    let first = leads.leads.first.map { $0.position + 1 } ?? 0
    let last = leads.leads.last.map { $0.position + 1 } ?? 0
    let text =
      filter.isActive
      ? Display.count(leads.leads.count, "lead", "leads") + " shown"
      : "\(Grouping.thousands(first))–\(Grouping.thousands(last)) of \(Grouping.thousands(batch.counts.total))"
    return [
      "text": .text(text), "hasFirst": .flag(filter.cursor != nil), "firstUrl": .text(filter.url(url, cursor: nil) + "#leads"),
      "hasPrevious": false, "previousUrl": "", "hasNext": .flag(leads.nextCursor != nil),
      "nextUrl": .text(filter.url(url, cursor: leads.nextCursor) + "#leads"),
    ]
  }

  private var filterValues: PageValues {
    let statuses = [("", "Any status")] + BatchLeadState.allCases.map { ($0.rawValue, Badge($0).label) }
    var codes = [("", "Any cause")] + causes.map { ($0.code.rawValue, "\($0.code.title) (\(Grouping.thousands($0.count)))") }
    if let code = filter.errorCode, !causes.contains(where: { $0.code == code }) { codes.append((code.rawValue, code.title)) }
    return [
      "action": .text(url), "hasActive": .flag(filter.isActive),
      "clearUrl": .text(BatchLeadFilter(isRefreshOff: filter.isRefreshOff).url(url, cursor: nil)),
      "statusOptions": Options.values(statuses, selected: filter.status?.rawValue ?? ""),
      "errorCodeOptions": Options.values(codes, selected: filter.errorCode?.rawValue ?? ""),
    ]
  }

  private var settings: PageValue {
    var lines: [(String, String)] = [
      ("Template", batch.template.description), ("Rate card", "version \(batch.rateCardVersion)"), ("A report", batch.perReport.unitDollars),
      ("Leads at once", "\(batch.maxConcurrent)"), ("Priority", batch.priority.label), ("Tries again", "\(batch.retryCount)"),
    ]
    if let days = batch.reuseDays { lines.append(("Reuses reports", "up to \(Display.count(days, "day", "days")) old")) }
    if batch.counts.skipped > 0 {
      lines.append(("Saved by reuse", "\(batch.saved.dollars), \(Display.count(batch.counts.skipped, "report", "reports"))"))
    }
    if batch.run > 1 { lines.append(("Runs", "\(batch.run), each after the first a retry")) }
    if let scheduledAt = batch.scheduledAt { lines.append(("Planned start", clock.minutes(scheduledAt))) }
    if let percent = batch.maxFailurePercent { lines.append(("Stops above", Display.oneDecimal(percent) + " % failed")) }
    if let count = batch.maxFailureCount { lines.append(("Stops above", Display.count(count, "failure", "failures"))) }
    lines += [("Started by", batch.ownerEmail), ("Placed", clock.minutes(batch.createdAt))]
    if let finishedAt = batch.finishedAt { lines.append(("Ended", clock.minutes(finishedAt))) }
    lines.append(("Batch id", batch.id.text))
    return .list(lines.map { ["name": .text($0.0), "value": .text($0.1)] })
  }

  private var historyValues: PageValue {
    .list(
      history.reversed().map { line in
        [
          "change": .text(Self.change(line)), "by": .text(line.actor == "engine" ? "the engine" : line.actor),
          "at": clock.pageValue(line.at, withSeconds: true), "hasReason": .flag(!line.reason.isEmpty), "reason": .text(line.reason),
        ]
      })
  }

  /// "batch.completed_with_errors" → "Completed with errors".
  private static func change(_ line: BatchStore.AuditLine) -> String {
    let (from, to) = (line.detail["from"] ?? "", line.detail["to"] ?? "")
    switch line.action {
    case "batch.start": return "Placed"
    case "batch.pause": return "Paused"
    case "batch.resume": return "Resumed"
    case "batch.cancel": return "Cancel asked for"
    case "batch.retry": return line.detail["scope"] == "unfinished" ? "Cancelled leads taken up" : "Failed leads retried"
    case "batch.call_resolved":
      return line.detail["outcome"] == "charged" ? "A lost call settled as charged" : "A lost call settled as not charged"
    case "batch.concurrency": return "Leads at once: \(from) → \(to)"
    case "batch.priority": return "Priority: \(from) → \(to)"
    case "batch.start_now": return "Started before its time"
    default:
      let words = (line.action.split(separator: ".").last ?? "").replacingOccurrences(of: "_", with: " ")
      return words.prefix(1).uppercased() + words.dropFirst()
    }
  }

  private var receipt: PageValues {
    let counts = batch.counts
    let done = "\(Display.count(counts.completed, "report", "reports")) done and charged \(batch.actual.dollars)."
    let (title, text, tone): (String, String, String)
    switch batch.state {
    case .completed:
      (title, tone) = ("Completed", "success")
      text =
        "\(Display.count(counts.completed, "report", "reports")) in \(Display.duration(seconds: snapshot.elapsedSeconds)) for \(batch.actual.dollars), "
        + (batch.actual == batch.estimated ? "as quoted." : "of \(batch.estimated.dollars) quoted.")
    case .completedWithErrors:
      (title, tone) = ("Completed with errors", "warning")
      let lost = causes.reduce(Money.zero) { $0 + $1.cost }
      let what = lost == .zero ? " and cost nothing" : ", \(lost.dollars) of it for their calls"
      let failures = counts.failed == 0 ? "" : " \(Display.count(counts.failed, "lead", "leads")) failed\(what); the causes stand below."
      // Only a retry of a batch that was stopped leaves such leads in this state.
      let cancelled = counts.cancelled == 0 ? "" : " \(Display.count(counts.cancelled, "lead", "leads")) had been cancelled before and did not run."
      text = done + failures + cancelled
    case .cancelling:
      (title, tone) = ("Cancelling", "warning")
      text =
        "\(done) \(Display.count(counts.processing, "lead is", "leads are")) still in flight and will end. \(Grouping.thousands(counts.cancelled)) never begun."
    case .cancelled:
      (title, tone) = ("Cancelled", "neutral")
      let receipt = BatchStore.receipt(of: batch)
      text = "\(done) \(Grouping.thousands(counts.cancelled)) cancelled: \(receipt.released.dollars) went back to the budget."
    case .failed:
      (title, tone) = ("Stopped", "danger")
      text = "\(batch.stateReason) \(done)"
    case .paused where batch.isPausedByEngine:
      (title, tone) = ("Paused by the engine", "danger")
      text = batch.stateReason
    case .paused where !batch.stateReason.isEmpty:
      (title, tone) = ("Paused", "warning")
      text = batch.stateReason
    case .processing where batch.isHeldUp:
      (title, tone) = ("Held up", "danger")
      text = batch.stateReason
    case .pending, .processing, .paused:
      return ["hasReceipt": false, "receipt": .values(["title": "", "text": "", "tone": "neutral"])]
    }
    return ["hasReceipt": true, "receipt": .values(["title": .text(title), "text": .text(text), "tone": .text(tone)])]
  }
}

/// The choices of a select.
enum Options {
  static func values(_ choices: [(value: String, label: String)], selected: String) -> PageValue {
    .list(choices.map { ["value": .text($0.value), "label": .text($0.label), "isSelected": .flag($0.value == selected)] })
  }
}

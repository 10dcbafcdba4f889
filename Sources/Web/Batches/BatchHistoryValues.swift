import BatchReports
import Foundation
import Storage

/// A row of a list of batches, as the history and the dashboard show it.
struct BatchRowValues {
  var batch: Batch
  var now: Date
  var clock: WallClock

  var pageValues: PageValues {
    [
      "id": .text(batch.id.text), "seq": .text("\(batch.seq)"), "url": .text("/batches/\(batch.id.text)"), "name": .text(batch.name),
      "template": .text(batch.template.description), "isPrivate": .flag(batch.isPrivate), "isLive": .flag(batch.state.isLive),
      "status": Badge(batch.state).pageValue, "bar": ProgressBar.values(of: batch, label: "Progress of \(batch.name)", isLarge: false),
      "percentText": .text(Display.percent(batch.counts.percentage)), "processed": .text(Grouping.thousands(batch.counts.processed)),
      "total": .text(Grouping.thousands(batch.counts.total)), "failed": .text(Grouping.thousands(batch.counts.failed)),
      "cost": .text(batch.actual.dollars),
      "duration": .text(batch.startedAt == nil ? "–" : Display.duration(seconds: batch.elapsedSeconds(at: now))),
      "createdBy": .text(batch.ownerEmail), "createdAt": clock.pageValue(batch.createdAt),
      "isScheduled": .flag(batch.isScheduled(at: now)), "scheduledAt": clock.pageValue(batch.scheduledAt),
    ]
  }
}

/// The filter of the history as it stands in the URL.
struct BatchHistoryQuery {
  var filter = BatchFilter()
  var cursor: String?
  private var fields: FormFields

  /// Reads `status`, `created_by`, `template_version`, `created_after`, `created_before`, `q` and `cursor`; bare days are days in this time zone.
  /// Throws `InvalidInput`.
  init(query: FormFields, in timeZone: TimeZone) throws {
    fields = query
    var problems: [InvalidInput.Problem] = []
    for text in query.all("status") where !text.isEmpty {
      if let state = BatchState(rawValue: text) {
        filter.states.append(state)
      } else {
        problems.append(
          .init(field: "status", code: "invalid", message: "status has to be one of \(BatchState.allCases.map(\.rawValue).joined(separator: ", "))."))
      }
    }
    filter.createdBy = query.text("created_by")
    filter.text = query.text("q").map { String($0.prefix(200)) }
    if let text = query.text("template_version") {
      filter.template = TemplateReference(text)
      if filter.template == nil { problems.append(.init(field: "template_version", code: "invalid", message: "There is no template of that name.")) }
    }
    func moment(_ name: String, ofDay: (String, TimeZone) -> Date?) -> Date? {
      guard let text = query.text(name) else { return nil }
      if let date = ofDay(text, timeZone) ?? Date(rfc3339: text) { return date }
      problems.append(.init(field: name, code: "invalid", message: "Give a date such as 2026-01-31."))
      return nil
    }
    filter.createdAfter = moment("created_after", ofDay: CalendarDay.start)
    filter.createdBefore = moment("created_before", ofDay: CalendarDay.end)
    if !problems.isEmpty { throw InvalidInput(problems) }
    cursor = query.text("cursor")
  }

  func url(cursor: String?) -> String { Self.url(fields, cursor: cursor) }

  static func url(_ fields: FormFields, cursor: String?, without name: String? = nil) -> String {
    var query = fields.query(dropping: Set(["cursor"] + [name].compactMap { $0 }))
    if let cursor { query += (query.isEmpty ? "" : "&") + "cursor=" + cursor }
    return query.isEmpty ? "/batches" : "/batches?" + query
  }
}

/// The history page.
struct BatchHistoryValues {
  var page: BatchPage
  var fields: FormFields
  var cursor: String?
  var liveCount: Int
  var emails: [String]
  var templates: [ReportTemplate]
  var account: Account
  var refusal: InvalidInput?
  var bulk = BatchRoutes.BulkForm()
  var now: Date
  var clock: WallClock

  private static let filterNames = ["q", "status", "created_by", "template_version", "created_after", "created_before"]
  private var active: [String] { Self.filterNames.filter { fields.text($0) != nil } }

  var pageValues: PageValues {
    let problems = refusal?.problems ?? []
    return [
      "title": "Batches",
      "totalText": .text("\(Display.count(page.totalCount, "batch", "batches")), \(Grouping.thousands(liveCount)) running or queued"),
      "mayStart": .flag(account.role >= .operator), "hasErrors": .flag(!problems.isEmpty),
      "errors": .list(problems.map { ["hasField": true, "field": .text($0.field), "message": .text($0.message)] }),
      "filter": .values(filter), "hasBatches": .flag(!page.batches.isEmpty),
      "batches": .list(page.batches.map(row)), "mayControlAny": .flag(page.batches.contains(where: mayControl)),
      "bulk": .values(["batchIds": .values(field("batch_ids", "")), "reason": .values(field("reason", bulk.reason))]),
      "returnTo": .text(BatchHistoryQuery.url(fields, cursor: cursor)),
      "pager": .values([
        "text": .text("\(Display.count(page.batches.count, "batch", "batches")) of \(Grouping.thousands(page.totalCount))"),
        "hasFirst": .flag(cursor != nil), "firstUrl": .text(BatchHistoryQuery.url(fields, cursor: nil)), "hasPrevious": false, "previousUrl": "",
        "hasNext": .flag(page.nextCursor != nil), "nextUrl": .text(BatchHistoryQuery.url(fields, cursor: page.nextCursor)),
      ]),
    ]
  }

  /// Only a batch that a control could change gets a tick box.
  private func mayControl(_ batch: Batch) -> Bool {
    account.mayControl(ownedBy: batch.owner) && [.pending, .processing, .paused].contains(batch.state)
  }

  private func row(_ batch: Batch) -> PageValues {
    BatchRowValues(batch: batch, now: now, clock: clock).pageValues.merging([
      "mayControl": .flag(mayControl(batch)), "isTicked": .flag(bulk.ticked.contains(batch.id)),
    ])
  }

  private func field(_ name: String, _ value: String) -> PageValues {
    let problem = refusal?.problems.first { $0.field == name }
    return ["id": .text(name), "value": .text(value), "hasError": .flag(problem != nil), "error": .text(problem?.message ?? "")]
  }

  private var filter: PageValues {
    let statuses = [("", "Any")] + BatchState.allCases.map { ($0.rawValue, $0.label) }
    let people = [("", "Anyone")] + emails.map { ($0, $0) }
    let references = [("", "Any")] + templates.map { ($0.reference.description, $0.reference.description) }
    func day(_ name: String) -> PageValue { .values(field(name, fields.text(name) ?? "")) }
    return [
      "q": .text(fields.text("q") ?? ""), "statusOptions": Options.values(statuses, selected: fields.text("status") ?? ""),
      "createdByOptions": Options.values(people, selected: fields.text("created_by") ?? ""),
      "templateOptions": Options.values(references, selected: fields.text("template_version") ?? ""),
      "createdAfter": day("created_after"), "createdBefore": day("created_before"), "hasActive": .flag(!active.isEmpty),
      "clearUrl": .text(fields["refresh"] == "off" ? "/batches?refresh=off" : "/batches"),
      "active": .list(
        active.map { name in
          [
            "label": .text("\(name.replacingOccurrences(of: "_", with: " ")): \(fields.text(name) ?? "")"),
            "removeUrl": .text(BatchHistoryQuery.url(fields, cursor: nil, without: name)),
          ]
        }),
    ]
  }
}

import BatchReports

/// How many leads were worked on and how long that took, why they failed, and where batches and leads stand, on the page `/analytics`.
struct ThroughputValues {
  /// Causes that have a chart of their own.
  private static let drawn = 5

  var outcomes: OutcomeReport

  var pageValues: PageValues {
    let days = outcomes.days
    return [
      "leadChart": ChartValues.leads("Leads processed by day", days.map { ($0.day, $0.processed) }, nothing: "No lead was processed.").pageValue,
      "secondsChart": seconds.pageValue,
      "leadDays": .list(
        days.reversed().map { day in
          [
            "day": .text(day.day), "processed": number(day.processed), "completed": number(day.completed), "failed": number(day.failed),
            "skipped": number(day.skipped), "seconds": .text(Self.text(day.secondsPerLead)),
          ]
        }),
      "causeCharts": .list(charts.map(\.pageValues)), "hasFailureDays": .flag(days.contains { !$0.causes.isEmpty }),
      "failureDays": .list(
        days.reversed().filter { !$0.causes.isEmpty }.map { day in
          [
            "day": .text(day.day), "failed": number(day.failed),
            "causes": .list(Self.sorted(day.causes).map { ["title": .text($0.code.title), "count": number($0.count)] }),
          ]
        }),
      "batchStates": .list(
        BatchState.allCases.compactMap { state in
          outcomes.batches[state].map { ["status": Badge(state).pageValue, "count": number($0)] }
        }), "hasBatchStates": .flag(!outcomes.batches.isEmpty),
      "leadStates": .list(
        [("Delivered", outcomes.completed), ("Failed", outcomes.failed), ("Report reused", outcomes.skipped), ("Cancelled", outcomes.cancelled)].map {
          ["name": .text($0), "count": number($1)]
        }),
    ]
  }

  private var seconds: ChartValues {
    let days = outcomes.days
    return ChartValues(
      title: "Seconds of work on a lead", bars: days.map { .init(label: "\($0.day): \(Self.text($0.secondsPerLead))", value: $0.secondsPerLead ?? 0) },
      most: Self.text(days.compactMap(\.secondsPerLead).max()), nothing: "No lead was worked on.")
  }

  /// The most frequent causes, each over the same days, and the others together.
  private var charts: [ChartValues] {
    let causes = outcomes.causes
    func chart(_ title: String, _ codes: [LeadErrorCode]) -> ChartValues {
      .leads(title, outcomes.days.map { day in (day.day, codes.reduce(0) { $0 + (day.causes[$1] ?? 0) }) }, nothing: "")
    }
    let own = causes.count == Self.drawn + 1 ? causes[...] : causes.prefix(Self.drawn)
    let others = causes.dropFirst(own.count).map(\.code)
    return own.map { chart($0.code.title, [$0.code]) } + (others.isEmpty ? [] : [chart("Other causes", others)])
  }

  private static func sorted(_ causes: [LeadErrorCode: Int]) -> [(code: LeadErrorCode, count: Int)] {
    causes.map { ($0.key, $0.value) }.sorted { ($1.1, $0.0.rawValue) < ($0.1, $1.0.rawValue) }
  }

  private static func text(_ seconds: Double?) -> String { Display.duration(milliseconds: seconds.map { Int(($0 * 1000).rounded()) }) }

  private func number(_ value: Int) -> PageValue { .text(Grouping.thousands(value)) }
}

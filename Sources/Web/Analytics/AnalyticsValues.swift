import BatchReports
import Foundation

/// The page `/analytics`: charts, each with its table.
struct AnalyticsValues {
  var spend: SpendReport
  var outcomes: OutcomeReport
  var days: Int
  var account: Account
  var clock: WallClock

  var pageValues: PageValues {
    let byDay = zip(spend.days, Money.shown(spend.days.map(\.spent))).map { (day: $0.day, spent: $1, runs: $0.runs) }
    let values: PageValues = [
      "windowText": .text("The last \(Display.count(days, "day", "days")), today included."), "total": .text(spend.total.dollars),
      "dayChoices": .list([7, 30, 90, 365].map { ["days": .text("\($0)"), "isCurrent": .flag($0 == days)] }),
      "isAdmin": .flag(account.role == .admin), "financeUrl": .text("/analytics/finance.csv?days=\(days)"),
      "hasUnresolved": .flag(spend.unresolved > 0),
      "unresolved": .text(
        "\(Display.count(spend.unresolved, "call is", "calls are")) unresolved: nobody knows whether \(spend.inDoubt.dollars) was charged. It is not part of these sums."
      ),
      "hasAccuracy": .flag(outcomes.accuracy != nil), "accuracy": .text(CostValues.accuracy(outcomes.accuracy)),
      "delivered": .text(Grouping.thousands(outcomes.completed)), "failed": .text(Grouping.thousands(outcomes.failed)),
      "skipped": .text(Grouping.thousands(outcomes.skipped)), "perReport": .text(perReport),
      "dayChart": ChartValues.money("Spend by day", byDay.map { ($0.day, $0.spent, nil) }).pageValue,
      "days": .list(byDay.reversed().map { ["day": .text($0.day), "spent": .text($0.spent.dollars), "runs": .text(Grouping.thousands($0.runs))] }),
      "groups": .list([
        group("providers", "By provider", "Charged calls", providers), group("templates", "By template", "Batches", spend.templates),
        group("accounts", "By account", "Batches", spend.accounts),
      ]),
      "batchChart": ChartValues.money(
        "Estimate and actual cost of each batch", outcomes.lines.reversed().map { ($0.batch.name, $0.batch.actual, $0.batch.estimated) }
      ).pageValue,
      "hasBatches": .flag(!outcomes.lines.isEmpty), "batches": .list(outcomes.lines.map(batch)), "hasHidden": .flag(outcomes.hidden > 0),
      "hidden": .text("\(Display.count(outcomes.hidden, "private batch", "private batches")) of others ended, not listed here."),
      "hasCauses": .flag(!outcomes.causes.isEmpty),
      "causes": .list(outcomes.causes.map { ["title": .text($0.code.title), "count": .text(Grouping.thousands($0.count))] }),
    ]
    return values.merging(ThroughputValues(outcomes: outcomes).pageValues)
  }

  private var perReport: String {
    spend.reports == 0 ? "–" : (Money(usd: spend.total.usd / Decimal(spend.reports)) ?? .zero).dollars
  }

  /// Base cost first, then the providers: together the total.
  private var providers: [SpendReport.Part] {
    [SpendReport.Part(name: "Base cost of reports", count: nil, amount: spend.base)]
      + spend.providers.map { .init(name: CostValues.name($0.name), count: $0.count, amount: $0.amount) }
  }

  private func group(_ id: String, _ title: String, _ counted: String, _ parts: [SpendReport.Part]) -> PageValues {
    let shown = Money.shown(parts.map(\.amount))
    return [
      "id": .text(id), "title": .text(title), "counted": .text(counted), "chart": ChartValues.money(title, parts.map { ($0.name, $0.amount, nil) }).pageValue,
      "hasParts": .flag(!parts.isEmpty), "sum": .text(shown.reduce(.zero, +).dollars),
      "parts": .list(
        zip(parts, shown).map { part, amount in
          ["name": .text(part.name), "count": .text(part.count.map { Grouping.thousands($0) } ?? ""), "amount": .text(amount.dollars)]
        }),
    ]
  }

  private func batch(_ line: OutcomeReport.BatchLine) -> PageValues {
    [
      "name": .text(line.batch.name), "url": .text("/batches/\(line.batch.id.text)"), "status": Badge(line.batch.state).pageValue,
      "estimated": .text(line.batch.estimated.dollars), "actual": .text(line.batch.actual.dollars),
      "error": .text(line.error.map { Display.percent($0 * 100) } ?? "–"), "endedAt": clock.pageValue(line.batch.finishedAt),
    ]
  }
}

import BatchReports
import Foundation

/// `GET /api/batch/analytics` (contract, section 4).
struct AnalyticsJSON: Encodable {
  struct Totals: Encodable {
    var spentUsd: Money
    var baseUsd: Money
    var unresolvedCalls: Int
    var inDoubtUsd: Money
    var batches: Int
    var completed: Int
    var failed: Int
    var skipped: Int
    var cancelled: Int
    /// Null when no lead was worked on.
    @OrNull var secondsPerLead: Double?
  }

  struct Day: Encodable {
    var day: String
    var spentUsd: Money
    var runs: Int
    var processed: Int
    var completed: Int
    var failed: Int
    var skipped: Int
    @OrNull var secondsPerLead: Double?
    var byErrorCode: [String: Int]
  }

  struct Provider: Encodable {
    var provider: String
    var calls: Int
    var amountUsd: Money
  }

  struct Part: Encodable {
    var name: String
    var batches: Int
    var amountUsd: Money
  }

  struct Compared: Encodable {
    var batchId: String
    var name: String
    var status: BatchState
    var estimatedCostUsd: Money
    var actualCostUsd: Money
    /// Null when it cannot be compared.
    @OrNull var offPercent: Double?
  }

  var days: Int
  var totals: Totals
  var byDay: [Day]
  var byStatus: [String: Int]
  var byProvider: [Provider]
  var byTemplate: [Part]
  var byAccount: [Part]
  var byErrorCode: [String: Int]
  @OrNull var estimateAccuracy: PreviewJSON.AccuracyJSON?
  var batches: [Compared]

  init(_ spend: SpendReport, _ outcomes: OutcomeReport, days: Int) {
    self.days = days
    let shown = Money.shown([spend.base] + spend.providers.map(\.amount))
    totals = Totals(
      spentUsd: spend.total, baseUsd: shown[0], unresolvedCalls: spend.unresolved, inDoubtUsd: spend.inDoubt,
      batches: outcomes.batches.values.reduce(0, +), completed: outcomes.completed, failed: outcomes.failed, skipped: outcomes.skipped,
      cancelled: outcomes.cancelled, secondsPerLead: Self.seconds(outcomes.all))
    byDay = zip(zip(spend.days, Money.shown(spend.days.map(\.spent))), outcomes.days).map { spent, leads in
      Day(
        day: spent.0.day, spentUsd: spent.1, runs: spent.0.runs, processed: leads.processed, completed: leads.completed, failed: leads.failed,
        skipped: leads.skipped, secondsPerLead: Self.seconds(leads),
        byErrorCode: Dictionary(leads.causes.map { ($0.key.rawValue, $0.value) }) { first, _ in first })
    }
    byStatus = Dictionary(uniqueKeysWithValues: outcomes.batches.map { ($0.key.rawValue, $0.value) })
    byProvider = zip(spend.providers, shown.dropFirst()).map { Provider(provider: $0.name, calls: $0.count ?? 0, amountUsd: $1) }
    byTemplate = Self.parts(spend.templates)
    byAccount = Self.parts(spend.accounts)
    byErrorCode = Dictionary(outcomes.causes.map { ($0.code.rawValue, $0.count) }) { first, _ in first }
    estimateAccuracy = PreviewJSON.AccuracyJSON(outcomes.accuracy)
    batches = outcomes.lines.map {
      Compared(
        batchId: $0.batch.id.text, name: $0.batch.name, status: $0.batch.state, estimatedCostUsd: $0.batch.estimated, actualCostUsd: $0.batch.actual,
        offPercent: $0.error.map { ($0 * 10_000).rounded() / 100 })
    }
  }

  /// To the millisecond.
  private static func seconds(_ leads: DayOfLeads) -> Double? { leads.secondsPerLead.map { ($0 * 1000).rounded() / 1000 } }

  private static func parts(_ parts: [SpendReport.Part]) -> [Part] {
    zip(parts, Money.shown(parts.map(\.amount))).map { Part(name: $0.name, batches: $0.count ?? 0, amountUsd: $1) }
  }
}

import BatchReports
import Foundation
import Storage

/// One lead: its facts, its reports and the tries at it, of the batches that the account may see.
struct LeadDetailValues {
  var lead: Lead
  var isSelected: Bool
  var reports: [BatchStore.LeadReport]
  var attempts: [Attempt]
  var clock: WallClock

  var pageValues: PageValues {
    [
      "id": .text(lead.id.text), "url": .text("/leads/\(lead.id.text)"), "name": .text(lead.name), "status": Badge(lead.status).pageValue,
      "tags": .list(lead.tags.map { ["name": .text($0)] }), "maySelect": true, "isSelected": .flag(isSelected), "facts": facts,
      "hasReports": .flag(!reports.isEmpty), "reports": .list(reports.map(report)), "hasAttempts": .flag(!attempts.isEmpty),
      "attempts": .list(attempts.map(attempt)),
    ]
  }

  /// Facts that are not known are left out, but for the website, without which there can be no report.
  private var facts: PageValue {
    let score = lead.score.map { "\($0) (tier \(lead.tier.rawValue))" } ?? "Unscored"
    let known: [(String, String)] = [
      ("Website", lead.website.isEmpty ? "No website" : lead.website), ("Email", lead.email), ("Phone", lead.phone),
      ("Contact", lead.contactName), ("Place", lead.place), ("Industry", lead.industry), ("Source", lead.source), ("Score", score),
      ("Enrichment", lead.enrichmentStatus), ("Created", clock.minutes(lead.createdAt)), ("Updated", clock.minutes(lead.updatedAt)),
      ("Lead id", lead.id.text),
    ]
    return .list(known.filter { !$0.1.isEmpty }.map { ["name": .text($0.0), "value": .text($0.1)] })
  }

  private func report(_ report: BatchStore.LeadReport) -> PageValues {
    let batch = "/batches/\(report.batchID.text)"
    return [
      "url": .text("\(batch)/leads/\(lead.id.text)/report"), "score": .text("\(report.score)"),
      "template": .text(report.template.description),
      "batchUrl": .text(batch), "batchName": .text(report.batchName), "madeAt": clock.pageValue(report.createdAt),
    ]
  }

  private func attempt(_ attempt: Attempt) -> PageValues {
    let milliseconds = Int((attempt.finishedAt.timeIntervalSince(attempt.startedAt) * 1000).rounded())
    return [
      "batchUrl": .text("/batches/\(attempt.batchID.text)"), "batchName": .text(attempt.batchName), "number": .text("\(attempt.number)"),
      "status": Self.badge(attempt.outcome).pageValue, "hasError": .flag(attempt.errorMessage?.isEmpty == false),
      "errorMessage": .text(attempt.errorMessage ?? ""), "duration": .text(Display.duration(milliseconds: max(0, milliseconds))),
      "at": clock.pageValue(attempt.finishedAt, withSeconds: true),
    ]
  }

  /// What one try came to: a try that is tried again has failed all the same, and one may have crashed.
  private static func badge(_ outcome: String) -> Badge {
    switch BatchLeadState(rawValue: outcome) {
    case .retrying?: Badge(BatchLeadState.failed)
    case let state?: Badge(state)
    case nil: Badge(name: "failed", label: outcome.prefix(1).uppercased() + outcome.dropFirst(), tone: "danger")
    }
  }
}

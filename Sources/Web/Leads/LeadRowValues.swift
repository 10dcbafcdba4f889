import BatchReports
import Foundation
import Storage

/// A row of the lead table.
struct LeadRowValues {
  var lead: Lead
  var isSelected: Bool
  var report: BatchStore.NewestReport?
  var clock: WallClock

  var pageValues: PageValues {
    [
      "id": .text(lead.id.text), "url": .text("/leads/\(lead.id.text)"), "name": .text(lead.name),
      "hasWebsite": .flag(!lead.website.isEmpty), "website": .text(lead.website), "place": .text(lead.place),
      "industry": .text(lead.industry), "status": Badge(lead.status).pageValue,
      "tier": .text(lead.tier == .unscored ? "–" : lead.tier.rawValue), "score": .text(lead.score.map(String.init) ?? "–"),
      "tags": .list(lead.tags.map { ["name": .text($0)] }), "source": .text(lead.source),
      "createdAt": clock.dayValue(lead.createdAt), "hasReport": .flag(report != nil),
      "reportUrl": .text(report.map { "/batches/\($0.batchID.text)/leads/\(lead.id.text)/report" } ?? ""),
      "reportScore": .text(report.map { String($0.score) } ?? ""), "isSelected": .flag(isSelected),
    ]
  }
}

extension Lead {
  /// "Austin, TX".
  var place: String { [city, region].filter { !$0.isEmpty }.joined(separator: ", ") }
}

extension Badge {
  init(_ status: Lead.Status) {
    let tone =
      switch status {
      case .new: "info"
      case .contacted: "neutral"
      case .qualified: "warning"
      case .customer: "success"
      case .lost: "danger"
      }
    self.init(name: status.rawValue, label: status.rawValue.prefix(1).uppercased() + status.rawValue.dropFirst(), tone: tone)
  }
}

extension WallClock {
  /// The values of a `<time>` that shows its day alone: "20 Nov 2026".
  func dayValue(_ moment: Date) -> PageValue {
    .values(["iso": .text(moment.rfc3339), "text": .text(String(minutes(moment).prefix { $0 != "," }))])
  }
}

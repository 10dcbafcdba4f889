import BatchReports
import Foundation
import GRDB

/// What of a quote that is over the budget would fit.
extension QuoteDesk {
  /// The most leads of a quote, best by score first, whose batch fits into what is left of today's budget; empty when none does.
  ///
  /// Throws `StartRefusal.quoteExpired` for a quote that is gone.
  public func fitting(_ id: UUID, for account: Account, now: Date) async throws -> [Int64] {
    try await database.pool.read { db in
      guard let quote = try Self.find(id, for: account.id, in: db) else { throw StartRefusal.quoteExpired }
      guard let remaining = try self.budget.state(at: now, in: db).remaining else { return quote.leadKeys }
      let template = try TemplateStore.find(quote.template, in: db)
      let fit = BudgetFit(
        leads: try QuotedLead.find(.keys(quote.leadKeys), in: db).found, reused: Set(quote.reused.map(\.leadKey)), template: template,
        card: try RateCardStore.current(at: now, in: db), called: quote.price.units.called,
        history: try EstimateHistory(template: template.reference, measuredBy: quote.measuredBy).read(in: db))
      return Array(fit.keys.prefix(fit.most(within: remaining)))
    }
  }
}

/// Finds how many of some leads can be paid.
struct BudgetFit {
  private let leads: [QuotedLead]
  private let isReused: [Bool]
  private let template: ReportTemplate
  private let card: RateCard
  private let called: Set<String>
  private let history: CallHistory

  init(leads: [QuotedLead], reused: Set<Int64>, template: ReportTemplate, card: RateCard, called: Set<String>, history: CallHistory) {
    self.leads = leads.sorted { ($0.score ?? -1, $1.key) > ($1.score ?? -1, $0.key) }
    isReused = self.leads.map { reused.contains($0.key) }
    (self.template, self.card, self.called, self.history) = (template, card, called, history)
  }

  /// Best by score first.
  var keys: [Int64] { leads.map(\.key) }

  /// What the first `count` of them reserve.
  func reserve(_ count: Int) -> Money {
    var mix = LeadMix()
    for (lead, reused) in zip(leads, isReused).prefix(count) where !reused { mix.add(lead.traits) }
    let units = UnitPrices(template: template, card: card, paidProviders: called, leadCount: mix.total)
    return Estimate(mix: mix, units: units, history: history).high
  }

  /// More leads of one tier cost more, and the first of the next tier may cost less: each tier is searched by itself, the largest first.
  func most(within budget: Money) -> Int {
    var ends = [leads.count]
    var run = 0
    let starts = Set(card.tiers.map(\.minimumCount))
    for (index, reused) in isReused.enumerated() where !reused {
      run += 1
      if starts.contains(run), index > 0 { ends.append(index) }
    }
    ends.sort()
    for (place, end) in ends.enumerated().reversed() {
      var (least, most) = (place == 0 ? 0 : ends[place - 1], end)
      // The first count of a tier is one above the last of the tier below.
      if place > 0, reserve(least + 1) > budget { continue }
      while least < most {
        let middle = (least + most + 1) / 2
        if reserve(middle) <= budget { least = middle } else { most = middle - 1 }
      }
      return least
    }
    return 0
  }
}

/// What a batch that runs will have cost by its end: what it was charged, and the rest at the rates measured in it so far.
public struct CostProjection: Sendable, Hashable {
  /// The leads that were to get a new report, by kind.
  public var mix: LeadMix
  /// What was expected of them at the quote.
  public var rates: CallRates
  /// The batch's own calls so far, by provider.
  public var calls: [String: MeasuredRate]

  public init(mix: LeadMix, rates: CallRates, calls: [String: MeasuredRate] = [:]) {
    self.mix = mix
    self.rates = rates
    self.calls = calls
  }

  /// The actual cost once it has ended. Never above what it may spend.
  public func projected(_ batch: Batch) -> Money {
    let counts = batch.counts
    let run = counts.total - counts.skipped
    guard !batch.state.isTerminal, counts.open > 0, run > 0 else { return batch.actual }
    // Leads are taken in the order of the batch, which says nothing of their kind: those that are open are like all of them.
    let open = Double(counts.open) / Double(run)
    let withoutWebsite = min(counts.failed, Int(Double(mix.withoutWebsite * (counts.completed + counts.failed)) / Double(run)))
    let delivery = MeasuredRate(hits: counts.completed, trials: counts.completed + counts.failed - withoutWebsite, batches: 1, squares: 0)
    let rates = rates.updated(delivery: delivery, calls: calls)
    func share(_ count: Int, _ rate: Double) -> Int { Int((Double(count) * open * rate).rounded(.toNearestOrEven)) }
    var rest = batch.perReport * share(mix.withWebsite, rates.delivery)
    for (provider, price) in batch.unitPrices.own where price > .zero {
      let due = mix.applicable(to: provider == ProviderRule.blended ? batch.unitPrices.covered : [provider])
      rest = rest + price * share(due, rates.calls[provider] ?? rates.delivery)
    }
    return min(batch.actual + rest, max(batch.atMost, batch.actual))
  }
}

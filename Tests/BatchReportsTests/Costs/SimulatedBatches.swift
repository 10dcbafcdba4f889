import BatchReports

/// Leads and what becomes of them, played by seeded chance: one report in ten fails, calls are retried, emails are missing, answers that
/// were paid before a retry are kept, Hunter and Data Axle find something for some leads only and charge nothing for the others.
struct SimulatedBatches {
  /// What one batch charged and of how many leads.
  struct Result {
    var mix = LeadMix()
    /// Leads whose fresh report was reused: they run no call and cost nothing.
    var reused = 0
    var delivered = 0
    var failed = 0
    var retries = 0
    var charged: [String: Int] = [:]
    var applicable: [String: Int] = [:]
  }

  var random: Seeded
  var retryCount = 3

  init(seed: UInt64) { random = Seeded(seed: seed) }

  mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &random) < share }

  /// A batch's leads differ in how many have a website, an email, a record; their fate does not.
  mutating func run(_ count: Int, providers names: [String]) -> Result {
    let providers = names.map(Played.init)
    let website = Double.random(in: 0.9...1, using: &random)
    let email = Double.random(in: 0.3...0.9, using: &random)
    let enriched = Double.random(in: 0.2...0.7, using: &random)
    let cached = Double.random(in: 0...0.2, using: &random)
    var result = Result()
    var (applicable, charged) = ([Int](repeating: 0, count: names.count), [Int](repeating: 0, count: names.count))
    for _ in 0..<count {
      let lead = ProviderRule.Traits(hasWebsite: chance(website), hasEmail: chance(email), isEnriched: chance(enriched))
      if lead.hasWebsite, chance(cached) {
        result.reused += 1
        continue
      }
      result.mix.add(lead)
      let due = providers.indices.filter { ProviderRule.applies(names[$0], to: lead) }
      for place in due { applicable[place] += 1 }
      if lead.hasWebsite, play(due, providers, &charged, &result.retries) { result.delivered += 1 } else { result.failed += 1 }
    }
    result.applicable = Dictionary(uniqueKeysWithValues: zip(names, applicable))
    result.charged = Dictionary(uniqueKeysWithValues: zip(names, charged))
    return result
  }

  /// One lead, with its retries. Whether it got its report.
  private mutating func play(_ due: [Int], _ providers: [Played], _ charged: inout [Int], _ retries: inout Int) -> Bool {
    if chance(0.08) { return false }
    // What was paid is kept: a retry goes on behind it.
    var next = 0
    for attempt in 0...retryCount {
      if attempt > 0 { retries += 1 }
      if chance(0.12) { continue }
      var isWaiting = false
      while next < due.count, !isWaiting {
        let provider = providers[due[next]]
        if provider.isNeeded {
          // A refusal for good comes after what was paid already.
          if chance(0.01) { return false }
          isWaiting = chance(0.05)
        }
        if !isWaiting {
          if chance(provider.chargedShare) { charged[due[next]] += 1 }
          next += 1
        }
      }
      if !isWaiting { return true }
    }
    return false
  }

  /// How a provider answers.
  private struct Played {
    var isNeeded: Bool
    /// How often an answer is one that is charged.
    var chargedShare: Double

    init(_ name: String) {
      isNeeded = PaidProvider(rawValue: name)?.isNeeded == true
      chargedShare = ["hunter": 0.4, "data_axle": 0.65, "screenshotone": 0.97, "openai": 0.99][name] ?? 1
    }
  }
}

extension MeasuredRate {
  /// With one more batch.
  mutating func add(_ hits: Int, of trials: Int) {
    if trials == 0 { return }
    self.hits += hits
    self.trials += trials
    batches += 1
    squares += Double(hits * hits) / Double(trials)
  }
}

extension CallHistory {
  /// What the last batches measured, as the store reads it.
  init(_ results: some Collection<SimulatedBatches.Result>) {
    self = .none
    for result in results.suffix(CallHistory.depth) {
      batches += 1
      delivery.add(result.delivered, of: result.mix.withWebsite)
      for (provider, applicable) in result.applicable { calls[provider, default: .none].add(result.charged[provider] ?? 0, of: applicable) }
    }
  }
}

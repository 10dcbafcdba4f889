import BatchReports
import Foundation
import Runner
import Storage
import TestSupport
import Testing

/// Plays a report by seeded chance: one in ten fails, tries are repeated, what was paid is kept, and some answers are not charged.
private struct ChancePipeline: ReportPipeline {
  let ledger: CallLedger

  func report(for claim: WorkQueue.Claim) async throws -> Report {
    var lead = SeededRandom(seed: UInt64(claim.batchKey * 100_000 + Int64(claim.position)))
    var attempt = SeededRandom(seed: UInt64(claim.batchKey * 100_000 + Int64(claim.position)) * 64 + UInt64(claim.attempt))
    func chance(_ share: Double, _ random: inout SeededRandom) -> Bool { Double.random(in: 0..<1, using: &random) < share }
    if chance(0.08, &lead) { throw LeadFailure(.dnsFailed, "There is no such domain.") }
    if chance(0.12, &attempt) { throw LeadFailure(.timeout, "Too slow.") }
    let kept = try await ledger.kept(claim)
    for provider in claim.applicableProviders where provider != ProviderRule.blended && kept[provider] == nil {
      let isCharged = chance(provider == "hunter" ? 0.4 : provider == "data_axle" ? 0.65 : 1, &lead)
      if PaidProvider(rawValue: provider)?.isNeeded == true {
        if chance(0.01, &lead) { throw LeadFailure(.providerRefused, "Refused.") }
        if chance(0.05, &attempt) { throw LeadFailure(.providerTimeout, "Too slow.") }
      }
      do {
        let intent = try await ledger.intend(claim, step: provider, provider: provider)
        try await ledger.settle(intent, of: claim, isCharged ? .charged(units: 1, externalID: nil, answer: Data("{}".utf8)) : .free(answer: Data("{}".utf8)))
      } catch is CallLedger.Refusal { throw Halted() }
    }
    return Report(
      leadID: claim.leadID, leadName: claim.leadName, website: claim.website, templateVersion: claim.template.reference.description,
      finalURL: claim.website, fetchedAt: claim.startedAt, score: 80, sections: [], findings: [], topFixes: [], notMeasured: [], facts: [])
  }
}

@Suite("Estimates, through the real engine and ledger")
struct EstimateTests {
  @Test("batches of 250 leads cost within 5 % of their estimate, and the ledger agrees with every roll-up")
  func accuracy() async throws {
    let desk = try await BatchDesk(leads: 240, paidProviders: Set(PaidProvider.allCases.map(\.rawValue)))
    try await desk.addLeads(10, withWebsite: false)
    try await desk.database.pool.write { db in
      try db.execute(sql: "UPDATE lead SET email = 'a@b.example' WHERE key % 5 < 2")
      try db.execute(sql: "UPDATE lead SET enrichment_status = 'enriched' WHERE key % 3 = 0")
    }
    let prices: [String: Int64] = [
      "pagespeed": 1_000, "screenshotone": 9_000, "hunter": 34_000, "data_axle": 60_000, "semrush": 25_000, "openai": 6_000,
    ]
    try await desk.cards.add(
      RateCard(
        version: 0, validFrom: BatchDesk.noon, author: "a", note: "", baseCost: Money(micros: 50_000), providerPrices: prices.mapValues { Money(micros: $0) },
        blendedRate: .zero, tiers: [.init(minimumCount: 1, percent: 0), .init(minimumCount: 100, percent: 12)]))
    let engine = desk.engine(ChancePipeline(ledger: CallLedger(database: desk.database)), total: 100)
    let keys = try await desk.leadKeys()
    var errors: [Double] = []
    for round in 0..<7 {
      let batch = try await desk.start(keys, BatchDesk.order(maxConcurrent: 100), now: BatchDesk.noon.addingTimeInterval(Double(round)))
      engine.runner.nudge()
      try await eventually("batch \(batch.key) ends") {
        let now = try await desk.batch(batch.id)
        // One batch in ten passes its range's upper end: it is paused, and its resume reserves more.
        if now.state == .paused {
          _ = try await desk.batches.resume(batch.id, ResumeOrder(isApproved: true), by: desk.operatorAccount, now: BatchDesk.noon)
          engine.runner.nudge()
        }
        return now.state.isTerminal
      }
      let ended = try await desk.batch(batch.id)
      if round >= 3 { errors.append(EstimateAccuracy.error(estimated: ended.estimated, actual: ended.actual)) }
    }
    try await engine.stop()
    print("Through the engine: off by", errors.map { String(format: "%.2f %%", $0 * 100) }.joined(separator: ", "))
    #expect(errors.allSatisfy { $0 <= 0.05 }, "\(errors)")
    #expect(try await desk.brokenMoney() == [])
    let preview = try await desk.preview(keys)
    #expect(preview.accuracy?.batches == 7 && preview.historyBatches == 7)
    #expect(preview.quote.low < preview.quote.price.total && preview.quote.price.total < preview.quote.high)
  }
}

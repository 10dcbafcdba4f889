import BatchReports
import DemoSites
import Foundation
import GRDB
import HTTPFetch
import Logging
import Providers
import Storage
import TestSupport

@testable import Runner

/// A desk whose batches call the six stubs, through lines whose clock is the test's.
struct StubbedRun: Sendable {
  static let prices: [String: Int64] = [
    "pagespeed": 2_000, "screenshotone": 9_000, "hunter": 34_000, "data_axle": 50_000, "semrush": 15_000, "openai": 4_000,
  ]

  let desk: BatchDesk
  let stubs: ProviderStubs
  let lines: ProviderLines
  let clock: TestClock

  static func run(
    leads: Int = 20, providers: [PaidProvider] = PaidProvider.allCases, timeout: Double = 10, milliseconds: Int = 0,
    rate: CallRate = CallRate(perSecond: 1_000, burst: 10_000),
    _ body: @Sendable (StubbedRun) async throws -> Void
  ) async throws {
    let server = ProviderStubServer(ProviderStubs(seed: 3, milliseconds: milliseconds))
    let port = try await server.start()
    let fetcher = HTTPFetcher(policy: .publicAndLoopback(port: UInt16(port)), userAgent: "test", maximumConnectionsPerHost: 64)
    let clock = TestClock()
    let lines = ProviderLines(
      StubProvider.allCases.compactMap { stub in
        guard let provider = PaidProvider(rawValue: stub.rawValue), providers.contains(provider) else { return nil }
        let access = ProviderAccess(provider, baseURL: ProviderStubServer.baseURL(of: stub, port: port), key: stub.key)
        return ProviderLine(
          access, timeout: timeout, rate: rate,
          fetch: { (request) async throws(FetchError) in try await fetcher.fetch(request) }, now: { clock.now })
      })
    let result: Result<Void, any Error>
    do {
      let desk = try await BatchDesk(leads: leads, paidProviders: lines.on)
      result = .success(try await body(StubbedRun(desk: desk, stubs: server.stubs, lines: lines, clock: clock)))
    } catch { result = .failure(error) }
    await fetcher.shutdown()
    await server.shutdown()
    try result.get()
  }

  func engine(total: Int = 20, timeout: Double = 60, grace: Double = 0.05) -> RunningEngine {
    desk.engine(pipeline, total: total, timeout: timeout, grace: grace)
  }

  /// Leads of a batch, taken without an engine.
  func claims(_ count: Int) async throws -> [WorkQueue.Claim] {
    try await desk.claim(count, epoch: try await desk.queue.beginEpoch(now: Date()), now: Date())
  }

  var pipeline: StubbedPipeline {
    StubbedPipeline(
      paid: PaidSteps(
        lines: lines, ledger: CallLedger(database: desk.database), logger: Logger(label: "paid") { _ in SwiftLogNoOpLogHandler() }))
  }

  func start(retryCount: Int = 3, maxConcurrent: Int = 10, prices: [String: Int64] = Self.prices) async throws -> Batch {
    try await desk.startPaid(prices: prices, BatchDesk.order(maxConcurrent: maxConcurrent, retryCount: retryCount), now: Date())
  }

  /// Calls of a provider in the ledger, by state.
  func calls(_ provider: String, _ state: String) async throws -> Int {
    try await desk.number("SELECT count(*) FROM provider_call WHERE provider = ? AND state = ?", [provider, state])
  }

  /// What the ledger knows against what the stubs billed: every charge was billed, and nothing was billed that is neither charged nor unresolved.
  func unexplained() async throws -> [String] {
    var differences: [String] = []
    for stub in StubProvider.allCases {
      let billed = stubs.counts(of: stub).billed
      let (charged, unresolved) = (try await calls(stub.rawValue, "charged"), try await calls(stub.rawValue, "unresolved"))
      if billed < charged || billed > charged + unresolved {
        differences.append("\(stub.rawValue): billed \(billed), charged \(charged), unresolved \(unresolved)")
      }
    }
    return differences + (try await desk.brokenMoney())
  }

  func reports(_ batch: Batch, _ engine: RunningEngine) async throws -> [Report] {
    var reports: [Report] = []
    for lead in try await desk.batches.leads(of: batch, limit: 500).leads where lead.state == .completed {
      guard let place = try await desk.batches.reportPlace(of: lead, in: batch) else { continue }
      reports.append(try engine.archive.report(of: lead.leadID, batch: place.batchID, at: place.place))
    }
    return reports
  }
}

/// A report without a website, and the paid steps as they are.
struct StubbedPipeline: ReportPipeline {
  var paid: PaidSteps

  func report(for claim: WorkQueue.Claim) async throws -> Report { try await report(for: claim, within: TimeLimit()) }

  func report(for claim: WorkQueue.Claim, within limit: TimeLimit) async throws -> Report {
    let visit = try await paid.begin(claim)
    var report = Self.page(of: claim)
    limit.lift()
    if let visit { try await paid.complete(&report, visit) }
    return report
  }

  /// What a website's audit would bring.
  static func page(of claim: WorkQueue.Claim) -> Report {
    Report(
      leadID: claim.leadID, leadName: claim.leadName, website: claim.website, templateVersion: claim.template.reference.description,
      finalURL: claim.website + "/", fetchedAt: Date(), score: 70, sections: [], findings: [], topFixes: [],
      notMeasured: [
        NotMeasured(what: "Largest Contentful Paint (LCP)", why: "x"), NotMeasured(what: "Rankings in search engines", why: "x"),
        NotMeasured(what: "Reviews by customers", why: "x"),
      ], facts: [])
  }
}

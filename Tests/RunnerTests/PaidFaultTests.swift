import BatchReports
import DemoSites
import Foundation
import HTTPFetch
import Providers
import Storage
import TestSupport
import Testing

@testable import Runner

@Suite("Paid steps: limits, lost answers and what becomes of the lead") struct PaidFaultTests {
  @Test("a lead for which there is no turn is sent back before its website is fetched, and a kept place is given back")
  func places() async throws {
    try await StubbedRun.run(leads: 2, providers: [.semrush], rate: CallRate(perSecond: 0.01, burst: 1)) { run in
      _ = try await run.start(prices: ["semrush": 15_000])
      let claims = try await run.claims(2)
      try #require(claims.count == 2)
      let paid = run.pipeline.paid
      do {
        // Its page fails: it never comes to its call.
        let visit = try await paid.begin(claims[0])
        #expect(visit?.open == [.semrush])
        await #expect(throws: NotYet.self) { _ = try await paid.begin(claims[1]) }
      }
      let visit = try #require(try await paid.begin(claims[1]))
      await #expect(throws: NotYet.self) { _ = try await paid.begin(claims[0]) }
      var report = StubbedPipeline.page(of: claims[1])
      try await paid.complete(&report, visit)
      #expect(run.stubs.counts(of: .semrush).served == 1)
    }
  }

  @Test("a failure uses up a try even when another needed source is being left alone")
  func gravity() async throws {
    try await StubbedRun.run(leads: 1, timeout: 0.3) { run in
      _ = try await run.start()
      let claim = try #require(try await run.claims(1).first)
      let paid = run.pipeline.paid
      let visit = try #require(try await paid.begin(claim))
      run.stubs.set(.hang, for: .pagespeed)
      let breaker = try #require(run.lines[.semrush]?.breaker)
      for _ in 0..<5 {
        if case .admitted(let ticket) = breaker.admit() { breaker.failed(ticket) }
      }
      var report = StubbedPipeline.page(of: claim)
      let failure = await #expect(throws: LeadFailure.self) { try await paid.complete(&report, visit) }
      #expect(failure?.code == .providerTimeout)
    }
  }

  @Test("a try's time limit ends with the page: paid calls under way are not cut off")
  func timeLimit() async throws {
    try await StubbedRun.run(leads: 1, milliseconds: 700) { run in
      let engine = run.engine(timeout: 1)
      let done = try await run.desk.ended(try await run.start())
      #expect(done.counts.completed == 1)
      #expect(try await run.desk.batches.leads(of: done, limit: 1).leads.first?.attempts == 1)
      #expect(try await run.calls("openai", "charged") == 1)
      #expect(try await run.desk.number("SELECT count(*) FROM provider_call WHERE state = 'unresolved'") == 0)
      try await engine.stop()
    }
  }

  @Test("the limit is lifted when the website has been audited, and stays when it could not be")
  func lifted() async throws {
    let server = DemoSiteServer(siteCount: 20, now: Date())
    let port = try await server.start()
    let fetcher = HTTPFetcher(policy: .publicAndLoopback(port: UInt16(port)), userAgent: "test")
    let site = try #require(SampleLeads.all(count: 20, port: port, now: Date()).first { $0.siteKind == .good }?.website)
    let desk = try await BatchDesk(leads: 1)
    _ = try await desk.start(now: Date())
    var claim = try #require(try await desk.claim(1, epoch: try await desk.queue.beginEpoch(now: Date()), now: Date()).first)
    let pipeline = LocalPipeline(fetcher: fetcher, requestTimeout: 10, hostPause: 0)
    claim.website = "http://10.0.0.1/"
    let (unlifted, lifted) = (TimeLimit(), TimeLimit())
    await #expect(throws: LeadFailure.self) { _ = try await pipeline.report(for: claim, within: unlifted) }
    claim.website = site
    _ = try await pipeline.report(for: claim, within: lifted)
    #expect(!unlifted.isLifted && lifted.isLifted)
    await fetcher.shutdown()
    await server.shutdown()
  }

  @Test("a gateway's error is unresolved, is not repeated at once, and an optional source is not asked again")
  func gateway() async throws {
    try await StubbedRun.run(leads: 2) { run in
      run.stubs.set(.gateway(status: 502), for: .hunter)
      run.stubs.set(.gateway(status: 504), for: .semrush)
      let engine = run.engine()
      let done = try await run.desk.ended(try await run.start(retryCount: 1))
      #expect(done.counts.failed == 2)
      #expect(try await run.desk.batches.leads(of: done, limit: 10).leads.allSatisfy { $0.errorCode == .providerUnavailable && $0.attempts == 2 })
      #expect(run.stubs.counts(of: .hunter).served == 2 && run.stubs.counts(of: .semrush).served == 4)
      #expect(try await run.calls("hunter", "unresolved") == 2)
      #expect(try await run.calls("semrush", "unresolved") == 4)
      #expect(try await run.unexplained() == [])
      try await engine.stop()
    }
  }

  @Test("pages that Lighthouse cannot load leave PageSpeed's place empty, cost nothing, and are no sign that it is dead", arguments: [(400, 1), (500, 3)])
  func cannotLoad(_ status: Int, _ calls: Int) async throws {
    try await StubbedRun.run(leads: 6) { run in
      run.stubs.set(.cannotLoad(status: status), for: .pagespeed)
      let engine = run.engine()
      let done = try await run.desk.ended(try await run.start(retryCount: 0))
      #expect(done.counts.completed == 6)
      #expect(run.stubs.counts(of: .pagespeed) == StubCounts(served: 6 * calls))
      #expect(try await run.calls("pagespeed", "free") == 6 * calls)
      #expect(run.lines[.pagespeed]?.breaker.opening == nil)
      let reasons = try await run.reports(done, engine).compactMap { $0.providers?.first { $0.provider == .pagespeed }?.whyNot }
      #expect(reasons.count == 6 && reasons.allSatisfy { $0.contains("could not load the page") })
      #expect(try await run.unexplained() == [])
      try await engine.stop()
    }
  }
}

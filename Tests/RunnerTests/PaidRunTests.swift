import BatchReports
import DemoSites
import Foundation
import GRDB
import Providers
import Storage
import TestSupport
import Testing

@testable import Runner

@Suite("Paid steps") struct PaidRunTests {
  @Test("a batch calls each provider once a lead, and its cost is what the stubs billed")
  func wholeBatch() async throws {
    try await StubbedRun.run(leads: 40) { run in
      let engine = run.engine()
      let batch = try await run.start()
      let done = try await run.desk.ended(batch)
      #expect(done.state == .completed && done.counts.completed == 40)
      #expect(try await run.unexplained() == [])
      for stub in StubProvider.allCases { #expect(run.stubs.counts(of: stub).served == 40) }
      var expected = done.perReport * 40
      for stub in StubProvider.allCases {
        expected = expected + Money(micros: StubbedRun.prices[stub.rawValue] ?? 0) * run.stubs.counts(of: stub).billed
      }
      #expect(done.actual == expected)
      #expect(try await run.desk.number("SELECT count(*) FROM step_result") == 0)
      let reports = try await run.reports(done, engine)
      #expect(reports.count == 40)
      #expect(reports.allSatisfy { $0.providers?.map(\.provider) == PaidProvider.allCases })
      let measured = try #require(reports.first { $0.providers?.allSatisfy(\.isMeasured) == true })
      #expect(measured.notMeasured.map(\.what) == ["Reviews by customers"])
      try await engine.stop()
    }
  }

  @Test("who has an email and is enriched is not asked about, and what was off at the quote is not called")
  func applicability() async throws {
    try await StubbedRun.run(leads: 4) { run in
      try await run.desk.database.pool.write { try $0.execute(sql: "UPDATE lead SET email = 'a@b.example', enrichment_status = 'enriched'") }
      var prices = StubbedRun.prices
      prices["openai"] = nil
      let engine = run.engine()
      let done = try await run.desk.ended(try await run.start(prices: prices))
      #expect(done.counts.completed == 4)
      #expect(run.stubs.counts(of: .hunter).served + run.stubs.counts(of: .dataAxle).served + run.stubs.counts(of: .openai).served == 0)
      let parts = try #require(try await run.reports(done, engine).first?.providers)
      #expect(parts.first { $0.provider == .hunter }?.whyNot == "the lead has an email address already")
      #expect(parts.first { $0.provider == .dataAxle }?.whyNot == "the lead's record is complete already")
      #expect(parts.first { $0.provider == .openai }?.whyNot == "it was not switched on when the batch was started")
      try await engine.stop()
    }
  }

  @Test("with every provider off the report says so, and nothing is called or charged but the base")
  func allOff() async throws {
    try await StubbedRun.run(leads: 2, providers: []) { run in
      let engine = run.engine()
      let done = try await run.desk.ended(try await run.desk.start(now: Date()))
      #expect(done.actual == done.perReport * 2)
      let parts = try #require(try await run.reports(done, engine).first?.providers)
      #expect(parts.map(\.whyNot) == Array(repeating: "it is not switched on", count: 6))
      #expect(try await run.desk.number("SELECT count(*) FROM provider_call") == 0)
      try await engine.stop()
    }
  }

  @Test("an optional provider that fails leaves its place in the report empty")
  func optionalFails() async throws {
    try await StubbedRun.run(leads: 3) { run in
      run.stubs.set(.error(status: 500), for: .hunter)
      run.stubs.set(.error(status: 400), for: .screenshotone)
      run.stubs.set(.malformed, for: .openai)
      let engine = run.engine()
      let done = try await run.desk.ended(try await run.start(maxConcurrent: 1))
      #expect(done.state == .completed)
      let parts = try #require(try await run.reports(done, engine).first?.providers)
      #expect(parts.first { $0.provider == .hunter }?.whyNot == "it was not available")
      #expect(parts.first { $0.provider == .screenshotone }?.whyNot == "it refused our request")
      #expect(parts.first { $0.provider == .openai }?.whyNot == "its answer could not be read")
      // Each refusal that passes was repeated twice, each with an intent of its own that cost nothing.
      #expect(run.stubs.counts(of: .hunter).served == 9)
      #expect(try await run.calls("hunter", "free") == 9)
      #expect(try await run.calls("openai", "charged") == 3)
      #expect(try await run.unexplained() == [])
      try await engine.stop()
    }
  }

  @Test(
    "a needed provider's failure is the lead's, tried again where it may pass, with what was paid kept",
    arguments: [
      (StubMode.error(status: 503), LeadErrorCode.providerUnavailable, 2), (.busy(retryAfter: 9), .providerRateLimited, 2),
      (.error(status: 403), .providerRefused, 1),
    ])
  func neededFails(_ mode: StubMode, _ code: LeadErrorCode, _ attempts: Int) async throws {
    try await StubbedRun.run(leads: 2) { run in
      run.stubs.set(mode, for: .pagespeed)
      let engine = run.engine()
      let done = try await run.desk.ended(try await run.start(retryCount: 1))
      #expect(done.state == .completedWithErrors && done.counts.failed == 2)
      let leads = try await run.desk.batches.leads(of: done, limit: 10).leads
      #expect(leads.allSatisfy { $0.errorCode == code && $0.attempts == attempts && $0.errorMessage?.contains("PageSpeed Insights") == true })
      // Paid once, whatever the number of tries; and the summary comes last, so that it was never asked.
      #expect(run.stubs.counts(of: .semrush).served == 2)
      #expect(run.stubs.counts(of: .openai).served == 0)
      #expect(try await run.unexplained() == [])
      // When it is well again, a person's retry pays only what is missing.
      run.stubs.set(.normal(), for: .pagespeed)
      let order = try RetryOrder(scope: .failed, isApproved: true)
      _ = try await run.desk.batches.retry(done.id, order, by: run.desk.admin, now: Date())
      let again = try await run.desk.ended(done)
      #expect(again.counts.completed == 2)
      #expect(run.stubs.counts(of: .semrush).served == 2 && run.stubs.counts(of: .pagespeed).billed == 2 && run.stubs.counts(of: .openai).billed == 2)
      #expect(try await run.unexplained() == [])
      try await engine.stop()
    }
  }

  @Test("an answer that was lost is unresolved, and an optional one is not asked for again")
  func lost() async throws {
    try await StubbedRun.run(leads: 2, timeout: 0.3) { run in
      run.stubs.set(.hang, for: .hunter)
      run.stubs.set(.hang, for: .pagespeed)
      let engine = run.engine()
      let done = try await run.desk.ended(try await run.start(retryCount: 1))
      #expect(done.counts.failed == 2)
      #expect(try await run.desk.batches.leads(of: done, limit: 10).leads.allSatisfy { $0.errorCode == .providerTimeout && $0.attempts == 2 })
      #expect(run.stubs.counts(of: .hunter).served == 2 && run.stubs.counts(of: .pagespeed).served == 4)
      #expect(try await run.calls("hunter", "unresolved") == 2)
      #expect(try await run.calls("pagespeed", "unresolved") == 4)
      #expect(try await run.unexplained() == [])
      try await engine.stop()
    }
  }

  @Test("a dead needed provider holds its leads back without using up their tries, and a probe sets them free")
  func breaker() async throws {
    try await StubbedRun.run(leads: 12) { run in
      run.stubs.set(.error(status: 503), for: .semrush)
      let engine = run.engine()
      let batch = try await run.start(retryCount: 5, maxConcurrent: 6)
      try await eventually("the breaker opens") { run.lines[.semrush]?.breaker.opening != nil }
      let state = try #require(run.lines.states.first { $0.provider == .semrush })
      #expect(state.silentSince == run.clock.now && state.notice.contains("Semrush has not answered since"))
      try await eventually("leads wait") {
        try await run.desk.number("SELECT count(*) FROM batch_lead WHERE due_at > ?", [Int64(Date().addingTimeInterval(10).timeIntervalSince1970 * 1000)]) == 12
      }
      #expect(run.stubs.counts(of: .semrush).served <= 36)
      run.stubs.set(.normal(), for: .semrush)
      #expect(run.stubs.counts(of: .openai).served == 0)
      run.clock.advance(by: 31)
      // They wait by the engine's clock: half a minute that the test does not wait.
      try await run.desk.database.pool.write { try $0.execute(sql: "UPDATE batch_lead SET due_at = 1 WHERE due_at IS NOT NULL") }
      engine.runner.nudge()
      let done = try await run.desk.ended(batch)
      #expect(done.counts.completed == 12 && run.lines[.semrush]?.breaker.opening == nil)
      #expect(try await run.unexplained() == [])
      #expect(run.stubs.counts(of: .pagespeed).billed == 12)
      try await engine.stop()
    }
  }

  @Test("an open breaker of an optional provider leaves its part out at once")
  func optionalBreaker() async throws {
    try await StubbedRun.run(leads: 8) { run in
      run.stubs.set(.error(status: 503), for: .hunter)
      let engine = run.engine()
      let done = try await run.desk.ended(try await run.start(maxConcurrent: 1))
      #expect(done.counts.completed == 8)
      #expect(run.stubs.counts(of: .hunter).served == 15)
      let reasons = try await run.reports(done, engine).compactMap { $0.providers?.first { $0.provider == .hunter }?.whyNot }
      #expect(reasons.count { $0 == "it is not answering" } == 3)
      try await engine.stop()
    }
  }

  @Test("a pause lets calls under way end and begins none, and a resume pays nothing twice")
  func pause() async throws {
    try await StubbedRun.run(leads: 30, milliseconds: 30) { run in
      let engine = run.engine()
      let batch = try await run.start(maxConcurrent: 4)
      try await eventually("some are done") { try await run.desk.batch(batch.id).counts.completed >= 3 }
      _ = try await run.desk.batches.pause(batch.id, reason: "", by: run.desk.admin, now: Date())
      let intents = try await run.desk.number("SELECT count(*) FROM provider_call")
      try await eventually("nothing is in flight") { try await run.desk.batch(batch.id).counts.processing == 0 }
      #expect(try await run.desk.number("SELECT count(*) FROM provider_call") == intents)
      #expect(try await run.calls("pagespeed", "intent") == 0)
      _ = try await run.desk.batches.resume(batch.id, reason: "", by: run.desk.admin, now: Date())
      #expect(try await run.desk.ended(batch).counts.completed == 30)
      #expect(run.stubs.counts(of: .pagespeed) == StubCounts(served: 30, billed: 30))
      #expect(try await run.unexplained() == [])
      try await engine.stop()
    }
  }

  @Test("a cancel lets the calls under way end and stay charged, and the leads are cancelled")
  func cancel() async throws {
    try await StubbedRun.run(leads: 30, milliseconds: 200) { run in
      let engine = run.engine()
      let batch = try await run.start(maxConcurrent: 4)
      try await eventually("calls are under way") { run.stubs.counts(of: .pagespeed).served >= 2 }
      _ = try await run.desk.batches.cancel(batch.id, reason: "", by: run.desk.admin, now: Date())
      let done = try await run.desk.ended(batch)
      #expect(done.state == .cancelled && done.counts.cancelled > 0)
      #expect(try await run.desk.number("SELECT count(*) FROM provider_call WHERE state IN ('intent', 'unresolved')") == 0)
      for stub in StubProvider.allCases { #expect(try await run.calls(stub.rawValue, "charged") == run.stubs.counts(of: stub).billed) }
      #expect(try await run.unexplained() == [])
      try await engine.stop()
    }
  }

  @Test("an engine that is cut off in mid-batch and one that goes on explain every call that was billed")
  func crash() async throws {
    try await StubbedRun.run(leads: 60, milliseconds: 15) { run in
      let batch = try await run.start(maxConcurrent: 12)
      for round in 1...3 {
        let engine = run.engine()
        try await eventually("round \(round) has got on") { try await run.desk.batch(batch.id).counts.completed >= round * 10 }
        await engine.cutOff()
      }
      let engine = run.engine()
      let done = try await run.desk.ended(batch)
      #expect(done.counts.completed == 60)
      #expect(try await run.unexplained() == [])
      #expect(try await run.desk.number("SELECT count(*) FROM provider_call WHERE state = 'intent'") == 0)
      try await engine.stop()
    }
  }

  @Test("intents that a dead process left are unresolved, and their steps are asked again only where they are needed")
  func abandoned() async throws {
    try await StubbedRun.run(leads: 1) { run in
      let batch = try await run.start()
      let epoch = try await run.desk.queue.beginEpoch(now: Date())
      let claim = try #require(try await run.desk.claim(1, epoch: epoch, now: Date()).first)
      let ledger = CallLedger(database: run.desk.database)
      for step in ["hunter", "semrush"] { _ = try await ledger.intend(claim, step: step, provider: step) }
      let engine = run.engine()
      let done = try await run.desk.ended(batch)
      #expect(done.counts.completed == 1)
      #expect(try await run.calls("hunter", "unresolved") == 1)
      #expect(try await run.calls("semrush", "unresolved") == 1)
      #expect(run.stubs.counts(of: .hunter).served == 0 && run.stubs.counts(of: .semrush).served == 1)
      let part = try await run.reports(done, engine).first?.providers?.first { $0.provider == .hunter }
      #expect(part?.whyNot == "its answer was lost, and another one might be charged a second time")
      try await engine.stop()
    }
  }
}

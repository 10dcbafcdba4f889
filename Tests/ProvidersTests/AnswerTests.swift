import BatchReports
import DemoSites
import Foundation
import HTTPFetch
import Testing

@testable import Providers

@Suite("Answers of the paid providers") struct AnswerTests {
  /// The first of many names to which the stub answers so.
  private func first(_ provider: PaidProvider, _ stubbed: StubbedProviders, where fits: (ProviderLine.Ending) -> Bool) async -> ProviderLine.Ending? {
    let line = stubbed.line(provider)
    for number in 0..<60 {
      let ending = await line.call(
        for: Subjects.named("Shop \(number)", url: "https://shop\(number).example/"), idempotencyKey: "b:\(number):x:1")
      if fits(ending) { return ending }
    }
    return nil
  }

  @Test("a found answer is charged once and brings facts, a sentence or a picture", arguments: PaidProvider.allCases)
  func found(_ provider: PaidProvider) async throws {
    try await StubbedProviders.run { stubbed in
      let ending = try #require(await first(provider, stubbed) { $0.part?.isMeasured == true })
      let part = try #require(ending.part)
      #expect(part.provider == provider && ending.units == 1 && ending.isSound == true)
      #expect(!part.facts.isEmpty || part.text?.isEmpty == false)
      #expect(stubbed.counts(provider).billed >= 1)
      if provider == .screenshotone { #expect(part.facts.first?.value == "480 by 360 pixels" && (part.image?.count ?? 0) > 1_000) }
      if provider == .dataAxle || provider == .openai { #expect(ending.externalID?.isEmpty == false) }
    }
  }

  @Test("nothing found costs nothing", arguments: [PaidProvider.hunter, .dataAxle, .semrush, .screenshotone])
  func nothing(_ provider: PaidProvider) async throws {
    try await StubbedProviders.run { stubbed in
      let ending = try #require(await first(provider, stubbed) { $0.part?.isMeasured == false })
      #expect(ending.units == 0 && ending.isSound == true && ending.part?.whyNot?.isEmpty == false)
    }
  }

  @Test("what a provider is charged for equals what the stub bills", arguments: PaidProvider.allCases)
  func bills(_ provider: PaidProvider) async throws {
    try await StubbedProviders.run { stubbed in
      let line = stubbed.line(provider)
      var units = 0
      for number in 0..<40 {
        let subject = Subjects.named("Shop \(number)", url: "https://shop\(number).example/")
        units += await line.call(for: subject, idempotencyKey: "b:\(number):x:1").units ?? 0
      }
      #expect(stubbed.counts(provider) == StubCounts(served: 40, billed: units))
    }
  }

  @Test("errors of the service are told apart, and cost nothing", arguments: PaidProvider.allCases)
  func errors(_ provider: PaidProvider) async throws {
    try await StubbedProviders.run { stubbed in
      stubbed.stubs.setAll(.error(status: 503))
      #expect(await stubbed.call(provider).failure?.kind == .unavailable)
      stubbed.stubs.setAll(.error(status: 400))
      #expect(await stubbed.call(provider).failure?.kind == .refused)
      stubbed.stubs.setAll(.busy(retryAfter: 7))
      let busy = try #require(await stubbed.call(provider).failure)
      #expect(busy.kind == .rateLimited)
      if ![.screenshotone, .semrush].contains(provider) { #expect(busy.retryAfter == 7) }
      stubbed.stubs.setAll(.redirect)
      let redirect = try #require(await stubbed.call(provider).failure)
      #expect(redirect.kind == .refused && redirect.message.contains("redirect"))
      #expect(stubbed.counts(provider).billed == 0)
    }
  }

  @Test("a wrong key is refused, and stands in no message", arguments: PaidProvider.allCases)
  func wrongKey(_ provider: PaidProvider) async throws {
    try await StubbedProviders.run { stubbed in
      let key = "sk-very-secret-\(provider.rawValue)"
      let fault = try #require(await stubbed.call(provider, key: key).failure)
      #expect(fault.kind == .refused && fault.message.contains(provider.title) && !"\(fault)".contains("secret"))
      let access = ProviderAccess(provider, key: key)
      var dumped = ""
      dump(access, to: &dumped)
      #expect(!"\(access)".contains("secret") && !String(reflecting: access).contains("secret") && !dumped.contains("secret"))
    }
  }

  @Test("an answer that nobody can read is kept as charged where a success always is, else it is lost", arguments: PaidProvider.allCases)
  func malformed(_ provider: PaidProvider) async throws {
    try await StubbedProviders.run { stubbed in
      stubbed.stubs.setAll(.malformed)
      let ending = await stubbed.call(provider)
      if [.pagespeed, .screenshotone, .openai].contains(provider) {
        #expect(ending.units == 1 && ending.isSound == false && ending.part?.whyNot == "its answer could not be read")
      } else {
        #expect(ending.loss?.kind == .unavailable)
      }
    }
  }

  @Test("an answer that is too large, late or broken off is lost: nobody knows what it cost", arguments: PaidProvider.allCases)
  func lost(_ provider: PaidProvider) async throws {
    try await StubbedProviders.run { stubbed in
      stubbed.stubs.setAll(.huge(bytes: 7_000_000))
      #expect(await stubbed.call(provider).loss?.message == "\(provider.title) sent an answer that is too large to be read.")
      stubbed.stubs.setAll(.reset)
      #expect(await stubbed.call(provider).loss?.kind == .unavailable)
      stubbed.stubs.setAll(.hang)
      let late = try #require(await stubbed.call(provider, timeout: 0.4).loss)
      stubbed.stubs.setAll(.gateway(status: 502))
      #expect(await stubbed.call(provider).loss?.message.contains("nobody can tell whether it did the work") == true)
      #expect(late.kind == .timeout && late.message == "\(provider.title) did not answer within 0 s.")
    }
  }

  @Test("a cancelled call is cut off at once, and lost")
  func cancelled() async throws {
    try await StubbedProviders.run { stubbed in
      stubbed.stubs.setAll(.hang)
      let call = Task { await stubbed.call(.hunter) }
      while stubbed.counts(.hunter).served == 0 { await Task.yield() }
      call.cancel()
      #expect(await call.value.loss?.message == "The call to Hunter was cut off.")
    }
  }

  @Test("no connection, no name and a forbidden address cost nothing")
  func unreachable() async throws {
    try await StubbedProviders.run { stubbed in
      func fault(_ baseURL: String) async -> ProviderFault? {
        await stubbed.line(.hunter, baseURL: baseURL).call(for: Subjects.named("x"), idempotencyKey: "k").failure
      }
      #expect(await fault("http://127.0.0.1:1")?.kind == .refused)
      #expect(await fault("http://10.0.0.1")?.message.contains("private network") == true)
      #expect(await fault("http://no-such-host.invalid")?.kind == .unavailable)
      #expect(await fault("nonsense")?.kind == .refused)
    }
  }

  @Test("a call that is repeated with its idempotency key is billed once")
  func idempotency() async throws {
    try await StubbedProviders.run { stubbed in
      for _ in 0..<3 { #expect(await stubbed.call(.openai, idempotencyKey: "b:7:openai:1").units == 1) }
      #expect(await stubbed.call(.openai, idempotencyKey: "b:7:openai:2").units == 1)
      #expect(stubbed.counts(.openai) == StubCounts(served: 4, billed: 2, repeated: 2))
    }
  }

  @Test("the stubs keep the services' rate limits when they are told to")
  func stubLimit() async throws {
    try await StubbedProviders.run { stubbed in
      stubbed.stubs.limit(.hunter, perSecond: 0.001, burst: 2)
      var kinds: [ProviderFault.Kind?] = []
      for _ in 0..<3 { kinds.append(await stubbed.call(.hunter).failure?.kind) }
      #expect(kinds == [nil, nil, .rateLimited])
    }
  }
}

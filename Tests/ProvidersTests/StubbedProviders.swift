import BatchReports
import DemoSites
import Foundation
import HTTPFetch
import Synchronization

@testable import Providers

/// A running set of stubs, and lines to them.
struct StubbedProviders: Sendable {
  let port: Int
  let stubs: ProviderStubs
  let fetcher: HTTPFetcher

  static func run(_ body: @Sendable (StubbedProviders) async throws -> Void) async throws {
    let server = ProviderStubServer()
    let port = try await server.start()
    let fetcher = HTTPFetcher(policy: .publicAndLoopback(port: UInt16(port)), userAgent: "test", maximumConnectionsPerHost: 64)
    let result: Result<Void, any Error>
    do { result = .success(try await body(StubbedProviders(port: port, stubs: server.stubs, fetcher: fetcher))) } catch { result = .failure(error) }
    await fetcher.shutdown()
    await server.shutdown()
    try result.get()
  }

  static func stub(_ provider: PaidProvider) -> StubProvider {
    switch provider {
    case .pagespeed: .pagespeed
    case .screenshotone: .screenshotone
    case .hunter: .hunter
    case .dataAxle: .dataAxle
    case .semrush: .semrush
    case .openai: .openai
    }
  }

  func line(_ provider: PaidProvider, timeout: Double = 10, key: String? = nil, baseURL: String? = nil) -> ProviderLine {
    let stub = Self.stub(provider)
    let access = ProviderAccess(
      provider, baseURL: baseURL ?? ProviderStubServer.baseURL(of: stub, port: port), key: key ?? stub.key)
    return ProviderLine(access, timeout: timeout) { (request) async throws(FetchError) in try await fetcher.fetch(request) }
  }

  func call(_ provider: PaidProvider, _ name: String = "Fish & Sons", timeout: Double = 10, key: String? = nil, idempotencyKey: String = "b:0:x:1") async
    -> ProviderLine.Ending
  {
    await line(provider, timeout: timeout, key: key).call(for: Subjects.named(name), idempotencyKey: idempotencyKey)
  }

  func counts(_ provider: PaidProvider) -> StubCounts { stubs.counts(of: Self.stub(provider)) }
}

/// Leads with their reports.
enum Subjects {
  static func named(_ name: String, url: String = "https://www.fish.example/home?a=1&b=2", findings: [Finding] = []) -> ProviderSubject {
    ProviderSubject(name: name, city: "Salem", region: "OR", phone: "503-555-0100", report: report(name, url: url, findings: findings))
  }

  static func report(_ name: String, url: String, findings: [Finding] = []) -> Report {
    Report(
      leadID: UUID(), leadName: name, website: url, templateVersion: "website-audit:v3", finalURL: url, fetchedAt: Date(timeIntervalSince1970: 0),
      score: 61, sections: [SectionScore(section: .safe, score: 40, passed: 1, failed: 2)], findings: findings,
      topFixes: [Fix(check: 1, title: "Renew the certificate", why: "", how: "")], notMeasured: [], facts: [])
  }
}

extension ProviderLine.Ending {
  var part: ProviderPart? { if case .answered(let part, _, _, _) = self { part } else { nil } }
  var units: Int? { if case .answered(_, let units, _, _) = self { units } else { nil } }
  var externalID: String? { if case .answered(_, _, let id, _) = self { id } else { nil } }
  var isSound: Bool? { if case .answered(_, _, _, let isSound) = self { isSound } else { nil } }
  /// A refusal that surely cost nothing.
  var failure: ProviderFault? { if case .failed(let fault) = self { fault } else { nil } }
  /// Nobody knows what it cost.
  var loss: ProviderFault? { if case .lost(let fault) = self { fault } else { nil } }
}

/// A clock that stands until it is moved.
final class StandingClock: Sendable {
  private let moment = Mutex(Date(timeIntervalSince1970: 1_795_251_600))

  var now: Date { moment.withLock { $0 } }

  func advance(by seconds: Double) { moment.withLock { $0 = $0.addingTimeInterval(seconds) } }
}

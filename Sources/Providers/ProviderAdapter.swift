import BatchReports
import Foundation
import HTTPFetch

/// One paid source: how it is asked, and what its answer means and costs.
protocol ProviderAdapter: Sendable {
  var access: ProviderAccess { get }
  /// Seconds for one call, unless the operator sets fewer.
  var longestCall: Double { get }
  /// Bytes of an answer above which it is not read.
  var maximumBytes: Int { get }
  /// Calls a second that the provider allows, and how many may come at once.
  var rate: CallRate { get }
  /// The request for one lead, without time-outs. `idempotencyKey` goes out where the API takes one.
  func request(for subject: ProviderSubject, idempotencyKey: String) throws -> FetchRequest
  /// What an answer means: pure, and strict about its shape.
  func reading(of answer: FetchedPage, now: Date) -> ProviderReading
}

extension ProviderAdapter {
  var provider: PaidProvider { access.provider }
  var maximumBytes: Int { 512 * 1024 }

  /// An answer that says that there is nothing to be had: it costs nothing, and asking again would bring nothing else.
  func nothing(_ why: String) -> ProviderReading { .answer(ProviderPart(provider, notMeasured: why), units: 0, externalID: nil) }

  /// What each API means by a status alone; a reader looks at its own cases first.
  ///
  /// Only a 500 or 503 in the provider's own words is a refusal. Every other server error may come from a gateway in front of it, when
  /// the call was passed on and done. `isItsOwn` says whose words they are where there is no code to tell by.
  func fault(of answer: FetchedPage, code: String? = nil, isItsOwn: Bool? = nil, now: Date) -> ProviderReading {
    let isItsOwn = isItsOwn ?? (code?.isEmpty == false)
    let code = code.flatMap { ProviderText.code($0, hiding: access.key) }
    let detail = "HTTP \(answer.status)\(code.map { ", \($0)" } ?? "")"
    let wait = answer.header("Retry-After").flatMap { RetryAfter.seconds($0, now: now) }
    switch answer.status {
    case 429: return .fault(ProviderFault(.rateLimited, "\(provider.title) asked us to slow down (\(detail)).", retryAfter: wait))
    case 500 where !isItsOwn, 503 where !isItsOwn, 408, 501...502, 504...599:
      return .lost(ProviderFault(.unavailable, "\(provider.title) is not available (\(detail)), and nobody can tell whether it did the work."))
    case 409, 425, 500, 503: return .fault(ProviderFault(.unavailable, "\(provider.title) is not available (\(detail)).", retryAfter: wait))
    default: return .fault(ProviderFault(.refused, "\(provider.title) refused the request (\(detail))."))
    }
  }
}

/// What a provider may be told about a lead.
public struct ProviderSubject: Sendable {
  public var name: String
  public var city: String
  public var region: String
  public var phone: String
  /// The report as far as it has come: the address that answered, and the findings.
  public var report: Report

  public init(name: String, city: String = "", region: String = "", phone: String = "", report: Report) {
    self.name = name
    self.city = city
    self.region = region
    self.phone = phone
    self.report = report
  }

  /// The host of the address that answered, without "www.".
  var domain: String {
    let host = URL(string: report.finalURL)?.host?.lowercased() ?? ""
    return host.hasPrefix("www.") ? String(host.dropFirst(4)) : host
  }
}

/// What an answer means.
enum ProviderReading: Sendable {
  /// Understood. `units` is what it costs in calls: 0 for nothing found.
  case answer(ProviderPart, units: Int, externalID: String?)
  /// A success that cannot be read. True: it was charged all the same. False: nobody can tell.
  case unreadable(isCharged: Bool)
  /// A refusal, which costs nothing.
  case fault(ProviderFault)
  /// An error of which nobody can tell whether it was charged.
  case lost(ProviderFault)
}

/// Why a provider brought nothing, in words that hold no key and nothing that it wrote.
public struct ProviderFault: Error, Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    case timeout, unavailable, rateLimited
    /// The same request would be refused again.
    case refused
  }

  public var kind: Kind
  public var message: String
  /// Seconds that it asked us to wait.
  public var retryAfter: Double?
  /// What the report says where the fault was the page's, not the provider's, and stays: then it is an answer.
  public var aboutPage: String?

  public init(_ kind: Kind, _ message: String, retryAfter: Double? = nil) {
    self.kind = kind
    self.message = message
    self.retryAfter = retryAfter
  }

  public var isTransient: Bool { kind != .refused }
}

import BatchReports
import Foundation
import HTTPFetch

/// PageSpeed Insights v5, runPagespeed (developers.google.com/speed/docs/insights/v5/reference/pagespeedapi/runpagespeed): Lighthouse on a
/// phone, and what Chrome's users saw.
///
/// The key goes in a header (cloud.google.com/docs/authentication/api-keys-use). Lighthouse's own errors are not in the reference; their shape
/// is that of github.com/GoogleChrome/lighthouse/issues/16900.
struct PageSpeedInsights: ProviderAdapter {
  var access: ProviderAccess
  var longestCall: Double { 60 }
  var maximumBytes: Int { 6 * 1024 * 1024 }
  /// Google publishes no figure, a project finds its own in its console; users report 240 a minute and 400 in 100 s.
  var rate: CallRate { CallRate(perSecond: 3.5, burst: 5) }

  private static let categories = ["performance", "accessibility", "best-practices", "seo"]

  func request(for subject: ProviderSubject, idempotencyKey: String) -> FetchRequest {
    let query = [("url", subject.report.finalURL), ("strategy", "mobile")] + Self.categories.map { ("category", $0) }
    return FetchRequest(url: access.url("/pagespeedonline/v5/runPagespeed", query), headers: [HTTPHeader("X-Goog-Api-Key", access.key.secret)])
  }

  private struct Answer: Decodable {
    struct Lighthouse: Decodable {
      struct Category: Decodable { var score: Double? }
      struct Audit: Decodable { var numericValue: Double? }
      struct RuntimeError: Decodable { var code: String? }
      var categories: [String: Category]
      var audits: [String: Audit]?
      var runtimeError: RuntimeError?
    }
    struct Experience: Decodable {
      struct Metric: Decodable { var percentile: Double? }
      var metrics: [String: Metric]?
    }
    var id: String?
    var lighthouseResult: Lighthouse
    var loadingExperience: Experience?
  }

  private struct Problem: Decodable {
    struct Body: Decodable {
      struct Detail: Decodable {
        var domain: String?
        var reason: String?
      }
      var status: String?
      var errors: [Detail]?
    }
    var error: Body
  }

  func reading(of answer: FetchedPage, now: Date) -> ProviderReading {
    guard answer.status == 200 else { return problem(answer, now) }
    guard let result = try? JSONDecoder().decode(Answer.self, from: answer.body), let facts = facts(result) else { return .unreadable(isCharged: true) }
    if facts.isEmpty { return .answer(ProviderPart(provider, notMeasured: "it could not load the page"), units: 1, externalID: nil) }
    return .answer(ProviderPart(provider, facts: facts), units: 1, externalID: nil)
  }

  /// Lighthouse's own errors are about the page, not about us: asking again would bring nothing else (400), or may (any other status).
  private func problem(_ answer: FetchedPage, _ now: Date) -> ProviderReading {
    let body = (try? JSONDecoder().decode(Problem.self, from: answer.body))?.error
    let detail = body?.errors?.first
    if answer.status == 400, detail?.reason == "lighthouseUserError" { return nothing("it could not load the page") }
    if detail?.domain == "lighthouse" {
      var fault = ProviderFault(.unavailable, "\(provider.title) could not load the page (HTTP \(answer.status)).")
      fault.aboutPage = "PageSpeed could not load the page"
      return .fault(fault)
    }
    return fault(of: answer, code: detail?.reason ?? body?.status, isItsOwn: body != nil, now: now)
  }

  /// Nil for figures that cannot be.
  private func facts(_ answer: Answer) -> [Fact]? {
    let result = answer.lighthouseResult
    var facts: [Fact] = []
    for name in Self.categories {
      guard let score = result.categories[name]?.score else { continue }
      guard (0...1).contains(score) else { return nil }
      facts.append(Fact(name: Self.titles[name] ?? name, value: "\(Int((score * 100).rounded())) of 100"))
    }
    if facts.isEmpty { return result.runtimeError == nil ? nil : [] }
    for (audit, name, isTime) in Self.audits {
      guard let value = result.audits?[audit]?.numericValue else { continue }
      guard value.isFinite, (0...1e7).contains(value) else { return nil }
      facts.append(Fact(name: name, value: isTime ? Self.seconds(value) : Self.shift(value)))
    }
    for (metric, name, scale) in Self.field {
      guard let value = answer.loadingExperience?.metrics?[metric]?.percentile else { continue }
      guard value.isFinite, (0...1e7).contains(value) else { return nil }
      facts.append(Fact(name: name, value: scale == 0 ? Self.shift(value / 100) : Self.seconds(value)))
    }
    return facts
  }

  private static let titles = [
    "performance": "Performance", "accessibility": "Accessibility", "best-practices": "Best practices", "seo": "Search engine basics",
  ]
  private static let audits = [
    ("largest-contentful-paint", "Largest Contentful Paint (LCP), in the laboratory", true),
    ("cumulative-layout-shift", "Cumulative Layout Shift (CLS), in the laboratory", false),
    ("total-blocking-time", "Total Blocking Time (TBT), in the laboratory", true),
  ]
  /// Chrome gives the layout shift in hundredths.
  private static let field = [
    ("LARGEST_CONTENTFUL_PAINT_MS", "Largest Contentful Paint (LCP), real visitors", 1),
    ("INTERACTION_TO_NEXT_PAINT", "Interaction to Next Paint (INP), real visitors", 1),
    ("CUMULATIVE_LAYOUT_SHIFT_SCORE", "Cumulative Layout Shift (CLS), real visitors", 0),
  ]

  private static func seconds(_ milliseconds: Double) -> String { "\((milliseconds / 10).rounded() / 100) s" }
  private static func shift(_ value: Double) -> String { "\((value * 1000).rounded() / 1000)" }
}

import BatchReports
import Foundation
import HTTPFetch

/// Semrush v3, domain_ranks (developer.semrush.com/api/basics/get-started, /api/v3/analytics/basic-docs): one line of semicolons on a domain's
/// place in search, 10 API units.
///
/// Columns keep their names, but may change their order and be joined by others. Errors come as "ERROR 50 :: NOTHING FOUND", with HTTP 200 or
/// another status. The API takes its key in the address only.
struct Semrush: ProviderAdapter {
  var access: ProviderAccess
  var longestCall: Double { 20 }
  var maximumBytes: Int { 64 * 1024 }
  /// 10 a second, and 10 at once (developer.semrush.com/api/introduction/api-usage-restrictions).
  var rate: CallRate { CallRate(perSecond: 5, burst: 5) }

  private static let columns = [
    ("Rk", "Rank", "Rank in the United States"), ("Or", "Organic Keywords", "Words it is found by"), ("Ot", "Organic Traffic", "Visits a month from search"),
    ("Oc", "Organic Cost", "What these visits would cost as advertisements, in dollars a month"), ("Ad", "Adwords Keywords", "Words it advertises for"),
  ]

  func request(for subject: ProviderSubject, idempotencyKey: String) -> FetchRequest {
    FetchRequest(
      url: access.url(
        "/",
        [
          ("type", "domain_ranks"), ("key", access.key.secret), ("export_columns", "Dn," + Self.columns.map(\.0).joined(separator: ",")),
          ("domain", subject.domain), ("database", "us"), ("display_limit", "1"),
        ]))
  }

  func reading(of answer: FetchedPage, now: Date) -> ProviderReading {
    if answer.status >= 500 { return fault(of: answer, isItsOwn: answer.body.starts(with: Data("ERROR ".utf8)), now: now) }
    guard let text = String(validating: answer.body, as: UTF8.self) else {
      return answer.status == 200 ? .unreadable(isCharged: false) : fault(of: answer, now: now)
    }
    if let match = text.prefixMatch(of: /\s*ERROR ([0-9]{1,4}) ::/), let code = Int(match.1) { return problem(code, answer, now) }
    guard answer.status == 200 else { return fault(of: answer, now: now) }
    let lines = text.split(whereSeparator: \.isNewline).map { $0.split(separator: ";", omittingEmptySubsequences: false).map(String.init) }
    guard lines.count == 2, lines[0].count == lines[1].count, lines[0].contains("Domain") else { return .unreadable(isCharged: false) }
    var facts: [Fact] = []
    for (_, header, title) in Self.columns {
      guard let place = lines[0].firstIndex(of: header), let number = Int64(lines[1][place]), number >= 0 else { return .unreadable(isCharged: false) }
      facts.append(Fact(name: title, value: Grouping.thousands(number)))
    }
    return .answer(ProviderPart(provider, facts: facts), units: 1, externalID: nil)
  }

  private func problem(_ code: Int, _ answer: FetchedPage, _ now: Date) -> ProviderReading {
    switch code {
    case 50: nothing("search engines do not show this website yet")
    case 131: .fault(ProviderFault(.rateLimited, "\(provider.title) asked us to slow down (error \(code))."))
    case 132: .fault(ProviderFault(.refused, "There are no API units left at \(provider.title) (error \(code))."))
    case 134: .fault(ProviderFault(.refused, "A limit of our account at \(provider.title) is used up (error \(code))."))
    default: .fault(ProviderFault(.refused, "\(provider.title) refused the request (error \(code))."))
    }
  }
}

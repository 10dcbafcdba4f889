import BatchReports
import Foundation
import HTTPFetch

/// Hunter v2, domain-search (hunter.io/api-documentation/v2): the email address that is surest to belong to the website.
///
/// One credit pays for one to ten addresses, and a search that finds nothing uses up none (help.hunter.io/en/articles/1911617). 403 is the
/// rate limit, 429 the plan's limit, and no header says when to come again.
struct Hunter: ProviderAdapter {
  var access: ProviderAccess
  var longestCall: Double { 20 }
  /// 15 a second and 500 a minute.
  var rate: CallRate { CallRate(perSecond: 8, burst: 7) }

  func request(for subject: ProviderSubject, idempotencyKey: String) -> FetchRequest {
    FetchRequest(
      url: access.url("/v2/domain-search", [("domain", subject.domain), ("limit", "10")]), headers: [HTTPHeader("X-API-KEY", access.key.secret)])
  }

  private struct Answer: Decodable {
    struct Results: Decodable { var emails: [Email] }
    struct Email: Decodable {
      struct Verification: Decodable { var status: String? }
      var value: String
      var type: String?
      var confidence: Int
      var verification: Verification?
    }
    var data: Results
  }

  private struct Problem: Decodable {
    struct Detail: Decodable { var id: String? }
    var errors: [Detail]
  }

  func reading(of answer: FetchedPage, now: Date) -> ProviderReading {
    guard answer.status == 200 else { return problem(answer, now) }
    guard let emails = (try? JSONDecoder().decode(Answer.self, from: answer.body))?.data.emails else { return .unreadable(isCharged: false) }
    if emails.isEmpty { return nothing("no address is known for this website") }
    guard emails.allSatisfy({ Self.isAddress($0.value) && (0...100).contains($0.confidence) }), let best = emails.max(by: Self.isLessSure) else {
      return .unreadable(isCharged: true)
    }
    var facts = [Fact(name: "Best address", value: best.value), Fact(name: "Confidence", value: "\(best.confidence) %")]
    if let status = best.verification?.status, !status.isEmpty { facts.append(Fact(name: "Checked", value: ProviderText.line(status, limit: 40))) }
    facts.append(Fact(name: "Addresses known", value: emails.count < 10 ? "\(emails.count)" : "10 or more"))
    return .answer(ProviderPart(provider, facts: facts), units: 1, externalID: nil)
  }

  private func problem(_ answer: FetchedPage, _ now: Date) -> ProviderReading {
    let code = (try? JSONDecoder().decode(Problem.self, from: answer.body))?.errors.first?.id
    switch answer.status {
    case 403:
      return .fault(
        ProviderFault(
          .rateLimited, "\(provider.title) asked us to slow down (HTTP 403).",
          retryAfter: answer.header("Retry-After").flatMap { RetryAfter.seconds($0, now: now) }))
    case 429 where answer.header("Retry-After") == nil:
      return .fault(ProviderFault(.refused, "The plan at \(provider.title) is used up (HTTP 429)."))
    case 451: return nothing("the address's owner asked not to be listed")
    default: return fault(of: answer, code: code, now: now)
    }
  }

  /// The surer first; of equals the one whose mailbox was checked.
  private static func isLessSure(_ one: Answer.Email, _ other: Answer.Email) -> Bool {
    if one.confidence != other.confidence { return one.confidence < other.confidence }
    return one.verification?.status != "valid" && other.verification?.status == "valid"
  }

  private static func isAddress(_ text: String) -> Bool {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    return parts.count == 2 && (1...64).contains(parts[0].utf8.count) && (1...190).contains(parts[1].utf8.count)
      && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && ![UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\"")].contains($0) }
  }
}

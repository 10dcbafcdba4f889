import Foundation
import HTTPFetch

/// Everything that the checks may look at: the answer, the page read from it, and the few further answers.
struct AuditedPage: Sendable {
  let answer: FetchedPage
  let page: Page
  /// The final address of the page.
  let address: WebAddress
  /// The address that relative references start from (`<base>`).
  let base: WebAddress
  let structured: StructuredData
  /// Nil when no further requests were allowed.
  let extra: ExtraAnswers?
  let resources: PageResources
  let phones: [String]
  /// Text in lower case, for the search of phrases.
  let lowercasedText: String
  let trackers: [String]
  /// "https://… could not be reached", where the audit had to go on with http.
  let securityNote: String?

  init(answer: FetchedPage, page: Page, address: WebAddress, extra: ExtraAnswers?, securityNote: String? = nil) {
    self.answer = answer
    self.page = page
    self.address = address
    self.extra = extra
    self.securityNote = securityNote
    base = page.baseAddress.flatMap(address.resolving) ?? address
    structured = StructuredData(page.jsonLD)
    resources = PageResources(page, address: address, base: base)
    phones = PhoneNumbers.find(in: page.text)
    lowercasedText = page.text.lowercased()
    trackers = Trackers.names(in: page, resources: resources)
  }

  var isHTTPS: Bool { address.isHTTPS }

  /// The numbers in links of scheme tel (RFC 3966).
  var telephoneLinks: [String] { linked("tel") }
  var mailLinks: [String] { linked("mailto") }

  private func linked(_ scheme: String) -> [String] {
    page.anchors.compactMap { anchor in
      guard let target = anchor.address?.trimmed, target.count <= 300, WebAddress.scheme(of: target) == scheme else { return nil }
      let rest = target.dropFirst(scheme.count + 1).trimmed
      return rest.isEmpty ? nil : rest
    }
  }

  /// A form that a visitor fills in to get in touch, not one to search.
  var contactForms: [FormTag] { page.forms.filter { !$0.isSearch && $0.fieldCount > 0 } }
}

/// The further answers; each nil part was not asked for or could not be had.
struct ExtraAnswers: Sendable {
  static let robotsObjection = "robots.txt asks not to"

  enum Robots: Sendable, Hashable {
    case file(RobotsFile)
    /// A 4xx: everything is allowed (RFC 9309, 2.3.1.3).
    case absent(status: Int)
    case serverError(status: Int)
    case unknown(reason: String)
  }
  enum Sitemap: Sendable, Hashable {
    case found(String)
    case missing(String)
    case unknown(reason: String)
  }
  enum PlainHTTP: Sendable, Hashable {
    case redirects(to: String)
    case answers(status: Int)
    case notAsked(reason: String)
  }

  var robots: Robots
  var sitemap: Sitemap
  var plainHTTP: PlainHTTP
}

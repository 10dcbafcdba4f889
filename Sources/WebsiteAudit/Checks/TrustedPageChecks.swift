import BatchReports
import Foundation

/// Trusted: signs of a cared-for, lawful site (checks 72 to 76)
enum TrustedPageChecks {
  static let all = [favicon, profiles, privacy, consent, copyright]

  static let favicon = Check(
    number: 72, section: .trusted, severity: .low, source: "HTML rel=icon", reading: .presence,
    good: "The site has its own sign in the browser tab", bad: "The site has no sign of its own in the browser tab",
    why: "Customers do not find your tab again, and search results show a grey globe.", how: "Ask to add your logo as the site's icon."
  ) { audited in
    let icon = audited.page.links.first { link in
      !link.address.isEmpty
        && link.relations.contains { ["icon", "apple-touch-icon", "apple-touch-icon-precomposed", "mask-icon"].contains($0) }
    }
    return .when(icon != nil, icon?.address ?? "", otherwise: "no link rel=\"icon\"")
  }

  private static let profileSites: Set<String> = [
    "facebook.com", "fb.com", "instagram.com", "twitter.com", "x.com", "linkedin.com", "youtube.com", "tiktok.com", "pinterest.com",
    "yelp.com",
    "tripadvisor.com", "nextdoor.com", "threads.net", "bsky.app", "snapchat.com", "xing.com", "vimeo.com", "g.page", "foursquare.com",
  ]

  static let profiles = Check(
    number: 73, section: .trusted, severity: .info, source: Check.houseRule, reading: .presence,
    good: "The page links to your profiles elsewhere", bad: "The page does not link to your profiles elsewhere",
    why: "Customers like to see photographs and reviews on Facebook, Instagram or Yelp.",
    how: "Link to the profiles that you keep up to date."
  ) { audited in
    let references = audited.page.anchors.compactMap(\.address) + audited.structured.things.flatMap(\.sameAs)
    for reference in references {
      // A "share" button leads to the service, not to the business.
      guard let target = audited.base.resolving(reference), profileSites.contains(target.site), target.path.utf8.count > 1,
        !["/sharer", "/share", "/intent", "/pin/create"].contains(where: target.path.hasPrefix)
      else { continue }
      return .passed(target.origin + target.path)
    }
    return .failed("no link to a profile found")
  }

  private static let privacyWords = [
    "privacy", "datenschutz", "confidentialit", "vie-privee", "vie privée", "privacidad", "privacidade", "riservatezza", "data-protection",
    "data protection", "gdpr", "dsgvo", "personvern", "integritetspolicy", "privatlivspolitik", "prywatno",
  ]

  static let privacy = Check(
    number: 74, section: .trusted, severity: .medium, source: "GDPR art. 13; CCPA", reading: .presence,
    good: "There is a privacy policy", bad: "There is no link to a privacy policy",
    why: "The page collects data about visitors; the law asks you to say what you do with it.",
    how: "Publish a privacy policy and link to it at the foot of the page."
  ) { audited in
    let collects = audited.contactForms.first.map { _ in "a form" } ?? audited.trackers.first
    guard let collects else { return .notApplicable("no form and no tracker") }
    let link = audited.page.anchors.first { anchor in
      let text = "\(anchor.address ?? "") \(anchor.name)".lowercased()
      return anchor.address != nil && privacyWords.contains { text.contains(ascii: $0) }
    }
    return .when(
      link != nil, link.map { "\($0.name): \($0.address ?? "")" } ?? "", otherwise: "the page has \(collects), but no privacy link")
  }

  static let consent = Check(
    number: 75, section: .trusted, severity: .info, source: "ePrivacy Directive", reading: .faults,
    good: "Visitors are asked before they are tracked", bad: "Visitors seem to be tracked without being asked",
    why: "In Europe visitors must agree before such services load.", how: "Ask your web person whether you need a consent banner."
  ) { audited in
    guard !audited.trackers.isEmpty else { return .notApplicable("no tracker found") }
    let mark = Trackers.consentMark(in: audited.page, lowercasedText: audited.lowercasedText)
    return .when(mark != nil, "sign of a consent tool: \(mark ?? "")", otherwise: audited.trackers.prefix(6).joined(separator: ", "))
  }

  static let copyright = Check(
    number: 76, section: .trusted, severity: .low, source: Check.houseRule, reading: .presence,
    good: "The copyright year is recent", bad: "The copyright year is old",
    why: "An old year at the foot of the page looks as if you had closed.", how: "Ask to show the current year automatically."
  ) { audited in
    guard let year = CopyrightYear.latest(in: audited.lowercasedText) else { return .notApplicable("no copyright year") }
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    let now = calendar.component(.year, from: audited.answer.fetchedAt)
    return .when(now - year <= 2, "© \(year)", otherwise: "© \(year)")
  }
}

/// The year of a copyright line: "© 2019-2024", "Copyright 2020", "(c) 2018".
enum CopyrightYear {
  /// The latest year within 60 bytes behind a copyright sign; nil when there is none.
  static func latest(in lowercasedText: String) -> Int? {
    let bytes = Array(lowercasedText.utf8)
    var latest: Int?
    for mark in ["©", "copyright", "(c)"] {
      let needle = Array(mark.utf8)
      var at = 0
      while at + needle.count <= bytes.count {
        guard bytes[at] == needle[0], bytes[at..<(at + needle.count)].elementsEqual(needle) else {
          at += 1
          continue
        }
        at += needle.count
        for year in years(bytes[at..<min(bytes.count, at + 60)]) { latest = max(latest ?? 0, year) }
      }
    }
    return latest
  }

  private static func years(_ bytes: ArraySlice<UInt8>) -> [Int] {
    bytes.split { !$0.isASCIIDigit }.filter { $0.count == 4 }.compactMap { Int(String(decoding: $0, as: UTF8.self)) }.filter {
      (1990...2100).contains($0)
    }
  }
}

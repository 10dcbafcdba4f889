/// How a sample lead's website behaves.
public enum SiteKind: String, Sendable, Hashable, CaseIterable {
  /// Quick and complete.
  case good
  /// Sound, with a handful of things missing.
  case fair
  /// Missing much, each in its own way.
  case poor
  /// Answers after 1.5 to 3 seconds.
  case slow
  /// Answers at once and sends its page over 4 seconds.
  case drip
  /// Answers 503 a few times, then its page, then starts again.
  case flaky
  /// Answers 429 with `Retry-After: 1`, then its page, then starts again.
  case rateLimited
  case redirectsOnce
  case redirectsThreeTimes
  case redirectsForever
  /// Redirects to an address of a private network.
  case redirectsToPrivate
  /// Answers 500, always.
  case serverError
  case resetsConnection
  /// Closes the connection without an answer.
  case closesConnection
  /// Nothing listens on its address.
  case refusesConnection
  /// 3 MB of HTML.
  case large
  /// More than 5 MB of HTML.
  case tooLarge
  case pdf
  /// A 404 with an HTML page.
  case notFound
  /// Never answers.
  case hangs
  /// Markup, scripts, formulas and control characters that must not get out of a report.
  case hostile
  case noWebsite
  case invalidWebsite
  /// The lead names an address of a private network.
  case privateAddress

  /// True when the demo server listens for the site.
  var isServed: Bool {
    switch self {
    case .refusesConnection, .noWebsite, .invalidWebsite, .privateAddress: false
    default: true
    }
  }
}

/// Which site has which kind: a pattern of 200 that repeats.
enum SitePlan {
  static let length = 200

  /// Shares of each kind in 200 sites.
  static let shares: [(kind: SiteKind, count: Int)] = [
    (.good, 30), (.fair, 40), (.poor, 60), (.slow, 7), (.drip, 4), (.flaky, 10), (.rateLimited, 6),
    (.redirectsOnce, 4), (.redirectsThreeTimes, 4), (.redirectsForever, 3), (.redirectsToPrivate, 1),
    (.serverError, 4), (.resetsConnection, 2), (.closesConnection, 2), (.refusesConnection, 2),
    (.large, 2), (.tooLarge, 2), (.pdf, 2), (.notFound, 3), (.hangs, 1), (.hostile, 3),
    (.noWebsite, 4), (.invalidWebsite, 2), (.privateAddress, 2),
  ]

  private static let pattern: [SiteKind] = {
    var random = SeededRandom(seed: 1, purpose: "plan")
    var kinds = random.shuffled(shares.flatMap { Array(repeating: $0.kind, count: $0.count) })
    // A first small batch should not meet the site that hangs.
    if let hanging = kinds.firstIndex(of: .hangs) { kinds.swapAt(hanging, 150) }
    return kinds
  }()

  /// The kind of a site by its index from 0. One site alone hangs: it costs a batch the client's whole timeout at every try.
  static func kind(at index: Int) -> SiteKind {
    let kind = pattern[index % length]
    return kind == .hangs && index >= length ? .slow : kind
  }

  /// Which of its kind a site is, from 0.
  static func ordinal(at index: Int) -> Int {
    let kind = kind(at: index)
    return (0..<index).count { self.kind(at: $0) == kind }
  }
}

/// What a website does well. Each missing one is something that an audit can find.
struct PageStrengths: OptionSet, Sendable, Hashable {
  let rawValue: UInt32

  static let doctype = Self(rawValue: 1 << 0)
  static let language = Self(rawValue: 1 << 1)
  static let viewport = Self(rawValue: 1 << 2)
  static let title = Self(rawValue: 1 << 3)
  static let description = Self(rawValue: 1 << 4)
  static let canonical = Self(rawValue: 1 << 5)
  static let favicon = Self(rawValue: 1 << 6)
  static let openGraph = Self(rawValue: 1 << 7)
  static let structuredData = Self(rawValue: 1 << 8)
  static let mainLandmark = Self(rawValue: 1 << 9)
  static let heading = Self(rawValue: 1 << 10)
  static let phone = Self(rawValue: 1 << 11)
  static let phoneLink = Self(rawValue: 1 << 12)
  static let email = Self(rawValue: 1 << 13)
  static let openingHours = Self(rawValue: 1 << 14)
  static let altTexts = Self(rawValue: 1 << 15)
  static let imageSizes = Self(rawValue: 1 << 16)
  static let modernImages = Self(rawValue: 1 << 17)
  static let socialLinks = Self(rawValue: 1 << 18)
  static let privacyPage = Self(rawValue: 1 << 19)
  static let currentYear = Self(rawValue: 1 << 20)
  static let securityHeaders = Self(rawValue: 1 << 21)
  static let cachePolicy = Self(rawValue: 1 << 22)
  static let compression = Self(rawValue: 1 << 23)
  /// Answers /robots.txt and /sitemap.xml.
  static let crawlerFiles = Self(rawValue: 1 << 24)
  static let quietServer = Self(rawValue: 1 << 25)
  static let address = Self(rawValue: 1 << 26)

  static let all = Self(rawValue: 1 << 27 - 1)
  static let each: [PageStrengths] = (0..<27).map { Self(rawValue: 1 << $0) }
}

/// What a website does wrong on top.
enum PageFlaw: Sendable, Hashable, CaseIterable {
  case oldJQuery, placeholderText, insecureForm, hugeImages, trackers, noIndex
  case vagueLinks, blockedZoom, generator, skippedHeading, sessionCookie
  /// Layout by tables and font tags, as in 2009.
  case tableLayout
}

/// Everything that makes one site's pages differ from another's, derived from its index.
struct PageTraits: Sendable {
  var strengths: PageStrengths
  var flaws: Set<PageFlaw> = []
  /// Sentences and services that are told, of those that there are.
  var generosity: Int

  static func of(index: Int, kind: SiteKind) -> PageTraits {
    var random = SeededRandom(seed: index, purpose: "traits")
    switch kind {
    case .good, .redirectsOnce, .flaky, .rateLimited, .redirectsThreeTimes:
      // The troubled ones among these are good behind their trouble, but not perfect.
      return kind == .good ? good(&random) : fair(&random, lossPercent: 18)
    case .poor:
      return poor(&random, way: SitePlan.ordinal(at: index))
    default:
      return fair(&random, lossPercent: 32)
    }
  }

  private static func good(_ random: inout SeededRandom) -> PageTraits {
    var strengths = PageStrengths.all
    // A good site may still lack one thing that few visitors would miss.
    let harmless: [PageStrengths] = [.socialLinks, .modernImages, .openGraph, .cachePolicy, []]
    strengths.subtract(random.pick(harmless))
    return PageTraits(strengths: strengths, generosity: 4 + random.below(2))
  }

  private static func fair(_ random: inout SeededRandom, lossPercent: Int) -> PageTraits {
    let vital: PageStrengths = [.doctype, .title, .viewport, .phone, .heading]
    var traits = PageTraits(strengths: .all, generosity: 2 + random.below(3))
    for strength in PageStrengths.each where !vital.contains(strength) && random.chance(percent: lossPercent) {
      traits.strengths.remove(strength)
    }
    for flaw in [PageFlaw.oldJQuery, .vagueLinks, .trackers, .generator, .skippedHeading] where random.chance(percent: 12) {
      traits.flaws.insert(flaw)
    }
    return traits
  }

  /// Seven ways to be poor, in turn, so that neighbors in a report differ.
  private static func poor(_ random: inout SeededRandom, way: Int) -> PageTraits {
    var traits = fair(&random, lossPercent: 58)
    traits.generosity = 1 + random.below(2)
    for flaw in PageFlaw.allCases where flaw != .tableLayout && random.chance(percent: 10) { traits.flaws.insert(flaw) }
    switch way % 7 {
    case 0: traits.strengths.subtract([.viewport, .title, .description])
    case 1:
      traits.flaws.insert(.tableLayout)
      traits.strengths.subtract([.doctype, .viewport, .language, .mainLandmark, .altTexts, .structuredData, .currentYear])
    case 2: traits.flaws.formUnion([.insecureForm, .sessionCookie])
    case 3:
      traits.flaws.insert(.hugeImages)
      traits.strengths.subtract([.imageSizes, .altTexts, .modernImages])
    case 4: traits.flaws.formUnion([.oldJQuery, .trackers, .blockedZoom])
    case 5: traits.flaws.formUnion([.placeholderText, .generator])
    default:
      traits.flaws.formUnion([.noIndex, .vagueLinks])
      traits.strengths.subtract([.phone, .email, .heading, .phoneLink])
    }
    return traits
  }
}

/// Services that follow visitors, and the marks of tools that ask them first.
enum Trackers {
  private static let marks: [(name: String, mark: String)] = [
    ("Google Analytics", "google-analytics.com"), ("Google Tag Manager", "googletagmanager.com"), ("Google Analytics", "gtag("),
    ("Google Ads", "googleadservices.com"), ("Google Ads", "doubleclick.net"), ("Meta Pixel", "connect.facebook.net"),
    ("Meta Pixel", "fbq("), ("Hotjar", "hotjar.com"), ("Microsoft Clarity", "clarity.ms"), ("Microsoft Ads", "bat.bing.com"),
    ("LinkedIn Insight", "snap.licdn.com"), ("TikTok Pixel", "analytics.tiktok.com"), ("Pinterest Tag", "s.pinimg.com/ct"),
    ("HubSpot", "js.hs-scripts.com"), ("HubSpot", "js.hs-analytics.net"), ("Segment", "cdn.segment.com"), ("Mixpanel", "cdn.mxpnl.com"),
    ("Matomo", "matomo.js"), ("Matomo", "piwik.js"), ("Yandex Metrica", "mc.yandex.ru"), ("FullStory", "fullstory.com"),
    ("Crazy Egg", "crazyegg.com"), ("Snap Pixel", "sc-static.net"), ("CallRail", "callrail.com"), ("X Ads", "static.ads-twitter.com"),
  ]

  private static let consentMarks = [
    "cookiebot", "onetrust", "cookielaw", "cookieyes", "cookie-law-info", "iubenda", "usercentrics", "klaro", "osano", "termly",
    "complianz",
    "cookieconsent", "cookie-consent", "cookie_consent", "quantcast", "didomi", "trustarc", "cookiefirst", "borlabs", "axeptio",
    "tarteaucitron",
    "gtag('consent'", "gtag(\"consent\"", "cookie-script", "cookiehub", "civicuk",
  ]

  /// The names of the trackers found, each once.
  static func names(in page: Page, resources: PageResources) -> [String] {
    let text = searchText(page)
    var names: [String] = []
    for (name, mark) in marks where !names.contains(name) && text.contains(ascii: mark) { names.append(name) }
    return names
  }

  /// The first sign of a consent tool, in scripts or in the visible text.
  static func consentMark(in page: Page, lowercasedText: String) -> String? {
    let text = searchText(page)
    if let mark = consentMarks.first(where: { text.contains(ascii: $0) }) { return mark }
    return ["accept cookies", "accept all", "cookie settings", "cookie preferences", "we use cookies"].first {
      lowercasedText.contains(ascii: $0)
    }
  }

  private static func searchText(_ page: Page) -> String {
    let addresses = page.scripts.compactMap(\.address) + page.links.map(\.address) + page.images.map(\.address) + page.frames.map(\.address)
    return (addresses + page.scripts.map(\.text)).joined(separator: "\n").lowercased()
  }
}

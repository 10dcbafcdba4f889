/// The head element of a home page.
struct PageHead: Sendable {
  let page: HomePage

  private var business: SampleBusiness { page.business }

  var html: String {
    """
    <head>
    <meta charset="utf-8">
    \("<title>\(title.escapedForHTML)</title>".when(page.has(.title)))
    \(viewport)
    \("<meta name=\"description\" content=\"\(description.escapedForHTML)\">".when(page.has(.description)))
    \("<meta name=\"robots\" content=\"noindex\">".when(page.has(.noIndex)))
    \("<meta name=\"generator\" content=\"WordPress 4.\(business.index % 9).2\">".when(page.has(.generator)))
    \("<link rel=\"canonical\" href=\"\(page.url)\">".when(page.has(.canonical)))
    \("<link rel=\"icon\" href=\"/favicon.ico\">".when(page.has(.favicon)))
    \(openGraph.when(page.has(.openGraph)))
    <link rel="stylesheet" href="/style.css">
    \("<script src=\"/js/jquery-1.\(business.index % 9).2.min.js\"></script>".when(page.has(.oldJQuery)))
    \(trackers.when(page.has(.trackers)))
    \(structuredData.when(page.has(.structuredData)))
    </head>

    """
  }

  /// 30 to 60 characters wherever the business's name allows it, as search results show them whole.
  var title: String {
    let name = business.name, city = business.city, trade = business.trade.industry
    let candidates = [
      "\(name) | \(trade) in \(city.name), \(city.state)", "\(name) | \(trade) in \(city.name)",
      "\(name) in \(city.name), \(city.state)", name,
    ]
    return candidates.first { (30...60).contains($0.count) } ?? name
  }

  /// 70 to 160 characters wherever the business's name allows it.
  var description: String {
    let services = business.trade.services.prefix(2).map { $0.title.lowercased() }.joined(separator: " and ")
    let base = "\(business.name) in \(business.city.name), \(business.city.state): \(services)."
    let candidates = [
      "\(base) Local, insured and fairly priced since \(business.founded). Call \(business.phone).",
      "\(base) Call \(business.phone).", "\(base) Open since \(business.founded).",
    ]
    return candidates.first { (70...160).contains($0.count) } ?? base
  }

  private var viewport: String {
    guard page.has(.viewport) else { return "" }
    let zoom = page.has(.blockedZoom) ? ", maximum-scale=1, user-scalable=no" : ""
    return "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\(zoom)\">"
  }

  private var openGraph: String {
    """
    <meta property="og:title" content="\(business.name.escapedForHTML)">
    <meta property="og:type" content="website">
    <meta property="og:image" content="\(page.url)images/front.webp">
    """
  }

  /// Addresses under .example belong to nobody (RFC 6761).
  private var trackers: String {
    """
    <script src="http://stats.tracker.example/ga.js"></script>
    <script>var _gaq=_gaq||[];_gaq.push(['_setAccount','UA-\(100_000 + business.index)-1']);_gaq.push(['_trackPageview']);</script>
    """
  }

  private var structuredData: String {
    let city = business.city
    return """
      <script type="application/ld+json">
      {"@context":"https://schema.org","@type":"\(business.trade.schemaType)","name":\(business.name.asJSONInScript),
      "url":"\(page.url)","telephone":"+1-\(city.areaCode)-\(business.phone.suffix(8))","foundingDate":"\(business.founded)",
      "image":"\(page.url)images/front.webp",
      "address":{"@type":"PostalAddress","streetAddress":"\(business.street)","addressLocality":"\(city.name)",
      "addressRegion":"\(city.state)","postalCode":"\(business.postalCode)","addressCountry":"US"},
      "openingHours":["Mo-Fr 08:00-17:30","Sa 09:00-13:00"]}
      </script>
      """
  }
}

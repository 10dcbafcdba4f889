import BatchReports

/// Found: can the page be reached, and may search engines list it? (checks 1, 2, 25 to 29)
enum FoundAddressChecks {
  static let all = [status, reachable, indexable, robotsParses, robotsAllows, sitemap, canonical]

  static let status = Check(
    number: 1, section: .found, severity: .critical, source: "Lighthouse http-status-code",
    good: "The home page opens", bad: "The home page does not open properly",
    why: "Customers and search engines get an error instead of your business.",
    how: "Ask your web person to find out why the home page answers with an error, today."
  ) { audited in
    let status = audited.answer.status
    guard (200..<300).contains(status) else { return .failed("HTTP status \(status)") }
    let isEmpty = audited.answer.body.allSatisfy(\.isMarkupSpace)
    return .when(!isEmpty, "HTTP status \(status)", otherwise: "HTTP status \(status), but the page is empty")
  }

  static let reachable = Check(
    number: 2, section: .found, severity: .critical, source: "RFC 9110; RFC 8446",
    good: "The website can be reached", bad: "The website cannot be reached",
    why: "Nobody can open a site whose name or server does not answer.",
    how: "Ask your hosting company why the site does not answer."
  ) { audited in
    // A page that could not be had at all is no report: the lead fails with dns_failed, connect_failed or tls_failed.
    .passed(audited.answer.remoteAddress.isEmpty ? audited.address.hostAndPort : "answered from \(audited.answer.remoteAddress)")
  }

  static let indexable = Check(
    number: 25, section: .found, severity: .critical, source: "Lighthouse is-crawlable",
    reading: .faults, good: "Search engines may list the page", bad: "The page tells search engines to stay away",
    why: "A hidden instruction (noindex) keeps your home page out of Google, so new customers cannot find you.",
    how: "Ask your web person to remove the noindex instruction; it is often left over from building the site."
  ) { audited in
    let metas = audited.page.metas.filter { ["robots", "googlebot", "bingbot"].contains($0.name) }
      .map { (text: "meta \($0.name): \($0.content)", directives: $0.content) }
    let headers = audited.answer.headerValues("X-Robots-Tag").compactMap { value -> (text: String, directives: String)? in
      robotsHeader(value).map { ("X-Robots-Tag: \(value)", $0) }
    }
    let fault = (metas + headers).first { instruction in
      instruction.directives.lowercased().split(separator: ",").map(\.trimmed).contains { $0 == "noindex" || $0 == "none" }
    }
    return .when(fault == nil, "no noindex found", otherwise: fault?.text ?? "")
  }

  /// The directives of a header that are meant for all robots or for a large search engine's; nil for another robot's.
  private static func robotsHeader(_ value: String) -> String? {
    guard let colon = value.firstIndex(of: ":") else { return value }
    let agent = value[..<colon].trimmed.lowercased()
    if agent.contains(",") || agent == "unavailable_after" || agent.hasPrefix("max-") { return value }
    return ["googlebot", "bingbot"].contains(agent) ? String(value[value.index(after: colon)...]) : nil
  }

  static let robotsParses = Check(
    number: 26, section: .found, severity: .medium, source: "Lighthouse robots-txt; RFC 9309", needsExtraRequests: true,
    good: "The file for search engines (robots.txt) is in order", bad: "The file for search engines (robots.txt) is broken",
    why: "A broken robots.txt can make search engines skip your whole site.",
    how: "Ask your web person to repair robots.txt or to remove it."
  ) { audited in
    switch audited.extra?.robots {
    case .file(let file): .when(file.firstBadLine == nil, "robots.txt parses", otherwise: "not understood: \(file.firstBadLine ?? "")")
    case .absent(let status): .passed("no robots.txt (HTTP \(status)): everything may be read")
    case .serverError(let status): .failed("robots.txt answers HTTP \(status)")
    case .unknown(let reason): .notMeasured(reason)
    case nil: .notMeasured("not requested")
    }
  }

  static let robotsAllows = Check(
    number: 27, section: .found, severity: .critical, source: "RFC 9309", needsExtraRequests: true,
    good: "robots.txt lets visitors' search engines in", bad: "robots.txt locks search engines out of the home page",
    why: "Search engines obey this file: they will not read your home page, so it does not come up in searches.",
    how: "Ask your web person to remove the rule that blocks the home page from robots.txt."
  ) { audited in
    switch audited.extra?.robots {
    case .file(let file):
      let path = audited.address.path.isEmpty ? "/" : audited.address.path
      let rule = file.deciding(path)
      guard let rule else { return .passed("no rule concerns \(path)") }
      let text = "\(rule.allows ? "Allow" : "Disallow"): \(rule.path)"
      return .when(rule.allows, text, otherwise: text)
    case .absent(let status): return .passed("no robots.txt (HTTP \(status))")
    case .serverError(let status): return .notMeasured("robots.txt answers HTTP \(status)")
    case .unknown(let reason): return .notMeasured(reason)
    case nil: return .notMeasured("not requested")
    }
  }

  static let sitemap = Check(
    number: 28, section: .found, severity: .low, source: "sitemaps.org", needsExtraRequests: true,
    good: "There is a sitemap", bad: "There is no sitemap",
    why: "Without a list of your pages, search engines may miss some of them.",
    how: "Ask your web person to switch on a sitemap; most website systems make one by themselves."
  ) { audited in
    switch audited.extra?.sitemap {
    case .found(let place): .passed(place)
    case .missing(let reason): .failed(reason)
    case .unknown(let reason): .notMeasured(reason)
    case nil: .notMeasured("not requested")
    }
  }

  static let canonical = Check(
    number: 29, section: .found, severity: .high, source: "Lighthouse canonical; RFC 6596",
    reading: .faults, good: "The page names its own address correctly", bad: "The page points search engines to a wrong address",
    why: "Search engines are told that the real page is elsewhere, and may drop yours from the results.",
    how: "Ask your web person to set one canonical link with the home page's own address."
  ) { audited in
    let fromPage = audited.page.links.filter { $0.relations.contains("canonical") }.map(\.address)
    let fromHeader = audited.answer.headerValues("Link").flatMap(canonicalTargets)
    let targets = fromPage + fromHeader
    guard let first = targets.first else { return .notApplicable("no canonical link") }
    let resolved = targets.map { target -> WebAddress? in target.isEmpty ? nil : audited.base.resolving(target) }
    if let broken = zip(targets, resolved).first(where: { $0.1 == nil }) { return .failed("broken: \"\(broken.0)\"") }
    if Set(resolved).count > 1 { return .failed("\(targets.count) different: \(targets.prefix(3).joined(separator: ", "))") }
    guard let target = resolved.first.flatMap({ $0 }), target.bareHost == audited.address.bareHost else {
      return .failed("to another host: \(first)")
    }
    return .passed(first)
  }

  /// Link: <https://example.com/>; rel="canonical" (RFC 8288).
  private static func canonicalTargets(_ header: String) -> [String] {
    header.split(separator: ",").compactMap { part in
      guard let open = part.firstIndex(of: "<"), let close = part.firstIndex(of: ">"), open < close,
        part[close...].lowercased().contains("canonical")
      else { return nil }
      return String(part[part.index(after: open)..<close])
    }
  }
}

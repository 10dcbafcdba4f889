import BatchReports

/// Fast: the answer and its weight (checks 7 to 13, 16, 20)
enum FastAnswerChecks {
  static let all = [redirects, firstByte, compression, weight, elements, modernHTTP, cachePolicy, requests, thirdParties]

  static let redirects = Check(
    number: 7, section: .fast, severity: .medium, source: "Lighthouse redirects",
    good: "The address leads straight to the page", bad: "The address takes detours",
    why: "Each detour (redirect) makes every visitor wait, most of all on a phone.",
    how: "Ask that the address you print on cards leads to the page in one step."
  ) { audited in
    let hops = audited.answer.redirects
    let path = hops.map { "\($0.from) (\($0.status))" }.joined(separator: ", ")
    let evidence = hops.isEmpty ? "no redirect" : "\(hops.count): \(path)"
    if hops.count > 3 { return .failed(evidence, severity: .high) }
    return .when(hops.count <= 1, evidence, otherwise: evidence)
  }

  static let firstByte = Check(
    number: 8, section: .fast, severity: .medium, source: "web.dev TTFB",
    good: "The server answers quickly", bad: "The server answers slowly",
    why: "Until the first byte arrives, visitors look at an empty screen; many leave.",
    how: "Ask your hosting company for a faster plan, or your web person for page caching."
  ) { audited in
    let seconds = audited.answer.timings.timeToFirstByte
    guard seconds > 0 else { return .notMeasured("the answer was not timed") }
    let evidence = "\(Figures.seconds(seconds)) to the first byte"
    if seconds > 1.8 { return .failed(evidence, severity: .high) }
    return .when(seconds <= 0.8, evidence, otherwise: evidence)
  }

  static let compression = Check(
    number: 9, section: .fast, severity: .medium, source: "Lighthouse document-latency; size: house rule",
    good: "The page is sent in a compact form", bad: "The page is sent uncompressed",
    why: "It is several times larger on the way than it needs to be, which phone users feel.",
    how: "Ask your web person to switch on compression (gzip or brotli)."
  ) { audited in
    let size = audited.answer.body.count
    let encoding = audited.answer.header("Content-Encoding")?.trimmed.lowercased() ?? ""
    let isCompressed = ["gzip", "br", "deflate", "zstd", "x-gzip"].contains { encoding.contains($0) }
    let evidence = "\(Figures.bytes(size)) of HTML, \(isCompressed ? encoding : "not compressed")"
    return .when(size <= 100 * 1024 || isCompressed, evidence, otherwise: evidence)
  }

  static let weight = Check(
    number: 10, section: .fast, severity: .medium, source: Check.houseRule,
    good: "The page has a sensible size", bad: "The page itself is over 2 MB",
    why: "It takes long to load and uses up your customers' data.", how: "Ask to move embedded pictures and data out of the page."
  ) { audited in
    let evidence = "\(Figures.bytes(audited.answer.body.count)) of HTML"
    return .when(audited.answer.body.count <= 2 * 1024 * 1024, evidence, otherwise: evidence)
  }

  static let elements = Check(
    number: 11, section: .fast, severity: .medium, source: "Lighthouse dom-size", reading: .faults,
    good: "The page is built simply", bad: "The page is built of very many parts",
    why: "Phones take long to draw such a page, and it reacts slowly.",
    how: "Ask to simplify the layout; page builders often nest needlessly."
  ) { audited in
    let count = audited.page.elementCount
    let evidence = "\(count) elements"
    if count > 1_400 { return .failed(evidence, severity: .medium) }
    return count > 800 ? .failed(evidence, severity: .low) : .passed(evidence)
  }

  static let modernHTTP = Check(
    number: 12, section: .fast, severity: .low, source: "Lighthouse modern-http",
    good: "The server speaks modern HTTP", bad: "The server speaks only the old HTTP/1.1",
    why: "Browsers fetch pictures and scripts one after another in place of all at once.",
    how: "Ask your hosting company to switch on HTTP/2."
  ) { audited in
    let version = audited.answer.httpVersion
    return .when(version == .http2 || version == .http3, version.rawValue, otherwise: version.rawValue)
  }

  static let cachePolicy = Check(
    number: 13, section: .fast, severity: .info, source: "RFC 9111",
    good: "The page says how long it may be kept", bad: "The page does not say how long it may be kept",
    why: "Browsers then guess, and show old pages or load too often.", how: "Ask for a Cache-Control header on the home page."
  ) { audited in
    let header = ["Cache-Control", "Expires"].first { audited.answer.header($0) != nil }
    return .when(
      header != nil, header.map { "\($0): \(audited.answer.header($0) ?? "")" } ?? "", otherwise: "neither Cache-Control nor Expires")
  }

  static let requests = Check(
    number: 16, section: .fast, severity: .low, source: Check.houseRule, reading: .faults,
    good: "The page loads a moderate number of files", bad: "The page loads very many files",
    why: "Every picture, script and style is one more thing to wait for.", how: "Ask to remove what is not needed and to combine the rest."
  ) { audited in
    let evidence = "\(audited.resources.all.count) files"
    return .when(audited.resources.all.count <= 50, evidence, otherwise: evidence)
  }

  static let thirdParties = Check(
    number: 20, section: .fast, severity: .medium, source: "Lighthouse third-parties; count: house rule", reading: .faults,
    good: "Few other companies' servers are involved", bad: "Very many other companies' servers are involved",
    why: "Each one slows the page down and learns of your visitors.",
    how: "Ask which of these services you still use, and remove the others."
  ) { audited in
    let hosts = audited.resources.thirdPartyHosts
    let evidence = hosts.isEmpty ? "none" : "\(hosts.count): \(hosts.prefix(8).joined(separator: ", "))"
    return .when(hosts.count <= 10, evidence, otherwise: evidence)
  }
}

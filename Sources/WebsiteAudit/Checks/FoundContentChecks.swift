import BatchReports

/// Found: what a search result shows, and what the page is about (checks 21 to 24, 30, 31, 33 to 36, 71)
enum FoundContentChecks {
  static let all = [
    title, titleLength, description, descriptionLength, mainHeading, oneMainHeading, linkText, crawlable, hreflang, words, preview,
  ]

  static let title = Check(
    number: 21, section: .found, severity: .critical, source: "Lighthouse document-title; WCAG 2.4.2", reading: .presence,
    good: "The page has a title", bad: "The page has no title",
    why: "The title is the headline of your search result; without it people do not know whom they would click on.",
    how: "Ask for a title with your business's name, trade and town."
  ) { audited in
    let title = audited.page.title ?? ""
    return .when(!title.isEmpty, title, otherwise: audited.page.title == nil ? "no <title>" : "<title> is empty")
  }

  static let titleLength = Check(
    number: 22, section: .found, severity: .low, source: Check.houseRule, reading: .presence,
    good: "The title has a good length", bad: "The title is too short or too long",
    why: "Search results show about 60 characters: a longer title is cut off, a short one wastes the place.",
    how: "Ask for a title of 30 to 60 characters with trade and town."
  ) { audited in
    guard let title = audited.page.title, !title.isEmpty else { return .notApplicable("no title") }
    let evidence = "\(title.count) characters: \(title)"
    return .when((30...60).contains(title.count), evidence, otherwise: evidence)
  }

  static let description = Check(
    number: 23, section: .found, severity: .medium, source: "Lighthouse meta-description", reading: .presence,
    good: "The page has a description for search results", bad: "The page has no description for search results",
    why: "Search engines then pick any words from the page, and fewer people click.",
    how: "Ask for a meta description: two sentences on what you offer, where, and why to choose you."
  ) { audited in
    let text = audited.page.meta("description")?.collapsed
    return .when(text?.isEmpty == false, text ?? "", otherwise: text == nil ? "no meta description" : "meta description is empty")
  }

  static let descriptionLength = Check(
    number: 24, section: .found, severity: .low, source: Check.houseRule, reading: .presence,
    good: "The description has a good length", bad: "The description is too short or too long",
    why: "Search results show about 160 characters of it.",
    how: "Ask for a description of 70 to 160 characters."
  ) { audited in
    guard let text = audited.page.meta("description")?.collapsed, !text.isEmpty else { return .notApplicable("no description") }
    let evidence = "\(text.count) characters: \(text)"
    return .when((70...160).contains(text.count), evidence, otherwise: evidence)
  }

  static let mainHeading = Check(
    number: 30, section: .found, severity: .medium, source: "HTML", reading: .presence,
    good: "The page has a main heading", bad: "The page has no main heading",
    why: "Visitors and search engines see at once what you do by the main heading.",
    how: "Ask for one main heading (h1) that says what you offer and where."
  ) { audited in
    let heading = audited.page.headings.first { $0.level == 1 && !$0.text.isEmpty }
    return .when(heading != nil, heading?.text ?? "", otherwise: "no <h1> with text")
  }

  static let oneMainHeading = Check(
    number: 31, section: .found, severity: .info, source: "convention", reading: .faults,
    good: "There is one main heading", bad: "There are several main headings",
    why: "Several main headings blur what the page is about.", how: "Ask to keep one h1 and make the others h2."
  ) { audited in
    let headings = audited.page.headings.filter { $0.level == 1 }
    guard !headings.isEmpty else { return .notApplicable("no <h1>") }
    let evidence = headings.prefix(4).map(\.text).joined(separator: " | ")
    return .when(headings.count == 1, evidence, otherwise: "\(headings.count) h1: \(evidence)")
  }

  private static let genericTexts: Set<String> = [
    "click here", "click this", "go", "here", "this", "start", "right here", "more", "learn more", "read more", "more info", "see more",
    "link",
    "hier", "mehr", "weiterlesen", "cliquez ici", "ici", "lire la suite", "en savoir plus", "haga clic aquí", "aquí", "leer más",
    "clicca qui",
  ]

  static let linkText = Check(
    number: 33, section: .found, severity: .low, source: "Lighthouse link-text", reading: .faults,
    good: "Links say where they lead", bad: "Some links only say \"click here\"",
    why: "Search engines and screen readers cannot tell from such words what is behind the link.",
    how: "Ask to write the goal into the link: \"See our menu\" in place of \"click here\"."
  ) { audited in
    let links = audited.page.anchors.filter { $0.address != nil && !$0.text.isEmpty }
    guard !links.isEmpty else { return .notApplicable("no links with text") }
    let generic = links.filter { link in
      let text = link.text.lowercased().trimmingPunctuation
      return genericTexts.contains(text) && genericTexts.contains(link.name.lowercased().trimmingPunctuation)
    }
    return .when(
      generic.isEmpty, "\(links.count) links",
      otherwise: Evidence.share(generic.count, of: links.count, "links", first: generic.first?.text))
  }

  static let crawlable = Check(
    number: 34, section: .found, severity: .medium, source: "Lighthouse crawlable-anchors", reading: .faults,
    good: "Search engines can follow the links", bad: "Search engines cannot follow some links",
    why: "Pages behind such links are not found.", how: "Ask to give every link a real address in place of a script."
  ) { audited in
    let links = audited.page.anchors.filter { $0.role.isEmpty }
    guard !links.isEmpty else { return .notApplicable("no links") }
    let dead = links.filter { link in
      let target = link.address?.trimmed.lowercased() ?? ""
      if target.isEmpty { return !link.hasIDOrName }
      return target.hasPrefix("javascript:") || target.hasPrefix("file:")
    }
    let first = dead.first.map { "\($0.name) (\($0.address.map { "href=\"\($0)\"" } ?? "no href"))" }
    return .when(dead.isEmpty, "\(links.count) links", otherwise: Evidence.share(dead.count, of: links.count, "links", first: first))
  }

  static let hreflang = Check(
    number: 35, section: .found, severity: .low, source: "Lighthouse hreflang; BCP 47", reading: .faults,
    good: "Language versions are marked correctly", bad: "A language version has a wrong code",
    why: "Search engines cannot offer the right language to your customers.",
    how: "Ask to correct the language codes, such as en-GB or es."
  ) { audited in
    let codes = audited.page.links.filter { $0.relations.contains("alternate") }.compactMap(\.hreflang)
    guard !codes.isEmpty else { return .notApplicable("no language versions") }
    let wrong = codes.filter { $0.trimmed.lowercased() != "x-default" && !LanguageTag.isValid($0.trimmed) }
    return .when(
      wrong.isEmpty, codes.prefix(10).joined(separator: ", "),
      otherwise: "not valid: \(wrong.prefix(5).map { "\"\($0)\"" }.joined(separator: ", "))")
  }

  static let words = Check(
    number: 36, section: .found, severity: .medium, source: Check.houseRule, reading: .presence,
    good: "There is enough to read", bad: "There is little text on the page",
    why: "With under 150 words search engines hardly know what you offer, and customers have questions left.",
    how: "Write a few sentences on what you offer, for whom, where and since when."
  ) { audited in
    let evidence = "\(audited.page.wordCount) words"
    return .when(audited.page.wordCount >= 150, evidence, otherwise: evidence)
  }

  static let preview = Check(
    number: 71, section: .found, severity: .low, source: "ogp.me", reading: .presence,
    good: "Shared links show a title and a picture", bad: "Shared links show no title or no picture",
    why: "When someone shares your site on Facebook or in a message, it looks bare.",
    how: "Ask for the Open Graph tags og:title and og:image."
  ) { audited in
    let missing = ["og:title", "og:image"].filter { audited.page.meta($0)?.trimmed.isEmpty ?? true }
    return .when(missing.isEmpty, audited.page.meta("og:title") ?? "", otherwise: "missing: \(missing.joined(separator: ", "))")
  }
}

extension String {
  /// Without punctuation and arrows at the ends: "Read more »" is "read more".
  var trimmingPunctuation: String {
    let isEdge: (Character) -> Bool = { !($0.isLetter || $0.isNumber) }
    guard let start = firstIndex(where: { !isEdge($0) }), let end = lastIndex(where: { !isEdge($0) }) else { return "" }
    return String(self[start...end])
  }
}

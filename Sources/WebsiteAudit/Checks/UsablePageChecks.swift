import BatchReports

/// Usable: the frame of the page, on a phone and for everyone (checks 32, 46 to 49, 55 to 60)
enum UsablePageChecks {
  static let all = [viewport, zoom, language, languageCode, headingOrder, mainLandmark, tabOrder, refresh, repeatedIDs, doctype, charset]

  static let viewport = Check(
    number: 46, section: .usable, severity: .critical, source: "Lighthouse viewport", reading: .presence,
    good: "The page adapts to phones", bad: "The page does not adapt to phones",
    why: "On a phone the page is shown tiny, as on a large screen; most of your visitors come by phone.",
    how: "Ask your web person for a mobile-friendly page; it begins with the viewport tag."
  ) { audited in
    let content = audited.page.meta("viewport")
    return .when(
      content?.trimmed.isEmpty == false, content ?? "", otherwise: content == nil ? "no meta viewport" : "meta viewport is empty")
  }

  static let zoom = Check(
    number: 47, section: .usable, severity: .high, source: "Lighthouse meta-viewport; WCAG 1.4.4",
    good: "Visitors can enlarge the text", bad: "Visitors cannot enlarge the text",
    why: "People with weak eyes zoom in to read; your page forbids it.",
    how: "Ask to remove user-scalable=no and maximum-scale from the viewport tag."
  ) { audited in
    guard let content = audited.page.meta("viewport") else { return .notApplicable("no meta viewport") }
    let settings = content.lowercased().split { $0 == "," || $0 == ";" }.map { $0.filter { $0 != " " } }
    let isLocked = settings.contains { setting in
      if setting.hasPrefix("user-scalable=") { return ["no", "0", "0.0"].contains(setting.dropFirst(14)) }
      guard setting.hasPrefix("maximum-scale="), let scale = Double(setting.dropFirst(14)) else { return false }
      return scale >= 0 && scale < 5
    }
    return .when(!isLocked, content, otherwise: content)
  }

  static let language = Check(
    number: 48, section: .usable, severity: .medium, source: "Lighthouse html-has-lang; WCAG 3.1.1", reading: .presence,
    good: "The page names its language", bad: "The page does not name its language",
    why: "Screen readers read it aloud with the wrong pronunciation, and browsers offer to translate it.",
    how: "Ask to add the language to the html tag, such as lang=\"en\"."
  ) { audited in
    let language = audited.page.language?.trimmed ?? ""
    return .when(!language.isEmpty, "lang=\"\(language)\"", otherwise: "no lang on <html>")
  }

  static let languageCode = Check(
    number: 49, section: .usable, severity: .low, source: "Lighthouse html-lang-valid",
    good: "The language code is valid", bad: "The language code is not valid",
    why: "Programs do not understand it.", how: "Ask to correct the language of the html tag, such as en or en-US."
  ) { audited in
    guard let language = audited.page.language?.trimmed, !language.isEmpty else { return .notApplicable("no lang on <html>") }
    return .when(LanguageTag.isValid(language), "lang=\"\(language)\"", otherwise: "lang=\"\(language)\"")
  }

  static let headingOrder = Check(
    number: 32, section: .usable, severity: .low, source: "Lighthouse heading-order", reading: .faults,
    good: "Headings follow in order", bad: "A level of headings is skipped",
    why: "People who use screen readers jump from heading to heading, and get lost.", how: "Ask to use h2 under h1, h3 under h2, and so on."
  ) { audited in
    let headings = audited.page.headings
    guard !headings.isEmpty else { return .notApplicable("no headings") }
    let skip = zip(headings, headings.dropFirst()).first { $1.level > $0.level + 1 }
    return .when(
      skip == nil, "\(headings.count) headings", otherwise: skip.map { "h\($0.level) is followed by h\($1.level): \($1.text)" } ?? "")
  }

  static let mainLandmark = Check(
    number: 55, section: .usable, severity: .low, source: "Lighthouse landmark-one-main", reading: .presence,
    good: "The main part of the page is marked", bad: "The main part of the page is not marked",
    why: "Screen-reader users cannot jump past the menu.", how: "Ask to put the content into a main element."
  ) { audited in .when(audited.page.hasMainLandmark, "main landmark found", otherwise: "no <main> and no role=\"main\"") }

  static let tabOrder = Check(
    number: 56, section: .usable, severity: .low, source: "Lighthouse tabindex", reading: .faults,
    good: "The keyboard goes through the page in order", bad: "The keyboard jumps about the page",
    why: "People who cannot use a mouse get to the wrong places.", how: "Ask to remove tabindex values above 0."
  ) { audited in
    .when(
      audited.page.positiveTabIndexes == 0, "no positive tabindex",
      otherwise: "\(audited.page.positiveTabIndexes), first: \(audited.page.firstPositiveTabIndex ?? "")")
  }

  static let refresh = Check(
    number: 57, section: .usable, severity: .medium, source: "Lighthouse meta-refresh; WCAG 2.2.1", reading: .faults,
    good: "The page does not jump elsewhere by itself", bad: "The page jumps elsewhere by itself",
    why: "Visitors lose their place, and search engines may not follow.", how: "Ask to redirect on the server in place of a meta refresh."
  ) { audited in
    let refresh = audited.page.metas.first { $0.httpEquiv == "refresh" && $0.content.lowercased().contains("url") }
    return .when(refresh == nil, "no redirecting meta refresh", otherwise: refresh?.content ?? "")
  }

  static let repeatedIDs = Check(
    number: 58, section: .usable, severity: .medium, source: "Lighthouse duplicate-id-aria", reading: .faults,
    good: "Descriptions for screen readers point to one place", bad: "Descriptions for screen readers are ambiguous",
    why: "A screen reader may read out the wrong label.", how: "Ask to give every such element an id of its own."
  ) { audited in
    guard !audited.page.ariaReferences.isEmpty else { return .notApplicable("no ARIA references") }
    let repeated = audited.page.ariaReferences.intersection(audited.page.repeatedIDs).sorted()
    return .when(
      repeated.isEmpty, "\(audited.page.ariaReferences.count) references",
      otherwise: "used twice: \(repeated.prefix(5).joined(separator: ", "))")
  }

  static let doctype = Check(
    number: 59, section: .usable, severity: .low, source: "Lighthouse doctype",
    good: "The page says that it is modern HTML", bad: "The page does not say that it is modern HTML",
    why: "Browsers then imitate the faults of browsers of the 1990s, and the layout can break.",
    how: "Ask to begin the page with <!doctype html>."
  ) { audited in .when(audited.page.hasDoctype, "doctype found", otherwise: "no doctype") }

  static let charset = Check(
    number: 60, section: .usable, severity: .low, source: "Lighthouse charset; HTML",
    good: "The page names its character set", bad: "The page does not name its character set in time",
    why: "Accented letters and signs can come out garbled.", how: "Ask to put <meta charset=\"utf-8\"> first in the head."
  ) { audited in
    let charset = audited.page.charset
    if charset.origin == .byteOrderMark || charset.origin == .header {
      return .passed("\(charset.name), from the \(charset.origin.rawValue)")
    }
    guard let offset = charset.metaOffset else { return .failed("no declaration") }
    return .when(offset < PageCharset.prescanLimit, "\(charset.name), at byte \(offset)", otherwise: "only at byte \(offset)")
  }
}

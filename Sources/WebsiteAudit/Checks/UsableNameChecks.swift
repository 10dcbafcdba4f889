import BatchReports

/// Usable: does everything have a name that can be read aloud? (checks 42, 50 to 54)
enum UsableNameChecks {
  static let all = [phoneLink, imageAlternatives, labels, buttonNames, linkNames, frameTitles]

  static let phoneLink = Check(
    number: 42, section: .usable, severity: .medium, source: "RFC 3966", reading: .presence,
    good: "A tap on the phone number calls you", bad: "A tap on the phone number does not call you",
    why: "On a phone, customers have to copy the number by hand; some give up.",
    how: "Ask to link the number with tel:, such as tel:+12125550123."
  ) { audited in
    if let link = audited.telephoneLinks.first { return .passed("tel:\(link)") }
    guard let phone = audited.phones.first else { return .notApplicable("no phone number on the page") }
    return .failed("\(phone) is plain text")
  }

  static let imageAlternatives = Check(
    number: 50, section: .usable, severity: .high, source: "Lighthouse image-alt; WCAG 1.1.1", reading: .faults,
    good: "Pictures have a text for those who cannot see them", bad: "Pictures lack a text for those who cannot see them",
    why: "Blind customers and search engines do not know what is shown; in some countries this is against the law.",
    how: "Ask to describe each picture in its alt text, and to leave alt empty for mere decoration."
  ) { audited in
    let images = audited.page.images
    guard !images.isEmpty else { return .notApplicable("no pictures") }
    let bare = images.filter { $0.alternative == nil && !$0.needsNoAlternative }
    return .when(
      bare.isEmpty, "\(images.count) pictures",
      otherwise: Evidence.share(bare.count, of: images.count, "pictures without alt", first: bare.first?.address))
  }

  static let labels = Check(
    number: 51, section: .usable, severity: .high, source: "Lighthouse label; WCAG 1.3.1", reading: .faults,
    good: "Form fields say what to fill in", bad: "Form fields do not say what to fill in",
    why: "Customers with screen readers cannot fill in your form, so they cannot write to you.", how: "Ask to give every field a label."
  ) { audited in
    let page = audited.page
    let fields = page.fields.filter { !$0.isHidden }
    guard !fields.isEmpty else { return .notApplicable("no form fields") }
    let targets = Set(page.labels.filter { !$0.text.isEmpty }.compactMap(\.target))
    let bare = fields.filter { field in
      if !field.ownName.isEmpty || field.labelledBy.contains(where: page.ids.contains) { return false }
      if let id = field.id, targets.contains(id) { return false }
      return field.label.map { page.labels[$0].text.isEmpty } ?? true
    }
    return .when(
      bare.isEmpty, "\(fields.count) fields",
      otherwise: Evidence.share(bare.count, of: fields.count, "fields without a label", first: bare.first?.describedAs))
  }

  static let buttonNames = Check(
    number: 52, section: .usable, severity: .high, source: "Lighthouse button-name", reading: .faults,
    good: "Buttons say what they do", bad: "Some buttons do not say what they do",
    why: "A screen reader says only \"button\", for instance at the menu on phones.",
    how: "Ask to add a text or an aria-label to buttons that only show a sign."
  ) { audited in
    let buttons = audited.page.buttons.filter { !$0.isHidden }
    guard !buttons.isEmpty else { return .notApplicable("no buttons") }
    let bare = buttons.filter(\.name.isEmpty)
    return .when(
      bare.isEmpty, "\(buttons.count) buttons",
      otherwise: Evidence.share(bare.count, of: buttons.count, "buttons without a name", first: bare.first?.describedAs))
  }

  static let linkNames = Check(
    number: 53, section: .usable, severity: .medium, source: "Lighthouse link-name", reading: .faults,
    good: "Links have a name", bad: "Some links have no name",
    why: "A screen reader reads the bare address aloud, for instance at your Facebook sign.",
    how: "Ask to add a text or an aria-label to links that only show a sign."
  ) { audited in
    let links = audited.page.anchors.filter { $0.address != nil && !$0.isHidden }
    guard !links.isEmpty else { return .notApplicable("no links") }
    let bare = links.filter(\.name.isEmpty)
    return .when(
      bare.isEmpty, "\(links.count) links",
      otherwise: Evidence.share(bare.count, of: links.count, "links without a name", first: bare.first?.address))
  }

  static let frameTitles = Check(
    number: 54, section: .usable, severity: .low, source: "Lighthouse frame-title", reading: .faults,
    good: "Embedded parts have a title", bad: "Embedded parts have no title",
    why: "Screen-reader users do not know that it is a map or a film.", how: "Ask to add a title to each embedded frame, such as \"Map\"."
  ) { audited in
    let frames = audited.page.frames.filter { !$0.isHidden }
    guard !frames.isEmpty else { return .notApplicable("no embedded frames") }
    let bare = frames.filter(\.name.isEmpty)
    return .when(
      bare.isEmpty, "\(frames.count) frames",
      otherwise: Evidence.share(bare.count, of: frames.count, "frames without a title", first: bare.first?.address))
  }
}

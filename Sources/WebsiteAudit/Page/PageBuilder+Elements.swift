/// What is kept of each kind of element.
extension PageBuilder {
  /// What any element may carry.
  func recordShared(_ name: String, _ attributes: TagAttributes) {
    guard !attributes.pairs.isEmpty || name == "main" else { return }
    if name == "main" || attributes["role"]?.lowercased() == "main" { page.hasMainLandmark = true }
    for (key, value) in attributes.pairs {
      switch key {
      case "id" where !value.isEmpty:
        if !page.ids.insert(value).inserted { page.repeatedIDs.insert(value) }
      case "tabindex":
        guard let order = Int(value.trimmed), order > 0 else { continue }
        page.positiveTabIndexes += 1
        page.firstPositiveTabIndex = page.firstPositiveTabIndex ?? "<\(name) tabindex=\"\(order)\">"
      case "aria-labelledby", "aria-describedby", "aria-controls", "aria-owns":
        if page.ariaReferences.count < Page.listLimit { page.ariaReferences.formUnion(value.words.prefix(50)) }
      case "itemtype":
        page.microdataTypes.append(value.words.prefix(10), limit: Page.listLimit)
      case "itemprop":
        if page.microdataProperties.count < Page.listLimit { page.microdataProperties.formUnion(value.words.prefix(10)) }
      default: break
      }
    }
  }

  /// Keeps the element; true when its name is gathered from what stands inside it.
  func record(_ name: String, _ attributes: TagAttributes) -> Bool {
    switch name {
    case "html" where page.language == nil: page.language = attributes["lang"] ?? attributes["xml:lang"]
    case "title" where !isInsideDrawing && page.title == nil: return collect(.title, isHidden: false)
    case "meta": recordMeta(attributes)
    case "link": recordLink(attributes)
    case "base" where page.baseAddress == nil: page.baseAddress = attributes["href"]
    case "script": recordScript(attributes)
    case "img": recordImage(attributes)
    case "source": recordSource(attributes)
    case "audio", "video", "embed", "track": page.mediaAddresses.append([attributes.value("src")], limit: Page.listLimit)
    case "object": page.mediaAddresses.append([attributes.value("data")], limit: Page.listLimit)
    case "iframe": recordFrame(attributes)
    case "form": openForm(form(attributes))
    case "input", "select", "textarea": recordField(name, attributes)
    case "a": return collect(.anchor(attributes), isHidden: isHiddenTag(attributes))
    case "button": return collect(.button(attributes), isHidden: isHiddenTag(attributes))
    case "label": return recordLabel(attributes)
    case "h1", "h2", "h3", "h4", "h5", "h6":
      return collect(.heading(Int(name.dropFirst()) ?? 1), isHidden: isHiddenTag(attributes))
    default:
      if attributes["role"]?.lowercased() == "button" { return collect(.button(attributes), isHidden: isHiddenTag(attributes)) }
    }
    return false
  }

  private func isHiddenTag(_ attributes: TagAttributes) -> Bool {
    isHiddenFromReaders || attributes.isHidden || attributes["aria-hidden"] == "true"
  }

  private func recordMeta(_ attributes: TagAttributes) {
    let name = attributes["name"] ?? attributes["property"] ?? ""
    let tag = MetaTag(
      name: name.trimmed.lowercased(), httpEquiv: attributes.value("http-equiv").lowercased(), content: attributes["content"] ?? "")
    page.metas.append([tag], limit: Page.listLimit)
  }

  private func recordLink(_ attributes: TagAttributes) {
    let link = HeadLink(
      relations: attributes.tokens("rel"), address: attributes.value("href"), hreflang: attributes["hreflang"],
      media: attributes.value("media").lowercased())
    page.links.append([link], limit: Page.listLimit)
  }

  private func recordScript(_ attributes: TagAttributes) {
    let type = attributes.value("type").lowercased()
    let isJSONLD = type.hasPrefix("application/ld+json")
    let text = nextScriptText(isJSONLD: isJSONLD)
    if isJSONLD { return page.jsonLD.append([text], limit: 64) }
    let source = attributes["src"].map(\.trimmed).flatMap { $0.isEmpty ? nil : $0 }
    let script = ScriptTag(
      address: source, type: type, isInHead: isInHead, isDeferred: attributes.has("async") || attributes.has("defer") || type == "module",
      hasIntegrity: !attributes.value("integrity").isEmpty, text: source == nil ? text : "")
    page.scripts.append([script], limit: Page.listLimit)
  }

  private func recordImage(_ attributes: TagAttributes) {
    let style = attributes["style"]?.lowercased() ?? ""
    let isNamed = ["aria-label", "aria-labelledby", "title"].contains { !attributes.value($0).isEmpty }
    let isDecoration = ["presentation", "none"].contains(attributes.value("role").lowercased())
    var address = attributes.value("src")
    if address.isEmpty || address.hasPrefix("data:") {
      let lazy = attributes.value("data-src")
      let candidate = attributes.value("srcset").words.first ?? ""
      if !lazy.isEmpty { address = lazy } else if address.isEmpty { address = candidate }
    }
    page.images.append(
      [
        ImageTag(
          address: address, alternative: attributes["alt"],
          hasSize: (!attributes.value("width").isEmpty && !attributes.value("height").isEmpty)
            || (style.contains("width") && style.contains("height")) || style.contains("aspect-ratio"),
          isLazy: attributes.value("loading").lowercased() == "lazy",
          needsNoAlternative: isHiddenTag(attributes) || isNamed || isDecoration,
          isPixel: ["0", "1", "2"].contains(attributes.value("width")) && ["0", "1", "2"].contains(attributes.value("height")))
      ], limit: Page.listLimit)
    for candidate in attributes.value("srcset").split(separator: ",", maxSplits: 8).prefix(8) {
      page.imageSources.append([ImageSource(address: String(candidate).words.first ?? "", type: "")], limit: Page.listLimit)
    }
    if !isHiddenTag(attributes) { addAlternative(attributes["alt"]?.trimmed ?? attributes.value("aria-label")) }
  }

  private func recordSource(_ attributes: TagAttributes) {
    let type = attributes.value("type").lowercased()
    let candidates = attributes.value("srcset")
    if candidates.isEmpty, !type.hasPrefix("image/") {
      page.mediaAddresses.append([attributes.value("src")], limit: Page.listLimit)
    } else {
      page.imageSources.append([ImageSource(address: candidates.words.first ?? "", type: type)], limit: Page.listLimit)
    }
  }

  private func recordFrame(_ attributes: TagAttributes) {
    let isPixel = ["0", "1"].contains(attributes.value("width")) || ["0", "1"].contains(attributes.value("height"))
    let frame = FrameTag(
      address: attributes.value("src"),
      name: attributes.value("title") + attributes.value("aria-label") + attributes.value("aria-labelledby"),
      isHidden: isPixel || isHiddenTag(attributes))
    page.frames.append([frame], limit: Page.listLimit)
  }

  private func form(_ attributes: TagAttributes) -> FormTag {
    let action = attributes["action"]?.trimmed
    let isSearch = attributes.value("role").lowercased() == "search" || (action ?? "").lowercased().contains("search")
    return FormTag(action: action, method: attributes.value("method").lowercased(), isSearch: isSearch)
  }

  private func recordField(_ name: String, _ attributes: TagAttributes) {
    let type = name == "input" ? (attributes.value("type").lowercased().isEmpty ? "text" : attributes.value("type").lowercased()) : name
    switch type {
    case "hidden": return
    case "submit", "reset", "button", "image": return recordInputButton(type, attributes)
    default: break
    }
    countField(isSearch: type == "search" || ["s", "q", "query", "search"].contains(attributes.value("name").lowercased()))
    let field = FormField(
      kind: type, describedAs: "<\(name) type=\"\(type)\" name=\"\(attributes.value("name"))\">",
      id: attributes["id"], ownName: ["aria-label", "title", "placeholder"].map(attributes.value).first { !$0.isEmpty } ?? "",
      labelledBy: attributes["aria-labelledby"]?.words ?? [], label: currentLabel, isHidden: isHiddenTag(attributes))
    page.fields.append([field], limit: Page.listLimit)
  }

  private func recordInputButton(_ type: String, _ attributes: TagAttributes) {
    // Browsers name a submit and a reset button themselves.
    let fallback = type == "submit" || type == "reset" ? type : ""
    let own = type == "image" ? attributes.value("alt") : attributes.value("value")
    let name =
      [own, attributes.value("aria-label"), attributes.value("aria-labelledby"), attributes.value("title"), fallback]
      .first { !$0.isEmpty } ?? ""
    addButton(name, "<input type=\"\(type)\">", isHiddenTag(attributes))
  }

  private func recordLabel(_ attributes: TagAttributes) -> Bool {
    guard page.labels.count < Page.listLimit else { return false }
    page.labels.append(FieldLabel(target: attributes["for"], text: ""))
    return collect(.label(page.labels.count - 1), isHidden: isHiddenTag(attributes))
  }

  private func addButton(_ name: String, _ described: String, _ isHidden: Bool) {
    page.buttons.append([ButtonTag(name: name, describedAs: described, isHidden: isHidden)], limit: Page.listLimit)
  }

  /// An element has closed whose name was gathered.
  func finish(_ collector: NameCollector) {
    let text = collector.text.collapsed
    let inside = "\(collector.text) \(collector.alternatives)".collapsed
    switch collector.kind {
    case .title: page.title = text
    case .label(let index): page.labels[index].text = inside
    case .heading(let level): page.headings.append([Heading(level: level, text: inside)], limit: Page.listLimit)
    case .button(let attributes):
      let name = Self.name(attributes, inside)
      addButton(name, "<button id=\"\(attributes.value("id"))\" name=\"\(attributes.value("name"))\">", collector.isHidden)
    case .anchor(let attributes):
      let anchor = Anchor(
        address: attributes["href"], text: text, name: Self.name(attributes, inside),
        hasIDOrName: attributes.has("id") || attributes.has("name"), role: attributes.value("role").lowercased(),
        isHidden: collector.isHidden)
      page.anchors.append([anchor], limit: Page.listLimit)
    }
  }

  /// In the order of the accessible name computation (W3C accname): aria, content, title. A reference counts as a name.
  private static func name(_ attributes: TagAttributes, _ inside: String) -> String {
    [attributes.value("aria-label"), inside, attributes.value("aria-labelledby"), attributes.value("title")].first { !$0.isEmpty } ?? ""
  }
}

extension Array {
  /// Appends while the list is below its limit; what lies beyond is not kept.
  mutating func append(_ more: some Sequence<Element>, limit: Int) {
    for element in more where count < limit { append(element) }
  }
}

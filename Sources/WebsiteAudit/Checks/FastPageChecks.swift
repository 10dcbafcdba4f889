import BatchReports

/// Fast: what the page makes the browser do (checks 14, 15, 17 to 19)
enum FastPageChecks {
  static let all = [blockingScripts, blockingStyles, imageSizes, firstImage, imageFormats]

  private static let scriptTypes: Set<String> = [
    "", "text/javascript", "application/javascript", "application/x-javascript", "text/ecmascript",
  ]

  static let blockingScripts = Check(
    number: 14, section: .fast, severity: .medium, source: "Lighthouse render-blocking", reading: .faults,
    good: "No script holds up the page", bad: "Scripts hold up the page",
    why: "Nothing is shown until these scripts have been fetched and run.",
    how: "Ask to load scripts with \"defer\" or at the end of the page."
  ) { audited in
    let scripts = audited.page.scripts.filter { $0.isInHead && $0.address != nil && scriptTypes.contains($0.type) && !$0.isDeferred }
    return .when(
      scripts.isEmpty, "no blocking script in the head", otherwise: "\(scripts.count) in the head, first: \(scripts.first?.address ?? "")")
  }

  static let blockingStyles = Check(
    number: 15, section: .fast, severity: .low, source: "Lighthouse render-blocking; count: house rule", reading: .faults,
    good: "Few style files hold up the page", bad: "Many style files hold up the page",
    why: "The browser shows nothing until it has all of them.", how: "Ask to combine the style files into one or two."
  ) { audited in
    let sheets = audited.page.links.filter {
      $0.relations.contains("stylesheet") && !$0.relations.contains("alternate") && ["", "all", "screen"].contains($0.media)
        && !$0.address.isEmpty
    }
    let evidence = sheets.isEmpty ? "none" : "\(sheets.count), first: \(sheets[0].address)"
    return .when(sheets.count <= 2, evidence, otherwise: evidence)
  }

  static let imageSizes = Check(
    number: 17, section: .fast, severity: .medium, source: "Lighthouse unsized-images", reading: .faults,
    good: "Pictures keep their place while loading", bad: "The page jumps while pictures load",
    why: "Without a size in the page, text moves under the finger and people tap the wrong thing.",
    how: "Ask to give every picture its width and height."
  ) { audited in
    let images = audited.page.images
    guard !images.isEmpty else { return .notApplicable("no pictures") }
    let unsized = images.filter { !$0.hasSize }
    return .when(
      unsized.isEmpty, "\(images.count) pictures",
      otherwise: Evidence.share(unsized.count, of: images.count, "pictures without width and height", first: unsized.first?.address))
  }

  static let firstImage = Check(
    number: 18, section: .fast, severity: .medium, source: "Lighthouse lcp-discovery", reading: .presence,
    good: "The first picture loads at once", bad: "The first picture is loaded late",
    why: "The large picture at the top is what visitors wait for, and it is told to wait (lazy loading).",
    how: "Ask to take lazy loading off the first picture."
  ) { audited in
    guard let image = audited.page.images.first(where: { !$0.isPixel }) else { return .notApplicable("no pictures") }
    return .when(!image.isLazy, image.address, otherwise: "loading=\"lazy\" on \(image.address)")
  }

  static let imageFormats = Check(
    number: 19, section: .fast, severity: .low, source: "Lighthouse image-delivery", reading: .presence,
    good: "Pictures come in a modern, small format", bad: "No picture comes in a modern, small format",
    why: "WebP and AVIF pictures are a third to half the size at the same quality.", how: "Ask to convert the pictures to WebP or AVIF."
  ) { audited in
    let addresses = audited.page.images.map(\.address) + audited.page.imageSources.map(\.address)
    let types = audited.page.imageSources.map(\.type)
    let formats = addresses.map(fileFormat)
    if let modern = zip(addresses, formats).first(where: { $0.1 == "webp" || $0.1 == "avif" }) { return .passed(modern.0) }
    if let type = types.first(where: { $0 == "image/webp" || $0 == "image/avif" }) { return .passed(type) }
    let old = zip(addresses, formats).filter { ["jpg", "jpeg", "png", "gif", "bmp"].contains($0.1) }.map(\.0)
    guard let first = old.first else { return .notApplicable("no photographs") }
    return .failed("\(old.count) in old formats, first: \(first)")
  }

  /// The extension of the file, or the one that an image service has in its query.
  private static func fileFormat(_ address: String) -> String {
    let lowercased = address.prefix(1_000).lowercased()
    for format in ["webp", "avif"]
    where ["format=\(format)", "fm=\(format)", "f_\(format)", "image/\(format)"].contains(where: lowercased.contains) {
      return format
    }
    let path = lowercased.prefix { $0 != "?" && $0 != "#" }
    guard let dot = path.lastIndex(of: ".") else { return "" }
    return String(path[path.index(after: dot)...].prefix(5))
  }
}

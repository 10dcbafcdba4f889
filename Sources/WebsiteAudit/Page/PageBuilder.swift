/// Takes the parser's events and keeps what the checks ask about. It knows which elements are open, not the tree.
final class PageBuilder {
  struct OpenElement {
    var name: String
    var isHidden = false
    var isAriaHidden = false
    var isUnread = false
    var collectsName = false
  }

  /// An element whose name is gathered from what stands inside it.
  struct NameCollector {
    enum Kind { case title, anchor(TagAttributes), button(TagAttributes), label(Int), heading(Int) }
    var kind: Kind
    var text = ""
    var alternatives = ""
    var isHidden: Bool
  }

  /// Collectors that are open at once; more occur only on hostile pages, and are then taken as named.
  private static let collectorLimit = 8
  private static let nameLimit = 300
  /// Bytes of an inline script that are searched for the marks of trackers; eight times as many of all together.
  private static let scriptLimit = 1 << 16

  var page = Page()
  private(set) var open: [OpenElement] = []
  private(set) var collectors: [NameCollector] = []
  private var hiddenDepth = 0
  private var ariaHiddenDepth = 0
  private var unreadDepth = 0
  private var svgDepth = 0
  private(set) var isInHead = true
  private var currentForm: Int?
  private var text: [UInt8] = []
  private var wideCharacters = 0
  private var isBetweenWords = true
  private let source: [UInt8]
  private var scripts: [Range<Int>] = []
  private var scriptsRead = 0
  private var templateDepth = 0
  private var inlineBytes = 0
  private var jsonLDBytes = 0

  var depth: Int { open.count }
  var isHidden: Bool { hiddenDepth > 0 }
  var isHiddenFromReaders: Bool { hiddenDepth > 0 || ariaHiddenDepth > 0 }
  var currentLabel: Int? {
    for collector in collectors.reversed() { if case .label(let index) = collector.kind { return index } }
    return nil
  }

  /// - Parameter source: the text of the page; the contents of scripts are taken from it, the parser never sees them.
  init(source: [UInt8]) {
    self.source = source
  }

  func takeScripts(from scan: MarkupPrescan) {
    scripts.append(contentsOf: scan.scriptContents[scripts.count...])
  }

  func start(_ name: String, _ attributes: TagAttributes) {
    if !TagNames.head.contains(name) { isInHead = false }
    var element = OpenElement(name: name)
    element.isHidden = attributes.isHidden || name == "template"
    element.isAriaHidden = attributes["aria-hidden"] == "true"
    element.isUnread = TagNames.unread.contains(name)
    hiddenDepth += element.isHidden ? 1 : 0
    ariaHiddenDepth += element.isAriaHidden ? 1 : 0
    unreadDepth += element.isUnread ? 1 : 0
    if name == "svg" { svgDepth += 1 }
    if name == "template" { templateDepth += 1 }
    if !TagNames.inline.contains(name) { breakText() }
    // A template's content is a draft for scripts, not part of the page.
    if templateDepth == 0 {
      recordShared(name, attributes)
      element.collectsName = record(name, attributes)
    }
    open.append(element)
  }

  func end(_ name: String) {
    guard let index = open.lastIndex(where: { $0.name == name }) else { return }
    while open.count > index { closeLast() }
    if !TagNames.inline.contains(name) { breakText() }
  }

  private func closeLast() {
    let element = open.removeLast()
    hiddenDepth -= element.isHidden ? 1 : 0
    ariaHiddenDepth -= element.isAriaHidden ? 1 : 0
    unreadDepth -= element.isUnread ? 1 : 0
    if element.name == "svg" { svgDepth -= 1 }
    if element.name == "template" { templateDepth -= 1 }
    if element.name == "head" { isInHead = false }
    if element.name == "form" { currentForm = nil }
    if element.collectsName, let collector = collectors.popLast() { finish(collector) }
  }

  func read(_ bytes: UnsafeBufferPointer<UInt8>) {
    if !isHidden, unreadDepth == 0 {
      if isInHead, !bytes.allSatisfy(\.isMarkupSpace) { isInHead = false }
      appendVisible(bytes)
    }
    guard !collectors.isEmpty else { return }
    let isDrawingTitle = svgDepth > 0 && open.last?.name == "title"
    let piece = String(decoding: bytes.prefix(Self.nameLimit), as: UTF8.self)
    for index in collectors.indices {
      if isDrawingTitle {
        collectors[index].alternatives.append(limited: piece, to: Self.nameLimit)
      } else if !isHiddenFromReaders || collectors[index].isHidden, svgDepth == 0 {
        collectors[index].text.append(limited: piece, to: Self.nameLimit)
      }
    }
  }

  private func appendVisible(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard text.count + bytes.count < Page.textLimit else {
      page.isCut = true
      return
    }
    for byte in bytes {
      if byte.isMarkupSpace {
        breakText()
      } else {
        if isBetweenWords {
          page.wordCount += 1
          isBetweenWords = false
        }
        // Lead bytes of kana and Han characters: those scripts do not part words by spaces.
        if byte >= 0xE3, byte <= 0xE9 { wideCharacters += 1 }
        text.append(byte)
      }
    }
  }

  private func breakText() {
    if !isBetweenWords { text.append(0x20) }
    isBetweenWords = true
  }

  /// Names gathered from alternatives: the alt of an image inside a link is the link's name.
  func addAlternative(_ alternative: String) {
    guard !alternative.isEmpty, !isHiddenFromReaders else { return }
    for index in collectors.indices { collectors[index].alternatives.append(limited: alternative + " ", to: Self.nameLimit) }
  }

  func collect(_ kind: NameCollector.Kind, isHidden: Bool) -> Bool {
    guard collectors.count < Self.collectorLimit else { return false }
    collectors.append(NameCollector(kind: kind, isHidden: isHidden))
    return true
  }

  var isInsideDrawing: Bool { svgDepth > 0 }

  func openForm(_ form: FormTag) {
    guard page.forms.count < Page.listLimit else { return }
    currentForm = page.forms.count
    page.forms.append(form)
  }

  func countField(isSearch: Bool) {
    guard let currentForm else { return }
    page.forms[currentForm].fieldCount += 1
    if isSearch { page.forms[currentForm].isSearch = true }
  }

  /// The content of the script whose tag has just been read: structured data whole, other scripts only their first bytes.
  func nextScriptText(isJSONLD: Bool) -> String {
    guard scriptsRead < scripts.count else { return "" }
    let range = scripts[scriptsRead]
    scriptsRead += 1
    let room = isJSONLD ? StructuredData.byteLimit - jsonLDBytes : min(Self.scriptLimit, Self.scriptLimit * 8 - inlineBytes)
    guard room > 0 else { return "" }
    let kept = range.prefix(room)
    if isJSONLD { jsonLDBytes += kept.count } else { inlineBytes += kept.count }
    return String(decoding: source[kept].lazy.filter { $0 != 0 }, as: UTF8.self)
  }

  func finish(_ scan: MarkupPrescan) -> Page {
    while !open.isEmpty { closeLast() }
    page.hasDoctype = scan.hasDoctype
    page.elementCount = scan.elementCount
    page.isCut = page.isCut || scan.isCut
    page.wordCount += wideCharacters / 2
    page.text = String(decoding: text, as: UTF8.self)
    return page
  }
}

extension String {
  mutating func append(limited piece: String, to limit: Int) {
    if utf8.count < limit { append(piece) }
  }
}

/// One home page, read once: what the checks ask about, and nothing that depends on the parser.
///
/// Lists are bounded (`Page.listLimit`), counts are not; `isCut` says that the page was too large to be read to its end.
struct Page: Sendable {
  static let listLimit = 2_000
  /// Bytes of visible text that are kept.
  static let textLimit = 1 << 20

  var hasDoctype = false
  var charset = PageCharset()
  var language: String?
  var title: String?
  var metas: [MetaTag] = []
  var links: [HeadLink] = []
  var anchors: [Anchor] = []
  var headings: [Heading] = []
  var images: [ImageTag] = []
  /// Addresses of `<source>` in `<picture>`, with their declared types: newer image formats stand there.
  var imageSources: [ImageSource] = []
  var scripts: [ScriptTag] = []
  var frames: [FrameTag] = []
  var forms: [FormTag] = []
  var fields: [FormField] = []
  var labels: [FieldLabel] = []
  var buttons: [ButtonTag] = []
  /// Addresses of audio, video, embed and object.
  var mediaAddresses: [String] = []
  var jsonLD: [String] = []
  var microdataTypes: [String] = []
  var microdataProperties: Set<String> = []
  var ids: Set<String> = []
  var repeatedIDs: Set<String> = []
  /// Ids that an aria attribute points to.
  var ariaReferences: Set<String> = []
  var hasMainLandmark = false
  var positiveTabIndexes = 0
  var firstPositiveTabIndex: String?
  var elementCount = 0
  var baseAddress: String?
  var text = ""
  var wordCount = 0
  /// The page was larger than the budget: what lies behind the cut was not seen.
  var isCut = false

  init() {}

  /// The content of the first meta tag of that name (or property).
  func meta(_ name: String) -> String? {
    metas.first { $0.name == name }?.content
  }
}

struct MetaTag: Sendable, Hashable {
  /// `name` or `property`, lower case.
  var name: String
  var httpEquiv: String
  var content: String
}

struct HeadLink: Sendable, Hashable {
  /// The words of `rel`, lower case.
  var relations: [String]
  var address: String
  var hreflang: String?
  var media: String
}

struct Anchor: Sendable, Hashable {
  /// Nil when the attribute is missing.
  var address: String?
  var text: String
  /// The name that a screen reader says: text, image alternatives, aria-label or title.
  var name: String
  var hasIDOrName: Bool
  var role: String
  var isHidden: Bool
}

struct Heading: Sendable, Hashable {
  var level: Int
  var text: String
}

struct ImageTag: Sendable, Hashable {
  var address: String
  var alternative: String?
  var hasSize: Bool
  var isLazy: Bool
  /// Hidden from screen readers, or named by another attribute: it needs no `alt`.
  var needsNoAlternative: Bool
  /// Declared as one or two pixels wide: a counting pixel, not a picture.
  var isPixel: Bool
}

struct ImageSource: Sendable, Hashable {
  var address: String
  var type: String
}

struct ScriptTag: Sendable, Hashable {
  var address: String?
  var type: String
  var isInHead: Bool
  /// async, defer or a module: it does not hold up the page.
  var isDeferred: Bool
  var hasIntegrity: Bool
  /// The first bytes of an inline script, for the marks of trackers.
  var text: String
}

struct FrameTag: Sendable, Hashable {
  var address: String
  var name: String
  var isHidden: Bool
}

struct FormTag: Sendable, Hashable {
  var action: String?
  var method: String
  var isSearch: Bool
  /// Fields that a visitor fills in.
  var fieldCount = 0
}

struct FormField: Sendable, Hashable {
  var kind: String
  var describedAs: String
  var id: String?
  /// aria-label, title or placeholder, or an aria-labelledby.
  var ownName: String
  var labelledBy: [String]
  /// Index in `Page.labels` of the label around it.
  var label: Int?
  var isHidden: Bool
}

struct FieldLabel: Sendable, Hashable {
  var target: String?
  var text: String
}

struct ButtonTag: Sendable, Hashable {
  var name: String
  var describedAs: String
  var isHidden: Bool
}

/// The element and attribute names that the reading of a page turns on.
enum TagNames {
  /// libxml2 has rules of its own for these, and drops their attributes where they stand in an unusual place.
  /// So it gets to see other names, and the builder translates back.
  static let disguise = ["html": "x-html", "head": "x-head", "body": "x-body"]
  static let undisguise = ["x-html": "html", "x-head": "head", "x-body": "body"]

  /// HTML, 13.1.2: elements without content and end tag.
  static let void: Set<String> = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
  ]

  /// Elements whose content is text to the parser; noscript too, because browsers run scripts.
  static let rawText: Set<String> = [
    "script", "style", "title", "textarea", "noscript", "iframe", "noembed", "noframes", "xmp", "plaintext",
  ]

  /// What may stand in the head without opening the body.
  static let head: Set<String> = ["x-page", "html", "head", "title", "meta", "link", "script", "style", "base", "noscript", "template"]

  /// Elements inside a line: they do not part words.
  static let inline: Set<String> = [
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "em", "font", "i", "kbd", "mark", "q", "s", "samp", "small", "span", "strong", "sub",
    "sup", "time", "u", "var", "wbr", "data", "ins", "del",
  ]

  /// Elements whose text a visitor does not read on the page.
  static let unread: Set<String> = ["script", "style", "title", "textarea", "noscript", "template", "select", "svg", "math", "iframe"]

  static let attributes: Set<String> = [
    "id", "href", "src", "srcset", "alt", "title", "lang", "name", "content", "http-equiv", "charset", "property", "rel", "hreflang",
    "media", "type", "async", "defer", "integrity", "width", "height", "loading", "style", "role", "aria-label", "aria-labelledby",
    "aria-describedby", "aria-controls", "aria-owns", "aria-hidden", "for", "value", "placeholder", "action", "method", "tabindex",
    "itemtype", "itemprop", "hidden", "disabled", "data-src", "poster", "xml:lang", "data",
  ]

  private static let shapes: Set<Int> = Set(attributes.map { shape(length: $0.utf8.count, first: $0.utf8.first ?? 0) })

  private static func shape(length: Int, first: UInt8) -> Int { length << 8 | Int(first) }

  /// A quick no for most other attributes, before a string is made of their name.
  static func mayBeAsked(length: Int, first: UInt8) -> Bool {
    length <= 16 && shapes.contains(shape(length: length, first: first))
  }
}

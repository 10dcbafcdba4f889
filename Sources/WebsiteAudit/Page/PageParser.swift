import CLibXML2
import Foundation

/// Reads a page's bytes into a `Page`: decoded, pre-scanned, then through libxml2's SAX interface, never recursively.
///
/// No tree is built, so deep nesting loses nothing (libxml2's depth limit applies to trees) and costs no stack.
enum PageParser {
  /// Levels of open elements after which a page counts as too large: libxml2 searches them for each end tag.
  static let depthLimit = 4_096
  private static let isPrepared: Bool = {
    xmlInitParser()
    return true
  }()

  /// - Parameter budget: processor time for the whole reading; where it ends, the page is marked as cut.
  static func page(from body: Data, contentType: String?, budget: AnalysisBudget = AnalysisBudget()) -> Page {
    let (bytes, charset) = TextDecoding.utf8(body, contentType: contentType)
    var scan = MarkupPrescan(bytes)
    let builder = PageBuilder(source: bytes)
    builder.page.charset = charset
    guard isPrepared, let parser = PushParser(builder) else { return builder.finish(scan) }
    while let chunk = scan.nextChunk() {
      builder.takeScripts(from: scan)
      parser.feed(chunk)
      if builder.depth > depthLimit || budget.isSpent {
        builder.page.isCut = true
        break
      }
    }
    parser.finish()
    return builder.finish(scan)
  }
}

/// One libxml2 push parser. It is made, fed and freed within one call, so it never crosses a task.
private final class PushParser {
  private let context: htmlParserCtxtPtr
  private let builder: PageBuilder

  init?(_ builder: PageBuilder) {
    var handler = xmlSAXHandler()
    handler.startElement = { data, name, attributes in
      guard let data, let name else { return }
      let builder = Unmanaged<PageBuilder>.fromOpaque(data).takeUnretainedValue()
      builder.start(PushParser.tagName(name), PushParser.attributes(attributes))
    }
    handler.endElement = { data, name in
      guard let data, let name else { return }
      Unmanaged<PageBuilder>.fromOpaque(data).takeUnretainedValue().end(PushParser.tagName(name))
    }
    handler.characters = PushParser.characters
    handler.ignorableWhitespace = PushParser.characters
    handler.cdataBlock = PushParser.characters
    let data = Unmanaged.passUnretained(builder).toOpaque()
    guard let context = htmlCreatePushParserCtxt(&handler, data, nil, 0, nil, XML_CHAR_ENCODING_UTF8) else { return nil }
    let options =
      HTML_PARSE_RECOVER.rawValue | HTML_PARSE_NOERROR.rawValue | HTML_PARSE_NOWARNING.rawValue | HTML_PARSE_NONET.rawValue
      | HTML_PARSE_NOIMPLIED.rawValue | HTML_PARSE_NODEFDTD.rawValue | HTML_PARSE_IGNORE_ENC.rawValue
    htmlCtxtUseOptions(context, Int32(options))
    self.context = context
    self.builder = builder
  }

  deinit {
    // SAX builds no document, but libxml2 may have made an empty one.
    if let document = context.pointee.myDoc { xmlFreeDoc(document) }
    htmlFreeParserCtxt(context)
  }

  func feed(_ chunk: [UInt8]) {
    withExtendedLifetime(builder) {
      chunk.withUnsafeBytes { bytes in
        _ = htmlParseChunk(context, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count), 0)
      }
    }
  }

  func finish() {
    withExtendedLifetime(builder) { _ = htmlParseChunk(context, nil, 0, 1) }
  }

  private static let characters: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<xmlChar>?, Int32) -> Void = { data, text, length in
    guard let data, let text, length > 0 else { return }
    let builder = Unmanaged<PageBuilder>.fromOpaque(data).takeUnretainedValue()
    builder.read(UnsafeBufferPointer(start: text, count: Int(length)))
  }

  private static func string(_ text: UnsafePointer<xmlChar>) -> String { String(cString: text) }

  private static func tagName(_ text: UnsafePointer<xmlChar>) -> String {
    let name = String(cString: text)
    return name.hasPrefix("x-") ? TagNames.undisguise[name] ?? name : name
  }

  private static func attributes(_ list: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?) -> TagAttributes {
    var attributes = TagAttributes()
    guard var next = list else { return attributes }
    while let name = next.pointee {
      attributes.pairs.append((string(name), next[1].map(string) ?? ""))
      next += 2
    }
    return attributes
  }
}

/// The attributes of one tag, in order; names are lower case and stand once.
struct TagAttributes {
  var pairs: [(name: String, value: String)] = []

  subscript(name: String) -> String? { pairs.first { $0.name == name }?.value }

  func has(_ name: String) -> Bool { self[name] != nil }

  /// The trimmed value; empty when the attribute is missing.
  func value(_ name: String) -> String { self[name]?.trimmed ?? "" }

  /// The lower-case words of a value such as `rel`.
  func tokens(_ name: String) -> [String] { self[name]?.lowercased().words ?? [] }

  /// Not rendered at all: `hidden`, or display:none in its own style.
  var isHidden: Bool {
    if has("hidden") { return true }
    guard let style = self["style"] else { return false }
    let compact = style.lowercased().filter { $0 != " " }
    return compact.contains("display:none") || compact.contains("visibility:hidden")
  }
}

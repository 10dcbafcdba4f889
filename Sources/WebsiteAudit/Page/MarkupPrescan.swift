/// Reads hostile markup once, in linear time, and writes markup that libxml2 can take.
///
/// libxml2 2.9.14 spends time quadratic in the attributes of a tag, loses what lies behind deep nesting, and reads the content of
/// scripts as markup. So this scan keeps only the attributes that a check asks for (each once), drops comments, declarations,
/// end tags that close nothing and the content of raw-text elements, and stops at a budget of tags and text.
/// The rules of reading are those of the HTML standard's tokenizer (13.2.5), without its rare states.
struct MarkupPrescan {
  static let tagLimit = 100_000
  static let endTagLimit = 150_000
  static let textByteLimit = 3 << 19
  static let attributeValueLimit = 4_096
  private static let nameLimit = 32

  private let input: [UInt8]
  private var at = 0
  private var hasStarted = false
  private var output: [UInt8] = []
  private var open: [String: Int] = [:]
  private var svgDepth = 0
  private var textBytes = 0
  private var endTags = 0

  private(set) var hasDoctype = false
  private(set) var elementCount = 0
  private(set) var isCut = false
  /// Where the content of each script stands in the input, in the order of the script tags.
  private(set) var scriptContents: [Range<Int>] = []

  /// The element around everything that is written: after the end of its first element libxml2 would read no more.
  private static let root = "<x-page>"

  init(_ input: [UInt8]) {
    self.input = input
    output = Array(Self.root.utf8)
  }

  func text(of range: Range<Int>, limit: Int) -> String {
    String(decoding: input[range.prefix(limit)], as: UTF8.self)
  }

  /// Cleaned markup, cut between two tokens; nil at the end of the page or of the budget.
  mutating func nextChunk(size: Int = 16_384) -> [UInt8]? {
    if hasStarted { output.removeAll(keepingCapacity: true) }
    hasStarted = true
    while at < input.count, output.count < size, !isCut { readToken() }
    return output.isEmpty ? nil : output
  }

  private mutating func readToken() {
    guard input[at] == UInt8(ascii: "<") else { return readText() }
    guard at + 1 < input.count else { return emitStrayBracket() }
    switch input[at + 1] {
    case UInt8(ascii: "!"): readDeclaration()
    case UInt8(ascii: "?"): skip(past: UInt8(ascii: ">"))
    case UInt8(ascii: "/"):
      if at + 2 < input.count, input[at + 2].isASCIILetter {
        readEndTag()
      } else if at + 2 >= input.count {
        at = input.count
      } else {
        skip(past: UInt8(ascii: ">"))
      }
    case let byte where byte.isASCIILetter: readStartTag()
    default: emitStrayBracket()
    }
  }

  private mutating func emitStrayBracket() {
    output.append(contentsOf: Array("&lt;".utf8))
    at += 1
    countText(1)
  }

  private mutating func countText(_ bytes: Int) {
    textBytes += bytes
    if textBytes > Self.textByteLimit { isCut = true }
  }

  private mutating func skip(past byte: UInt8) {
    at = (input[at...].firstIndex(of: byte) ?? input.count - 1) + 1
  }

  /// Text up to the next `<`, in pieces of at most 64 KB so that the budget is asked in between.
  private mutating func readText() {
    let end = min(input.count, at + 65_536)
    let start = at
    while at < end, input[at] != UInt8(ascii: "<") {
      appendText(input[at])
      at += 1
    }
    countText(at - start)
  }

  private mutating func appendText(_ byte: UInt8) {
    switch byte {
    case 0: break
    case 1...8, 0x0B, 0x0E...0x1F, 0x7F: output.append(0x20)
    default: output.append(byte)
    }
  }

  private mutating func readDeclaration() {
    if matches("<!--", at: at) {
      skipComment()
    } else {
      if matches("<!doctype", at: at), elementCount == 0 { hasDoctype = true }
      skip(past: UInt8(ascii: ">"))
    }
  }

  private mutating func skipComment() {
    at += 4
    if matches(">", at: at) { return at += 1 }
    if matches("->", at: at) { return at += 2 }
    while at < input.count {
      guard let dash = input[at...].firstIndex(of: UInt8(ascii: "-")) else { break }
      if matches("-->", at: dash) { return at = dash + 3 }
      if matches("--!>", at: dash) { return at = dash + 4 }
      at = dash + 1
    }
    at = input.count
  }

  /// ASCII comparison without case; the needle is lower case.
  private func matches(_ needle: StaticString, at start: Int) -> Bool {
    let length = needle.utf8CodeUnitCount
    guard start + length <= input.count else { return false }
    return needle.withUTF8Buffer { needle in (0..<length).allSatisfy { input[start + $0].asciiLowercased == needle[$0] } }
  }

  private mutating func readTagName() -> String {
    let start = at
    while at < input.count, !input[at].endsTagName { at += 1 }
    return String(decoding: input[start..<min(at, start + Self.nameLimit)].lazy.map(\.asciiLowercased), as: UTF8.self)
  }

  private mutating func readEndTag() {
    at += 2
    let name = readTagName()
    skip(past: UInt8(ascii: ">"))
    endTags += 1
    if endTags > Self.endTagLimit { isCut = true }
    guard let count = open[name], count > 0 else { return }
    open[name] = count - 1
    if name == "svg" || name == "math" { svgDepth -= 1 }
    // What follows the end of the body still belongs to it (HTML, 13.2.6.4.19).
    if name == "body" || name == "html" { return }
    output.append(contentsOf: "</\(TagNames.disguise[name] ?? name)>".utf8)
  }

  private mutating func readStartTag() {
    let tagStart = output.count
    at += 1
    let name = readTagName()
    output.append(UInt8(ascii: "<"))
    output.append(contentsOf: (TagNames.disguise[name] ?? name).utf8)
    guard let closesItself = readAttributes() else {
      // The page ends inside the tag: the standard drops it.
      output.removeSubrange(tagStart...)
      return
    }
    elementCount += 1
    if elementCount >= Self.tagLimit { isCut = true }
    if TagNames.void.contains(name) || (closesItself && svgDepth > 0) {
      if name == "script" { scriptContents.append(at..<at) }
      output.append(contentsOf: Array("/>".utf8))
      return
    }
    output.append(UInt8(ascii: ">"))
    if TagNames.rawText.contains(name) {
      readRawText(of: name)
    } else {
      open[name, default: 0] += 1
      if name == "svg" || name == "math" { svgDepth += 1 }
    }
  }

  /// The content up to the element's own end tag. Only title and textarea hand theirs on, as plain text.
  private mutating func readRawText(of name: String) {
    let isScript = name == "script"
    let keepsText = (name == "title" || name == "textarea")
    let start = at
    var end = input.count
    while at < input.count {
      guard let bracket = input[at...].firstIndex(of: UInt8(ascii: "<")) else { break }
      at = bracket + 1
      if closes(name, at: bracket) {
        end = bracket
        break
      }
    }
    if isScript { scriptContents.append(start..<end) }
    if keepsText {
      let kept = input[start..<end].prefix(Self.attributeValueLimit)
      for byte in kept where byte != 0 { appendEscaped(byte) }
    }
    output.append(contentsOf: "</\(name)>".utf8)
    at = end
    if at < input.count { skip(past: UInt8(ascii: ">")) }
  }

  private func closes(_ name: String, at start: Int) -> Bool {
    let after = start + 2 + name.utf8.count
    guard after <= input.count, input[start + 1] == UInt8(ascii: "/") else { return false }
    for (offset, byte) in name.utf8.enumerated() where input[start + 2 + offset].asciiLowercased != byte { return false }
    return after == input.count || input[after].endsTagName
  }

  private mutating func appendEscaped(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "<"): output.append(contentsOf: Array("&lt;".utf8))
    case UInt8(ascii: "\""): output.append(contentsOf: Array("&quot;".utf8))
    default: appendText(byte)
    }
  }

  /// Writes the attributes that some check asks for. True when the tag ended with `/>`; nil when the page ended first.
  private mutating func readAttributes() -> Bool? {
    var seen = Set<String>()
    var closesItself = false
    while true {
      while at < input.count, input[at].isMarkupSpace || input[at] == UInt8(ascii: "/") {
        closesItself = input[at] == UInt8(ascii: "/")
        at += 1
      }
      guard at < input.count else { return nil }
      if input[at] == UInt8(ascii: ">") {
        at += 1
        return closesItself
      }
      closesItself = false
      let nameStart = at
      at += 1
      while at < input.count, !input[at].endsTagName, input[at] != UInt8(ascii: "=") { at += 1 }
      let name = nameStart..<at
      while at < input.count, input[at].isMarkupSpace { at += 1 }
      var value = at..<at
      if at < input.count, input[at] == UInt8(ascii: "=") {
        guard let read = readAttributeValue() else { return nil }
        value = read
      }
      emitAttribute(name, value, seen: &seen)
    }
  }

  private mutating func readAttributeValue() -> Range<Int>? {
    at += 1
    while at < input.count, input[at].isMarkupSpace { at += 1 }
    guard at < input.count else { return nil }
    let quote = input[at]
    if quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
      at += 1
      guard let end = input[at...].firstIndex(of: quote) else {
        at = input.count
        return nil
      }
      defer { at = end + 1 }
      return at..<end
    }
    let start = at
    while at < input.count, !input[at].isMarkupSpace, input[at] != UInt8(ascii: ">") { at += 1 }
    return start..<at
  }

  private mutating func emitAttribute(_ name: Range<Int>, _ value: Range<Int>, seen: inout Set<String>) {
    guard TagNames.mayBeAsked(length: name.count, first: input[name.lowerBound].asciiLowercased) else { return }
    let key = String(decoding: input[name].lazy.map(\.asciiLowercased), as: UTF8.self)
    guard TagNames.attributes.contains(key), seen.insert(key).inserted else { return }
    output.append(UInt8(ascii: " "))
    output.append(contentsOf: key.utf8)
    output.append(contentsOf: Array("=\"".utf8))
    var end = value.upperBound
    if value.count > Self.attributeValueLimit {
      end = value.lowerBound + Self.attributeValueLimit
      while end > value.lowerBound, input[end] & 0xC0 == 0x80 { end -= 1 }
    }
    for index in value.lowerBound..<end { appendEscaped(input[index]) }
    output.append(UInt8(ascii: "\""))
  }
}

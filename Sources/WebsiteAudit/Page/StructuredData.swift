import Foundation

/// The things that a page describes for search engines in JSON-LD (schema.org).
struct StructuredData: Sendable {
  /// Bytes of JSON-LD that are read, all blocks together.
  static let byteLimit = 1 << 18
  private static let nodeLimit = 20_000

  struct Thing: Sendable, Hashable {
    /// Without the schema.org prefix: "Bakery".
    var types: [String]
    var name: String?
    var hasAddress: Bool
    var telephones: [String]
    var hasOpeningHours: Bool
    var sameAs: [String]
  }

  var things: [Thing] = []
  /// The first block that is no JSON, as evidence.
  var firstBroken: String?
  var blocks = 0

  init(_ texts: [String]) {
    blocks = texts.count
    var nodes = Self.nodeLimit
    for text in texts {
      guard let root = Self.parse(text) else {
        firstBroken = firstBroken ?? text
        continue
      }
      collect(root, &nodes)
    }
  }

  /// The local businesses among the things.
  var localBusinesses: [Thing] { things.filter { $0.types.contains(where: LocalBusinessTypes.contains) } }

  private static func parse(_ text: String) -> Any? {
    var body = text.trimmed
    // Old templates wrap scripts in an HTML comment or CDATA.
    for (start, end) in [("<!--", "-->"), ("//<![CDATA[", "//]]>"), ("<![CDATA[", "]]>")] where body.hasPrefix(start) && body.hasSuffix(end) {
      body = String(body.dropFirst(start.count).dropLast(end.count)).trimmed
    }
    guard !body.isEmpty, !isTooDeep(body) else { return nil }
    return try? JSONSerialization.jsonObject(with: Data(body.utf8))
  }

  /// Foundation reads JSON recursively: a hostile depth is refused before it reads.
  private static func isTooDeep(_ text: String) -> Bool {
    var depth = 0
    for byte in text.utf8 {
      if byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{") { depth += 1 }
      if byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}") { depth -= 1 }
      if depth > 200 { return true }
    }
    return false
  }

  private mutating func collect(_ root: Any, _ nodes: inout Int) {
    var waiting: [Any] = [root]
    while let value = waiting.popLast(), nodes > 0 {
      nodes -= 1
      if let list = value as? [Any] {
        waiting.append(contentsOf: list.prefix(2_000).reversed())
      } else if let object = value as? [String: Any] {
        if let thing = Self.thing(object) { things.append(thing) }
        // Sorted, so that the same page gives the same report.
        for key in object.keys.sorted().reversed() {
          if let inner = object[key], inner is [Any] || inner is [String: Any] { waiting.append(inner) }
        }
      }
    }
  }

  private static func thing(_ object: [String: Any]) -> Thing? {
    let types = strings(object["@type"]).map(LocalBusinessTypes.shortName)
    guard !types.isEmpty else { return nil }
    let address = object["address"]
    let hasAddress = (address as? [String: Any])?.isEmpty == false || (address as? [Any])?.isEmpty == false || !strings(address).isEmpty
    let contacts = (object["contactPoint"] as? [Any] ?? [object["contactPoint"] as Any]).compactMap { $0 as? [String: Any] }
    let hours = ["openingHours", "openingHoursSpecification", "specialOpeningHoursSpecification"].compactMap { object[$0] }
    return Thing(
      types: types, name: strings(object["name"]).first, hasAddress: hasAddress,
      telephones: strings(object["telephone"]) + contacts.flatMap { strings($0["telephone"]) },
      hasOpeningHours: hours.contains {
        !strings($0).isEmpty || ($0 as? [Any])?.isEmpty == false || ($0 as? [String: Any])?.isEmpty == false
      },
      sameAs: strings(object["sameAs"]))
  }

  /// A string or a list of strings, without empty ones.
  private static func strings(_ value: Any?) -> [String] {
    let list = (value as? [Any]) ?? (value.map { [$0] } ?? [])
    return list.prefix(100).compactMap { ($0 as? String)?.trimmed }.filter { !$0.isEmpty }
  }
}
